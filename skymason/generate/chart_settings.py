"""What a service's containers are told, for its chart: what the spec says, and what only the cloud knows.

Names and values are those of the pattern's component; a test compares them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.aws.queue_timing import VISIBILITY_FACTOR
from components.aws.stream_sizing import Load, Work, lanes_for, partitions_for, shards_for
from skymason.patterns.access import SERVICE
from skymason.patterns.checks.schemas import schema_name
from skymason.patterns.resolved import Edge, ResolvedService

POSTGRESQL, REDIS, KAFKA = 5432, 6379, 9098
PGBOUNCER = "6432"
LOCAL = "127.0.0.1"
FAILURE_CONTEXT = "stream,lane,sequence,key,attempts,error,first_failed_at,trace"
USED: Mapping[str, tuple[str, ...]] = {
    "s3_bucket": ("BUCKET",),
    "sqs_queue": ("QUEUE_URL",),
    "sns_topic": ("TOPIC_ARN",),
    "dynamodb_table": ("TABLE", "TABLE_ARN"),
    "kinesis_stream": ("STREAM", "STREAM_ARN"),
    "secret": ("SECRET_ARN",),
    "kms_key": ("KEY_ARN",),
    "msk_cluster": ("BOOTSTRAP_SERVERS", "SECURITY_PROTOCOL"),
    "rds_database": ("HOST", "PORT", "DATABASE", "USER", "SSL_MODE", "READ_HOSTS", "READ_USER"),
    "elasticache": ("HOST", "READ_HOST", "PORT", "TLS", "CACHE", "USER"),
}
"""Kind of a used resource → what its settings are called behind the resource's name."""

MORE: Mapping[str, tuple[str, ...]] = {"msk_cluster": ("TOPIC",), "s3_bucket": ("PREFIX",)}
"""Beside those, of one that another service provides: its topic, its events."""


@dataclass(frozen=True, slots=True)
class Told:
    """known: setting → value. asked: settings whose values only the deployed stack knows."""

    known: dict[str, str]
    asked: tuple[str, ...] = ()

    def __or__(self, other: Told) -> Told:
        return Told({**self.known, **other.known}, (*self.asked, *other.asked))


def told(service: ResolvedService, region: str) -> Told:
    """Settings of a service's containers. region: of the stack."""
    config = service.config
    own = {"background_worker": _worker, "data_api": _data_api, "event_processor": _event_processor}
    found = common(service)
    if service.pattern in own:
        found |= own[service.pattern](service, region)
    for edge in service.edges:
        found |= _used(edge, service)
    # The container's own settings win.
    return found | Told(dict(config["container"]["environment"]))


def common(service: ResolvedService) -> Told:
    """What every container of every service is told."""
    return Told(
        {
            "SERVICE_NAME": service.name,
            "ENVIRONMENT": service.environment,
            "LOG_LEVEL": str(service.config["logging"]["level"]),
            "PORT": str(service.config["ports"][0]["port"]),
        }
    )


def migration_settings(service: ResolvedService, region: str) -> Told:
    """What a run of the migrations is told."""
    config = service.config
    timeout = config["migrations"]["lock_timeout_seconds"]
    clustered = on_cluster(service)
    # Positive, in the 64 bits of pg_advisory_lock.
    lock = int.from_bytes(hashlib.sha256(service.name.encode()).digest()[:8], "big") >> 1
    database = Told(
        {
            "DATABASE_DATABASE": config["database"]["name"],
            "DATABASE_PORT": str(port_of(config["database"], POSTGRESQL)),
            "DATABASE_USER": "app_migrate",
            "DATABASE_SSL_MODE": "verify-full",
            "DATABASE_AUTH": "secret" if clustered else "iam",
            "DATABASE_REGION": region,
        },
        ("DATABASE_HOST", *(("DATABASE_AUTHORITIES", "DATABASE_SECRET_ARN") if clustered else ())),
    )
    lock_settings = {
        "MIGRATION_LOCK_ID": str(lock),
        "MIGRATION_LOCK_TIMEOUT_SECONDS": str(timeout),
        "PGOPTIONS": f"-c lock_timeout={timeout}s",
    }
    return common(service) | database | Told({**config["container"]["environment"], **lock_settings})


