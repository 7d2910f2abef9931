import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions } from './clients.js';
import { SqsFailures } from './failure-queue.js';
import { GlueRegistry } from './glue-registry.js';
import { noMemory, type Memory } from './lanes.js';
import { MemoryTable } from './memory-table.js';
import { storeOf } from './place-settings.js';
import { S3Store } from './s3-store.js';
import type { ProcessingSettings, ReplaySettings } from './settings.js';

/*
 * Where things are on AWS.
 */

export function openMemory(settings: ProcessingSettings): Memory & { close(): Promise<void> } {
  const { IDEMPOTENCY_TABLE: table, IDEMPOTENCY_SCOPE: scope, IDEMPOTENCY_TTL_SECONDS: seconds } = settings;
  if (table === undefined) return { ...noMemory, close: () => Promise.resolve() };
  const client = new DynamoDBClient(clientOptions(settings.FAILURE_QUEUE_URL));
  return new MemoryTable(client, { table, scope, seconds });
}

export function openFailures(settings: ProcessingSettings): SqsFailures {
  const url = settings.FAILURE_QUEUE_URL;
  return new SqsFailures(new SQSClient(clientOptions(url)), url);
}

/** undefined where no schemas are agreed. */
export function openRegistry(settings: ProcessingSettings): GlueRegistry | undefined {
  if (settings.SCHEMA_REGISTRY === undefined) return undefined;
  return new GlueRegistry(
    new GlueClient(clientOptions(settings.FAILURE_QUEUE_URL)),
    settings.SCHEMA_REGISTRY,
  );
}

export function openStore(settings: ReplaySettings): S3Store {
  const { bucket, prefix } = storeOf(settings);
  const client = new S3Client({
    ...clientOptions(settings.FAILURE_QUEUE_URL),
    // An address of one's own, such as a stand-in's, has no names of buckets before it.
    forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined,
  });
  return new S3Store(client, bucket, prefix);
}
