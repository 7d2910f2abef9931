import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  SubscribeToShardCommand,
  type _Record,
  type KinesisClient,
  type SubscribeToShardEventStream,
} from '@aws-sdk/client-kinesis';
import { asked } from './clients.js';
import { Stopped } from './errors.js';
import type { Carried } from './events.js';
import { pause } from './runtime/backoff.js';
import type { Log } from './runtime/log.js';

export interface Batch {
  /** In order; perhaps none. */
  records: Carried[];
  /** There will be no more. */
  ended: boolean;
  /** Age of what was read. */
  behindSeconds: number;
}

export interface ShardReader {
  /** Waits for the next batch. Throws Stopped. */
  read(signal: AbortSignal): Promise<Batch>;
  /** It is not read any more. */
  close(): Promise<void>;
}

export interface Stream {
  arn: string;
  name: string;
}

export interface ReadOptions {
  shard: string;
  /** Sequence of the last record that is not wanted; empty to begin at the oldest one. */
  after: string;
  /** Records of a batch, at most. */
  size: number;
  /** How long to wait for a batch to fill. */
  windowSeconds: number;
}

/** Between two reads of a shard. It takes five a second, from all its readers together. */
const POLL_MS = 250;
/** Before a shard that had nothing is read again. */
const IDLE_MS = 1000;
const ERROR_MS = 2000;

/** Every shard that still holds something, with those that it was split or merged from. */
export async function listShards(kinesis: KinesisClient, streamArn: string): Promise<Map<string, string[]>> {
  const shards = new Map<string, string[]>();
  let next: string | undefined;
  do {
    const page = await asked('Kinesis', () =>
      kinesis.send(
        new ListShardsCommand(next === undefined ? { StreamARN: streamArn } : { NextToken: next }),
      ),
    );
    for (const shard of page.Shards ?? []) {
      const parents = [shard.ParentShardId, shard.AdjacentParentShardId].filter(
        (parent) => parent !== undefined,
      );
      if (shard.ShardId !== undefined) shards.set(shard.ShardId, parents);
    }
    next = page.NextToken;
  } while (next !== undefined);
  return shards;
}

/** Shares the shard's reads with other readers. */
export class PollingReader implements ShardReader {
  private iterator: string | undefined;
  private readAt = Number.NEGATIVE_INFINITY;
  private after: string;

  constructor(
    private readonly kinesis: KinesisClient,
    private readonly stream: Stream,
    private readonly options: ReadOptions,
    private readonly log: Log,
  ) {
    this.after = options.after;
  }

  async read(signal: AbortSignal): Promise<Batch> {
    const { size, windowSeconds } = this.options;
    const end = performance.now() + windowSeconds * 1000;
    const records: Carried[] = [];
    for (;;) {
      const answer = await this.next(size - records.length, signal);
      const found = answer.records;
      records.push(...found);
      this.after = found.at(-1)?.sequence ?? this.after;
      const { ended, behindSeconds } = answer;
      if (ended || records.length >= size || performance.now() >= end)
        return { records, ended, behindSeconds };
      if (found.length === 0) await pause(Math.min(IDLE_MS, end - performance.now()), signal);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async next(most: number, signal: AbortSignal): Promise<Batch> {
    for (;;) {
      await pause(this.readAt + POLL_MS - performance.now(), signal);
      if (signal.aborted) throw new Stopped();
      this.readAt = performance.now();
      try {
        this.iterator ??= await this.start();
        const command = new GetRecordsCommand({ ShardIterator: this.iterator, Limit: most });
        const answer = await this.kinesis.send(command);
        this.iterator = answer.NextShardIterator;
        return {
          records: (answer.Records ?? []).map((record) => carriedOf(this.options.shard, record)),
          ended: answer.NextShardIterator === undefined,
          behindSeconds: (answer.MillisBehindLatest ?? 0) / 1000,
        };
      } catch (error) {
        if (error instanceof Error && error.name === 'ExpiredIteratorException') {
          this.iterator = undefined;
          continue;
        }
        this.log.warn({ error, shard: this.options.shard }, 'the shard cannot be read');
        await pause(ERROR_MS, signal);
      }
    }
  }

  private async start(): Promise<string> {
    const answer = await this.kinesis.send(
      new GetShardIteratorCommand({
        StreamARN: this.stream.arn,
        StreamName: this.stream.name,
        ShardId: this.options.shard,
        ...(this.after === ''
          ? { ShardIteratorType: 'TRIM_HORIZON' }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: this.after }),
      }),
    );
    return answer.ShardIterator ?? '';
  }
}

/**
 * Has a channel of its own (enhanced fan-out): what comes is pushed over a subscription, which ends after five
 * minutes and is made anew. It says something every five seconds, if only that it stands.
 */
export class FanOutReader implements ShardReader {
  private pushed: AsyncIterator<SubscribeToShardEventStream> | undefined;
  private kept: Carried[] = [];
  private after: string;
  private ended = false;
  private behindSeconds = 0;

