import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanKind,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace';

/** Text by name that carries a trace from one process to the next: headers, message attributes. */
export type Carrier = Record<string, string>;

export interface Telemetry {
  /** Sends what has not been sent yet. */
  stop(): Promise<void>;
}

/**
 * Makes traces. They have ids, which stand in logs and travel on, in any case; they are sent only where
 * OTEL_EXPORTER_OTLP_ENDPOINT says where to.
 */
export function startTelemetry(
  service: string,
  environment: string,
  variables: NodeJS.ProcessEnv = process.env,
  processors?: SpanProcessor[],
): Telemetry {
  const exported = variables['OTEL_EXPORTER_OTLP_ENDPOINT']
    ? [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })]
    : [];
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      'deployment.environment.name': environment,
    }).merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: processors ?? exported,
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return {
    async stop() {
      // What cannot be sent must not keep the process from ending well.
      await provider.shutdown().catch(() => undefined);
    },
  };
}

const tracer = () => trace.getTracer('service');

export interface SpanOptions {
  kind: SpanKind;
  attributes?: Attributes;
  /** Where the trace began, if that was elsewhere. */
  carrier?: Carrier;
}

/** Runs work in a span of its own, which ends with it and holds its error. */
export async function inSpan<Result>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  const { kind, attributes = {}, carrier } = options;
  const parent = carrier ? contextOf(carrier) : context.active();
  return tracer().startActiveSpan(name, { kind, attributes }, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      failed(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span that the caller ends, and the context in which its work is to run. */
export function startSpan(name: string, options: SpanOptions): { span: Span; within: Context } {
  const parent = options.carrier ? contextOf(options.carrier) : context.active();
  const { kind, attributes = {} } = options;
  const span = tracer().startSpan(name, { kind, attributes }, parent);
  return { span, within: trace.setSpan(parent, span) };
}

export function failed(span: Span, error: unknown): void {
  const known = error instanceof Error ? error : new Error(String(error));
  span.recordException(known);
  span.setStatus({ code: SpanStatusCode.ERROR, message: known.message });
}

/** What the next process needs to go on with the trace. */
export function carrier(): Carrier {
  const made: Carrier = {};
  propagation.inject(context.active(), made);
  return made;
}

function contextOf(carrier: Carrier): Context {
  return propagation.extract(ROOT_CONTEXT, carrier);
}
