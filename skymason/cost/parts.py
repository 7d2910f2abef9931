"""What each section of a service's configuration costs: one function a section, found by its name."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from skymason.cost.prices import SECONDS, PriceTable
from skymason.patterns.quantities import mebibytes, millicores

Config = Mapping[str, Any]
MIB = 1024
GIGABYTE = 1e9
MILLION = 1e6
ALWAYS_ON = "AWSManagedRulesKnownBadInputsRuleSet"
_DAY_SECONDS = 86_400
_WEEK_HOURS = 168


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a bill. low, high: US dollars a month. basis: what was counted, in words."""

    name: str
    low: float
    high: float
    basis: str


class UnpricedError(Exception):
    """An item that the price table does not know."""

    def __init__(self, item: str) -> None:
        super().__init__(item)
        self.item = item


def replicas(config: Config, prices: PriceTable) -> Iterator[Part]:
    """The share of nodes that replicas reserve: by CPU or by memory, whichever is more."""
    amounts = [config["resources"], *(item["resources"] for item in config.get("sidecars", []))]
    cpu = sum(millicores(item["requests"]["cpu"]) for item in amounts) / 1000
    memory = sum(mebibytes(item["requests"]["memory"]) for item in amounts) / MIB
    assumed = prices.assumptions
    share = max(cpu / assumed["node_vcpu"], memory / assumed["node_gib"])
    each = prices.month("node.t3.large", share) * (assumed["spot"] if config["spot"] else 1)
    low, high = config["scaling"]["min"], config["scaling"]["max"]
    if config["singleton"]:
        high = low = 1
    size = f"{cpu:g} vCPU and {memory:g} GiB each"
    where = "interruptible nodes" if config["spot"] else "a t3.large"
    yield Part("replicas", low * each, high * each, f"{low} to {high} of {size}, as a share of {where}")


def ingress(config: Config, prices: PriceTable) -> Iterator[Part]:
    """Load balancers with their public addresses, and the firewall; requests as many as the largest number of
    replicas is scaled for."""
    section, scaling = config["ingress"], config["scaling"]
    number = 2 if section["exposure"] == "both" else 1
    per_minute = (scaling.get("requests_per_target") or 0) * scaling["max"]
    gigabytes_an_hour = per_minute * 60 * prices.assumptions["request_kb"] * 1000 / GIGABYTE
    units = gigabytes_an_hour / prices.assumptions["capacity_unit_gb"]
    addresses = prices.assumptions["zones"] if section["exposure"] != "internal" else 0
    standing = prices.month("load_balancer", number) + prices.month("public_address", addresses)
    busy = standing + prices.month("load_balancer.capacity_unit", units)
    load = f"up to {per_minute / 60:,.0f} requests a second"
    reached = f"{number} with {addresses:g} public addresses" if addresses else f"{number} inside the network"
    yield Part("load balancer", standing, busy, f"{reached}, {load}")
    waf = section["waf"]
    if waf["enabled"]:
        # One for all load balancers, with the rate limit and a group that is always on.
        rules = len({*waf["managed_groups"], ALWAYS_ON}) + 1
        standing = prices.month("firewall") + prices.month("firewall.rule", rules)
        requests = per_minute / 60 * SECONDS / MILLION
        busy = standing + prices.month("firewall.requests", requests)
        yield Part("firewall", standing, busy, f"{rules} rules, {load}")


