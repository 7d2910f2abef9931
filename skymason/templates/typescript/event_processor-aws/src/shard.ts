import { setMaxListeners } from 'node:events';
import { Stopped } from './errors.js';
import type { Lanes } from './lanes.js';
import { END, type LeaseTable } from './leases.js';
import { insistently } from './processing.js';
import type { Log } from './runtime/log.js';
import type { ShardReader } from './shard-reader.js';

export interface ShardOptions {
  stopping: AbortSignal;
  /** Without a renewal for so long the shard is taken to be somebody else's. */
  leaseSeconds: number;
}

/**
 * One shard, for as long as this replica holds its lease: read, process, checkpoint.
 *
 * Order: the lease is released only when nothing of the shard is in work any more.
 */
export class Shard {
  /** When it last got on. */
  movedAt = performance.now();
  done: Promise<void> = Promise.resolve();
  hasEnded = false;
  private readonly leaving = new AbortController();
  private readonly lost = new AbortController();
  private readonly goOn: AbortSignal;
  private lease: NodeJS.Timeout | undefined;

  constructor(
    readonly key: string,
    private readonly worker: string,
    private readonly table: LeaseTable,
    private readonly reader: ShardReader,
    private readonly lanes: Lanes,
    private readonly log: Log,
    private readonly options: ShardOptions,
  ) {
    this.goOn = AbortSignal.any([this.leaving.signal, this.lost.signal, options.stopping]);
    // Each part of a batch that waits listens.
    setMaxListeners(0, this.goOn, this.lost.signal);
  }

  start(): void {
    this.renewed(performance.now());
    this.done = this.run().finally(() => {
      clearTimeout(this.lease);
      this.hasEnded = true;
    });
  }

  /** Finish what is begun, and let others have the shard. */
  leave(): void {
    this.leaving.abort();
  }

  get isLeaving(): boolean {
    return this.leaving.signal.aborted || this.lost.signal.aborted;
  }

  /** The shard is somebody else's. */
  lose(): void {
    this.lost.abort();
  }

  /** at: when it was asked for, which is before it held. */
  renewed(at: number): void {
    clearTimeout(this.lease);
    const left = at + this.options.leaseSeconds * 1000 - performance.now();
    this.lease = setTimeout(() => {
      this.lose();
    }, left);
  }

  private async run(): Promise<void> {
    const { key, worker, log } = this;
    log.info({ shard: key }, 'reading');
    try {
      await this.work();
      if (!this.lost.signal.aborted) {
        await insistently(() => this.table.release(key, worker), this.lost.signal, log);
      }
    } catch (error) {
      if (error instanceof Stopped) log.warn({ shard: key }, "the shard is somebody else's");
      // The lease ends by itself, and another replica, or this one, begins anew.
      else log.error({ error, shard: key }, 'reading failed');
    }
    await this.reader.close();
    log.info({ shard: key }, 'no longer reading');
  }

  private async work(): Promise<void> {
    while (!this.goOn.aborted) {
      const batch = await this.next();
      if (!batch) return;
      this.movedAt = performance.now();
      const done = await this.lanes.process(batch.records, this.goOn);
      const last = batch.records[done - 1];
      if (last) await this.checkpoint(last.sequence);
      if (done < batch.records.length) return;
      if (batch.records.length > 0) {
        this.log.debug({ shard: this.key, events: done, behind_seconds: batch.behindSeconds }, 'batch done');
      }
      if (batch.ended) {
        await this.checkpoint(END);
        this.log.info({ shard: this.key }, 'read to its end');
        return;
      }
    }
  }

  private async next() {
    try {
      return await this.reader.read(this.goOn);
    } catch (error) {
      if (error instanceof Stopped) return undefined;
      throw error;
    }
  }

  private async checkpoint(sequence: string): Promise<void> {
    this.movedAt = performance.now();
    const { key, worker } = this;
    const kept = await insistently(
      () => this.table.checkpoint(key, worker, sequence),
      this.lost.signal,
      this.log,
    );
    if (kept) return;
    this.lose();
    throw new Stopped();
  }
}
