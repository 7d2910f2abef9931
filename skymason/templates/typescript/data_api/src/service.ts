import type { AddressInfo } from 'node:net';
import { openCache } from './cache.js';
import { Database, isAway } from './database.js';
import { HttpProblem } from './http/problem.js';
import { buildServer } from './http/server.js';
import { Items } from './items.js';
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
  const database = new Database(settings, log);
  const cache = openCache(settings, log);
  const items = new Items(database, cache);
  const health = new Health();
  // Without its cache the service is slower, and not less ready.
  health.addReadiness('database', () => database.check());
  const server = await buildServer({
    health,
    log,
    routes: (scope) => {
      scope.addHook('onError', (_request, _reply, error, done) => {
        done();
        if (isAway(error)) log.warn({ error }, 'the database does not answer');
      });
      scope.setErrorHandler((error) => {
        // Passed on to the handler outside, as one that the caller may try again.
        throw isAway(error) ? new HttpProblem(503, 'try again in a moment', { 'retry-after': '2' }) : error;
      });
      routes(scope, items);
    },
  });
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
      await cache.close();
      await database.close();
      await telemetry.stop();
    },
  };
}
