"""Dashboard of a data API: its load balancers, its database, its cache. Pure data."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.aws import cache_alarms, database_alarms
from components.aws.dashboard import graph, widgets
from components.kubernetes import database_metrics

Lines = tuple[tuple[str, str], ...]

_DATABASE: tuple[tuple[str, Lines], ...] = (
    ("Database CPU (%)", (("CPUUtilization", "Average"),)),
    ("Connections", (("DatabaseConnections", "Maximum"),)),
    ("Statements at once", (("DBLoad", "Average"), ("DBLoadCPU", "Average"))),
    ("Time to read and write (s)", (("ReadLatency", "Average"), ("WriteLatency", "Average"))),
    ("Free storage (bytes)", (("FreeStorageSpace", "Minimum"),)),
    ("Freeable memory (bytes)", (("FreeableMemory", "Minimum"),)),
    ("Reads and writes a second", (("ReadIOPS", "Average"), ("WriteIOPS", "Average"))),
    ("Replica lag (s)", (("ReplicaLag", "Maximum"),)),
)
_ON_CLUSTER: tuple[tuple[str, Lines], ...] = (
    ("Database answers", ((database_metrics.READY, "Minimum"),)),
    ("Volume taken (%)", ((database_metrics.VOLUME, "Maximum"),)),
    ("Dumps (bytes)", ((database_metrics.DUMP, "Maximum"),)),
)
_CACHE: tuple[tuple[str, Lines], ...] = (
    ("Cache hits and misses", (("CacheHits", "Sum"), ("CacheMisses", "Sum"))),
    ("Cache memory (%)", (("DatabaseMemoryUsagePercentage", "Maximum"),)),
    ("Engine CPU (%)", (("EngineCPUUtilization", "Average"),)),
    ("Evictions and connections", (("Evictions", "Sum"), ("CurrConnections", "Maximum"))),
)
"""Title → (metric, statistic), a line for each server. Four graphs fill a row."""
COLUMNS = 4


def body(
    balancers: Mapping[str, Any],
    instances: Sequence[str],
    on_cluster: Sequence[str],
    nodes: Sequence[str],
    region: str,
) -> str:
    """The dashboard's body. balancers: as `widgets` takes them. instances: of the database. on_cluster: the
    database there. nodes: of the cache. What there is none of has no graphs."""
    made = widgets(dict(balancers), region)
    groups = (
        (_DATABASE, database_alarms.NAMESPACE, database_alarms.DIMENSION, instances),
        (_ON_CLUSTER, database_metrics.NAMESPACE, database_metrics.DIMENSION, on_cluster),
        (_CACHE, cache_alarms.NAMESPACE, cache_alarms.DIMENSION, nodes),
    )
    row = len(balancers)
    for graphs, namespace, dimension, servers in groups:
        if not servers:
            continue
        for index, (title, lines) in enumerate(graphs):
            metrics = [
                [namespace, metric, dimension, server, {"stat": stat}]
                for metric, stat in lines
                for server in servers
            ]
            place = {"row": row + index // COLUMNS, "column": index % COLUMNS}
            made.append(graph(title, region, metrics, **place))
        row += -(-len(graphs) // COLUMNS)
    return json.dumps({"widgets": made})