def database(config: Config, prices: PriceTable) -> Iterator[Part]:
    """Servers with their standbys and copies, storage that grows, and what pools connections."""
    section = config["database"]
    if section.get("existing"):
        return
    low, high = section["storage_gb"], section["max_storage_gb"]
    if section["runtime"] == "cluster":
        grown = (prices.month("volume.gp3", low), prices.month("volume.gp3", high))
        yield Part("database", *grown, f"{low} to {high} GB of disk; its pod is not counted")
        return
    zones, copies = (2 if section["multi_az"] else 1), section["read_replicas"]
    servers, kind = zones + copies, section["instance_class"]
    hours = _priced(prices, f"database.{kind}", servers)
    yield Part("database", hours, hours, f"{servers} of {kind}{', one a standby' if zones == 2 else ''}")
    per_gb = prices.month("database.storage", servers)
    yield Part("database storage", low * per_gb, high * per_gb, f"{low} to {high} GB on each")
    if config["pool"]["kind"] == "rds_proxy":
        # Two is also the least that a proxy is billed for.
        vcpus = max(2, _vcpus(kind))
        price = prices.month("database.proxy_vcpu", vcpus)
        yield Part("connection proxy", price, price, f"{vcpus} vCPUs of the database")


def cache(config: Config, prices: PriceTable) -> Iterator[Part]:
    """Nodes of the cache."""
    section = config["cache"]
    if section["enabled"] and not section.get("existing"):
        nodes, kind = 1 + section["replicas"], section["node_type"]
        price = _priced(prices, f"cache.{kind}", nodes)
        yield Part("cache", price, price, f"{nodes} of {kind}")


def queue(config: Config, prices: PriceTable) -> Iterator[Part]:
    """Requests for as many messages as all replicas can work off in a month."""
    section, scaling = config["queue"], config["scaling"]
    if section.get("existing"):
        return
    messages = scaling["max"] * scaling["concurrency"] / section["processing_seconds"] * SECONDS
    item = "queue.requests_fifo" if section["fifo"] else "queue.requests"
    requests = messages * prices.assumptions["queue_requests"] / MILLION
    count = f"{messages / MILLION:,.1f} million messages"
    yield Part("queue", 0, prices.month(item, requests), f"up to {count}")


def stream(config: Config, prices: PriceTable) -> Iterator[Part]:
    """What carries the events, at the rate that it is built for."""
    section = config["stream"]
    per_second = section["events_per_second"]
    gigabytes = per_second * section["event_bytes"] * SECONDS / GIGABYTE
    basis = f"up to {per_second:,} events a second of {section['event_bytes']:,} bytes"
    if section.get("existing") or section.get("source"):
        # Its owner pays for it, but not for this consumer's own channel.
        low, high = _channel(section, prices, gigabytes)
        if high:
            yield Part("channel of the stream", low, high, f"{_partitions(section)} shards, {basis}")
        return
    if section["kind"] == "kinesis":
        on_demand = section["capacity"] == "on_demand"
        low, high = (_on_demand if on_demand else _shards)(section, prices, gigabytes)
        yield Part("stream", low, high, basis if on_demand else f"{_partitions(section)} shards, {basis}")
    elif section["kind"] == "msk_serverless":
        low = prices.month("kafka.serverless") + prices.month("kafka.partition", _partitions(section))
        moved = prices.month("kafka.in", gigabytes) + prices.month("kafka.out", gigabytes)
        kept = prices.month("kafka.storage", gigabytes * section["retention_hours"] * 3600 / SECONDS)
        yield Part("stream", low, low + moved + kept, f"{_partitions(section)} partitions, {basis}")
    elif section["kind"] == "msk_provisioned":
        brokers = prices.assumptions["brokers"]
        kind = section.get("broker_type") or "kafka.m7g.large"
        price = _priced(prices, f"kafka.{kind}", brokers)
        price += prices.month("kafka.storage", brokers * prices.assumptions["broker_gb"])
        yield Part("stream", price, price, f"{brokers:g} brokers of {kind}")


def _shards(section: Config, prices: PriceTable, gigabytes: float) -> tuple[float, float]:
    shards = _partitions(section)
    low = prices.month("kinesis.shard", shards)
    if section["retention_hours"] > 24:
        low += prices.month("kinesis.week", shards)
    kilobytes = section["event_bytes"] / 1000
    writes = section["events_per_second"] * SECONDS * math.ceil(kilobytes / prices.assumptions["write_kb"])
    high = low + prices.month("kinesis.writes", writes / MILLION) + _beyond_a_week(section, prices, gigabytes)
    standing, busy = _channel(section, prices, gigabytes)
    return low + standing, high + busy


