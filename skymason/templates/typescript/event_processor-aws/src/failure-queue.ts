import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { asked } from './clients.js';
import { envelope, type Carried } from './events.js';
import type { FailureQueue } from './processing.js';

/** Bytes of a body, beside which the attributes fit. Source: Amazon SQS Developer Guide, "Message quotas". */
const LARGEST = 262_144 - 8192;
/** Characters that a message cannot hold. Source: Amazon SQS API Reference, SendMessage. */
const NOT_ALLOWED = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/**
 * Events that could not be processed, in an SQS queue. The body is the event in the envelope that the event
 * store has; the attributes tell why it is here. Of an event that is too large, the envelope tells where in the
 * stream and the store it is.
 */
export class SqsFailures implements FailureQueue {
  constructor(
    private readonly sqs: SQSClient,
    private readonly url: string,
  ) {}

  async put(carried: Carried, context: Record<string, string>): Promise<void> {
    const whole = envelope(carried);
    const body = Buffer.byteLength(whole) > LARGEST ? envelope(carried, { withData: false }) : whole;
    const attributes = Object.entries(context).map(([name, value]) => [
      name,
      { DataType: 'String', StringValue: value.replace(NOT_ALLOWED, '?') },
    ]);
    await asked('failure queue', () =>
      this.sqs.send(
        new SendMessageCommand({
          QueueUrl: this.url,
          MessageBody: body,
          MessageAttributes: Object.fromEntries(attributes) as Record<
            string,
            { DataType: string; StringValue: string }
          >,
        }),
      ),
    );
  }

  close(): Promise<void> {
    this.sqs.destroy();
    return Promise.resolve();
  }
}
