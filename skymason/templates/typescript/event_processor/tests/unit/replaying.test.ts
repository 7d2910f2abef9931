import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Replay, inOrder, type Wanted } from '../../src/replaying.js';
import type { Carried } from '../../src/events.js';
import { carried, testLanes } from '../support/parts.js';

const WANTED: Wanted = {
  from: undefined,
  to: undefined,
  key: undefined,
  eventsPerSecond: 1_000_000,
  batchSize: 3,
};
const never = new AbortController().signal;

// eslint-disable-next-line @typescript-eslint/require-await -- as a store gives them
async function* stored(records: Carried[]): AsyncGenerator<Carried> {
  yield* records;
}

const at = (seconds: number, id: string, key = 'k') => carried({ id, key }, { key, time: seconds * 1000 });

describe('replay', () => {
  it('puts records in order again that were stored in another', async () => {
    const records = [at(10, 'c'), at(0, 'a'), at(5, 'b'), at(200, 'e'), at(150, 'd'), at(400, 'f')];
    const seen: string[] = [];
    for await (const record of inOrder(stored(records))) seen.push(String(record.time.getTime() / 1000));
    assert.deepEqual(seen, ['0', '5', '10', '150', '200', '400']);
  });

  it('goes by the place in the stream where two came at one time', async () => {
    const place = (sequence: string) => carried({}, { time: 1000, sequence });
    const records = [
      place('49590338271490256608559692538361571095921575989136588898'),
      place('9'),
      place('10'),
    ];
    const seen: string[] = [];
    for await (const record of inOrder(stored(records))) seen.push(record.sequence.slice(0, 3));
    assert.deepEqual(seen, ['9', '10', '495']);
  });

  it('processes what is wanted, and nothing else', async () => {
    const seen: string[] = [];
    const { lanes, log } = testLanes(
      (event) => {
        seen.push(event.id);
        return Promise.resolve();
      },
      { orderingKey: 'key' },
    );
    const records = [at(1, 'a'), at(2, 'b'), at(3, 'c', 'other'), at(4, 'd'), at(5, 'e'), at(6, 'f')];
    const wanted = { ...WANTED, from: new Date(2000), to: new Date(6000), key: 'k' };
    const replay = new Replay(wanted, lanes, log);
    assert.equal(await replay.run(stored(records), never), true);
    assert.deepEqual(seen, ['b', 'd', 'e']);
    assert.equal(replay.processed, 3);
  });

  it('goes no faster than it may', async () => {
    const { lanes, log } = testLanes(() => Promise.resolve());
    const records = Array.from({ length: 20 }, (_, place) => at(place, String(place)));
    const began = performance.now();
    await new Replay({ ...WANTED, eventsPerSecond: 100, batchSize: 5 }, lanes, log).run(
      stored(records),
      never,
    );
    const took = performance.now() - began;
    assert.ok(took >= 140 && took < 1000, String(took));
  });

  it('ends before its end when it is stopped, and goes on where it was', async () => {
    const seen: string[] = [];
    const stop = new AbortController();
    const { lanes, log } = testLanes(
      (event) => {
        seen.push(event.id);
        if (event.id === '4') stop.abort();
        return Promise.resolve();
      },
      { parallelism: 1 },
    );
    const records = Array.from({ length: 10 }, (_, place) => at(place, String(place)));
    assert.equal(await new Replay(WANTED, lanes, log).run(stored(records), stop.signal), false);
    assert.deepEqual(seen, ['0', '1', '2', '3', '4']);
    assert.equal(await new Replay(WANTED, lanes, log).run(stored(records), never), true);
    assert.deepEqual(seen, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  });
});