def on_cluster(service: ResolvedService) -> bool:
    """Whether a data API's database runs on the cluster."""
    return bool(service.config["database"]["runtime"] == "cluster")


def pooled(service: ResolvedService) -> bool:
    """Whether PgBouncer stands beside each replica of a data API."""
    return bool(service.config["pool"]["kind"] == "pgbouncer")


def port_of(section: Mapping[str, Any], usual: int) -> int:
    """Port of a database or cache: the usual one, but for one that was there already and has another."""
    return int((section.get("existing") or {}).get("port") or usual)


def replicas(service: ResolvedService) -> int:
    """Read replicas of a data API's database."""
    database = service.config["database"]
    existing = database.get("existing")
    return len(existing.get("replicas") or []) if existing else int(database["read_replicas"])


def lanes(config: Mapping[str, Any]) -> int | None:
    """Shards or partitions of an event processor; None for a stream that sees to them itself."""
    stream, consumer = config["stream"], config["consumer"]
    kinesis = stream["kind"] == "kinesis"
    if kinesis and stream["capacity"] == "on_demand":
        return None
    if stream.get("partitions"):
        return int(stream["partitions"])
    readers = int(not stream["enhanced_fan_out"]) + int(config["store"]["enabled"])
    load = Load(stream["events_per_second"], stream["event_bytes"], max(readers, 1))
    width = (
        shards_for(load) if kinesis else partitions_for(load, serverless=stream["kind"] == "msk_serverless")
    )
    work = Work(consumer["event_ms"], consumer["parallelism"])
    return int(max(width, lanes_for(load, work), config["scaling"]["max"]))


def _worker(service: ResolvedService, region: str) -> Told:
    config = service.config
    queue, retry = config["queue"], config["retry"]
    processing = queue["processing_seconds"]
    known = {
        "QUEUE_FIFO": str(queue["fifo"]).lower(),
        "QUEUE_CONCURRENCY": _number(config["scaling"]["concurrency"]),
        "QUEUE_LONG_POLL_SECONDS": _number(queue["long_poll_seconds"]),
        "QUEUE_MAX_RECEIVES": _number(config["dead_letter"]["max_receives"]),
        "QUEUE_PROCESSING_SECONDS": _number(processing),
        "QUEUE_VISIBILITY_SECONDS": _number(
            queue.get("visibility_seconds") or VISIBILITY_FACTOR * processing
        ),
        **{f"RETRY_{key.upper()}": _number(retry[key]) for key in RETRY},
    }
    return Told(known, ("QUEUE_URL",))


RETRY = ("base_seconds", "factor", "max_seconds", "jitter")


def _data_api(service: ResolvedService, region: str) -> Told:
    config, clustered, pool = service.config, on_cluster(service), pooled(service)
    port = port_of(config["database"], POSTGRESQL)
    direct_auth = "secret" if clustered else "iam"
    own_read = pool and not replicas(service)
    known = {
        "DATABASE_DATABASE": config["database"]["name"],
        "DATABASE_USER": "app_readwrite",
        "DATABASE_PORT": PGBOUNCER if pool else str(port),
        "DATABASE_SSL_MODE": "disable" if pool else "verify-full",
        "DATABASE_AUTH": "none" if pool else direct_auth,
        "DATABASE_REGION": region,
        "DATABASE_READ_USER": "app_read",
        "DATABASE_READ_PORT": PGBOUNCER if own_read else str(port),
        "DATABASE_READ_SSL_MODE": "disable" if own_read else "verify-full",
        "DATABASE_READ_AUTH": "none" if own_read else direct_auth,
        **({"DATABASE_HOST": LOCAL} if pool else {}),
        **({"DATABASE_READ_HOSTS": LOCAL} if own_read else {}),
    }
    asked = [key for key in ("DATABASE_HOST", "DATABASE_READ_HOSTS") if key not in known]
    if clustered:
        asked += ["DATABASE_AUTHORITIES", "DATABASE_SECRET_ARN"]
    if config["cache"]["enabled"]:
        cache_port = str(port_of(config["cache"], REDIS))
        known |= {"CACHE_PORT": cache_port, "CACHE_TLS": "true", "CACHE_AUTH": "iam", "CACHE_REGION": region}
        asked += ["CACHE_CACHE", "CACHE_HOST", "CACHE_READ_HOST", "CACHE_USER"]
    return Told(known, tuple(asked))


