import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { noMoto, startMoto, type Moto } from '../support/moto.js';
import { startNeighbours, type Neighbours } from '../support/neighbours.js';
import { Stack } from '../support/stack.js';

const REPLAY = new URL('../../src/replay.js', import.meta.url).pathname;

describe('replay from the event store', { skip: noMoto }, () => {
  let moto: Moto;
  let neighbours: Neighbours;
  let stack: Stack;

  before(async () => {
    moto = await startMoto();
    neighbours = await startNeighbours();
    stack = await new Stack(`replay-${process.pid}`).make(1);
    const event = (time: string, id: string, key: string) => ({ time, id, key });
    await stack.keep('year=2026/month=01/day=30/hour=23', 'x-1', [
      event('2026-01-30T23:59:00Z', 'a', 'k1'),
      event('2026-01-31T00:00:30Z', 'c', 'k2'),
      event('2026-01-31T00:00:10Z', 'b', 'k1'),
    ]);
    await stack.keep('year=2026/month=01/day=31/hour=10', 'x-2', [
      event('2026-01-31T10:00:00Z', 'd', 'k1'),
      event('2026-01-31T10:30:00Z', 'e', 'k2'),
    ]);
    await stack.keep('year=2026/month=02/day=20/hour=10', 'x-3', [event('2026-02-20T10:00:00Z', 'f', 'k1')]);
  });
  after(async () => {
    stack.close();
    neighbours.stop();
    await moto.stop();
  });

  /** Runs the program as the image does; gives its exit code and what it remembers. */
  async function replay(scope: string, more: Record<string, string> = {}) {
    const env = stack.environment({
      ...neighbours.environment,
      REPLAY: 'true',
      IDEMPOTENCY_SCOPE: scope,
      LOG_LEVEL: 'debug',
      ...more,
    });
    const child = spawn(process.execPath, [REPLAY], { env: { ...process.env, ...env } });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    const events = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { message: string; event_id?: string; events?: number })
      .filter(({ message }) => message === 'event');
    return { code, output, ids: events.map(({ event_id }) => event_id).sort() };
  }

  it('processes all that is kept, once a run', async () => {
    const first = await replay('run-1');
    assert.equal(first.code, 0, first.output);
    assert.deepEqual(first.ids, ['a', 'b', 'c', 'd', 'e', 'f']);
    assert.match(first.output, /"events":6,"message":"the replay ended"/);
    assert.deepEqual((await replay('run-1')).ids, []);
    assert.equal((await replay('run-2')).ids.length, 6);
    const scopes = new Set((await stack.items('seen')).map((item) => item['id']?.S?.split('#')[0]));
    assert.deepEqual([...scopes].sort(), ['run-1', 'run-2']);
  });

  it('processes those of a time and a key', async () => {
    const from = { REPLAY_FROM: '2026-01-31T00:00:00Z', REPLAY_TO: '2026-01-31T10:30:00Z' };
    assert.deepEqual((await replay('run-3', from)).ids, ['b', 'c', 'd']);
    assert.deepEqual((await replay('run-4', { ...from, REPLAY_KEY: 'k1' })).ids, ['b', 'd']);
  });

  it('says what is wrong with its settings', async () => {
    const { code, output } = await replay('run-5', { REPLAY_FROM: 'yesterday' });
    assert.equal(code, 1);
    assert.match(output, /REPLAY_FROM must be a time with its zone/);
  });
});
