import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Health } from '../../src/runtime/health.js';

describe('health', () => {
  it('is ready once it has started, until it stops', async () => {
    const health = new Health();
    assert.deepEqual(await health.answer('/startupz'), {
      status: 503,
      body: { ok: false, checks: { startup: 'starting' } },
    });
    assert.equal((await health.answer('/readyz'))?.status, 503);
    assert.equal((await health.answer('/livez'))?.status, 200);
    health.markStarted();
    assert.equal((await health.answer('/startupz'))?.status, 200);
    assert.equal((await health.answer('/readyz'))?.status, 200);
    health.markStopping();
    assert.deepEqual(await health.answer('/readyz'), {
      status: 503,
      body: { ok: false, checks: { shutdown: 'stopping' } },
    });
    assert.equal((await health.answer('/livez'))?.status, 200);
    assert.equal(await health.answer('/other'), undefined);
  });

  it('says what is wrong, and of a check that does not answer that too', async () => {
    const health = new Health();
    health.markStarted();
    health.addReadiness('fine', () => undefined);
    health.addReadiness('broken', () => Promise.reject(new Error('refused')));
    health.addReadiness('silent', () => new Promise(() => undefined));
    assert.deepEqual(await health.ready(), {
      ok: false,
      checks: { fine: 'ok', broken: 'refused', silent: 'no answer in 1500 ms' },
    });
  });

  it('takes what is wrong outside for no reason to restart', async () => {
    const health = new Health();
    health.addReadiness('database', () => Promise.reject(new Error('away')));
    health.addLiveness('loop', () => undefined);
    assert.deepEqual(await health.live(), { ok: true, checks: { loop: 'ok' } });
  });
});
