import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadSettings } from '../../src/settings.js';
import { serviceEnvironment } from '../support/environment.js';
import { queueEnvironment } from '../support/queue-environment.js';

describe('settings of the worker', () => {
  const environment = (more: Record<string, string>) => serviceEnvironment({ ...queueEnvironment, ...more });

  it('are those that the platform sets', () => {
    const settings = loadSettings(
      environment({
        QUEUE_FIFO: 'true',
        QUEUE_CONCURRENCY: '4',
        QUEUE_LONG_POLL_SECONDS: '20',
        QUEUE_MAX_RECEIVES: '8',
        QUEUE_PROCESSING_SECONDS: '45',
        QUEUE_VISIBILITY_SECONDS: '270',
        RETRY_BASE_SECONDS: '15',
        RETRY_FACTOR: '2',
        RETRY_JITTER: '0.5',
        RETRY_MAX_SECONDS: '1200',
      }),
    );
    assert.equal(settings.QUEUE_FIFO, true);
    assert.equal(settings.QUEUE_VISIBILITY_SECONDS, 270);
    assert.equal(settings.RETRY_JITTER, 0.5);
  });

  it('with which messages would be done twice are refused', () => {
    assert.throws(
      () => loadSettings(environment({ QUEUE_PROCESSING_SECONDS: '60', QUEUE_VISIBILITY_SECONDS: '30' })),
      /QUEUE_VISIBILITY_SECONDS must not be below QUEUE_PROCESSING_SECONDS/,
    );
  });

  it('that say not where the queue is are refused', () => {
    assert.throws(() => loadSettings(serviceEnvironment()), /settings are wrong: QUEUE_/);
  });
});
