import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';

const RUN = new URL('../../src/runtime/run.js', import.meta.url).href;
const SETTINGS = new URL('../../src/runtime/settings.js', import.meta.url).href;
const LOG = new URL('../../src/runtime/log.js', import.meta.url).href;

/** Runs a program that `run` runs; body: what its start does. */
async function ended(
  body: string,
  signals: NodeJS.Signals[],
): Promise<{ code: number | null; output: string }> {
  const program = `
    import { run } from '${RUN}';
    import { createLog } from '${LOG}';
    import { SettingsError } from '${SETTINGS}';
    const log = createLog({ SERVICE_NAME: 'tested', ENVIRONMENT: 'test', LOG_LEVEL: 'info' });
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    await run(async () => { ${body} });
    setInterval(() => {}, 1000);
    console.log('running');`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (chunk.includes('running')) for (const signal of signals) child.kill(signal);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describe('run', () => {
  it('finishes on SIGTERM, and ends with 0', async () => {
    const body = `return { log, shutdownSeconds: 5, stop: async () => { await wait(50); log.info('finished'); } };`;
    const { code, output } = await ended(body, ['SIGTERM']);
    assert.equal(code, 0);
    assert.match(output, /"message":"stopping"[\s\S]*"message":"finished"[\s\S]*"message":"stopped"/);
  });

  it('ends with 1 when it does not stop in time', async () => {
    const body = `return { log, shutdownSeconds: 0.1, stop: () => wait(60_000) };`;
    const { code, output } = await ended(body, ['SIGTERM']);
    assert.equal(code, 1);
    assert.match(output, /did not stop in time/);
  });

  it('ends with 1 after an error that nobody caught, and stops well before', async () => {
    const body = `setTimeout(() => { throw new Error('lost'); }, 10);
      return { log, shutdownSeconds: 5, stop: async () => log.info('finished') };`;
    const { code, output } = await ended(body, []);
    assert.equal(code, 1);
    assert.match(output, /uncaught exception[\s\S]*finished/);
  });

  it('says in one line which settings are wrong, and ends with 1', async () => {
    const { code, output } = await ended(`throw new SettingsError(['PORT must be a whole number']);`, []);
    assert.equal(code, 1);
    const [line, ...rest] = output.trim().split('\n');
    assert.deepEqual(rest, []);
    const read = JSON.parse(line ?? '') as Record<string, unknown>;
    assert.equal(read['message'], 'settings are wrong: PORT must be a whole number');
    assert.equal(read['level'], 'fatal');
  });
});
