// Writes the OpenAPI document, for clients to be made of: openapi.js [FILE]
import { writeFileSync } from 'node:fs';
import { buildServer } from './http/server.js';
import { routes } from './routes.js';
import { Health } from './runtime/health.js';
import { createLog } from './runtime/log.js';

const log = createLog({ SERVICE_NAME: 'openapi', ENVIRONMENT: 'local', LOG_LEVEL: 'error' });
const server = await buildServer({ health: new Health(), log, routes });
await server.ready();
const document = `${JSON.stringify(server.swagger(), null, 2)}\n`;
const [, , file] = process.argv;
if (file === undefined) process.stdout.write(document);
else writeFileSync(file, document);
await server.close();
