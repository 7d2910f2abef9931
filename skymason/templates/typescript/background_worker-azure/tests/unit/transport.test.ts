import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceBusError, type ServiceBusReceivedMessage } from '@azure/service-bus';
import { loadSettings } from '../../src/settings.js';
import {
  openQueue,
  ServiceBusQueue,
  type Connections,
  type Receiver,
  type SessionReceiver,
} from '../../src/transport.js';
import { serviceEnvironment } from '../support/environment.js';
import { queueEnvironment } from '../support/queue-environment.js';
import { until } from '../support/wait.js';

const never = new AbortController().signal;
const received = (messageId: string, more: object = {}) =>
  ({ messageId, body: { id: messageId }, deliveryCount: 0, ...more }) as ServiceBusReceivedMessage;

/** A Service Bus that writes down what it is told. sessions: messages of each, in the order of their turn. */
function bus(messages: ServiceBusReceivedMessage[], sessions: ServiceBusReceivedMessage[][] = []) {
  const told: string[] = [];
  let late: string | undefined;
  const answer = (what: string) => (message: ServiceBusReceivedMessage) => {
    told.push(`${what} ${String(message.messageId)}`);
    const error = new ServiceBusError('too late', 'MessageLockLost');
    return late === message.messageId ? Promise.reject(error) : Promise.resolve();
  };
  const receiver = (own: ServiceBusReceivedMessage[], name: string): Receiver & SessionReceiver => ({
    receiveMessages: (most) => Promise.resolve(own.splice(0, most)),
    completeMessage: answer('complete'),
    abandonMessage: answer('abandon'),
    deadLetterMessage: (message, options) =>
      answer(`dead-letter (${String(options?.deadLetterErrorDescription)})`)(message),
    renewMessageLock: (message) => answer('renew')(message).then(() => new Date()),
    renewSessionLock: () => {
      told.push(`renew session ${name}`);
      return Promise.resolve(new Date());
    },
    close: () => {
      told.push(`close ${name}`);
      return Promise.resolve();
    },
  });
  const connections: Connections = {
    receiver: () => receiver(messages, 'queue'),
    nextSession: () => {
      const own = sessions.shift();
      if (own) return Promise.resolve(receiver(own, String(own[0]?.sessionId)));
      return Promise.reject(new ServiceBusError('none', 'SessionCannotBeLocked'));
    },
    close: () => {
      told.push('close connection');
      return Promise.resolve();
    },
  };
  const queue = new ServiceBusQueue(connections, {
    name: 'work',
    sessions: sessions.length > 0,
    waitSeconds: 1,
  });
  return {
    queue,
    told,
    beLate: (id: string) => {
      late = id;
    },
  };
}

describe('Service Bus transport', () => {
  it('hands out messages with their attempt and their trace', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { queue } = bus([
      received('a', { deliveryCount: 2, applicationProperties: { traceparent, other: 1 } }),
      received('b', { body: Buffer.from('raw') }),
      received('c', { body: 'text' }),
    ]);
    const [a, b, c, ...rest] = await queue.receive(10, never);
    assert.deepEqual(rest, []);
    assert.deepEqual([a?.id, a?.body, a?.attempt, a?.carrier], ['a', '{"id":"a"}', 3, { traceparent }]);
    assert.deepEqual([b?.body, b?.attempt, c?.body], ['raw', 1, 'text']);
  });

  it('answers for each message', async () => {
    const { queue, told } = bus([received('a'), received('b'), received('c')]);
    const [a, b, c] = await queue.receive(10, never);
    assert.ok(a && b && c);
    await queue.prolong(a);
    await queue.acknowledge(a);
    await queue.reject(b, 'no task');
    await queue.giveBack(c, 0);
    assert.deepEqual(told, ['renew a', 'complete a', 'dead-letter (no task) b', 'abandon c']);
  });

  it('keeps a message for its wait, and gives it back then', async () => {
    const { queue, told } = bus([received('a')]);
    const [a] = await queue.receive(1, never);
    assert.ok(a);
    await queue.giveBack(a, 0.05);
    assert.deepEqual(told, []);
    await until(() => told.length > 0, 'given back');
    assert.deepEqual(told, ['abandon a']);
  });

  it('gives back at once what waits when it closes', async () => {
    const { queue, told } = bus([received('a')]);
    const [a] = await queue.receive(1, never);
    assert.ok(a);
    await queue.giveBack(a, 600);
    await queue.close();
    assert.deepEqual(told, ['abandon a', 'close queue', 'close connection']);
  });

  it('does not answer for a message whose time was up', async () => {
    const { queue, beLate, told } = bus([received('a')]);
    const [a] = await queue.receive(1, never);
    assert.ok(a);
    beLate('a');
    await queue.acknowledge(a);
    assert.deepEqual(told, ['complete a']);
  });

  it('takes one message of a session, and keeps the session until it is answered for', async () => {
    const first = [received('a1', { sessionId: 'a' }), received('a2', { sessionId: 'a' })];
    const { queue, told } = bus([], [first, [received('b1', { sessionId: 'b' })]]);
    const [a] = await queue.receive(5, never);
    const [b] = await queue.receive(5, never);
    assert.ok(a && b);
    assert.deepEqual([a.group, b.group, await queue.receive(5, never)], ['a', 'b', []]);
    await queue.giveBack(a, 0.3);
    await queue.prolong(b);
    await queue.acknowledge(b);
    assert.deepEqual(told, ['renew session b', 'complete b1', 'close b']);
    await until(() => told.includes('close a'), 'released');
    assert.deepEqual(told.slice(3), ['abandon a1', 'close a']);
  });

  it('tells when the queue does not answer, and connects anew', async () => {
    const { queue } = bus([received('a')]);
    const messages = await queue.receive(1, never);
    assert.equal(messages.length, 1);
    const broken = new ServiceBusQueue(
      {
        receiver: () => ({
          ...({} as Receiver),
          receiveMessages: () => Promise.reject(new Error('refused')),
          close: () => Promise.resolve(),
        }),
        nextSession: () => Promise.reject(new Error('refused')),
        close: () => Promise.resolve(),
      },
      { name: 'work', sessions: false, waitSeconds: 1 },
    );
    await assert.rejects(broken.receive(1, never), /refused/);
    assert.deepEqual(await broken.receive(1, AbortSignal.abort()), []);
  });

  it('opens the queue that the settings name', async () => {
    const queue = openQueue(loadSettings(serviceEnvironment(queueEnvironment)));
    assert.equal(queue.name, 'work');
    await queue.close();
  });
});
