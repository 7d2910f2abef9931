import { TableClient } from '@azure/data-tables';
import { DefaultAzureCredential } from '@azure/identity';
import { SchemaRegistryClient } from '@azure/schema-registry';
import { ServiceBusClient } from '@azure/service-bus';
import { ContainerClient } from '@azure/storage-blob';
import { AzureRegistry } from './azure-registry.js';
import { blobsOf, CaptureStore } from './capture-store.js';
import { ServiceBusFailures } from './failure-queue.js';
import { noMemory, type Memory } from './lanes.js';
import { MemoryTable } from './memory-table.js';
import { storeOf } from './place-settings.js';
import type { ProcessingSettings, ReplaySettings } from './settings.js';

/*
 * Where things are on Azure.
 */

export function openMemory(settings: ProcessingSettings): Memory & { close(): Promise<void> } {
  const { IDEMPOTENCY_TABLE_URL: url, IDEMPOTENCY_SCOPE: scope, IDEMPOTENCY_TTL_SECONDS: seconds } = settings;
  if (url === undefined) return { ...noMemory, close: () => Promise.resolve() };
  const { origin, pathname } = new URL(url);
  const table = new TableClient(origin, pathname.replaceAll('/', ''), new DefaultAzureCredential());
  return new MemoryTable(table, { scope, seconds });
}

export function openFailures(settings: ProcessingSettings): ServiceBusFailures {
  const client = new ServiceBusClient(settings.QUEUE_NAMESPACE, new DefaultAzureCredential());
  return new ServiceBusFailures(client.createSender(settings.FAILURE_QUEUE_NAME), () => client.close());
}

/** undefined where no schemas are agreed. SCHEMA_REGISTRY is `<namespace>/<group>`. */
export function openRegistry(settings: ProcessingSettings): AzureRegistry | undefined {
  const [namespace, group] = settings.SCHEMA_REGISTRY?.split('/') ?? [];
  if (namespace === undefined || group === undefined) return undefined;
  return new AzureRegistry(new SchemaRegistryClient(namespace, new DefaultAzureCredential()), group);
}

export function openStore(settings: ReplaySettings): CaptureStore {
  const { url, prefix } = storeOf(settings);
  return new CaptureStore(blobsOf(new ContainerClient(url, new DefaultAzureCredential())), prefix);
}
