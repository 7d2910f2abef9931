import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { clientOptions, regionOf } from './clients.js';
import { Unavailable } from './errors.js';
import type { Lanes } from './lanes.js';
import { isWorker, hasEnded, LeaseTable, type Lease } from './leases.js';
import { pause } from './runtime/backoff.js';
import type { Log } from './runtime/log.js';
import type { Settings } from './settings.js';
import { FanOutReader, listShards, PollingReader, type ShardReader } from './shard-reader.js';
import { Shard } from './shard.js';
import * as sharing from './sharing.js';

export interface Times {
  /** Between two looks at the leases. */
  beatSeconds: number;
  /** A replica that could not renew a lease for so long does nothing more with its shard. */
  leaseSeconds: number;
  /** A lease that was not renewed for so long may be taken: later than its owner has let go of it. */
  freeSeconds: number;
  /** Between two looks at the shards of the stream. */
  listSeconds: number;
}

export const TIMES: Times = { beatSeconds: 3, leaseSeconds: 15, freeSeconds: 20, listSeconds: 30 };
/** A batch that has been worked on for so long will not end. */
const STUCK_SECONDS = 600;

export interface Source {
  /** Shards of the stream, each with those that come before it. May throw Unavailable. */
  listShards(): Promise<Map<string, string[]>>;
  /** Reads a shard from behind a sequence. */
  openReader(shard: string, after: string): ShardReader;
  close(): void;
}

/** Takes its part of the shards, and gives back what is too much for its part. */
export class Consumer {
  readonly worker = `${hostname()}-${randomUUID().slice(0, 8)}`;
  private readonly stopping = new AbortController();
  private readonly shards = new Map<string, Shard>();
  private readonly counts = new Map<string, { counter: number; since: number }>();
  private loop: Promise<void> | undefined;
  private listedAt = Number.NEGATIVE_INFINITY;
  private lastBeat = 0;
  private away: Error | undefined;

  constructor(
    private readonly table: LeaseTable,
    private readonly source: Source,
    private readonly lanes: Lanes,
    private readonly log: Log,
    private readonly times: Times = TIMES,
  ) {}

  start(): void {
    this.lastBeat = performance.now();
    this.loop = this.run();
  }

  /** Finishes what is begun, and leaves the shards to the others. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
    this.source.close();
  }

  /** Throws when a restart is needed. */
  checkAlive(): void {
    const silent = (performance.now() - this.lastBeat) / 1000;
    if (silent > 10 * this.times.beatSeconds) {
      throw new Error(`has not looked at its leases for ${Math.round(silent)} s`);
    }
    for (const shard of this.shards.values()) {
      if (performance.now() - shard.movedAt > STUCK_SECONDS * 1000)
        throw new Error(`does not get on with ${shard.key}`);
    }
  }

  /** Throws while the leases cannot be reached. */
  checkReading(): void {
    if (this.away !== undefined) throw new Error(`the leases cannot be reached: ${this.away.message}`);
  }