def _event_processor(service: ResolvedService, region: str) -> Told:
    config = service.config
    stream, consumer, schemas = config["stream"], config["consumer"], config["schemas"]
    known = {
        "STREAM_KIND": stream["kind"],
        "BATCH_SIZE": str(consumer["batch_size"]),
        "BATCH_WINDOW_SECONDS": str(consumer["batch_window_seconds"]),
        "LANE_PARALLELISM": str(consumer["parallelism"]),
        "MAX_ATTEMPTS": str(consumer["max_attempts"]),
        "FAILURE_CONTEXT": FAILURE_CONTEXT,
    }
    asked = ["FAILURE_QUEUE_URL"]
    width = lanes(config)
    if width is not None:
        known["STREAM_LANES"] = str(width)
    if config["ordering"].get("key"):
        known["ORDERING_KEY"] = config["ordering"]["key"]
    if stream["kind"] == "kinesis":
        asked += ["STREAM_NAME", "STREAM_ARN", "LEASE_TABLE"]
        asked += ["CONSUMER_ARN"] if stream["enhanced_fan_out"] else []
    else:
        known |= {"SECURITY_PROTOCOL": "SASL_SSL", "CONSUMER_GROUP": service.name}
        asked.append("BOOTSTRAP_SERVERS")
        somebody_elses = stream.get("source") or stream.get("existing")
        if somebody_elses:
            asked.append("TOPIC")
        else:
            known["TOPIC"] = "events"
        if stream["kind"] == "msk_serverless" and not somebody_elses:
            known |= {
                "TOPIC_PARTITIONS": str(width),
                "TOPIC_RETENTION_HOURS": str(stream["retention_hours"]),
            }
    if config["idempotency"]["enabled"]:
        known["IDEMPOTENCY_TTL_SECONDS"] = str(config["idempotency"]["ttl_hours"] * 3600)
        known["IDEMPOTENCY_SCOPE"] = "live"
        asked.append("IDEMPOTENCY_TABLE")
    if schemas.get("files"):
        known["SCHEMA_FORMAT"] = schemas["format"]
        known["SCHEMA_NAMES"] = ",".join(schema_name(file.rpartition("/")[2]) for file in schemas["files"])
        asked.append("SCHEMA_REGISTRY")
    return Told(known, tuple(asked))


def _used(edge: Edge, service: ResolvedService) -> Told:
    prefix = edge.name.upper().replace("-", "_")
    if edge.kind == SERVICE:
        host = f"{edge.name}.{edge.name}.svc.cluster.local"
        return Told({f"{prefix}_URL": f"http://{host}:{edge.port}"})
    if taken(edge, service):
        return Told({})
    names = [*USED.get(edge.kind, ()), *(MORE.get(edge.kind, ()) if edge.provider else ())]
    if edge.kind == "msk_cluster" and edge.access == "receive":
        names.append("GROUP")
    if edge.kind == "kinesis_stream" and edge.access == "subscribe":
        names.append("CONSUMER_ARN")
    return Told({}, tuple(f"{prefix}_{name}" for name in names))


def taken(edge: Edge, service: ResolvedService) -> bool:
    """Whether the pattern makes it its own: a topic that a worker's queue listens to, the stream that a
    processor reads. The containers know nothing of it beside that."""
    if service.pattern == "background_worker":
        return edge.access == "subscribe"
    return service.pattern == "event_processor" and edge.name == service.config["stream"].get("source")


def _number(value: float) -> str:
    """`2` for 2 and for 2.0; `0.5` for 0.5."""
    return f"{value:g}" if value != int(value) else str(int(value))
