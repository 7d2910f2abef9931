import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pause, waitSeconds } from '../../src/runtime/backoff.js';

const backoff = { baseSeconds: 10, factor: 2, maxSeconds: 60, jitter: 0.5 };

describe('backoff', () => {
  it('grows by its factor up to its maximum', () => {
    const longest = [1, 2, 3, 4, 5].map((attempt) => waitSeconds(backoff, attempt, () => 0));
    assert.deepEqual(longest, [10, 20, 40, 60, 60]);
  });

  it('is shorter by the jitter at most', () => {
    assert.equal(
      waitSeconds(backoff, 2, () => 1),
      10,
    );
    assert.equal(
      waitSeconds({ ...backoff, jitter: 1 }, 2, () => 1),
      0,
    );
    assert.equal(
      waitSeconds({ ...backoff, jitter: 0 }, 2, () => 1),
      20,
    );
    for (let tried = 0; tried < 100; tried += 1) {
      const wait = waitSeconds(backoff, 3);
      assert.ok(wait > 20 && wait <= 40, String(wait));
    }
  });

  it('ends at once when there is no more reason to wait', async () => {
    const stop = new AbortController();
    const waiting = pause(60_000, stop.signal);
    stop.abort();
    await waiting;
    await pause(60_000, stop.signal);
  });
});