  constructor(
    private readonly kinesis: Pick<KinesisClient, 'send'>,
    private readonly consumerArn: string,
    private readonly options: ReadOptions,
    private readonly log: Log,
  ) {
    this.after = options.after;
  }

  async read(signal: AbortSignal): Promise<Batch> {
    const { size, windowSeconds } = this.options;
    const end = performance.now() + windowSeconds * 1000;
    while (!this.ended && this.kept.length < size) {
      if (signal.aborted) {
        await this.close();
        throw new Stopped();
      }
      await this.receive(signal);
      if (performance.now() >= end) break;
    }
    const records = this.kept.slice(0, size);
    this.kept = this.kept.slice(size);
    return { records, ended: this.ended && this.kept.length === 0, behindSeconds: this.behindSeconds };
  }

  async close(): Promise<void> {
    const pushed = this.pushed;
    this.pushed = undefined;
    await pushed?.return?.().catch(() => undefined);
  }

  /** What comes next: some records, or none, to tell that the subscription stands. */
  private async receive(signal: AbortSignal): Promise<void> {
    try {
      this.pushed ??= await this.subscribe();
      const turn = await this.pushed.next();
      if (turn.done === true) {
        this.pushed = undefined;
        return;
      }
      const event = turn.value.SubscribeToShardEvent;
      if (!event) return;
      this.kept.push(...(event.Records ?? []).map((record) => carriedOf(this.options.shard, record)));
      this.behindSeconds = (event.MillisBehindLatest ?? 0) / 1000;
      if (event.ContinuationSequenceNumber) this.after = event.ContinuationSequenceNumber;
      else {
        this.ended = true;
        await this.close();
      }
    } catch (error) {
      // Also while the replica that had the shard before is still subscribed.
      this.log.warn({ error, shard: this.options.shard }, 'the subscription ended');
      await this.close();
      await pause(ERROR_MS, signal);
    }
  }

  private async subscribe(): Promise<AsyncIterator<SubscribeToShardEventStream>> {
    const answer = await this.kinesis.send(
      new SubscribeToShardCommand({
        ConsumerARN: this.consumerArn,
        ShardId: this.options.shard,
        StartingPosition:
          this.after === ''
            ? { Type: 'TRIM_HORIZON' }
            : { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: this.after },
      }),
    );
    if (!answer.EventStream) throw new Error('there is no event stream');
    return answer.EventStream[Symbol.asyncIterator]();
  }
}

function carriedOf(shard: string, record: _Record): Carried {
  return {
    lane: shard,
    sequence: record.SequenceNumber ?? '',
    key: record.PartitionKey ?? '',
    time: record.ApproximateArrivalTimestamp ?? new Date(0),
    data: record.Data ?? new Uint8Array(),
  };
}
