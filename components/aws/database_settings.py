"""From a database's arguments to the inputs of its instances. No resource is made here."""

import hashlib
from typing import Any

import pulumi

from components.aws.database_args import DatabaseArgs
from components.aws.database_sizing import database_findings
from components.findings import Finding

ENGINE_VERSION = "16"
INSTANCE_CLASS = "db.t4g.medium"
STORAGE_GB = 20
BACKUP_DAYS = 30
INSIGHTS_DAYS = 7
MONITORING_SECONDS = 60
EXPORTED_LOGS = ("postgresql", "upgrade")
CERTIFICATE_AUTHORITY = "rds-ca-rsa2048-g1"
# Source: RDS API, CreateDBInstance: MonitoringInterval, PerformanceInsightsRetentionPeriod.
MONITORING_INTERVALS = (0, 1, 5, 10, 15, 30, 60)
INSIGHTS_PERIODS = (0, 7, *(31 * months for months in range(1, 24)), 731)


def primary_inputs(args: DatabaseArgs) -> dict[str, Any]:
    """Inputs that only the primary has."""
    identifier = args["identifier"]
    final = args.get("final_snapshot", args.get("protect", False))
    return {
        "identifier": identifier,
        "engine": "postgres",
        "engine_version": args.get("engine_version", ENGINE_VERSION),
        "instance_class": args.get("instance_class", INSTANCE_CLASS),
        "allocated_storage": int(args.get("storage_gb", STORAGE_GB)),
        "kms_key_id": args["key_arn"],
        "multi_az": args.get("multi_az", True),
        "backup_retention_period": int(args.get("backup_days", BACKUP_DAYS)),
        "backup_window": args.get("backup_window", "02:00-03:00"),
        "delete_automated_backups": not args.get("protect", False),
        "skip_final_snapshot": not final,
        "final_snapshot_identifier": (
            pulumi.Output.concat(identifier, "-final", origin_mark(args)) if final else None
        ),
        "allow_major_version_upgrade": args.get("allow_major_upgrade", False),
        "blue_green_update": {"enabled": True} if args.get("blue_green") else None,
        "deletion_protection": args.get("protect", False),
    }


def shared_inputs(args: DatabaseArgs) -> dict[str, Any]:
    """Inputs that the primary and its replicas have alike."""
    return {
        "storage_encrypted": True,
        "storage_type": "gp3",
        "max_allocated_storage": int(args["max_storage_gb"]) if "max_storage_gb" in args else None,
        "iops": int(args["iops"]) if "iops" in args else None,
        "publicly_accessible": False,
        "iam_database_authentication_enabled": True,
        "ca_cert_identifier": CERTIFICATE_AUTHORITY,
        # A minor version that is asked for would be a step back once RDS had gone ahead of it.
        "auto_minor_version_upgrade": "." not in args.get("engine_version", ENGINE_VERSION),
        "copy_tags_to_snapshot": True,
        "enabled_cloudwatch_logs_exports": list(EXPORTED_LOGS),
        "maintenance_window": args.get("maintenance_window", "sun:03:30-sun:04:30"),
        "apply_immediately": args.get("apply_immediately", False),
        **_insights(args),
    }


def setting_findings(args: DatabaseArgs) -> list[Finding]:
    """Everything that does not go together; empty when the settings hold."""
    found = database_findings(
        engine_version=args.get("engine_version", ENGINE_VERSION),
        storage_gb=int(args.get("storage_gb", STORAGE_GB)),
        max_storage_gb=args.get("max_storage_gb"),
        iops=args.get("iops"),
        read_replicas=int(args.get("read_replicas", 0)),
        backup_days=int(args.get("backup_days", BACKUP_DAYS)),
        protect=args.get("protect", False),
        multi_az=args.get("multi_az", True),
    )
    if args.get("blue_green") and args.get("read_replicas"):
        found.append(
            Finding(
                "blue_green_alone",
                "a switch-over would leave the read replicas, which are resources of their own, behind",
                "set read_replicas to 0 for the change, or blue_green to false",
            )
        )
    choices = (
        ("monitoring_seconds", args.get("monitoring_seconds", MONITORING_SECONDS), MONITORING_INTERVALS),
        ("insights_days", args.get("insights_days", INSIGHTS_DAYS), INSIGHTS_PERIODS),
    )
    for key, value, allowed in choices:
        if value not in allowed:
            listed = ", ".join(map(str, allowed))
            found.append(Finding(key, f"{key} is {value:g}", f"one of {listed}"))
    return found


def origin_mark(args: DatabaseArgs) -> str:
    """Tells a database from the one that its snapshot is of, in names that only one of them can have."""
    snapshot = args.get("snapshot")
    if not isinstance(snapshot, str):
        return ""
    return f"-{hashlib.sha256(snapshot.encode()).hexdigest()[:7]}"


def _insights(args: DatabaseArgs) -> dict[str, Any]:
    days = int(args.get("insights_days", INSIGHTS_DAYS))
    if not days:
        return {"performance_insights_enabled": False}
    return {
        "performance_insights_enabled": True,
        "performance_insights_kms_key_id": args["key_arn"],
        "performance_insights_retention_period": days,
    }
