import { DefaultAzureCredential } from '@azure/identity';
import {
  isServiceBusError,
  ServiceBusClient,
  type ServiceBusReceivedMessage,
  type ServiceBusReceiver,
  type ServiceBusSessionReceiver,
} from '@azure/service-bus';
import type { Message, MessageQueue } from './queue.js';
import { pause } from './runtime/backoff.js';
import { text } from './runtime/settings.js';
import type { Settings } from './settings.js';

export const transportSettings = {
  /** Host name, such as shop.servicebus.windows.net. */
  QUEUE_NAMESPACE: text(),
  QUEUE_NAME: text(),
};

/** What is used of a receiver of the SDK. */
export type Receiver = Pick<
  ServiceBusReceiver,
  | 'receiveMessages'
  | 'completeMessage'
  | 'abandonMessage'
  | 'deadLetterMessage'
  | 'renewMessageLock'
  | 'close'
>;
export type SessionReceiver = Omit<Receiver, 'renewMessageLock'> &
  Pick<ServiceBusSessionReceiver, 'renewSessionLock'>;

/** How to connect. nextSession: of the next session that has messages; throws where there is none in time. */
export interface Connections {
  receiver(): Receiver;
  nextSession(signal: AbortSignal): Promise<SessionReceiver>;
  close(): Promise<void>;
}

export interface ServiceBusOptions {
  name: string;
  /** Order is kept within a session. */
  sessions: boolean;
  waitSeconds: number;
}

interface Receipt {
  received: ServiceBusReceivedMessage;
  from: Receiver | SessionReceiver;
  renew: () => Promise<unknown>;
  /** Lets others have the session. */
  release: () => Promise<void>;
}

interface Parked {
  receipt: Receipt;
  timers: (NodeJS.Timeout | undefined)[];
}

const BATCH = 10;
/** A queue's lock is held for 30 s at least. */
const RENEW_MS = 15_000;
/** So many wait here at most; then no more are received until some are given back. */
const MOST_PARKED = 1000;
const LONGEST_REASON = 1000;
/** Of a message whose time was up: it is somebody else's by now, and not to be answered for. */
const LATE = new Set(['MessageLockLost', 'SessionLockLost']);
const NO_SESSION = new Set(['SessionCannotBeLocked', 'ServiceTimeout']);

/**
 * A Service Bus queue, and its sessions where order counts.
 *
 * Service Bus hands out again at once what is given back. To keep a message away for a while it stays locked
 * here, and is given back when its time has come: so its attempts are counted by the queue, nothing is copied,
 * and a message of a session stays in front of it. Should the process die, it comes earlier.
 */
export class ServiceBusQueue implements MessageQueue {
  readonly name: string;
  private plain: Receiver | undefined;
  private readonly parked = new Set<Parked>();

  constructor(
    private readonly connections: Connections,
    private readonly options: ServiceBusOptions,
  ) {
    this.name = options.name;
  }

  async receive(most: number, signal: AbortSignal): Promise<Message[]> {
    if (this.parked.size >= MOST_PARKED) {
      await pause(1000, signal);
      return [];
    }
    return this.options.sessions ? this.ofNextSession(signal) : this.ofAny(most, signal);
  }

  async acknowledge({ receipt }: Message): Promise<void> {
    await settle(receipt as Receipt, ({ from, received }) => from.completeMessage(received));
  }

  async giveBack({ receipt }: Message, seconds: number): Promise<void> {
    if (seconds <= 0) await abandon(receipt as Receipt);
    else this.park(receipt as Receipt, seconds);
  }

  async reject({ receipt }: Message, reason: string): Promise<void> {
    const deadLetterErrorDescription = reason.slice(0, LONGEST_REASON);
    await settle(receipt as Receipt, ({ from, received }) =>
      from.deadLetterMessage(received, { deadLetterReason: 'rejected', deadLetterErrorDescription }),
    );
  }

  async prolong({ receipt }: Message): Promise<void> {
    await unlessLate((receipt as Receipt).renew);
  }

  /** Gives back at once what waits here. */
  async close(): Promise<void> {
    const waiting = [...this.parked];
    await Promise.allSettled(waiting.map((parked) => this.unpark(parked)));
    await this.plain?.close();
    await this.connections.close();
  }

