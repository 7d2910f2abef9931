import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { Consumer, openConsumer, TIMES, type Source } from '../../src/consumer.js';
import type { Carried } from '../../src/events.js';
import { END, LeaseTable } from '../../src/leases.js';
import { partsOf } from '../../src/parts.js';
import type { Handler } from '../../src/processing.js';
import { startService } from '../../src/service.js';
import { loadSettings } from '../../src/settings.js';
import { collectLog } from '../support/log.js';
import { noMoto, startMoto, type Moto } from '../support/moto.js';
import { Stack } from '../support/stack.js';
import { until } from '../support/wait.js';

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const QUICK = { beatSeconds: 0.2, leaseSeconds: 1, freeSeconds: 1.5, listSeconds: 0.5 };
const NORMAL = { ...TIMES };

describe('processor with Kinesis', { skip: noMoto }, () => {
  let moto: Moto;
  const stacks: Stack[] = [];

  before(async () => {
    moto = await startMoto();
    // What takes seconds in a stack would take a test too long.
    Object.assign(TIMES, QUICK);
  });
  after(async () => {
    Object.assign(TIMES, NORMAL);
    for (const stack of stacks) stack.close();
    await moto.stop();
  });

  async function stackOf(shards: number): Promise<Stack> {
    const stack = await new Stack(`events-${stacks.length}-${process.pid}`).make(shards);
    stacks.push(stack);
    return stack;
  }

  const numbered = (key: string, count: number, from = 0) =>
    Array.from({ length: count }, (_, place) => ({ id: `${key}-${from + place}`, key }));

  /** A replica without the health server around it. */
  function replica(stack: Stack, handler: Handler): Consumer {
    const settings = loadSettings(stack.environment());
    const { log } = collectLog();
    const { lanes } = partsOf(settings, { stream: 'events', replay: false, handler }, log);
    const consumer = openConsumer(settings, lanes, log);
    consumer.start();
    return consumer;
  }

  function assertOrder(seen: string[], key: string, count: number): void {
    const own = seen.filter((id) => id.startsWith(`${key}-`));
    assert.deepEqual(
      own,
      numbered(key, count).map(({ id }) => id),
      key,
    );
  }

  it('processes each event once, in the order of its key, and says how far it is', async () => {
    const stack = await stackOf(2);
    const keys = ['a', 'b', 'c', 'd', 'e'];
    for (let round = 0; round < 4; round += 1) {
      await stack.put(keys.flatMap((key) => numbered(key, 5, round * 5)));
    }
    const seen: string[] = [];
    const { log } = collectLog();
    const handler: Handler = async (event) => {
      await later(Math.random() * 3);
      seen.push(event.id);
    };
    const service = await startService(loadSettings(stack.environment()), { log, handler });
    await until(() => seen.length === 100, 'all processed');
    const ready = await fetch(`http://127.0.0.1:${service.port}/readyz`);
    assert.equal(ready.status, 200);
    await service.stop();
    for (const key of keys) assertOrder(seen, key, 20);
    const remembered = await stack.items('seen');
    assert.equal(remembered.length, 100);
    assert.ok(remembered.every((item) => item['id']?.S?.startsWith('live#') && item['state']?.S === 'done'));
    // Nothing is held any more, and the next replica begins where this one was.
    const leases = await stack.items('leases');
    assert.equal(leases.length, 2);
    assert.ok(
      leases.every((item) => item['leaseOwner'] === undefined && item['checkpoint']?.S !== undefined),
    );
    await stack.put(numbered('a', 5, 20));
    const again = await startService(loadSettings(stack.environment()), { log, handler });
    await until(() => seen.length === 105, 'the new ones processed');
    await again.stop();
    assertOrder(seen, 'a', 25);
  });

  it('sets aside what fails or is no event, and goes on behind it', async () => {
    const stack = await stackOf(1);
    await stack.put([
      { id: 'bad', key: 'a' },
      { key: 'a' } as { id: string; key: string },
      { id: 'good', key: 'a' },
    ]);
    const attempts: string[] = [];
    const { log } = collectLog();
    const handler: Handler = (event) => {
      attempts.push(event.id);
      return event.id === 'bad' ? Promise.reject(new Error('away')) : Promise.resolve();
    };
    const service = await startService(loadSettings(stack.environment()), { log, handler });
    await until(() => attempts.includes('good'), 'gone on');
    await service.stop();
    assert.deepEqual(attempts, ['bad', 'bad', 'bad', 'good']);
    const failed = await stack.failed();
    const told = failed
      .map((message) => {
        const value = (name: string) => message.MessageAttributes?.[name]?.StringValue;
        return [value('attempts'), value('error'), value('key'), value('lane')];
      })
      .sort();
    assert.deepEqual(told, [
      ['1', "Rejected: reading: must have required property 'id'", 'a', 'shardId-000000000000'],
      ['3', 'Error: away', 'a', 'shardId-000000000000'],
    ]);
    const body = JSON.parse(failed[0]?.Body ?? '') as { data: string };
    assert.ok(Buffer.from(body.data, 'base64').toString().includes('"key":"a"'));
  });

  it('shares the shards between replicas, and keeps order when one joins and one leaves', async () => {
    const stack = await stackOf(4);
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const seen: string[] = [];
    const inWork = new Set<string>();
    const handler: Handler = async (event) => {
      assert.ok(!inWork.has(event.key), `two of ${event.key} at once`);
      inWork.add(event.key);
      await later(2);
      inWork.delete(event.key);
      seen.push(event.id);
    };
    const put = (from: number) => stack.put(keys.flatMap((key) => numbered(key, 5, from)));
    const first = replica(stack, handler);
    await until(() => first.reading.length === 4, 'one reads all');
    await put(0);
    const second = replica(stack, handler);
    await put(5);
    await until(() => first.reading.length === 2 && second.reading.length === 2, 'both read half');
    await put(10);
    await first.stop();
    await until(() => second.reading.length === 4, 'the other one reads all');
    await put(15);
    await until(() => seen.length === 160, 'all processed');
    await second.stop();
    for (const key of keys) assertOrder(seen, key, 20);
  });

  it('takes the shards over of a replica that died', async () => {
    const stack = await stackOf(1);
    await stack.put(numbered('a', 3));
    const program = `
      import { openConsumer, TIMES } from '${new URL('../../src/consumer.js', import.meta.url).href}';
      import { partsOf } from '${new URL('../../src/parts.js', import.meta.url).href}';
      import { createLog } from '${new URL('../../src/runtime/log.js', import.meta.url).href}';
      import { loadSettings } from '${new URL('../../src/settings.js', import.meta.url).href}';
      Object.assign(TIMES, ${JSON.stringify(QUICK)});
      const settings = loadSettings(), log = createLog(settings);
      const handler = async (event) => {
        log.info(event.id);
        if (event.id === 'a-1') await new Promise(() => {});
      };
      openConsumer(settings, partsOf(settings, { stream: 's', replay: false, handler }, log).lanes, log).start();`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      env: { ...process.env, ...stack.environment() },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface(child.stdout)) {
      if ((JSON.parse(line) as { message: string }).message === 'a-1') child.kill('SIGKILL');
    }
    const seen: string[] = [];
    const consumer = replica(stack, (event) => {
      seen.push(event.id);
      return Promise.resolve();
    });
    await until(() => seen.includes('a-2'), 'taken over');
    await consumer.stop();
    // Of what was begun nobody knows how far it came: it is done again, in its order.
    assert.deepEqual(seen, ['a-0', 'a-1', 'a-2']);
  });

  it('reads a shard to its end before those that it was split into', async () => {
    const stack = await stackOf(1);
    const settings = loadSettings(stack.environment());
    const keys = ['a', 'b', 'c', 'd'];
    const record = ({ id, key }: { id: string; key: string }, place: number): Carried => ({
      lane: '',
      sequence: String(place + 1),
      key,
      time: new Date(),
      data: Buffer.from(JSON.stringify({ id, key })),
    });
    const of = (some: string[], from: number) => some.flatMap((key) => numbered(key, 10, from)).map(record);
    // The stand-in for Kinesis ends no shard: these are ours.
    const shards: Record<string, Carried[]> = {
      parent: of(keys, 0),
      'child-1': of(['a', 'b'], 10),
      'child-2': of(['c', 'd'], 10),
    };
    const source: Source = {
      listShards: () =>
        Promise.resolve(
          new Map([
            ['child-1', ['parent']],
            ['child-2', ['parent']],
            ['parent', []],
          ]),
        ),
      openReader(shard, after) {
        let left = (shards[shard] ?? []).filter(({ sequence }) => Number(sequence) > Number(after));
        return {
          async read() {
            await later(20);
            const records = left.slice(0, 15);
            left = left.slice(15);
            return { records, ended: left.length === 0, behindSeconds: 0 };
          },
          close: () => Promise.resolve(),
        };
      },
      close: () => undefined,
    };
    const seen: string[] = [];
    const handler: Handler = async (event) => {
      await later(2);
      seen.push(event.id);
    };
    const { log } = collectLog();
    const replicas = [1, 2].map(() => {
      const { lanes } = partsOf(settings, { stream: 'events', replay: false, handler }, log);
      return new Consumer(new LeaseTable(stack.dynamodb, settings.LEASE_TABLE), source, lanes, log, QUICK);
    });
    for (const consumer of replicas) consumer.start();
    await until(() => seen.length === 80, 'all processed');
    await Promise.all(replicas.map((consumer) => consumer.stop()));
    for (const key of keys) assertOrder(seen, key, 20);
    const leases = await stack.items('leases');
    assert.deepEqual(
      leases.map((item) => item['checkpoint']?.S),
      [END, END, END],
    );
  });

  it('finishes the event in work on SIGTERM, and ends with 0', async () => {
    const stack = await stackOf(1);
    await stack.put(numbered('a', 3));
    const program = `
      import { run } from '${new URL('../../src/runtime/run.js', import.meta.url).href}';
      import { startService } from '${new URL('../../src/service.js', import.meta.url).href}';
      import { loadSettings } from '${new URL('../../src/settings.js', import.meta.url).href}';
      const handler = async (event, { log }) => {
        log.info('begun ' + event.id);
        await new Promise((resolve) => setTimeout(resolve, 500));
        log.info('ended ' + event.id);
      };
      await run(() => startService(loadSettings(), { handler }));`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      env: { ...process.env, ...stack.environment() },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    const messages: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      const { message } = JSON.parse(line) as { message: string };
      messages.push(message);
      if (message === 'begun a-0') child.kill('SIGTERM');
    }
    assert.deepEqual(await ended, [0, null]);
    assert.deepEqual(
      messages.filter((message) => /^(begun|ended|stopped)/.test(message)),
      ['begun a-0', 'ended a-0', 'stopped'],
    );
    const seen: string[] = [];
    const consumer = replica(stack, (event) => {
      seen.push(event.id);
      return Promise.resolve();
    });
    await until(() => seen.length === 2, 'the rest');
    await consumer.stop();
    assert.deepEqual(seen, ['a-1', 'a-2']);
  });
});
