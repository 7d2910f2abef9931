"""An event processor's arithmetic, and what its consumer is told. Pure functions."""

from pathlib import Path
from typing import Any

from components.aws.queue_timing import MAX_RETENTION
from components.aws.schema_registry import SchemaArgs, SchemaCompatibility, SchemaFormat
from components.aws.stream_sizing import (
    Load,
    Work,
    kafka_findings,
    keeping_up_findings,
    kinesis_findings,
    lanes_for,
    partitions_for,
    shards_for,
)
from components.findings import Finding
from skymason.patterns.checks.schemas import schema_name

KINESIS, MSK_SERVERLESS, MSK_PROVISIONED = "kinesis", "msk_serverless", "msk_provisioned"
DAY = 86_400
FAILURE_CONTEXT = "stream,lane,sequence,key,attempts,error,first_failed_at,trace"
"""Attributes that the consumer gives an event that it sets aside: enough to find and to replay it."""
BROKERS = 3
"""One in each zone; an event is safe on two when it is acknowledged."""


def load_of(args: dict[str, Any]) -> Load:
    """What flows at the peak. The delivery to the store reads the stream too, beside the consumer."""
    stream = args["stream"]
    readers = int(not stream["enhanced_fan_out"]) + int(bool(args["store"]["enabled"]))
    return Load(int(stream["events_per_second"]), int(stream["event_bytes"]), max(readers, 1))


def work_of(args: dict[str, Any]) -> Work:
    """What one event costs."""
    return Work(int(args["consumer"]["event_ms"]), int(args["consumer"]["parallelism"]))


def lanes_of(args: dict[str, Any]) -> int | None:
    """Shards or partitions: those given, else as many as the peak, the work and the replicas need; None for a
    Kinesis stream on demand, which sees to them itself."""
    stream, load = args["stream"], load_of(args)
    if str(stream["kind"]) == KINESIS and str(stream["capacity"]) == "on_demand":
        return None
    if stream.get("partitions"):
        return int(stream["partitions"])
    serverless = str(stream["kind"]) == MSK_SERVERLESS
    width = (
        shards_for(load) if str(stream["kind"]) == KINESIS else partitions_for(load, serverless=serverless)
    )
    return max(width, lanes_for(load, work_of(args)), int(args["scaling"]["max"]))


def findings(args: dict[str, Any]) -> list[Finding]:
    """What cannot work, whoever the caller is; empty when everything holds."""
    stream, lanes, load = args["stream"], lanes_of(args), load_of(args)
    kind, most = str(stream["kind"]), int(args["scaling"]["max"])
    found = []
    if kind == KINESIS:
        found += kinesis_findings(load, None, int(stream["retention_hours"]))
        if int(args["scaling"]["min"]) == 0 and not args["singleton"]:
            found.append(
                Finding(
                    "lag_needs_a_reader",
                    "scaling.min is 0, but a Kinesis stream tells no lag while nobody reads it",
                    "set scaling.min to 1 at least",
                )
            )
    elif kind in (MSK_SERVERLESS, MSK_PROVISIONED):
        found += kafka_findings(
            load,
            # Headroom is for streams that are worked out: what was given has been checked without it.
            max(lanes or 0, partitions_for(load, serverless=kind == MSK_SERVERLESS)),
            serverless=kind == MSK_SERVERLESS,
            broker_type=str(stream.get("broker_type") or ""),
            brokers=BROKERS,
        )
    else:
        found.append(
            Finding("stream_kind", f"there is no {kind} on AWS", f"use {KINESIS}, {MSK_SERVERLESS} or so")
        )
    if lanes is not None:
        found += keeping_up_findings(load, work_of(args), lanes)
        if most > lanes:
            found.append(
                Finding(
                    "replicas_within_lanes",
                    f"{most} replicas share {lanes} shards or partitions: some would have nothing to do",
                    f"set scaling.max to {lanes} at most",
                )
            )
    return found


def consumer_settings(args: dict[str, Any]) -> dict[str, str]:
    """What the consumer must know beside where things are; numbers as text, times in seconds.

    Order: a replica takes whole lanes, and works on `LANE_PARALLELISM` batches of one lane at once, split by
    `ORDERING_KEY`, so that two events of one key are never in work together, however many replicas there are.
    An event that failed `MAX_ATTEMPTS` times goes to the failure queue with the attributes that
    `FAILURE_CONTEXT` names. Ids are remembered as `<IDEMPOTENCY_SCOPE>#<id>`.
    """
    consumer, lanes = args["consumer"], lanes_of(args)
    settings = {
        "STREAM_KIND": str(args["stream"]["kind"]),
        "BATCH_SIZE": str(int(consumer["batch_size"])),
        "BATCH_WINDOW_SECONDS": str(int(consumer["batch_window_seconds"])),
        "LANE_PARALLELISM": str(int(consumer["parallelism"])),
        "MAX_ATTEMPTS": str(int(consumer["max_attempts"])),
        "FAILURE_CONTEXT": FAILURE_CONTEXT,
    }
    if lanes is not None:
        settings["STREAM_LANES"] = str(lanes)
    if args["ordering"].get("key"):
        settings["ORDERING_KEY"] = str(args["ordering"]["key"])
    return settings


def failure_retention(seconds: int) -> tuple[int, int]:
    """How long an event that failed is kept, and one that failed again when it was replayed: a day longer,
    since its age counts from the first time. Both end at the 14 days that SQS can keep a message."""
    kept = min(seconds, MAX_RETENTION - DAY)
    return kept, kept + DAY


def lag_events(args: dict[str, Any]) -> int:
    """Events that one replica can catch up with in the lag that scaling aims for; at least 1."""
    work = work_of(args)
    return max(int(args["scaling"]["lag_seconds"]) * 1000 * work.parallelism // work.event_ms, 1)


def schemas_of(args: dict[str, Any], folder: Path) -> list[SchemaArgs]:
    """The schemas of the files. folder: of the program. Raises ValueError for a file that is not there."""
    schemas = args["schemas"]
    return [
        {
            "name": schema_name(file),
            "definition": _found(file, folder).read_text(encoding="utf-8"),
            "format": SchemaFormat[str(schemas["format"]).upper()],
            "compatibility": SchemaCompatibility[str(schemas["compatibility"]).upper()],
        }
        for file in schemas.get("files") or []
    ]


def _found(file: str, folder: Path) -> Path:
    """Specs lie in `services`, and name their files from there."""
    for place in (folder / "services" / file, folder / file):
        if place.is_file():
            return place
    raise ValueError(f"schemas.files: there is no file '{file}' in services, nor in the program's folder")
