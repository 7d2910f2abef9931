// Writes the OpenAPI document, for clients to be made of: openapi.js [FILE]
import { writeFileSync } from 'node:fs';
import { noCache } from './cache.js';
import { Database } from './database.js';
import { buildServer } from './http/server.js';
import { Items } from './items.js';
import { routes } from './routes.js';
import { Health } from './runtime/health.js';
import { createLog } from './runtime/log.js';
import { loadSettings } from './settings.js';

// Nothing is asked of the database: only how the service is called is written down.
const settings = loadSettings({
  ...process.env,
  LOG_LEVEL: 'error',
  DATABASE_HOST: 'localhost',
  DATABASE_DATABASE: 'none',
  DATABASE_USER: 'nobody',
  DATABASE_AUTH: 'none',
  DATABASE_SSL_MODE: 'disable',
});
const log = createLog(settings);
const database = new Database(settings, log);
const server = await buildServer({
  health: new Health(),
  log,
  routes: (scope) => {
    routes(scope, new Items(database, noCache));
  },
});
await server.ready();
const document = `${JSON.stringify(server.swagger(), null, 2)}\n`;
const [, , file] = process.argv;
if (file === undefined) process.stdout.write(document);
else writeFileSync(file, document);
await server.close();
await database.close();
