"""Where things are on Azure."""

from urllib.parse import urlsplit

from azure.data.tables import TableClient
from azure.schemaregistry import SchemaRegistryClient
from azure.servicebus import ServiceBusClient
from azure.storage.blob import ContainerClient

from .azure_identity import credential
from .azure_registry import AzureRegistry
from .capture_store import CaptureStore
from .failure_queue import ServiceBusFailures
from .memory_table import MemoryTable
from .processing import FailureQueue, Memory, NoMemory
from .schemas import Registry
from .settings import ProcessingSettings, ReplaySettings


def open_memory(settings: ProcessingSettings) -> Memory:
    if not settings.idempotency_table_url:
        return NoMemory()
    place = urlsplit(settings.idempotency_table_url)
    return MemoryTable(
        TableClient(f"{place.scheme}://{place.netloc}", place.path.strip("/"), credential=credential()),
        scope=settings.idempotency_scope,
        seconds=settings.idempotency_ttl_seconds,
    )


def open_failures(settings: ProcessingSettings) -> FailureQueue:
    bus = ServiceBusClient(settings.queue_namespace, credential())
    return ServiceBusFailures(lambda: bus.get_queue_sender(settings.failure_queue_name))


def open_registry(settings: ProcessingSettings) -> Registry:
    namespace, _, group = (settings.schema_registry or "").partition("/")
    return AzureRegistry(SchemaRegistryClient(namespace, credential()), group)


def open_store(settings: ReplaySettings) -> CaptureStore:
    container = ContainerClient.from_container_url(settings.store_container_url, credential=credential())
    return CaptureStore(container, settings.store_prefix)
