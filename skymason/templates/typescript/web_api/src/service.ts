import type { AddressInfo } from 'node:net';
import { buildServer } from './http/server.js';
import { routes } from './routes.js';
import { Health } from './runtime/health.js';
import { createLog, type Log } from './runtime/log.js';
import type { Running } from './runtime/run.js';
import { startTelemetry } from './runtime/telemetry.js';
import type { Settings } from './settings.js';

/** A service that runs. port: where it listens. */
export interface Service extends Running {
  port: number;
}

export async function startService(settings: Settings, log: Log = createLog(settings)): Promise<Service> {
  const telemetry = startTelemetry(settings.SERVICE_NAME, settings.ENVIRONMENT);
  const health = new Health();
  const server = await buildServer({ health, log, routes });
  await server.listen({ host: '0.0.0.0', port: settings.PORT });
  health.markStarted();
  const { port } = server.server.address() as AddressInfo;
  log.info({ port }, 'started');
  return {
    log,
    port,
    shutdownSeconds: settings.SHUTDOWN_SECONDS,
    async stop() {
      // The platform has waited until nothing is routed here any more: what is in work is finished.
      health.markStopping();
      await server.close();
      await telemetry.stop();
    },
  };
}
