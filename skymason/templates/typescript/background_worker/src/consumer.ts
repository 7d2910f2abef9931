import { SpanKind } from '@opentelemetry/api';
import type { Message, MessageQueue } from './queue.js';
import { pause, waitSeconds, type Backoff } from './runtime/backoff.js';
import type { Log } from './runtime/log.js';
import { failed, inSpan } from './runtime/telemetry.js';

/** The message can never be done: it is not what was agreed. Trying again would change nothing. */
export class Rejected extends Error {
  override readonly name = 'Rejected';
}

export interface Work {
  log: Log;
  /** Comes when the message has taken its whole time: what goes on after that may be done twice. */
  signal: AbortSignal;
}

/** Does the work of one message: returns when it is done, throws Rejected, or anything else to try again. */
export type Handler = (message: Message, work: Work) => Promise<void>;

export interface Limits {
  /** Messages in work at once. */
  concurrency: number;
  /** Attempts before a message goes to the dead letters. */
  maxAttempts: number;
  /** How long the queue hides what it handed out. */
  visibilitySeconds: number;
  /** That one message may take. */
  processingSeconds: number;
  longPollSeconds: number;
  /** From the stop on: how long a receive that is under way may still take. */
  receiveGraceSeconds: number;
  backoff: Backoff;
}

interface InWork {
  message: Message;
  begun: number;
  done: Promise<void>;
}

/** A message that is in work for so many times its own time will not end any more. */
const OVERRUN = 2;
/** How late a receive may be before the loop counts as dead. */
const RECEIVE_PATIENCE_SECONDS = 60;
const RECEIVE_BACKOFF: Backoff = { baseSeconds: 1, factor: 2, maxSeconds: 30, jitter: 0.5 };

/**
 * Takes messages, has them handled, and answers for each: done, again later, or never.
 *
 * It receives no more than it can begin at once, so that no message waits here while another replica could do
 * it. The order of a group is the queue's to keep: it hands out no message of a group while another one of it
 * is hidden, and one that failed is hidden until its next attempt.
 */
export class Consumer {
  private readonly stopping = new AbortController();
  private readonly receiving = new AbortController();
  private readonly inWork = new Set<InWork>();
  private loop: Promise<void> | undefined;
  private ended = false;
  private lastTurn = 0;
  private failures = 0;
  private failure: unknown;

  constructor(
    private readonly queue: MessageQueue,
    private readonly handler: Handler,
    private readonly limits: Limits,
    private readonly log: Log,
  ) {}

  start(): void {
    this.lastTurn = performance.now();
    this.loop = this.run().finally(() => {
      this.ended = true;
    });
  }

  /** Takes no more messages, and waits until those in work are done. */
  async stop(): Promise<void> {
    this.stopping.abort();
    // What the queue hands out to a receive that was broken off is hidden, and nobody works on it.
    const patience = setTimeout(() => {
      this.receiving.abort();
    }, this.limits.receiveGraceSeconds * 1000);
    await this.loop;
    clearTimeout(patience);
    await Promise.all([...this.inWork].map((work) => work.done));
  }

  /** Throws when a restart is needed: the loop is dead, or a message never ends. */
  checkAlive(): void {
    const { concurrency, longPollSeconds, processingSeconds } = this.limits;
    if (this.ended && !this.stopping.signal.aborted) throw new Error('the loop has ended');
    const silent = secondsSince(this.lastTurn);
    if (
      this.inWork.size < concurrency &&
      !this.ended &&
      silent > longPollSeconds + RECEIVE_PATIENCE_SECONDS
    ) {
      throw new Error(`has not asked for messages for ${Math.round(silent)} s`);
    }
    for (const { message, begun } of this.inWork) {
      if (secondsSince(begun) > OVERRUN * processingSeconds)
        throw new Error(`message ${message.id} does not end`);
    }
  }

  /** Throws while the queue cannot be reached. */
  checkQueue(): void {
    if (this.failures > 0) throw new Error(`the queue does not answer: ${String(this.failure)}`);
  }

