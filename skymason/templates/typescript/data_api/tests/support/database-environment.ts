import { serviceEnvironment } from './environment.js';

/** What the platform says of a database and a cache, for a test. */
export function dataEnvironment(
  database: { host: string; port: number; database: string; user: string },
  more: Record<string, string> = {},
): NodeJS.ProcessEnv {
  return serviceEnvironment({
    PORT: '0',
    DATABASE_HOST: database.host,
    DATABASE_PORT: String(database.port),
    DATABASE_DATABASE: database.database,
    DATABASE_USER: database.user,
    DATABASE_AUTH: 'none',
    DATABASE_SSL_MODE: 'disable',
    DATABASE_READ_AUTH: 'none',
    DATABASE_READ_SSL_MODE: 'disable',
    MIGRATION_LOCK_ID: '7577349431647287874',
    MIGRATION_LOCK_TIMEOUT_SECONDS: '10',
    ...more,
  });
}
