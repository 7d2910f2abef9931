import {
  earliestEventPosition,
  EventHubConsumerClient,
  type PartitionContext,
  type ReceivedEventData,
  type Subscription,
} from '@azure/event-hubs';
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob';
import { DefaultAzureCredential } from '@azure/identity';
import { ContainerClient } from '@azure/storage-blob';
import type { Carried } from './events.js';
import type { Lanes } from './lanes.js';
import type { Log } from './runtime/log.js';
import type { Settings } from './settings.js';

/** What is used of the SDK's client. */
export type Client = Pick<EventHubConsumerClient, 'subscribe' | 'close'>;
export type Partition = Pick<PartitionContext, 'partitionId' | 'updateCheckpoint'>;

export interface ConsumerOptions {
  batchSize: number;
  windowSeconds: number;
}

/** The SDK calls at least every few seconds, also where nothing has come. */
const SILENT_SECONDS = 120;
/** A batch that has been worked on for so long will not end. */
const STUCK_SECONDS = 600;
/** Readers of a level end those that read the same partition before them: never two at once. */
const OWNER_LEVEL = 0;

/**
 * Processes what the SDK hands over, batch by batch, and checkpoints what is done. The SDK shares the
 * partitions with the other replicas, by blobs.
 *
 * Order: the SDK hands over one batch of a partition at a time, and waits until it is finished.
 */
export class Consumer {
  private readonly stopping = new AbortController();
  private readonly inWork = new Map<Promise<void>, number>();
  private subscription: Subscription | undefined;
  private calledAt = 0;
  private failure: Error | undefined;
  private broken: Error | undefined;

  constructor(
    private readonly client: Client,
    private readonly lanes: Lanes,
    private readonly log: Log,
    private readonly options: ConsumerOptions,
  ) {}

  start(): void {
    this.calledAt = performance.now();
    this.subscription = this.client.subscribe(
      {
        processEvents: (events, context) => this.handle(events, context),
        processError: (error, context) => {
          this.failure = error;
          this.log.warn({ error, lane: context.partitionId }, 'the event hub reports an error');
          return Promise.resolve();
        },
      },
      {
        maxBatchSize: this.options.batchSize,
        maxWaitTimeInSeconds: Math.max(this.options.windowSeconds, 0.1),
        // From the oldest one, where there is no checkpoint.
        startPosition: earliestEventPosition,
        ownerLevel: OWNER_LEVEL,
        skipParsingBodyAsJson: true,
      },
    );
  }

  /** Finishes what is begun, and leaves the partitions to the others. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled(this.inWork.keys());
    await this.subscription?.close();
    await this.client.close();
  }

  /** Throws when a restart is needed. */
  checkAlive(): void {
    if (this.broken) throw new Error(`a batch failed: ${this.broken.message}`);
    const now = performance.now();
    for (const begun of this.inWork.values()) {
      if (now - begun > STUCK_SECONDS * 1000) throw new Error('does not get on with a batch');
    }
    const silent = (now - this.calledAt) / 1000;
    if (this.inWork.size === 0 && silent > SILENT_SECONDS)
      throw new Error(`was not called for ${Math.round(silent)} s`);
  }

  /** Throws while the event hub cannot be reached. */
  checkReading(): void {
    if (this.failure) throw new Error(`the event hub reports an error: ${this.failure.message}`);
  }

  /** A batch of one partition. An empty one only says that nothing has come. */
  async handle(events: ReceivedEventData[], partition: Partition): Promise<void> {
    this.calledAt = performance.now();
    this.failure = undefined;
    if (events.length === 0 || this.stopping.signal.aborted || this.broken) return;
    const work = this.process(events, partition);
    this.inWork.set(work, this.calledAt);
    try {
      await work;
    } catch (error) {
      // The next batch must not get ahead of this one: the process ends, and begins anew at its checkpoint.
      this.broken = error instanceof Error ? error : new Error(String(error));
      this.log.error({ error, lane: partition.partitionId }, 'a batch failed');
    } finally {
      this.inWork.delete(work);
      this.calledAt = performance.now();
    }
  }

  private async process(events: ReceivedEventData[], partition: Partition): Promise<void> {
    const records = events.map((event) => carriedOf(partition.partitionId, event));
    const done = await this.lanes.process(records, this.stopping.signal);
    const last = events[done - 1];
    if (last) await partition.updateCheckpoint(last);
  }
}

function carriedOf(partition: string, event: ReceivedEventData): Carried {
  return {
    lane: partition,
    sequence: String(event.sequenceNumber),
    key: event.partitionKey ?? '',
    time: event.enqueuedTimeUtc,
    data: bytesOf(event.body),
  };
}

function bytesOf(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** The consumer that the settings ask for. */
export function openConsumer(settings: Settings, lanes: Lanes, log: Log): Consumer {
  const identity = new DefaultAzureCredential();
  const store = new BlobCheckpointStore(new ContainerClient(settings.CHECKPOINT_CONTAINER_URL, identity));
  const { CONSUMER_GROUP: group, STREAM_NAMESPACE: namespace, STREAM_NAME: name } = settings;
  const client = new EventHubConsumerClient(group, namespace, name, identity, store);
  const { BATCH_SIZE: batchSize, BATCH_WINDOW_SECONDS: windowSeconds } = settings;
  return new Consumer(client, lanes, log, { batchSize, windowSeconds });
}
