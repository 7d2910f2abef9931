import { isServiceBusError, type ServiceBusMessage, type ServiceBusSender } from '@azure/service-bus';
import { asked } from './asking.js';
import { Unavailable } from './errors.js';
import { envelope, type Carried } from './events.js';
import type { FailureQueue } from './processing.js';

/** What is used of a sender of the SDK. */
export type Sender = Pick<ServiceBusSender, 'sendMessages' | 'close'>;

/**
 * Events that could not be processed, in a Service Bus queue. The body is the event in an envelope; the
 * properties tell why it is here. Of an event that is too large, the envelope tells where in the stream it is.
 */
export class ServiceBusFailures implements FailureQueue {
  constructor(
    private readonly sender: Sender,
    private readonly closeConnection: () => Promise<void>,
  ) {}

  async put(carried: Carried, context: Record<string, string>): Promise<void> {
    const message = (withData: boolean): ServiceBusMessage => ({
      body: Buffer.from(envelope(carried, { withData })),
      contentType: 'application/json',
      applicationProperties: context,
    });
    const sent = await asked('failure queue', async () => {
      try {
        await this.sender.sendMessages(message(true));
      } catch (error) {
        if (!isServiceBusError(error) || error.code !== 'MessageSizeExceeded') throw error;
        await this.sender.sendMessages(message(false));
      }
      return true;
    });
    if (sent === undefined) throw new Unavailable('failure queue: it is not there');
  }

  async close(): Promise<void> {
    await this.sender.close();
    await this.closeConnection();
  }
}