def _channel(section: Config, prices: PriceTable, gigabytes: float) -> tuple[float, float]:
    """What reading with enhanced fan-out costs; nothing without it."""
    if not section["enhanced_fan_out"]:
        return 0, 0
    standing = prices.month("kinesis.channel", _partitions(section))
    return standing, standing + prices.month("kinesis.channel_read", gigabytes)


def _on_demand(section: Config, prices: PriceTable, gigabytes: float) -> tuple[float, float]:
    low = prices.month("kinesis.on_demand")
    moved = prices.month("kinesis.on_demand_write", gigabytes)
    moved += prices.month("kinesis.on_demand_read", gigabytes)
    return low, low + moved + _beyond_a_week(section, prices, gigabytes)


def _beyond_a_week(section: Config, prices: PriceTable, gigabytes: float) -> float:
    hours = max(0, section["retention_hours"] - _WEEK_HOURS)
    return prices.month("kinesis.year", gigabytes * hours * 3600 / SECONDS)


def store(config: Config, prices: PriceTable) -> Iterator[Part]:
    """Every event, once the store has filled up for as long as it keeps them."""
    section = config["store"]
    if not section["enabled"]:
        return
    source = config["stream"]
    daily = source["events_per_second"] * source["event_bytes"] * _DAY_SECONDS / GIGABYTE
    kept = daily * prices.assumptions["compression"]
    warm = min(section["retention_days"], section["archive_after_days"])
    cold = section["retention_days"] - warm
    high = prices.month("store.delivery", daily * SECONDS / _DAY_SECONDS)
    high += prices.month("store.standard", kept * warm) + prices.month("store.archive", kept * cold)
    volume = f"up to {kept * section['retention_days']:,.0f} GB compressed"
    yield Part("event store", 0, high, f"{volume} after {section['retention_days']} days")


def idempotency(config: Config, prices: PriceTable) -> Iterator[Part]:
    """One write for each event."""
    if config["idempotency"]["enabled"]:
        events = config["stream"]["events_per_second"] * SECONDS / MILLION
        price = prices.month("table.writes", events)
        yield Part("memory of what was processed", 0, price, f"up to {events:,.0f} million writes")


def dashboard(config: Config, prices: PriceTable) -> Iterator[Part]:
    """One dashboard."""
    price = prices.month("dashboard")
    yield Part("dashboard", price, price, "1")


def _partitions(section: Config) -> int:
    """As many as are given, else as the rate needs: a thousand events or a megabyte a second in each."""
    if section.get("partitions"):
        return int(section["partitions"])
    rate, size = int(section["events_per_second"]), int(section["event_bytes"])
    return max(1, math.ceil(rate / 1000), math.ceil(rate * size / 2**20))


def _priced(prices: PriceTable, item: str, amount: float) -> float:
    if prices.find(item) is None:
        raise UnpricedError(item.partition(".")[2])
    return prices.month(item, amount)


def _vcpus(instance_class: str) -> int:
    """Two up to `large`, then twice as many with each size."""
    size: str = instance_class.rpartition(".")[2]
    if not size.endswith("xlarge"):
        return 2
    return 4 * int(size.removesuffix("xlarge") or 1)


PARTS: Mapping[str, Callable[[Config, PriceTable], Iterator[Part]]] = {
    "resources": replicas,
    "ingress": ingress,
    "database": database,
    "cache": cache,
    "queue": queue,
    "stream": stream,
    "store": store,
    "idempotency": idempotency,
    "dashboard": dashboard,
}
"""Section of a configuration → what it costs; a section that is absent, empty or false costs nothing."""
