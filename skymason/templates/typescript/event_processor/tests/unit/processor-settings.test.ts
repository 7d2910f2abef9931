import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadReplaySettings, loadSettings } from '../../src/settings.js';
import { processorEnvironment } from '../support/processor-environment.js';

describe('settings of the processor', () => {
  it('are those that the platform sets', () => {
    const settings = loadSettings(
      processorEnvironment({
        FAILURE_CONTEXT: 'stream,lane',
        SCHEMA_NAMES: 'reading',
        ORDERING_KEY: 'meter_id',
      }),
    );
    assert.deepEqual(settings.FAILURE_CONTEXT, ['stream', 'lane']);
    assert.deepEqual(settings.SCHEMA_NAMES, ['reading']);
    assert.equal(settings.IDEMPOTENCY_SCOPE, 'live');
  });

  it('of a replay may leave everything open, as its template does', () => {
    const open = {
      REPLAY: 'true',
      REPLAY_FROM: '',
      REPLAY_TO: '',
      REPLAY_KEY: '',
      REPLAY_EVENTS_PER_SECOND: '1000',
    };
    const settings = loadReplaySettings(processorEnvironment(open));
    assert.equal(settings.REPLAY_FROM, undefined);
    assert.equal(settings.REPLAY_EVENTS_PER_SECOND, 1000);
    const from = loadReplaySettings(
      processorEnvironment({ REPLAY_FROM: '2026-01-31T08:00:00+01:00' }),
    ).REPLAY_FROM;
    assert.equal(from?.toISOString(), '2026-01-31T07:00:00.000Z');
  });

  it('that are wrong are told all at once', () => {
    assert.throws(
      () =>
        loadSettings(processorEnvironment({ STREAM_NAME: '', MAX_ATTEMPTS: '0', FAILURE_CONTEXT: 'mood' })),
      (error: Error) =>
        [
          'STREAM_NAME is required',
          'MAX_ATTEMPTS must be at least 1',
          'FAILURE_CONTEXT must be of stream,',
        ].every((text) => error.message.includes(text)),
    );
    assert.throws(
      () => loadReplaySettings(processorEnvironment({ REPLAY_FROM: '2026-01-31' })),
      /with its zone/,
    );
  });
});