  private async run(): Promise<void> {
    const stopped = this.stopping.signal;
    while (!stopped.aborted) {
      this.lastTurn = performance.now();
      const free = this.limits.concurrency - this.inWork.size;
      if (free === 0) {
        await Promise.race([...this.inWork].map((work) => work.done));
        continue;
      }
      try {
        const messages = await this.queue.receive(free, this.receiving.signal);
        this.failures = 0;
        this.failure = undefined;
        for (const message of messages) {
          // It came while the process was told to stop: another replica takes it at once.
          if (this.isStopping()) await this.tell(message, () => this.queue.giveBack(message, 0));
          else this.begin(message);
        }
      } catch (error) {
        this.failures += 1;
        this.failure = error;
        const wait = waitSeconds(RECEIVE_BACKOFF, this.failures);
        this.log.warn(
          { error, failures: this.failures, again_in_seconds: wait },
          'the queue does not answer',
        );
        await pause(wait * 1000, stopped);
      }
    }
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private begin(message: Message): void {
    const work: InWork = { message, begun: performance.now(), done: Promise.resolve() };
    this.inWork.add(work);
    work.done = this.attempt(work).finally(() => this.inWork.delete(work));
  }

  /** Never throws: whatever happens to one message is told to the queue and the log. */
  private async attempt({ message, begun }: InWork): Promise<void> {
    const { id, attempt, group, carrier } = message;
    const log = this.log.child({ message_id: id, attempt, ...(group === undefined ? {} : { group }) });
    const attributes = { 'messaging.message.id': id, 'messaging.destination.name': this.queue.name, attempt };
    await inSpan(
      `process ${this.queue.name}`,
      { kind: SpanKind.CONSUMER, carrier, attributes },
      async (span) => {
        const outcome = await this.handled(message, log);
        const duration_ms = Math.round(performance.now() - begun);
        if (outcome === undefined) {
          await this.tell(message, () => this.queue.acknowledge(message));
          log.info({ duration_ms }, 'message done');
          return;
        }
        failed(span, outcome);
        await this.again(message, outcome, log.child({ duration_ms }));
      },
    );
  }

  /** The error, if there was one. */
  private async handled(message: Message, log: Log): Promise<Error | undefined> {
    const limit = AbortSignal.timeout(this.limits.processingSeconds * 1000);
    const prolonging = this.prolong(message, log);
    try {
      await this.handler(message, { log, signal: limit });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      clearInterval(prolonging);
    }
  }

  /** Keeps a message hidden while it is in work, but not one that will not end: another replica shall try. */
  private prolong(message: Message, log: Log): NodeJS.Timeout {
    const { visibilitySeconds, processingSeconds } = this.limits;
    const begun = performance.now();
    return setInterval(
      () => {
        if (secondsSince(begun) > OVERRUN * Math.max(visibilitySeconds, processingSeconds)) return;
        log.warn({ seconds: Math.round(secondsSince(begun)) }, 'message takes long');
        void this.tell(message, () => this.queue.prolong(message));
      },
      (visibilitySeconds * 1000) / 2,
    );
  }

  private async again(message: Message, error: Error, log: Log): Promise<void> {
    if (error instanceof Rejected) {
      log.error({ reason: error.message }, 'message rejected');
      await this.tell(message, () => this.queue.reject(message, error.message));
    } else if (message.attempt >= this.limits.maxAttempts) {
      log.error({ error }, 'last attempt failed: to the dead letters');
      await this.tell(message, () => this.queue.reject(message, error.message));
    } else {
      const wait = waitSeconds(this.limits.backoff, message.attempt);
      log.warn({ error, again_in_seconds: wait }, 'attempt failed');
      await this.tell(message, () => this.queue.giveBack(message, wait));
    }
  }

  /** Where that fails the message comes back when its time is up, and is done again. */
  private async tell(message: Message, what: () => Promise<void>): Promise<void> {
    try {
      await what();
    } catch (error) {
      this.log.error(
        { error, message_id: message.id },
        'the queue was not told; the message will come again',
      );
    }
  }
}

function secondsSince(moment: number): number {
  return (performance.now() - moment) / 1000;
}
