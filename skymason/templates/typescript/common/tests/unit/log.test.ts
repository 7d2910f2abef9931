import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { SpanKind } from '@opentelemetry/api';
import { inSpan, startTelemetry } from '../../src/runtime/telemetry.js';
import { collectLog } from '../support/log.js';

describe('log', () => {
  const telemetry = startTelemetry('tested', 'test', {});
  after(() => telemetry.stop());

  it('writes one JSON object a line', () => {
    const { log, lines } = collectLog();
    log.info({ count: 2 }, 'counted');
    log.warn('odd');
    log.debug('unseen');
    const [first, second, ...rest] = lines;
    assert.deepEqual(rest, []);
    assert.match(String(first?.['timestamp']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    delete first?.['timestamp'];
    assert.deepEqual(first, {
      level: 'info',
      service: 'tested',
      environment: 'test',
      count: 2,
      message: 'counted',
    });
    assert.equal(second?.['level'], 'warning');
  });

  it('names the trace, and hides what is secret', async () => {
    const { log, lines } = collectLog();
    await inSpan('work', { kind: SpanKind.INTERNAL }, async (span) => {
      log.info({ call: { authorization: 'Bearer abc', password: 'x' } }, 'within');
      assert.equal(lines[0]?.['trace_id'], span.spanContext().traceId);
      assert.equal(lines[0]['span_id'], span.spanContext().spanId);
      return Promise.resolve();
    });
    assert.deepEqual(lines[0]?.['call'], { authorization: '[Redacted]', password: '[Redacted]' });
  });

  it('holds an error with its stack', () => {
    const { log, lines } = collectLog();
    log.error({ error: new TypeError('broken') }, 'failed');
    const error = lines[0]?.['error'] as Record<string, string>;
    assert.equal(error['type'], 'TypeError');
    assert.equal(error['message'], 'broken');
    assert.match(error['stack'] ?? '', /log\.test/);
  });
});
