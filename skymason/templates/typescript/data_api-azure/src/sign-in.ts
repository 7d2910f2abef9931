import { DefaultAzureCredential, type TokenCredential } from '@azure/identity';
import { rootCertificates } from 'node:tls';
import { z } from 'zod';
import { SettingsError } from './runtime/settings.js';
import type { DatabaseSettings, Settings } from './settings.js';

/** entra: with a token of the service's own identity. */
export const databaseAuth = z.enum(['none', 'entra'], 'must be none or entra').default('entra');
export const cacheAuth = z.enum(['none', 'entra'], 'must be none or entra').default('entra');

/** A password is asked for anew for every connection, for tokens end after an hour or so. */
export type Password = () => Promise<string>;

/** What a token for PostgreSQL is for. Source: Azure Database for PostgreSQL, "Microsoft Entra authentication". */
const DATABASE = 'https://ossrdbms-aad.database.windows.net/.default';
/** What a token for a cache is for. Source: Azure Managed Redis, "Use Microsoft Entra ID". */
const CACHE = 'https://redis.azure.com/.default';

/** Of a database user; undefined where none is needed. */
export function databasePassword(
  settings: DatabaseSettings,
  identity: TokenCredential = new DefaultAzureCredential(),
): Password | undefined {
  return settings.DATABASE_AUTH === 'none' ? undefined : () => tokenOf(identity, DATABASE);
}

/** Azure's certificates descend from public authorities, which Node.js knows. */
export function authorities(): string[] {
  return [...rootCertificates];
}

/** For every connection to the cache anew; undefined where none are needed. Throws SettingsError. */
export function cacheCredentials(
  settings: Settings,
  identity: TokenCredential = new DefaultAzureCredential(),
): (() => Promise<{ username: string; password: string }>) | undefined {
  if (settings.CACHE_AUTH === 'none') return undefined;
  const username = settings.CACHE_USER;
  if (username === undefined) throw new SettingsError(['CACHE_USER is required with CACHE_AUTH=entra']);
  return async () => ({ username, password: await tokenOf(identity, CACHE) });
}

/** It is kept until shortly before its end, and then fetched anew. */
async function tokenOf(identity: TokenCredential, scope: string): Promise<string> {
  const token = await identity.getToken(scope);
  if (token === null) throw new Error(`there is no token for ${scope}`);
  return token.token;
}
