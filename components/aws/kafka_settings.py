"""From a Kafka cluster's arguments to its inputs, and checks. No resource is made here."""

import re
from typing import Any

import pulumi

from components.findings import Finding

NAME_LIMIT = 64
REQUIRED = ("vpc_id", "subnet_ids", "key_arn", "logs_key_arn")
KAFKA_VERSION = "3.8.x"
BROKER_TYPE = "kafka.m7g.large"
STORAGE_GB = 100
RETENTION_HOURS = 168
MAX_STORAGE_GB = 16_384


def broker_count(brokers: Any) -> int:
    """Brokers in all zones. brokers: `KafkaBrokersArgs`."""
    return int(brokers.get("zones", 3)) * int(brokers.get("brokers_per_zone", 1))


def copies(brokers: Any) -> int:
    """Copies of each partition: three, or as many as there are brokers."""
    return min(3, broker_count(brokers))


def server_properties(brokers: Any) -> str:
    """No topic by accident; an event is acknowledged once all copies but one hold it, so that a broker may
    restart. brokers: `KafkaBrokersArgs`."""
    properties = {
        "auto.create.topics.enable": "false",
        "default.replication.factor": str(copies(brokers)),
        "log.retention.hours": str(int(brokers.get("retention_hours", RETENTION_HOURS))),
        "min.insync.replicas": str(max(copies(brokers) - 1, 1)),
        "num.partitions": "3",
        "unclean.leader.election.enable": "false",
    }
    return "".join(f"{key}={value}\n" for key, value in properties.items())


def broker_inputs(args: Any, group_id: pulumi.Input[str]) -> dict[str, Any]:
    """Inputs of a provisioned cluster. args: `KafkaArgs`."""
    brokers = args.get("brokers", {})
    connectivity: dict[str, Any] = {"public_access": {"type": "DISABLED"}}
    if args.get("delivery", False):
        connectivity["vpc_connectivity"] = {"client_authentication": {"sasl": {"iam": True}}}
    return {
        "kafka_version": brokers.get("kafka_version", KAFKA_VERSION),
        "number_of_broker_nodes": broker_count(brokers),
        "broker_node_group_info": {
            "instance_type": brokers.get("broker_type", BROKER_TYPE),
            "client_subnets": args["subnet_ids"],
            "security_groups": [group_id],
            "storage_info": {"ebs_storage_info": {"volume_size": int(brokers.get("storage_gb", STORAGE_GB))}},
            "connectivity_info": connectivity,
        },
        "client_authentication": {"sasl": {"iam": True, "scram": False}, "unauthenticated": False},
        "encryption_info": {
            "encryption_at_rest_kms_key_arn": args["key_arn"],
            "encryption_in_transit": {"client_broker": "TLS", "in_cluster": True},
        },
        "enhanced_monitoring": "PER_TOPIC_PER_BROKER",
    }


def kafka_setting_findings(args: Any) -> list[Finding]:
    """What is missing, or does not go together; empty when the settings hold. args: `KafkaArgs`."""
    missing = [key for key in REQUIRED if key not in args]
    if missing:
        return [Finding("kafka_inputs", f"{', '.join(missing)} missing", "give them, or existing")]
    brokers = args.get("brokers", {})
    if str(args.get("mode", "serverless")) != "provisioned":
        if not brokers:
            return []
        return [Finding("serverless_brokers", "a serverless cluster has no brokers", "leave brokers out")]
    found = []
    zones = int(brokers.get("zones", 3))
    if zones not in (2, 3):
        found.append(Finding("kafka_zones", f"brokers in {zones} zones", "use 2 or 3"))
    storage, most = int(brokers.get("storage_gb", STORAGE_GB)), int(brokers.get("max_storage_gb", 0))
    if not 1 <= storage <= MAX_STORAGE_GB or most > MAX_STORAGE_GB:
        found.append(Finding("kafka_storage", "storage of a broker", f"use 1 to {MAX_STORAGE_GB} GB"))
    if most and most <= storage:
        found.append(
            Finding("kafka_growth", f"{storage} GB cannot grow to {most} GB", "raise max_storage_gb")
        )
    names = [topic["name"] for topic in brokers.get("topics", [])]
    found.extend(
        Finding(
            "topic_name",
            f"'{name}' is no name of a topic",
            "use letters, digits, dots, dashes, underscores; 249 at most",
        )
        for name in names
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,249}", name)
    )
    return found
