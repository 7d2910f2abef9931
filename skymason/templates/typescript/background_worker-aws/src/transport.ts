import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message as SqsMessage,
} from '@aws-sdk/client-sqs';
import type { Message, MessageQueue } from './queue.js';
import { httpUrl } from './runtime/settings.js';
import type { Settings } from './settings.js';

export const transportSettings = { QUEUE_URL: httpUrl() };

/** SQS hands out no more at once. */
const BATCH = 10;
/** From the receive on; SQS hides no message for longer. */
const MAX_VISIBILITY_SECONDS = 43_200;

export interface SqsOptions {
  url: string;
  /** Order is kept within a group. */
  fifo: boolean;
  longPollSeconds: number;
  visibilitySeconds: number;
}

/** An SQS queue. Its redrive policy moves what was received too often to the dead-letter queue. */
export class SqsQueue implements MessageQueue {
  readonly name: string;
  private readonly received = new WeakMap<Message, number>();

  constructor(
    private readonly client: SQSClient,
    private readonly options: SqsOptions,
  ) {
    this.name = new URL(options.url).pathname.split('/').at(-1) ?? options.url;
  }

  async receive(most: number, signal: AbortSignal): Promise<Message[]> {
    const { fifo, longPollSeconds, url } = this.options;
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      // One at a time where order counts: were the first of several to fail, those behind it in their group
      // would have been received in vain, and come nearer to the dead letters without an attempt.
      MaxNumberOfMessages: fifo ? 1 : Math.min(most, BATCH),
      WaitTimeSeconds: longPollSeconds,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['ApproximateReceiveCount', 'MessageGroupId'],
      // A receive whose answer was lost gives the same messages when it is repeated.
      ...(fifo ? { ReceiveRequestAttemptId: randomUUID() } : {}),
    });
    try {
      const { Messages: messages = [] } = await this.client.send(command, { abortSignal: signal });
      return messages.map((message) => this.read(message));
    } catch (error) {
      if (signal.aborted) return [];
      throw error;
    }
  }

  async acknowledge({ receipt }: Message): Promise<void> {
    await this.client.send(
      new DeleteMessageCommand({ QueueUrl: this.options.url, ReceiptHandle: receipt as string }),
    );
  }

  async giveBack(message: Message, seconds: number): Promise<void> {
    await this.hide(message, Math.ceil(seconds));
  }

  /** The role may not send to the dead-letter queue. Received anew at once until the limit, it gets there. */
  async reject(message: Message): Promise<void> {
    await this.hide(message, 0);
  }

  async prolong(message: Message): Promise<void> {
    await this.hide(message, this.options.visibilitySeconds);
  }

  close(): Promise<void> {
    this.client.destroy();
    return Promise.resolve();
  }

  private read(message: SqsMessage): Message {
    const { Attributes: system = {}, MessageAttributes: attributes = {} } = message;
    const group = system.MessageGroupId;
    const carrier = Object.fromEntries(
      ['traceparent', 'tracestate'].flatMap((name) => {
        const value = attributes[name]?.StringValue;
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const read: Message = {
      id: message.MessageId ?? '',
      body: message.Body ?? '',
      attempt: Number(system.ApproximateReceiveCount ?? 1),
      carrier,
      receipt: message.ReceiptHandle ?? '',
      ...(group === undefined ? {} : { group }),
    };
    this.received.set(read, performance.now());
    return read;
  }

  private async hide(message: Message, seconds: number): Promise<void> {
    const since = (performance.now() - (this.received.get(message) ?? performance.now())) / 1000;
    const left = Math.max(0, Math.floor(MAX_VISIBILITY_SECONDS - since) - 1);
    await this.client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.options.url,
        ReceiptHandle: message.receipt as string,
        VisibilityTimeout: Math.min(seconds, left),
      }),
    );
  }
}

export function openQueue(settings: Settings): SqsQueue {
  const region = regionOf(settings.QUEUE_URL);
  const client = new SQSClient({
    ...(region === undefined ? {} : { region }),
    maxAttempts: 5,
    requestHandler: {
      connectionTimeout: 3000,
      requestTimeout: (settings.QUEUE_LONG_POLL_SECONDS + 10) * 1000,
      throwOnRequestTimeout: true,
    },
  });
  return new SqsQueue(client, {
    url: settings.QUEUE_URL,
    fifo: settings.QUEUE_FIFO,
    longPollSeconds: settings.QUEUE_LONG_POLL_SECONDS,
    visibilitySeconds: settings.QUEUE_VISIBILITY_SECONDS,
  });
}

/** The address says where the queue is: https://sqs.<region>.amazonaws.com/<account>/<name> */
export function regionOf(url: string): string | undefined {
  return /^sqs\.([a-z0-9-]+)\.amazonaws\./.exec(new URL(url).hostname)?.[1];
}
