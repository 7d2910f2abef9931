import { SpanKind, type Span } from '@opentelemetry/api';
import { Rejected, Stopped, Unavailable } from './errors.js';
import type { Body, Carried, Event } from './events.js';
import { pause, waitSeconds, type Backoff } from './runtime/backoff.js';
import type { Log } from './runtime/log.js';
import { carrier, failed, inSpan } from './runtime/telemetry.js';

export interface Work {
  log: Log;
  /** Whether the event comes from the store, and not for the first time. */
  replay: boolean;
  /** Comes when processing ends: what is not done then is done by whoever comes next. */
  signal: AbortSignal;
}

/** Does what an event asks for: returns when it is done, throws Rejected, or anything else to try again. */
export type Handler = (event: Event, work: Work) => Promise<void>;

/** Takes events that could not be processed. May throw Unavailable. */
export interface FailureQueue {
  put(carried: Carried, context: Record<string, string>): Promise<void>;
}

export interface Limits {
  /** Attempts until an event is set aside. */
  maxAttempts: number;
  /** Name of the stream, for what is told of such an event. */
  stream: string;
  /** What is told of it. */
  context: readonly ContextName[];
  replay: boolean;
}

export const CONTEXT = [
  'stream',
  'lane',
  'sequence',
  'key',
  'attempts',
  'error',
  'first_failed_at',
  'trace',
] as const;
export type ContextName = (typeof CONTEXT)[number];

interface Failure {
  error: Error;
  attempts: number;
  firstAt: Date;
}

/** Whatever has the same key waits behind an event that is tried again. */
const ATTEMPTS: Backoff = { baseSeconds: 0.1, factor: 2, maxSeconds: 10, jitter: 0.5 };
/** Before what cannot be reached is asked again. */
const AWAY_MS = 1000;
const LONGEST_ERROR = 1000;

/** Processes events, however many attempts that takes. */
export class Processor {
  constructor(
    private readonly handler: Handler,
    private readonly failures: FailureQueue,
    private readonly limits: Limits,
    private readonly log: Log,
  ) {}

  /** Processes the event, or sets it aside. Throws Stopped where it is neither. */
  async process(event: Event, signal: AbortSignal): Promise<void> {
    const options = {
      kind: SpanKind.CONSUMER,
      carrier: sendersTrace(event.body),
      attributes: { 'event.id': event.id },
    };
    await inSpan('process event', options, async (span) => {
      const failure = await this.attempt(event, signal);
      if (failure) await this.giveUp(event.carried, failure, span, signal);
    });
  }

  /** A record that is no event goes where failed events go. Throws Stopped where it does not. */
  async setAside(carried: Carried, error: Rejected, signal: AbortSignal): Promise<void> {
    await inSpan('process event', { kind: SpanKind.CONSUMER }, (span) =>
      this.giveUp(carried, { error, attempts: 1, firstAt: new Date() }, span, signal),
    );
  }

  /** Why it failed, in the end; undefined where it is done. */
  private async attempt(event: Event, signal: AbortSignal): Promise<Failure | undefined> {
    const log = this.log.child({ event_id: event.id });
    let firstAt: Date | undefined;
    for (let attempt = 1; ; attempt += 1) {
      if (signal.aborted) throw new Stopped();
      try {
        await this.handler(event, { log, replay: this.limits.replay, signal });
        return undefined;
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        firstAt ??= new Date();
        if (error instanceof Rejected || attempt >= this.limits.maxAttempts) {
          return { error, attempts: attempt, firstAt };
        }
        const wait = waitSeconds(ATTEMPTS, attempt);
        log.warn({ error, attempt, again_in_seconds: wait }, 'attempt failed');
        await pause(wait * 1000, signal);
      }
    }
  }

  private async giveUp(carried: Carried, failure: Failure, span: Span, signal: AbortSignal): Promise<void> {
    failed(span, failure.error);
    const known: Record<ContextName, string> = {
      stream: this.limits.stream,
      lane: carried.lane,
      sequence: carried.sequence,
      key: carried.key,
      attempts: String(failure.attempts),
      error: `${failure.error.name}: ${failure.error.message}`.slice(0, LONGEST_ERROR),
      first_failed_at: failure.firstAt.toISOString(),
      trace: carrier()['traceparent'] ?? '',
    };
    const told = Object.fromEntries(
      this.limits.context.filter((name) => known[name] !== '').map((name) => [name, known[name]]),
    );
    await insistently(() => this.failures.put(carried, told), signal, this.log);
    this.log.error({ ...told, error: failure.error }, 'event set aside');
  }
}

/** What `call` gives, once what it needs can be reached. Throws Stopped. */
export async function insistently<Result>(
  call: () => Promise<Result>,
  signal: AbortSignal,
  log: Log,
): Promise<Result> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      log.warn({ error }, 'waiting for what is away');
      await pause(AWAY_MS, signal);
      if (signal.aborted) throw new Stopped();
    }
  }
}

function sendersTrace(body: Body): Record<string, string> {
  return Object.fromEntries(
    ['traceparent', 'tracestate'].flatMap((name) => {
      const value = body[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}
