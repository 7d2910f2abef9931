"""Alarms and dashboard of a data API's stores."""

from typing import Any

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch

from components.aws.cache import Cache
from components.aws.cache_alarms import CacheAlarms, node_names
from components.aws.cluster_database_alarms import ClusterDatabaseAlarms
from components.aws.dashboard import with_errors
from components.aws.database import Database
from components.aws.database_alarms import DatabaseAlarms
from components.aws.names import account_wide
from components.patterns.aws.common import pod_log_group
from components.patterns.aws.data_api_cluster import BACKUP_HOURS, ClusterDatabase
from components.patterns.aws.data_api_dashboard import body
from components.patterns.aws.data_api_stores import identifier
from components.patterns.aws.http_service import HttpService
from components.patterns.parts import given
from skymason.patterns.models.data_api import DatabaseRuntime


def watch_stores(
    name: str,
    args: dict[str, Any],
    found: Database | ClusterDatabase,
    cache: Cache | None,
    below: ResourceOptions,
) -> None:
    """The alarms on what was made here. A store that was there already has its own, or none."""
    common = {
        "service": args["service"]["name"],
        "owner": args["service"]["owner"],
        "alert_topic_arn": args["platform"]["alert_topic_arn"],
        "alarms": args["alarms"],
    }
    database = args["database"]
    instances = instance_names(name, args)
    if instances:
        DatabaseAlarms(
            name,
            {
                **common,
                "identifier": instances[0],
                "replica_identifiers": list(instances[1:]),
                **{key: database[key] for key in ("instance_class", "storage_gb")},
                **_max_connections(database.get("parameters") or {}),
            },
            below,
        )
    if isinstance(found, ClusterDatabase):
        ClusterDatabaseAlarms(
            name,
            {
                **{key: value for key, value in common.items() if key != "alarms"},
                "database": found.metrics_name,
                "backup_hours": BACKUP_HOURS,
                **given(args["alarms"], "free_storage_percent"),
            },
            below,
        )
    if cache and not args["cache"].get("existing"):
        nodes = 1 + int(args["cache"]["replicas"])
        CacheAlarms(name, {**common, "cache_name": cache.cache_name, "nodes": nodes}, below)


def _max_connections(parameters: dict[str, str]) -> dict[str, int]:
    """The parameter where it is a number; a formula is left to the table of classes."""
    value = parameters.get("max_connections", "")
    return {"max_connections": int(value)} if value.isdigit() else {}


def draw(
    name: str,
    args: dict[str, Any],
    service: HttpService,
    found: Database | ClusterDatabase,
    cache: Cache | None,
    below: ResourceOptions,
) -> None:
    """The dashboard. Drawn from plain values, once these are known."""
    made = cache and not args["cache"].get("existing")
    nodes = node_names(cache.cache_name, 1 + int(args["cache"]["replicas"])) if made else []
    balancers = {place: [suffix, service.target_groups[place]] for place, suffix in service.balancers.items()}
    own = [found.metrics_name] if isinstance(found, ClusterDatabase) else []
    region, logs = args["platform"]["region"], pod_log_group(args)
    parts = pulumi.Output.all(balancers, instance_names(name, args), own, nodes, region)
    cloudwatch.Dashboard(
        f"{name}-dashboard",
        dashboard_name=account_wide(name),
        dashboard_body=pulumi.Output.all(parts, logs, region).apply(
            lambda known: with_errors(body(*known[0]), *known[1:])
        ),
        opts=below,
    )


def instance_names(name: str, args: dict[str, Any]) -> list[str]:
    """The database made here and its replicas, as CloudWatch names them; none where it was there already, or
    runs on the cluster."""
    database = args["database"]
    if database.get("existing") or str(database["runtime"]) == DatabaseRuntime.CLUSTER:
        return []
    first = identifier(name)
    return [
        first,
        *(f"{first}-replica-{number}" for number in range(1, int(database["read_replicas"]) + 1)),
    ]
