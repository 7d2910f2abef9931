import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { Consumer, Rejected, type Handler, type Limits } from '../../src/consumer.js';
import { startTelemetry } from '../../src/runtime/telemetry.js';
import { collectLog } from '../support/log.js';
import { MemoryQueue } from '../support/queue.js';
import { until } from '../support/wait.js';

const LIMITS: Limits = {
  concurrency: 2,
  maxAttempts: 3,
  visibilitySeconds: 30,
  processingSeconds: 5,
  longPollSeconds: 0,
  receiveGraceSeconds: 0.1,
  backoff: { baseSeconds: 10, factor: 3, maxSeconds: 60, jitter: 0 },
};
const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('consumer', () => {
  const running: Consumer[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((consumer) => consumer.stop()));
  });

  function started(queue: MemoryQueue, handler: Handler, limits: Partial<Limits> = {}) {
    const { log, lines } = collectLog();
    const consumer = new Consumer(queue, handler, { ...LIMITS, ...limits }, log);
    consumer.start();
    running.push(consumer);
    return { consumer, lines };
  }

  it('acknowledges what is done, and not before', async () => {
    const queue = new MemoryQueue();
    let leftWithin: string[] = [];
    queue.send('a');
    const { lines } = started(queue, () => {
      leftWithin = queue.left;
      return Promise.resolve();
    });
    await until(() => queue.left.length === 0, 'acknowledged');
    assert.deepEqual(leftWithin, ['a']);
    await until(() => lines.some((line) => line['message'] === 'message done'), 'logged');
  });

  it('works on so many at once, and no more', async () => {
    const queue = new MemoryQueue();
    let now = 0;
    let most = 0;
    for (let id = 0; id < 12; id += 1) queue.send(String(id));
    started(queue, async () => {
      now += 1;
      most = Math.max(most, now);
      await later(10);
      now -= 1;
    });
    await until(() => queue.left.length === 0, 'all done');
    assert.equal(most, 2);
  });

  it('tries again after a wait that grows, then lets go to the dead letters', async () => {
    const queue = new MemoryQueue();
    const attempts: number[] = [];
    queue.send('a');
    started(queue, ({ attempt }) => {
      attempts.push(attempt);
      return Promise.reject(new Error('away'));
    });
    await until(() => queue.dead.length === 1, 'dead');
    assert.deepEqual(attempts, [1, 2, 3]);
    assert.deepEqual(queue.waits, [10, 30]);
    assert.deepEqual(queue.dead, [{ id: 'a', reason: 'away' }]);
  });

  it('does not try again what is rejected, and goes on with others', async () => {
    const queue = new MemoryQueue();
    const attempts: string[] = [];
    queue.send('a');
    queue.send('b');
    started(queue, ({ id }) => {
      attempts.push(id);
      return id === 'a' ? Promise.reject(new Rejected('no task')) : Promise.resolve();
    });
    await until(() => queue.left.length === 0, 'all done');
    assert.deepEqual(attempts.sort(), ['a', 'b']);
    assert.deepEqual(queue.dead, [{ id: 'a', reason: 'no task' }]);
    assert.deepEqual(queue.waits, []);
  });

  it('keeps the order of a group when a message in it fails', async () => {
    const queue = new MemoryQueue();
    const order: string[] = [];
    for (const id of ['a1', 'b1', 'a2', 'b2', 'a3']) queue.send(id, {}, id[0]);
    started(queue, ({ id, attempt }) => {
      order.push(id);
      return id === 'a1' && attempt < 3 ? Promise.reject(new Error('away')) : Promise.resolve();
    });
    await until(() => queue.left.length === 0, 'all done');
    const of = (group: string) => order.filter((id) => id.startsWith(group));
    assert.deepEqual(of('a'), ['a1', 'a1', 'a1', 'a2', 'a3']);
    assert.deepEqual(of('b'), ['b1', 'b2']);
  });

  it('keeps a message hidden for as long as it is in work', async () => {
    const queue = new MemoryQueue();
    queue.send('a');
    started(queue, () => later(100), { visibilitySeconds: 0.05, processingSeconds: 1 });
    await until(() => queue.left.length === 0, 'done');
    assert.ok(queue.prolonged >= 2, String(queue.prolonged));
  });

  it('tells the work when its time is over', async () => {
    const queue = new MemoryQueue();
    queue.send('a');
    let reason: unknown;
    started(
      queue,
      async (_message, { signal }) => {
        await later(50);
        reason = signal.reason;
        signal.throwIfAborted();
      },
      { processingSeconds: 0.01, maxAttempts: 1 },
    );
    await until(() => queue.dead.length === 1, 'dead');
    assert.equal((reason as Error).name, 'TimeoutError');
  });

  it('finishes what is in work when it stops, and begins nothing more', async () => {
    const queue = new MemoryQueue();
    const begun: string[] = [];
    for (const id of ['a', 'b', 'c', 'd']) queue.send(id);
    const { consumer } = started(queue, async ({ id }) => {
      begun.push(id);
      await later(60);
    });
    await until(() => begun.length === 2, 'in work');
    await consumer.stop();
    assert.deepEqual(begun, ['a', 'b']);
    assert.deepEqual(queue.left, ['c', 'd']);
    consumer.checkAlive();
  });

  it('gives back at once what arrives while it stops', async () => {
    const queue = new MemoryQueue();
    const begun: string[] = [];
    const receive = queue.receive.bind(queue);
    queue.receive = async (most, signal) => {
      await later(30);
      return receive(most, signal);
    };
    queue.send('a');
    const { consumer } = started(queue, ({ id }) => {
      begun.push(id);
      return Promise.resolve();
    });
    await consumer.stop();
    assert.deepEqual(begun, []);
    assert.deepEqual(queue.waits, [0]);
    assert.deepEqual(queue.left, ['a']);
  });

  it('outlives a queue that is away, and says that it is', async () => {
    const queue = new MemoryQueue();
    queue.fails = new Error('refused');
    queue.send('a');
    const { consumer, lines } = started(queue, () => Promise.resolve());
    await until(() => lines.some((line) => line['message'] === 'the queue does not answer'), 'told');
    assert.throws(() => {
      consumer.checkQueue();
    }, /the queue does not answer: Error: refused/);
    consumer.checkAlive();
    queue.fails = undefined;
    await until(() => queue.left.length === 0, 'done after all', 5);
    consumer.checkQueue();
  });

  it('is not alive when a message never ends, nor when its loop has ended', async () => {
    const queue = new MemoryQueue();
    queue.send('stuck');
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { consumer } = started(queue, () => held, { processingSeconds: 0.02 });
    await until(() => {
      try {
        consumer.checkAlive();
        return false;
      } catch (error) {
        return (error as Error).message === 'message stuck does not end';
      }
    }, 'found out');
    release();
    const broken = new MemoryQueue();
    Object.defineProperty(broken, 'receive', {
      get() {
        throw new Error('a bug');
      },
    });
    const { log } = collectLog();
    // Whatever is thrown in a turn is an answer that did not come, and no end of the loop.
    const other = new Consumer(broken, () => Promise.resolve(), LIMITS, log);
    other.start();
    running.push(other);
    await later(20);
    other.checkAlive();
  });

  it('goes on with the trace of the sender', async () => {
    const telemetry = startTelemetry('tested', 'test', {});
    const queue = new MemoryQueue();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    queue.send('a', {}, undefined, { traceparent });
    const { lines } = started(queue, () => Promise.resolve());
    await until(() => lines.some((line) => line['message'] === 'message done'), 'logged');
    const line = lines.find((item) => item['message'] === 'message done');
    assert.equal(line?.['trace_id'], '0af7651916cd43dd8448eb211c80319c');
    assert.equal(line['message_id'], 'a');
    await telemetry.stop();
  });
});
