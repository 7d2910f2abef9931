import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openQueue, regionOf } from '../../src/transport.js';
import { loadSettings } from '../../src/settings.js';
import { serviceEnvironment } from '../support/environment.js';

describe('SQS transport', () => {
  it('knows its region from the address, and its name', async () => {
    const QUEUE_URL = 'https://sqs.eu-central-1.amazonaws.com/123456789012/work-queue-b641198.fifo';
    const queue = openQueue(loadSettings(serviceEnvironment({ QUEUE_URL })));
    assert.equal(queue.name, 'work-queue-b641198.fifo');
    assert.equal(regionOf(QUEUE_URL), 'eu-central-1');
    assert.equal(regionOf('http://127.0.0.1:5000/123456789012/work'), undefined);
    await queue.close();
  });

  it('says that an address is none', () => {
    assert.throws(
      () => loadSettings(serviceEnvironment({ QUEUE_URL: 'work-queue' })),
      /QUEUE_URL must be an http or https address/,
    );
  });
});
