import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReceivedEventData, SubscriptionEventHandlers } from '@azure/event-hubs';
import { Consumer, openConsumer, type Client, type Partition } from '../../src/consumer.js';
import { loadSettings } from '../../src/settings.js';
import { testLanes } from '../support/parts.js';
import { processorEnvironment } from '../support/processor-environment.js';

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const event = (sequenceNumber: number, key = 'k') =>
  ({
    body: Buffer.from(JSON.stringify({ id: String(sequenceNumber), key })),
    sequenceNumber,
    partitionKey: key,
    enqueuedTimeUtc: new Date(sequenceNumber * 1000),
  }) as unknown as ReceivedEventData;

function started(handler: Parameters<typeof testLanes>[0]) {
  const told: string[] = [];
  let handlers: SubscriptionEventHandlers | undefined;
  const subscribe = ((given: SubscriptionEventHandlers) => {
    handlers = given;
    return {
      isRunning: true,
      close: () => {
        told.push('unsubscribed');
        return Promise.resolve();
      },
    };
  }) as Client['subscribe'];
  const client: Client = {
    subscribe,
    close: () => {
      told.push('closed');
      return Promise.resolve();
    },
  };
  const partition: Partition = {
    partitionId: '3',
    updateCheckpoint: (last) => {
      told.push(`checkpoint ${last.sequenceNumber}`);
      return Promise.resolve();
    },
  };
  const { lanes, log } = testLanes(handler, { parallelism: 1 });
  const consumer = new Consumer(client, lanes, log, { batchSize: 10, windowSeconds: 1 });
  consumer.start();
  if (!handlers) throw new Error('not subscribed');
  return { consumer, told, partition, handlers };
}

describe('consumer of Event Hubs', () => {
  it('processes a batch in its order, then checkpoints it', async () => {
    const seen: string[] = [];
    const { consumer, told, partition } = started((found) => {
      seen.push(`${found.carried.lane}:${found.id}:${found.key}`);
      return Promise.resolve();
    });
    await consumer.handle([event(1), event(2)], partition);
    await consumer.handle([], partition);
    assert.deepEqual(seen, ['3:1:k', '3:2:k']);
    assert.deepEqual(told, ['checkpoint 2']);
    consumer.checkAlive();
    consumer.checkReading();
  });

  it('finishes the event in work when it stops, checkpoints it, and begins nothing more', async () => {
    const seen: string[] = [];
    const { consumer, told, partition } = started(async ({ id }) => {
      await later(30);
      seen.push(id);
    });
    const working = consumer.handle([event(1), event(2), event(3)], partition);
    await later(5);
    await consumer.stop();
    await working;
    await consumer.handle([event(4)], partition);
    assert.deepEqual(seen, ['1']);
    assert.deepEqual(told, ['checkpoint 1', 'unsubscribed', 'closed']);
  });

  it('is not ready while the hub is away, and ready again once it hands something over', async () => {
    const { consumer, partition, handlers } = started(() => Promise.resolve());
    await handlers.processError(new Error('refused'), partition as never);
    assert.throws(() => {
      consumer.checkReading();
    }, /refused/);
    consumer.checkAlive();
    await consumer.handle([], partition);
    consumer.checkReading();
  });

  it('lets no batch get ahead of one that failed: it asks to be restarted', async () => {
    const seen: string[] = [];
    const { consumer, told, partition } = started(({ id }) => {
      seen.push(id);
      return Promise.resolve();
    });
    const failing: Partition = { ...partition, updateCheckpoint: () => Promise.reject(new Error('blob')) };
    await consumer.handle([event(1)], failing);
    await consumer.handle([event(2)], partition);
    assert.deepEqual(seen, ['1']);
    assert.deepEqual(told, []);
    assert.throws(() => {
      consumer.checkAlive();
    }, /a batch failed: blob/);
  });

  it('is opened with what the settings say', async () => {
    const { lanes, log } = testLanes(() => Promise.resolve());
    const consumer = openConsumer(loadSettings(processorEnvironment()), lanes, log);
    await consumer.stop();
  });
});
