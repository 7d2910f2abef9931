import { openConsumer } from './consumer.js';
import { partsOf } from './parts.js';
import type { Handler } from './processing.js';
import { Health } from './runtime/health.js';
import { serveHealth } from './runtime/health-server.js';
import { createLog, type Log } from './runtime/log.js';
import type { Running } from './runtime/run.js';
import { startTelemetry } from './runtime/telemetry.js';
import type { Settings } from './settings.js';

/** A service that runs. port: where the probes are answered. */
export interface Service extends Running {
  port: number;
}

/** Starts the processor. given: what a test puts in the place of the real ones. */
export async function startService(
  settings: Settings,
  given: { log?: Log; handler?: Handler } = {},
): Promise<Service> {
  const log = given.log ?? createLog(settings);
  const telemetry = startTelemetry(settings.SERVICE_NAME, settings.ENVIRONMENT);
  const source = { stream: settings.STREAM_NAME, replay: false, handler: given.handler };
  const parts = partsOf(settings, source, log);
  const consumer = openConsumer(settings, parts.lanes, log);
  const health = new Health();
  health.addLiveness('consumer', () => {
    consumer.checkAlive();
  });
  health.addReadiness('consumer', () => {
    consumer.checkReading();
  });
  const server = await serveHealth(health, settings.PORT);
  consumer.start();
  health.markStarted();
  log.info({ port: server.port, stream: settings.STREAM_NAME }, 'started');
  return {
    log,
    port: server.port,
    shutdownSeconds: settings.SHUTDOWN_SECONDS,
    async stop() {
      health.markStopping();
      await consumer.stop();
      await parts.close();
      await server.close();
      await telemetry.stop();
    },
  };
}
