"""Alarms on a PostgreSQL database on RDS and its replicas, from one table."""

from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi
from pulumi import ResourceOptions

from components.aws.store_alarms import OVER, UNDER, StoreAlarm, Watched, make_alarms
from skymason.patterns.instance_classes import CLASSES, GIB

NAMESPACE, DIMENSION = "AWS/RDS", "DBInstanceIdentifier"
MEMORY_PERCENT = 10
"""Of a class's memory: below, the server begins to swap and its page cache is gone."""
CREDITS_PERCENT = 10
"""Of the credits that a class can save up."""
HORIZON_DAYS = 3
"""The storage forecast looks this far ahead: over a weekend."""
PACE_HOURS = 6
"""The pace of a forecast is that of the last so many hours, twice in a row."""
CREDITS = {
    "micro": 288,
    "small": 576,
    "medium": 576,
    "large": 864,
    "xlarge": 2304,
    "2xlarge": 4608,
}
"""Size of a burstable class → credits that it can save up. Source: Amazon EC2 User Guide, "CPU credits and
baseline utilization for burstable performance instances", t3 and t4g."""


class DatabaseAlarmsSettings(TypedDict):
    """When to raise an alarm; a key that is left out raises none."""

    database_cpu_percent: NotRequired[int]
    connections_percent: NotRequired[int]
    """Of all that the database allows."""
    free_storage_percent: NotRequired[int]
    """Of what was allocated first."""
    replica_lag_seconds: NotRequired[int]
    window_minutes: int
    """Time that an alarm looks back over."""


class DatabaseAlarmsArgs(TypedDict):
    """Arguments of DatabaseAlarms."""

    service: str
    owner: str
    """Who answers; a tag and a part of each alarm's description."""
    alert_topic_arn: pulumi.Input[str]
    identifier: pulumi.Input[str]
    replica_identifiers: NotRequired[list[pulumi.Input[str]]]
    """Default: there are none."""
    instance_class: str
    """A class that is not in the table makes no alarms on connections, memory and credits."""
    storage_gb: int
    max_connections: NotRequired[int]
    """Where the parameter is set. Default: that of the class."""
    alarms: DatabaseAlarmsSettings


@dataclass(frozen=True)
class Limits:
    """What is known of the servers."""

    instance_class: str
    storage_gb: int
    max_connections: int | None
    alarms: DatabaseAlarmsSettings


def _cpu(limits: Limits) -> float | None:
    return limits.alarms.get("database_cpu_percent")


def _credits(limits: Limits) -> float | None:
    known = CLASSES.get(limits.instance_class)
    if known is None or not known.burstable:
        return None
    return CREDITS[limits.instance_class.rsplit(".", 1)[-1]] * CREDITS_PERCENT / 100


def _connections(limits: Limits) -> float | None:
    percent, known = limits.alarms.get("connections_percent"), CLASSES.get(limits.instance_class)
    allowed = limits.max_connections or (known.max_connections if known else None)
    if percent is None or allowed is None:
        return None
    return allowed * percent // 100


def _storage(limits: Limits) -> float | None:
    percent = limits.alarms.get("free_storage_percent")
    return None if percent is None else limits.storage_gb * GIB * percent // 100


def _full(limits: Limits) -> float | None:
    return None if limits.alarms.get("free_storage_percent") is None else 0


def _memory(limits: Limits) -> float | None:
    known = CLASSES.get(limits.instance_class)
    return known.memory_gib * GIB * MEMORY_PERCENT // 100 if known else None


def _lag(limits: Limits) -> float | None:
    return limits.alarms.get("replica_lag_seconds")


ALARMS: tuple[StoreAlarm[Limits], ...] = (
    StoreAlarm(
        key="database-cpu",
        title="has a database short of CPU",
        severity="warning",
        comparison=OVER,
        metric="CPUUtilization",
        stat="Average",
        worst="MAX",
        threshold=_cpu,
        periods=3,
    ),
    StoreAlarm(
        key="database-credits",
        title="has a database that runs out of CPU credits",
        severity="warning",
        comparison=UNDER,
        metric="CPUCreditBalance",
        stat="Minimum",
        worst="MIN",
        threshold=_credits,
    ),
    StoreAlarm(
        key="database-connections",
        title="has a database short of connections",
        severity="critical",
        comparison=OVER,
        metric="DatabaseConnections",
        stat="Maximum",
        worst="MAX",
        threshold=_connections,
    ),
    StoreAlarm(
        key="database-storage",
        title="has a database short of storage",
        severity="critical",
        comparison=UNDER,
        metric="FreeStorageSpace",
        stat="Minimum",
        worst="MIN",
        threshold=_storage,
    ),
    StoreAlarm(
        key="database-storage-forecast",
        title=f"has a database whose storage is full in {HORIZON_DAYS} days",
        severity="warning",
        comparison=UNDER,
        metric="FreeStorageSpace",
        stat="Minimum",
        worst="MIN",
        threshold=_full,
        each=f"{{m}} + RATE({{m}}) * {HORIZON_DAYS * 86_400}",
        minutes=PACE_HOURS * 60,
        periods=2,
    ),
    StoreAlarm(
        key="database-memory",
        title="has a database short of memory",
        severity="warning",
        comparison=UNDER,
        metric="FreeableMemory",
        stat="Minimum",
        worst="MIN",
        threshold=_memory,
        periods=3,
    ),
    StoreAlarm(
        key="database-lag",
        title="reads old data from a replica",
        severity="warning",
        comparison=OVER,
        metric="ReplicaLag",
        stat="Maximum",
        worst="MAX",
        threshold=_lag,
        periods=3,
        replicas_only=True,
    ),
)
"""All alarms of a database."""


class DatabaseAlarms(pulumi.ComponentResource):
    """The alarms of the table, each over the database and all its replicas."""

    alarm_names: pulumi.Output[list[str]]

    def __init__(self, name: str, args: DatabaseAlarmsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:DatabaseAlarms", name, None, opts)
        most = args.get("max_connections")
        limits = Limits(
            args["instance_class"],
            int(args["storage_gb"]),
            None if most is None else int(most),
            args["alarms"],
        )
        servers = [args["identifier"], *(args.get("replica_identifiers") or [])]
        alarms = make_alarms(
            name,
            ALARMS,
            limits,
            [Watched(NAMESPACE, DIMENSION, server) for server in servers],
            window_minutes=int(args["alarms"]["window_minutes"]),
            service=args["service"],
            owner=args["owner"],
            topic_arn=args["alert_topic_arn"],
            parent=self,
        )
        self.alarm_names = pulumi.Output.all(*(alarm.name for alarm in alarms))
        self.register_outputs({"alarm_names": self.alarm_names})
