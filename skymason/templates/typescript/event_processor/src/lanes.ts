import { crc32 } from 'node:zlib';
import { Rejected, Stopped } from './errors.js';
import { eventOf, type Carried, type Event } from './events.js';
import { insistently, type Processor } from './processing.js';
import type { Log } from './runtime/log.js';
import type { Reads } from './schemas.js';

/** Remembers which events were processed. May throw Unavailable. */
export interface Memory {
  /** Those of the ids that are remembered. */
  seen(ids: string[]): Promise<Set<string>>;
  remember(ids: string[]): Promise<void>;
}

/** Where nothing is remembered. */
export const noMemory: Memory = {
  seen: () => Promise.resolve(new Set<string>()),
  remember: () => Promise.resolve(),
};

export interface LaneOptions {
  /** Parts of a batch that are worked on side by side. */
  parallelism: number;
  /** Field of the event by which order is kept; undefined: the key that its producer gave it. */
  orderingKey: string | undefined;
}

interface Piece {
  carried: Carried;
  event: Event | Rejected;
  done: boolean;
}

/** So many are remembered together. Where the process dies, as many may be processed again. */
const TOGETHER = 25;

/**
 * Batches of one shard or partition: side by side where keys differ, in order where they are the same.
 *
 * Events of one key are in the same part of a batch, and a batch is finished before the next one begins, so
 * that no two of them are ever in work together.
 */
export class Lanes {
  constructor(
    private readonly processor: Processor,
    private readonly schemas: Reads,
    private readonly memory: Memory,
    private readonly options: LaneOptions,
    private readonly log: Log,
  ) {}

  /**
   * Processes the batch. Gives how many records, from the first one on, need not be read again: all of them,
   * unless the signal came.
   */
  async process(records: readonly Carried[], signal: AbortSignal): Promise<number> {
    const batch: Piece[] = [];
    let seen: Set<string>;
    try {
      for (const carried of records) {
        batch.push({ carried, event: await this.understood(carried, signal), done: false });
      }
      const ids = batch.flatMap(({ event }) => (event instanceof Rejected ? [] : [event.id]));
      seen = await insistently(() => this.memory.seen(ids), signal, this.log);
    } catch (error) {
      if (error instanceof Stopped) return 0;
      throw error;
    }
    const parts: Piece[][] = Array.from({ length: this.options.parallelism }, () => []);
    for (const piece of batch) {
      const key = piece.event instanceof Rejected ? piece.carried.key : piece.event.key;
      parts[crc32(key) % parts.length]?.push(piece);
    }
    await Promise.all(parts.map((part) => this.inOrder(part, seen, signal)));
    const open = batch.findIndex((piece) => !piece.done);
    return open < 0 ? batch.length : open;
  }

  /** The event in a record, or why there is none. Throws Stopped. */
  async understood(carried: Carried, signal: AbortSignal): Promise<Event | Rejected> {
    try {
      const body = await insistently(() => this.schemas.read(carried.data), signal, this.log);
      return eventOf(carried, body, this.options.orderingKey);
    } catch (error) {
      if (error instanceof Rejected) return error;
      throw error;
    }
  }

  private async inOrder(part: Piece[], seen: Set<string>, signal: AbortSignal): Promise<void> {
    let fresh: string[] = [];
    const remember = async (): Promise<void> => {
      const ids = fresh;
      fresh = [];
      if (ids.length > 0) await insistently(() => this.memory.remember(ids), signal, this.log);
    };
    try {
      for (const piece of part) {
        if (signal.aborted) break;
        const { carried, event } = piece;
        if (event instanceof Rejected) await this.processor.setAside(carried, event, signal);
        else if (!seen.has(event.id)) {
          await this.processor.process(event, signal);
          seen.add(event.id);
          fresh.push(event.id);
        }
        piece.done = true;
        if (fresh.length >= TOGETHER) await remember();
      }
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
    } finally {
      // Also when processing ends: what is done stays done.
      await remember().catch((error: unknown) => {
        this.log.warn({ error }, 'what was processed is not remembered');
      });
    }
  }
}
