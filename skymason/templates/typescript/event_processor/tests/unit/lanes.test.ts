import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Rejected } from '../../src/errors.js';
import { carried, testLanes } from '../support/parts.js';

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const never = new AbortController().signal;

describe('lanes', () => {
  it('keep the order of a key, and work on several keys at once', async () => {
    const seen: string[] = [];
    const inWork = new Set<string>();
    let most = 0;
    const { lanes, memory } = testLanes(
      async (event) => {
        assert.ok(!inWork.has(event.key), `two of ${event.key} at once`);
        inWork.add(event.key);
        most = Math.max(most, inWork.size);
        await later(Math.random() * 4);
        inWork.delete(event.key);
        seen.push(event.id);
      },
      { orderingKey: 'meter' },
    );
    const records = Array.from({ length: 60 }, (_, place) =>
      carried({ id: `${place % 7}-${Math.floor(place / 7)}`, meter: place % 7 }),
    );
    assert.equal(await lanes.process(records, never), 60);
    for (let meter = 0; meter < 7; meter += 1) {
      const own = seen.filter((id) => id.startsWith(`${meter}-`)).map((id) => Number(id.split('-')[1]));
      assert.deepEqual(
        own,
        [...own].sort((a, b) => a - b),
      );
    }
    assert.ok(most > 1 && most <= 4, String(most));
    assert.equal(memory.ids.size, 60);
  });

  it('process an event once that comes twice, in one batch or in two', async () => {
    const seen: string[] = [];
    const { lanes } = testLanes((event) => {
      seen.push(event.id);
      return Promise.resolve();
    });
    await lanes.process([carried({ id: 'a' }), carried({ id: 'b' }), carried({ id: 'a' })], never);
    await lanes.process([carried({ id: 'b' }), carried({ id: 'c' })], never);
    assert.deepEqual(seen.sort(), ['a', 'b', 'c']);
  });

  it('tell events without an id apart by their place', async () => {
    let count = 0;
    const { lanes, memory } = testLanes(() => {
      count += 1;
      return Promise.resolve();
    });
    const record = carried({ value: 1 }, { lane: 'shard-9', sequence: '42' });
    await lanes.process([record, carried({ value: 1 })], never);
    await lanes.process([record], never);
    assert.equal(count, 2);
    assert.ok(memory.ids.has('shard-9:42'));
  });

  it('try again in place, then set aside, and go on behind it', async () => {
    const attempts: string[] = [];
    const { lanes, failures, memory } = testLanes((event) => {
      attempts.push(event.id);
      return event.id === 'a' ? Promise.reject(new Error('away')) : Promise.resolve();
    });
    assert.equal(await lanes.process([carried({ id: 'a' }), carried({ id: 'b' })], never), 2);
    assert.deepEqual(attempts, ['a', 'a', 'a', 'b']);
    const [failure] = failures.put_;
    assert.equal(failures.put_.length, 1);
    const { first_failed_at, ...context } = failure?.context ?? {};
    assert.match(first_failed_at ?? '', /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.deepEqual(context, {
      stream: 'events',
      lane: 'shard-1',
      sequence: failure?.carried.sequence,
      key: 'k',
      attempts: '3',
      error: 'Error: away',
    });
    // It is dealt with, and comes again only by hand.
    assert.ok(memory.ids.has('a'));
  });

  it('do not try again what is rejected, nor what is no event', async () => {
    let attempts = 0;
    const { lanes, failures } = testLanes(() => {
      attempts += 1;
      return Promise.reject(new Rejected('unknown kind'));
    });
    assert.equal(await lanes.process([carried({ id: 'a' }), carried('{'), carried('[1]')], never), 3);
    assert.equal(attempts, 1);
    assert.deepEqual(failures.put_.map(({ context }) => context['error']).sort(), [
      'Rejected: no JSON',
      'Rejected: no JSON object',
      'Rejected: unknown kind',
    ]);
    assert.deepEqual(
      failures.put_.map(({ context }) => context['attempts']),
      ['1', '1', '1'],
    );
  });

  it('finish the event in work when they are stopped, and say how far they are', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const { lanes, memory } = testLanes(
      async (event) => {
        if (event.id === 'b') stop.abort();
        await later(5);
        seen.push(event.id);
      },
      { parallelism: 1 },
    );
    const records = ['a', 'b', 'c', 'd'].map((id) => carried({ id }));
    assert.equal(await lanes.process(records, stop.signal), 2);
    assert.deepEqual(seen, ['a', 'b']);
    assert.deepEqual([...memory.ids], ['a', 'b']);
  });

  it('wait for what is away, and count that as no attempt', async () => {
    const attempts: string[] = [];
    const { lanes, memory, lines } = testLanes((event) => {
      attempts.push(event.id);
      return Promise.resolve();
    });
    memory.away = 1;
    assert.equal(await lanes.process([carried({ id: 'a' })], never), 1);
    assert.deepEqual(attempts, ['a']);
    assert.ok(lines.some((line) => line['message'] === 'waiting for what is away'));
  });

  it('process nothing where what is away stays so until they are stopped', async () => {
    const { lanes, memory } = testLanes(() => Promise.resolve());
    memory.away = 100;
    const stop = new AbortController();
    setTimeout(() => {
      stop.abort();
    }, 20);
    assert.equal(await lanes.process([carried({ id: 'a' })], stop.signal), 0);
  });
});
