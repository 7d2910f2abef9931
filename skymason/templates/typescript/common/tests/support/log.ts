import { createLog, type Log } from '../../src/runtime/log.js';

export interface CollectedLog {
  log: Log;
  lines: Record<string, unknown>[];
}

/** A log whose lines a test can read. */
export function collectLog(): CollectedLog {
  const lines: Record<string, unknown>[] = [];
  const settings = { SERVICE_NAME: 'tested', ENVIRONMENT: 'test', LOG_LEVEL: 'info' } as const;
  const log = createLog(settings, {
    write(line: string) {
      lines.push(JSON.parse(line) as Record<string, unknown>);
    },
  });
  return { log, lines };
}
