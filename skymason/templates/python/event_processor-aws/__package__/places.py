"""Where things are on AWS."""

from .aws import client, region_of
from .failure_queue import SqsFailures
from .glue_registry import GlueRegistry
from .memory_table import MemoryTable
from .processing import FailureQueue, Memory, NoMemory
from .s3_store import S3Store
from .schemas import Registry
from .settings import ProcessingSettings, ReplaySettings


def open_memory(settings: ProcessingSettings) -> Memory:
    if not settings.idempotency_table:
        return NoMemory()
    return MemoryTable(
        client("dynamodb", region=region_of(settings.failure_queue_url), connections=100),
        settings.idempotency_table,
        scope=settings.idempotency_scope,
        seconds=settings.idempotency_ttl_seconds,
    )


def open_failures(settings: ProcessingSettings) -> FailureQueue:
    return SqsFailures(
        client("sqs", region=region_of(settings.failure_queue_url)), settings.failure_queue_url
    )


def open_registry(settings: ProcessingSettings) -> Registry:
    region = region_of(settings.failure_queue_url)
    return GlueRegistry(client("glue", region=region), settings.schema_registry or "")


def open_store(settings: ReplaySettings) -> S3Store:
    s3 = client("s3", region=region_of(settings.failure_queue_url), read_seconds=60)
    return S3Store(s3, settings.store_bucket, settings.store_prefix)
