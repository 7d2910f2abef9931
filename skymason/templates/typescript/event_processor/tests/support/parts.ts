import type { Memory } from '../../src/lanes.js';
import { Lanes } from '../../src/lanes.js';
import { CONTEXT, Processor, type FailureQueue, type Handler } from '../../src/processing.js';
import { anyObject, type Reads } from '../../src/schemas.js';
import { Unavailable } from '../../src/errors.js';
import type { Carried } from '../../src/events.js';
import { collectLog } from './log.js';

/** A memory that a test can look into, and take away. */
export class TestMemory implements Memory {
  readonly ids = new Set<string>();
  away = 0;

  seen(ids: string[]): Promise<Set<string>> {
    if (this.away > 0) {
      this.away -= 1;
      return Promise.reject(new Unavailable('memory'));
    }
    return Promise.resolve(new Set(ids.filter((id) => this.ids.has(id))));
  }

  remember(ids: string[]): Promise<void> {
    for (const id of ids) this.ids.add(id);
    return Promise.resolve();
  }
}

export class TestFailures implements FailureQueue {
  readonly put_: { carried: Carried; context: Record<string, string> }[] = [];

  put(carried: Carried, context: Record<string, string>): Promise<void> {
    this.put_.push({ carried, context });
    return Promise.resolve();
  }
}

export interface TestOptions {
  parallelism?: number;
  orderingKey?: string;
  maxAttempts?: number;
  schemas?: Reads;
}

/** What processes events, with everything around it in memory. */
export function testLanes(handler: Handler, options: TestOptions = {}) {
  const { log, lines } = collectLog();
  const memory = new TestMemory();
  const failures = new TestFailures();
  const { maxAttempts = 3, orderingKey, parallelism = 4, schemas = anyObject } = options;
  const limits = { maxAttempts, stream: 'events', context: CONTEXT, replay: false };
  const processor = new Processor(handler, failures, limits, log);
  const lanes = new Lanes(processor, schemas, memory, { parallelism, orderingKey }, log);
  return { lanes, memory, failures, log, lines };
}

let places = 0;

/** An event as a stream carries it. */
export function carried(
  body: unknown,
  { key = 'k', lane = 'shard-1', time = 0, sequence = '' } = {},
): Carried {
  places += 1;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { lane, sequence: sequence || String(places), key, time: new Date(time), data: Buffer.from(text) };
}
