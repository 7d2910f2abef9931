import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startService } from '../../src/service.js';
import { loadSettings } from '../../src/settings.js';
import { serviceEnvironment } from '../support/environment.js';
import { collectLog } from '../support/log.js';
import { MemoryQueue } from '../support/queue.js';
import { queueEnvironment } from '../support/queue-environment.js';
import { until } from '../support/wait.js';

describe('service', () => {
  it('answers probes, works, and closes everything when it stops', async () => {
    const queue = new MemoryQueue();
    const { log, lines } = collectLog();
    const done: string[] = [];
    const handler = ({ id }: { id: string }) => {
      done.push(id);
      return Promise.resolve();
    };
    const environment = serviceEnvironment({ ...queueEnvironment, PORT: '0', SHUTDOWN_SECONDS: '2' });
    const service = await startService(loadSettings(environment), { queue, log, handler });
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${service.port}${path}`)).status;
    queue.send('a');
    await until(() => done.length === 1, 'done');
    assert.deepEqual(
      [await status('/livez'), await status('/readyz'), await status('/startupz')],
      [200, 200, 200],
    );
    queue.fails = new Error('refused');
    await until(async () => (await status('/readyz')) === 503, 'not ready');
    assert.equal(await status('/livez'), 200);
    assert.ok(lines.some((line) => line['message'] === 'started'));
    await service.stop();
    assert.ok(queue.closed);
    await assert.rejects(status('/livez'));
  });
});
