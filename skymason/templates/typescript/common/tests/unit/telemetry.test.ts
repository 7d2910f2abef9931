import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { carrier, inSpan, startTelemetry } from '../../src/runtime/telemetry.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

describe('telemetry', () => {
  // What is global is so once.
  afterEach(() => {
    trace.disable();
    context.disable();
    propagation.disable();
  });

  it('goes on with a trace that came, and hands it on', async () => {
    const exporter = new InMemorySpanExporter();
    startTelemetry('tested', 'test', {}, [new SimpleSpanProcessor({ exporter })]);
    const came = { traceparent: `00-${TRACE}-b7ad6b7169203331-01` };
    const handedOn = await inSpan('work', { kind: SpanKind.CONSUMER, carrier: came }, () =>
      Promise.resolve(carrier()),
    );
    const [span] = exporter.getFinishedSpans();
    assert.equal(span?.name, 'work');
    assert.equal(span.parentSpanContext?.spanId, 'b7ad6b7169203331');
    assert.equal(span.resource.attributes['service.name'], 'tested');
    assert.equal(handedOn['traceparent'], `00-${TRACE}-${span.spanContext().spanId}-01`);
  });

  it('keeps the error of work that failed, and throws it', async () => {
    const exporter = new InMemorySpanExporter();
    startTelemetry('tested', 'test', {}, [new SimpleSpanProcessor({ exporter })]);
    const work = inSpan('work', { kind: SpanKind.INTERNAL }, () => Promise.reject(new Error('broken')));
    await assert.rejects(work, new Error('broken'));
    const [span] = exporter.getFinishedSpans();
    assert.deepEqual(span?.status, { code: SpanStatusCode.ERROR, message: 'broken' });
    assert.equal(span.events[0]?.name, 'exception');
  });

  it('sends nothing where no collector is named, and has ids all the same', async () => {
    const telemetry = startTelemetry('tested', 'test', {});
    await inSpan('work', { kind: SpanKind.INTERNAL }, (span) => {
      assert.match(span.spanContext().traceId, /^[0-9a-f]{32}$/);
      return Promise.resolve();
    });
    await telemetry.stop();
  });

  it('sends to the collector that is named, what is left when it stops too', async () => {
    const paths: string[] = [];
    const collector = createServer((request, response) => {
      paths.push(`${request.method ?? ''} ${request.url ?? ''}`);
      request.resume();
      response.end();
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const { port } = collector.address() as AddressInfo;
    const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
    Object.assign(process.env, variables);
    try {
      const telemetry = startTelemetry('tested', 'test', variables);
      await inSpan('work', { kind: SpanKind.INTERNAL }, () => Promise.resolve());
      await telemetry.stop();
      assert.deepEqual(paths, ['POST /v1/traces']);
    } finally {
      delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
      collector.closeAllConnections();
      collector.close();
    }
  });
});
