import { trace } from '@opentelemetry/api';
import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

export interface LogSettings {
  SERVICE_NAME: string;
  ENVIRONMENT: string;
  LOG_LEVEL: 'debug' | 'info' | 'warning' | 'error';
}

/** Ids of the trace that the line belongs to, so that it is found from there. */
function traceIds(): Record<string, string> {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}

/** Writes one JSON object a line: timestamp, level, message, service, environment, trace_id, span_id. */
export function createLog(settings: LogSettings, destination?: DestinationStream): Log {
  return pino(
    {
      level: settings.LOG_LEVEL === 'warning' ? 'warn' : settings.LOG_LEVEL,
      base: { service: settings.SERVICE_NAME, environment: settings.ENVIRONMENT },
      messageKey: 'message',
      errorKey: 'error',
      timestamp: () => stdTimeFunctions.isoTime().replace('"time"', '"timestamp"'),
      formatters: { level: (label) => ({ level: label === 'warn' ? 'warning' : label }) },
      mixin: traceIds,
      redact: ['*.authorization', '*.password', '*.token', '*.cookie', '*.headers'],
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
}
