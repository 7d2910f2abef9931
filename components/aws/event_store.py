"""Event store: every event of a stream in a bucket, by time, immutable where asked, ready to be replayed."""

from enum import StrEnum
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import cloudwatch, kinesis

from components.aws.bucket import Bucket, BucketArgs, BucketLockArgs, StorageClass
from components.aws.event_store_grants import delivery_statements
from components.aws.logs import AUDIT_DAYS, LogGroup
from components.aws.names import physical_name
from components.aws.service_function import service_function
from components.aws.service_role import NAME_LIMIT, service_role
from components.binding import Binding
from components.findings import Finding, refuse
from components.inputs import is_number

CODE = Path(__file__).with_name("envelope_function.py")
PREFIX = "events"
ERROR_PREFIX = "errors"
FUNCTION_CONCURRENCY = 10


class EventPartition(StrEnum):
    """Folder that an event goes to, by the time it came, in UTC."""

    DAY = "day"
    HOUR = "hour"


FOLDERS = {
    EventPartition.DAY: "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/",
    EventPartition.HOUR: (
        "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/"
    ),
}


class KafkaSourceArgs(TypedDict):
    cluster_arn: pulumi.Input[str]
    topic: pulumi.Input[str]


class EventStoreArgs(TypedDict):
    """Inputs of `EventStore`. Give `stream_arn` or `kafka`."""

    account_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    """Customer-managed key of the events."""
    logs_key_arn: pulumi.Input[str]
    log_bucket: pulumi.Input[str]
    """Bucket that takes the access log."""
    stream_arn: NotRequired[pulumi.Input[str]]
    """Kinesis stream to keep. A change replaces the delivery, not the store."""
    stream_key_arn: NotRequired[pulumi.Input[str]]
    """Key of that stream. Default: `key_arn`."""
    kafka: NotRequired[KafkaSourceArgs]
    """Kafka topic to keep; its cluster must let Firehose in (`Kafka`'s `delivery`)."""
    partition_by: NotRequired[EventPartition]
    """Default: hour."""
    buffer_seconds: NotRequired[pulumi.Input[int]]
    """An object is written after so long, 0 to 900, or when 64 MB are full. Default: 300."""
    retention_days: NotRequired[pulumi.Input[int]]
    """Age at which events are deleted. Default: never."""
    archive_days: NotRequired[pulumi.Input[int]]
    """Age at which events go to cheaper storage that still answers at once. Default: never."""
    lock: NotRequired[BucketLockArgs]
    """Make events immutable for a time. A change from or to no lock replaces the bucket."""
    protect: NotRequired[bool]
    """Refuse to delete the bucket, and keep it if it leaves the stack. Default: false."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]


class EventStore(pulumi.ComponentResource):
    """Firehose from a stream to a bucket of its own.

    Each line of an object is one event in an envelope: key, lane (shard or partition), sequence, time, and
    the event itself in base64. Raises ValueError for settings that do not go together.
    """

    bucket_name: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]
    prefix: pulumi.Output[str]
    """Where events are kept in the bucket; `errors/` holds what could not be put into an envelope."""
    delivery_name: pulumi.Output[str]
    """Name of the delivery stream, for alarms."""

    def __init__(self, name: str, args: EventStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:EventStore", name, None, opts)
        if ("stream_arn" in args) == ("kafka" in args):
            raise ValueError(f"event store '{name}': give stream_arn or kafka, one of them")
        refuse(f"event store '{name}'", age_findings(args))
        self._short = name
        child = pulumi.ResourceOptions(parent=self)
        self._bucket = Bucket(f"{name}-store", _bucket_args(args), opts=child)
        logs = LogGroup(f"{name}-delivery", {"key_arn": args["logs_key_arn"], "days": AUDIT_DAYS}, opts=child)
        log_stream = cloudwatch.LogStream(f"{name}-log-stream", log_group_name=logs.group_name, opts=child)
        function, _ = service_function(
            f"{name}-envelope",
            CODE,
            description="Puts each event into an envelope for its store",
            key_arn=args["key_arn"],
            logs_key_arn=args["logs_key_arn"],
            concurrency=FUNCTION_CONCURRENCY,
            permissions_boundary_arn=args.get("permissions_boundary_arn"),
            parent=self,
        )
        role, policies = service_role(
            f"{name}-delivery-role",
            "firehose.amazonaws.com",
            account_id=args["account_id"],
            statements=delivery_statements(
                bucket_arn=self._bucket.arn,
                key_arn=args["key_arn"],
                function_arn=function.arn,
                log_group_arn=logs.arn,
                stream_arn=args.get("stream_arn"),
                stream_key_arn=args.get("stream_key_arn", args["key_arn"]),
                cluster_arn=args["kafka"]["cluster_arn"] if "kafka" in args else None,
                topic=args["kafka"]["topic"] if "kafka" in args else None,
            ),
            permissions_boundary_arn=args.get("permissions_boundary_arn"),
            parent=self,
        )
        partition = EventPartition(str(args.get("partition_by", EventPartition.HOUR)))
        delivery = kinesis.FirehoseDeliveryStream(
            f"{name}-delivery",
            name=physical_name(f"{name}-delivery", NAME_LIMIT),
            destination="extended_s3",
            **_source(args, role.arn),
            extended_s3_configuration={
                "bucket_arn": self._bucket.arn,
                "role_arn": role.arn,
                "kms_key_arn": args["key_arn"],
                "prefix": f"{PREFIX}/{FOLDERS[partition]}",
                "error_output_prefix": f"{ERROR_PREFIX}/!{{firehose:error-output-type}}/{FOLDERS[partition]}",
                "buffering_size": 64,
                "buffering_interval": args.get("buffer_seconds", 300),
                "compression_format": "GZIP",
                "file_extension": ".jsonl.gz",
                "processing_configuration": {
                    "enabled": True,
                    "processors": [
                        {
                            "type": "Lambda",
                            "parameters": [
                                {
                                    "parameter_name": "LambdaArn",
                                    "parameter_value": pulumi.Output.concat(function.arn, ":$LATEST"),
                                },
                                # Envelopes are larger than events, and an answer must stay below 6 MB.
                                {"parameter_name": "BufferSizeInMBs", "parameter_value": "1"},
                                {"parameter_name": "BufferIntervalInSeconds", "parameter_value": "60"},
                            ],
                        }
                    ],
                },
                "cloudwatch_logging_options": {
                    "enabled": True,
                    "log_group_name": logs.group_name,
                    "log_stream_name": log_stream.name,
                },
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=policies),
        )
        self.bucket_name, self.bucket_arn = self._bucket.bucket_name, self._bucket.arn
        self.prefix = pulumi.Output.from_input(f"{PREFIX}/")
        self.delivery_name = delivery.name
        self.register_outputs(
            {
                "bucket_name": self.bucket_name,
                "bucket_arn": self.bucket_arn,
                "prefix": self.prefix,
                "delivery_name": self.delivery_name,
            }
        )

    def binding(self, access: str, alias: str | None = None) -> Binding:
        """What a workload gets that replays events. access: read. Raises ValueError for another: nobody but
        the delivery writes. alias: its name for it, if another."""
        if access != "read":
            raise ValueError(f"access of '{self._short}': '{access}' is not known; allowed: read")
        binding = self._bucket.binding(access, alias or self._short)
        prefix = next(iter(binding["environment"])).removesuffix("_BUCKET")
        binding["environment"][f"{prefix}_PREFIX"] = self.prefix
        return binding


def age_findings(args: EventStoreArgs) -> list[Finding]:
    """Ages that contradict each other, as far as they are known."""
    found = []
    retention, archive = args.get("retention_days"), args.get("archive_days")
    locked = args["lock"]["days"] if "lock" in args else None
    if is_number(retention) and is_number(locked) and retention < locked:
        found.append(
            Finding(
                "lock_within_retention",
                f"events are locked for {locked} days, so that they cannot be deleted after {retention}",
                "keep them as long as they are locked",
            )
        )
    if is_number(retention) and is_number(archive) and retention <= archive:
        found.append(
            Finding(
                "archive_within_retention",
                f"events are deleted after {retention} days, before they are archived after {archive}",
                "archive earlier, or leave archive_days out",
            )
        )
    return found


def _bucket_args(args: EventStoreArgs) -> BucketArgs:
    bucket: BucketArgs = {
        "key_arn": args["key_arn"],
        "log_bucket": args["log_bucket"],
        "protect": args.get("protect", False),
    }
    if "retention_days" in args:
        bucket["expire_days"] = args["retention_days"]
    if "archive_days" in args:
        bucket["transitions"] = [
            {"days": args["archive_days"], "storage_class": StorageClass.ARCHIVE_INSTANT}
        ]
    if "lock" in args:
        bucket["lock"] = args["lock"]
    return bucket


def _source(args: EventStoreArgs, role_arn: pulumi.Input[str]) -> dict[str, Any]:
    if "stream_arn" in args:
        return {
            "kinesis_source_configuration": {
                "kinesis_stream_arn": args["stream_arn"],
                "role_arn": role_arn,
            }
        }
    kafka = args["kafka"]
    return {
        "msk_source_configuration": {
            "msk_cluster_arn": kafka["cluster_arn"],
            "topic_name": kafka["topic"],
            "authentication_configuration": {"connectivity": "PRIVATE", "role_arn": role_arn},
        }
    }
