import { Rejected } from './errors.js';
import type { Carried } from './events.js';
import type { Lanes } from './lanes.js';
import { pause } from './runtime/backoff.js';
import type { Log } from './runtime/log.js';

export interface Wanted {
  from: Date | undefined;
  /** Not included. */
  to: Date | undefined;
  key: string | undefined;
  eventsPerSecond: number;
  batchSize: number;
}

/** Events stand in the store in another order than they came, by so much at most: while its writer collects. */
const REORDER_MS = 60_000;

/**
 * The past, processed again: events from the store go where those of the stream go.
 *
 * A run remembers its events under a scope of its own: each is processed once a run, also where it was
 * processed before; and a run that is started again after it ended halfway goes on where it was.
 */
export class Replay {
  processed = 0;

  constructor(
    private readonly wanted: Wanted,
    private readonly lanes: Lanes,
    private readonly log: Log,
  ) {}

  /** Processes the records that are wanted. Gives whether that came to its end. */
  async run(records: AsyncIterable<Carried>, signal: AbortSignal): Promise<boolean> {
    const { batchSize, eventsPerSecond } = this.wanted;
    const size = Math.max(1, Math.min(batchSize, Math.floor(eventsPerSecond)));
    const begun = performance.now();
    let batch: Carried[] = [];
    const flush = async (): Promise<boolean> => {
      const full = batch;
      batch = [];
      // The rate is that of the whole run: what was slow may be caught up with.
      await pause(begun + (this.processed / eventsPerSecond) * 1000 - performance.now(), signal);
      const done = await this.lanes.process(full, signal);
      this.processed += done;
      if (done > 0) this.log.info({ events: this.processed, until: full[done - 1]?.time }, 'replayed');
      return done === full.length;
    };
    for await (const record of this.chosen(inOrder(records), signal)) {
      batch.push(record);
      if (batch.length >= size && !(await flush())) return false;
    }
    return (await flush()) && !signal.aborted;
  }

  private async *chosen(records: AsyncIterable<Carried>, signal: AbortSignal): AsyncGenerator<Carried> {
    const { from, to, key } = this.wanted;
    for await (const record of records) {
      if (signal.aborted) return;
      if ((from && record.time < from) || (to && record.time >= to)) continue;
      if (key !== undefined && (await this.keyOf(record, signal)) !== key) continue;
      yield record;
    }
  }

  private async keyOf(record: Carried, signal: AbortSignal): Promise<string> {
    const event = await this.lanes.understood(record, signal);
    return event instanceof Rejected ? record.key : event.key;
  }
}

/** Records by time, and by sequence where they came at one time. They may be out of order by REORDER_MS. */
export async function* inOrder(records: AsyncIterable<Carried>): AsyncGenerator<Carried> {
  let waiting: Carried[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  let sortedAt = Number.NEGATIVE_INFINITY;
  for await (const record of records) {
    waiting.push(record);
    newest = Math.max(newest, record.time.getTime());
    // Not for every record: sorted are those of a whole span at once.
    if (newest < sortedAt + REORDER_MS) continue;
    sortedAt = newest;
    waiting.sort(byPlace);
    const later = waiting.findIndex((item) => item.time.getTime() >= newest - REORDER_MS);
    yield* waiting.slice(0, later);
    waiting = waiting.slice(later);
  }
  yield* waiting.sort(byPlace);
}

function byPlace(one: Carried, other: Carried): number {
  const difference = one.time.getTime() - other.time.getTime();
  if (difference !== 0) return difference;
  const [first, second] = [numberOf(one.sequence), numberOf(other.sequence)];
  return first < second ? -1 : first > second ? 1 : 0;
}

const numberOf = (sequence: string): bigint => (/^\d+$/.test(sequence) ? BigInt(sequence) : 0n);