  private async ofAny(most: number, signal: AbortSignal): Promise<Message[]> {
    const from = (this.plain ??= this.connections.receiver());
    try {
      const found = await from.receiveMessages(Math.min(most, BATCH), {
        maxWaitTimeInMs: this.options.waitSeconds * 1000,
        abortSignal: signal,
      });
      return found.map((received) =>
        messageOf({
          received,
          from,
          renew: () => from.renewMessageLock(received),
          release: () => Promise.resolve(),
        }),
      );
    } catch (error) {
      if (signal.aborted) return [];
      this.plain = undefined;
      await from.close().catch(() => undefined);
      throw error;
    }
  }

  /** One message: its session is its own until it is answered for. */
  private async ofNextSession(signal: AbortSignal): Promise<Message[]> {
    let from: SessionReceiver;
    try {
      from = await this.connections.nextSession(signal);
    } catch (error) {
      if (signal.aborted || (isServiceBusError(error) && NO_SESSION.has(error.code))) return [];
      throw error;
    }
    const release = () => from.close();
    try {
      const [received] = await from.receiveMessages(1, { maxWaitTimeInMs: 1000, abortSignal: signal });
      if (received) return [messageOf({ received, from, renew: () => from.renewSessionLock(), release })];
    } catch (error) {
      if (!signal.aborted) {
        await release().catch(() => undefined);
        throw error;
      }
    }
    await release();
    return [];
  }

  private park(receipt: Receipt, seconds: number): void {
    const parked: Parked = { receipt, timers: [] };
    this.parked.add(parked);
    const due = setTimeout(() => {
      // Where that fails the lock ends by itself, and the message comes again.
      this.unpark(parked).catch(() => undefined);
    }, seconds * 1000);
    const renewing = setInterval(() => {
      unlessLate(receipt.renew).catch(() => undefined);
    }, RENEW_MS);
    parked.timers.push(due, renewing);
  }

  private async unpark(parked: Parked): Promise<void> {
    for (const timer of parked.timers) clearTimeout(timer);
    this.parked.delete(parked);
    await abandon(parked.receipt);
  }
}

const abandon = (receipt: Receipt): Promise<void> =>
  settle(receipt, ({ from, received }) => from.abandonMessage(received));

async function settle(receipt: Receipt, how: (receipt: Receipt) => Promise<unknown>): Promise<void> {
  await unlessLate(() => how(receipt));
  await receipt.release();
}

async function unlessLate(what: () => Promise<unknown>): Promise<void> {
  try {
    await what();
  } catch (error) {
    if (!isServiceBusError(error) || !LATE.has(error.code)) throw error;
  }
}

function messageOf(receipt: Receipt): Message {
  const { received } = receipt;
  const { applicationProperties: properties = {}, sessionId } = received;
  const carrier = Object.fromEntries(
    ['traceparent', 'tracestate'].flatMap((name) => {
      const value = properties[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
  return {
    id: String(received.messageId ?? ''),
    body: bodyOf(received.body),
    // The queue counts the attempts before this one.
    attempt: (received.deliveryCount ?? 0) + 1,
    carrier,
    receipt,
    ...(sessionId === undefined ? {} : { group: sessionId }),
  };
}

/** The SDK has parsed what it took for JSON. */
function bodyOf(body: unknown): string {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? Buffer.from(body).toString() : JSON.stringify(body);
}

export function openQueue(settings: Settings): ServiceBusQueue {
  const { QUEUE_NAME: name, QUEUE_NAMESPACE: namespace } = settings;
  const client = new ServiceBusClient(namespace, new DefaultAzureCredential());
  const options = { maxAutoLockRenewalDurationInMs: 0 };
  const connections: Connections = {
    receiver: () => client.createReceiver(name, options),
    nextSession: (abortSignal) => client.acceptNextSession(name, { ...options, abortSignal }),
    close: () => client.close(),
  };
  const waitSeconds = settings.QUEUE_LONG_POLL_SECONDS;
  return new ServiceBusQueue(connections, { name, sessions: settings.QUEUE_FIFO, waitSeconds });
}
