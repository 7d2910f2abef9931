import { SettingsError } from './settings.js';
import { createLog, type Log } from './log.js';

export interface Running {
  log: Log;
  /** From SIGTERM until what is not finished is given up. */
  shutdownSeconds: number;
  /** Takes no new work, finishes what was begun, closes everything. */
  stop(): Promise<void>;
}

/**
 * Runs a service until SIGTERM or SIGINT. The process ends with 0 after a stop in time, with 1 otherwise; a
 * second signal ends it at once.
 */
export async function run(start: () => Promise<Running>): Promise<void> {
  let running: Running;
  try {
    running = await start();
  } catch (error) {
    fail(error);
    return;
  }
  const { log, shutdownSeconds } = running;
  let stopping = false;
  const stop = (reason: string, code: number): void => {
    if (stopping) {
      log.warn({ reason }, 'stopped at once');
      process.exit(1);
    }
    stopping = true;
    log.info({ reason }, 'stopping');
    setTimeout(() => {
      log.error({ seconds: shutdownSeconds }, 'did not stop in time');
      process.exit(1);
    }, shutdownSeconds * 1000).unref();
    running.stop().then(
      () => {
        log.info('stopped');
        process.exit(code);
      },
      (error: unknown) => {
        log.error({ error }, 'could not stop well');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', () => {
    stop('SIGTERM', 0);
  });
  process.on('SIGINT', () => {
    stop('SIGINT', 0);
  });
  // A bug: what state the process is in nobody knows, so that it finishes what it can and ends.
  process.on('uncaughtException', (error) => {
    log.fatal({ error }, 'uncaught exception');
    stop('uncaught exception', 1);
  });
  process.on('unhandledRejection', (error) => {
    log.fatal({ error }, 'unhandled rejection');
    stop('unhandled rejection', 1);
  });
}

/** Runs a command to its end. The process ends with 1 when it fails. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    fail(error);
  }
}

/** Says why, in one line, and ends the process. */
function fail(error: unknown): never {
  const log = createLog({
    SERVICE_NAME: process.env['SERVICE_NAME'] ?? '',
    ENVIRONMENT: process.env['ENVIRONMENT'] ?? '',
    LOG_LEVEL: 'info',
  });
  if (error instanceof SettingsError) log.fatal(error.message);
  else log.fatal({ error }, 'could not start');
  process.exit(1);
}
