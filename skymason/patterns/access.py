"""What a service may ask for in `uses`: the access that each kind of target offers.

The single table of names. What an access means in a cloud's own permissions stands beside the components
(components/aws/edges.py), which must answer every pair given here.
"""

from __future__ import annotations

from collections.abc import Mapping

SERVICE = "service"
"""The kind of an edge to another service."""

ACCESS: Mapping[str, tuple[str, ...]] = {
    SERVICE: ("invoke",),
    "s3_bucket": ("read", "write", "readwrite"),
    "sqs_queue": ("send", "receive"),
    "sns_topic": ("publish", "subscribe"),
    "dynamodb_table": ("read", "write", "readwrite"),
    "kinesis_stream": ("send", "receive", "subscribe"),
    "secret": ("read",),
    "kms_key": ("encrypt", "decrypt"),
    "msk_cluster": ("send", "receive"),
    "schema_registry": ("read",),
    "rds_database": ("read", "readwrite"),
    "elasticache": ("read", "readwrite"),
    "storage_container": ("read", "write", "readwrite"),
    "service_bus_queue": ("send", "receive"),
    "service_bus_topic": ("publish", "subscribe"),
    "event_hub": ("send", "receive"),
    "key_vault_secret": ("read",),
    "key_vault_key": ("encrypt", "decrypt"),
    "postgres_database": ("read", "readwrite"),
    "azure_redis": ("read", "readwrite"),
}
"""Kind of target → names of access, weakest first."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "aws": (
        "s3_bucket",
        "sqs_queue",
        "sns_topic",
        "dynamodb_table",
        "kinesis_stream",
        "secret",
        "kms_key",
        "msk_cluster",
        "schema_registry",
        "rds_database",
        "elasticache",
    ),
    "azure": (
        "storage_container",
        "service_bus_queue",
        "service_bus_topic",
        "event_hub",
        "key_vault_secret",
        "key_vault_key",
        "postgres_database",
        "azure_redis",
    ),
}
"""Cloud → kinds of resources that live there."""
