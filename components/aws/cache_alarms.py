"""Alarms on a cache on ElastiCache, from one table."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi import ResourceOptions

from components.aws.store_alarms import OVER, StoreAlarm, Watched, make_alarms

NAMESPACE, DIMENSION = "AWS/ElastiCache", "CacheClusterId"
ENGINE_CPU_PERCENT = 80
"""Of the one core that executes commands. AWS advises 90; at 80 there is time to act. Source: ElastiCache
User Guide, "Which Metrics Should I Monitor?"."""
EVICTIONS_A_MINUTE = 100
"""A full cache always drops a few keys; at this pace it drops what is still in use."""


class CacheAlarmsSettings(TypedDict):
    """When to raise an alarm."""

    cache_memory_percent: NotRequired[int]
    """Memory in use; left out, there is no such alarm."""
    window_minutes: int
    """Time that an alarm looks back over."""


class CacheAlarmsArgs(TypedDict):
    """Arguments of CacheAlarms."""

    service: str
    owner: str
    """Who answers; a tag and a part of each alarm's description."""
    alert_topic_arn: pulumi.Input[str]
    cache_name: pulumi.Input[str]
    """Id of the replication group, of one shard."""
    nodes: int
    """The primary and its replicas."""
    alarms: CacheAlarmsSettings


def _engine_cpu(_: CacheAlarmsSettings) -> float:
    return ENGINE_CPU_PERCENT


def _memory(alarms: CacheAlarmsSettings) -> float | None:
    return alarms.get("cache_memory_percent")


def _evictions(alarms: CacheAlarmsSettings) -> float:
    return EVICTIONS_A_MINUTE * int(alarms["window_minutes"])


ALARMS: tuple[StoreAlarm[CacheAlarmsSettings], ...] = (
    StoreAlarm(
        key="cache-cpu",
        title="has a cache whose engine is at its limit",
        severity="warning",
        comparison=OVER,
        metric="EngineCPUUtilization",
        stat="Average",
        worst="MAX",
        threshold=_engine_cpu,
        periods=3,
    ),
    StoreAlarm(
        key="cache-memory",
        title="has a cache that is nearly full",
        severity="warning",
        comparison=OVER,
        metric="DatabaseMemoryUsagePercentage",
        stat="Maximum",
        worst="MAX",
        threshold=_memory,
    ),
    StoreAlarm(
        key="cache-evictions",
        title="has a cache that drops keys in use",
        severity="warning",
        comparison=OVER,
        metric="Evictions",
        stat="Sum",
        worst="MAX",
        threshold=_evictions,
        periods=2,
    ),
)
"""All alarms of a cache."""


class CacheAlarms(pulumi.ComponentResource):
    """The alarms of the table, each over all nodes of a cache."""

    alarm_names: pulumi.Output[list[str]]

    def __init__(self, name: str, args: CacheAlarmsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:CacheAlarms", name, None, opts)
        alarms = make_alarms(
            name,
            ALARMS,
            args["alarms"],
            [Watched(NAMESPACE, DIMENSION, node) for node in node_names(args["cache_name"], args["nodes"])],
            window_minutes=int(args["alarms"]["window_minutes"]),
            service=args["service"],
            owner=args["owner"],
            topic_arn=args["alert_topic_arn"],
            parent=self,
        )
        self.alarm_names = pulumi.Output.all(*(alarm.name for alarm in alarms))
        self.register_outputs({"alarm_names": self.alarm_names})


def node_names(cache_name: pulumi.Input[str], nodes: int) -> list[pulumi.Output[str]]:
    """Names of the nodes of a replication group with one shard, as ElastiCache gives them."""
    return [pulumi.Output.concat(cache_name, f"-{number:03d}") for number in range(1, int(nodes) + 1)]