  /** Shards that it reads. */
  get reading(): string[] {
    return [...this.shards.keys()].sort();
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.turn(() => this.look());
      await pause(this.times.beatSeconds * 1000, this.stopping.signal);
    }
    // Until the last batch is finished the leases are kept, so that nobody else begins one.
    while (this.shards.size > 0) {
      await this.turn(() => this.renew());
      await Promise.race([
        Promise.all([...this.shards.values()].map((shard) => shard.done)),
        pause(this.times.beatSeconds * 1000),
      ]);
      this.bury();
    }
    await this.turn(() => this.table.leave(this.worker));
  }

  private async turn(work: () => Promise<void>): Promise<void> {
    this.lastBeat = performance.now();
    try {
      await work();
      this.away = undefined;
    } catch (error) {
      if (!(error instanceof Unavailable)) this.log.error({ error }, 'a look at the leases failed');
      else this.log.warn({ error }, 'the leases cannot be reached');
      this.away = error instanceof Error ? error : new Error(String(error));
    }
  }

  /** One look at the leases: renew, and take or give back. */
  private async look(): Promise<void> {
    await this.table.beat(this.worker);
    await this.renew();
    let leases = await this.table.all();
    this.watch(leases);
    if (performance.now() - this.listedAt > this.times.listSeconds * 1000) leases = await this.listed(leases);
    const silent = this.silent(leases);
    for (const key of silent) {
      const lease = leases.get(key);
      if (lease && isWorker(lease)) await this.table.remove(lease);
    }
    const candidates = sharing.readable(leases);
    const mine = sharing.quota(this.worker, sharing.alive(leases, silent), candidates.length);
    const held = [...this.shards.values()].filter((shard) => !shard.isLeaving);
    for (const shard of held.slice(mine)) {
      this.log.info({ shard: shard.key }, 'leaving a shard to others');
      shard.leave();
    }
    for (const lease of sharing.free(candidates, silent).slice(0, Math.max(0, mine - held.length))) {
      if (!this.shards.has(lease.key) && (await this.table.take(lease, this.worker))) this.begin(lease);
    }
  }

  private begin(lease: Lease): void {
    const reader = this.source.openReader(lease.key, lease.checkpoint);
    const shard = new Shard(lease.key, this.worker, this.table, reader, this.lanes, this.log, {
      stopping: this.stopping.signal,
      leaseSeconds: this.times.leaseSeconds,
    });
    this.shards.set(lease.key, shard);
    shard.start();
  }

  private async renew(): Promise<void> {
    this.bury();
    for (const shard of this.shards.values()) {
      const begun = performance.now();
      if (await this.table.renew(shard.key, this.worker)) shard.renewed(begun);
      else shard.lose();
    }
  }

  private bury(): void {
    for (const [key, shard] of this.shards) {
      if (!shard.hasEnded) continue;
      this.shards.delete(key);
      // Its children may be read now.
      this.listedAt = Number.NEGATIVE_INFINITY;
    }
  }

  private watch(leases: ReadonlyMap<string, Lease>): void {
    for (const [key, { counter }] of leases) {
      if (this.counts.get(key)?.counter !== counter)
        this.counts.set(key, { counter, since: performance.now() });
    }
    for (const key of this.counts.keys()) if (!leases.has(key)) this.counts.delete(key);
  }

  private silent(leases: ReadonlyMap<string, Lease>): Set<string> {
    const before = performance.now() - this.times.freeSeconds * 1000;
    return new Set([...leases.keys()].filter((key) => (this.counts.get(key)?.since ?? Infinity) < before));
  }

  /** The leases, with those of new shards, without those of shards that are gone. */
  private async listed(leases: Map<string, Lease>): Promise<Map<string, Lease>> {
    const shards = await this.source.listShards();
    this.listedAt = performance.now();
    const fresh = [...shards].filter(([key]) => !leases.has(key));
    for (const [key, parents] of fresh) await this.table.add(key, parents);
    for (const lease of sharing.gone(leases, new Set(shards.keys()))) {
      if (!hasEnded(lease))
        this.log.error({ shard: lease.key }, 'a shard expired before it was read to its end');
      await this.table.remove(lease);
    }
    return fresh.length > 0 ? this.table.all() : leases;
  }
}

/** The consumer that the settings ask for. */
export function openConsumer(settings: Settings, lanes: Lanes, log: Log): Consumer {
  const {
    BATCH_SIZE: size,
    BATCH_WINDOW_SECONDS: windowSeconds,
    CONSUMER_ARN: channel,
    STREAM_ARN: arn,
  } = settings;
  const options = clientOptions(arn);
  const region = regionOf(arn);
  // Reads are many short requests; a subscription is one long answer, over HTTP/2.
  const polling = new KinesisClient({
    ...options,
    requestHandler: new NodeHttpHandler(options.requestHandler),
  });
  const pushing = new KinesisClient({ ...(region === undefined ? {} : { region }), maxAttempts: 1 });
  const source: Source = {
    listShards: () => listShards(polling, arn),
    openReader(shard, after) {
      const wanted = { shard, after, size, windowSeconds };
      return channel === undefined
        ? new PollingReader(polling, { arn, name: settings.STREAM_NAME }, wanted, log)
        : new FanOutReader(pushing, channel, wanted, log);
    },
    close() {
      polling.destroy();
      pushing.destroy();
    },
  };
  return new Consumer(new LeaseTable(new DynamoDBClient(options), settings.LEASE_TABLE), source, lanes, log);
}
