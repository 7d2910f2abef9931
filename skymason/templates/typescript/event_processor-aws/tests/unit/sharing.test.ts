import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { END, type Lease } from '../../src/leases.js';
import { alive, free, gone, quota, readable } from '../../src/sharing.js';

const lease = (key: string, more: Partial<Lease> = {}): Lease => ({
  key,
  owner: '',
  counter: 1,
  checkpoint: '',
  parents: [],
  ...more,
});
const table = (...leases: Lease[]) => new Map(leases.map((item) => [item.key, item]));
const keys = (leases: Lease[]) => leases.map(({ key }) => key);

describe('sharing of shards', () => {
  it('is even, and the same whoever works it out', () => {
    const workers = ['c', 'a', 'b'];
    assert.deepEqual(
      ['a', 'b', 'c'].map((worker) => quota(worker, workers, 7)),
      [3, 2, 2],
    );
    assert.equal(quota('alone', [], 4), 4);
    assert.deepEqual(
      ['a', 'b', 'c'].map((worker) => quota(worker, workers, 2)),
      [1, 1, 0],
    );
  });

  it('has children wait for all their parents', () => {
    const parents = ['p1', 'p2'];
    const before = table(lease('p1', { checkpoint: END }), lease('p2'), lease('child', { parents }));
    assert.deepEqual(keys(readable(before)), ['p2']);
    const after = table(
      lease('p1', { checkpoint: END }),
      lease('p2', { checkpoint: END }),
      lease('child', { parents }),
      lease('orphan', { parents: ['expired'] }),
    );
    assert.deepEqual(keys(readable(after)), ['child', 'orphan']);
  });

  it('takes what is free or given up, and knows who is alive', () => {
    const leases = table(
      lease('s1', { owner: 'a' }),
      lease('s2'),
      lease('s3', { owner: 'b' }),
      lease('worker#a'),
    );
    assert.deepEqual(keys(free(readable(leases), new Set(['s3']))), ['s2', 's3']);
    assert.deepEqual(alive(leases, new Set()), ['a']);
    assert.deepEqual(alive(leases, new Set(['worker#a'])), []);
    assert.deepEqual(keys(gone(leases, new Set(['s1', 's2']))), ['s3']);
  });
});
