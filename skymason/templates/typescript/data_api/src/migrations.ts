import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientBase } from 'pg';
import type { Log } from './runtime/log.js';

/** One step of the schema: `migrations/0001_items.up.sql` and `….down.sql`. */
export interface Migration {
  version: string;
  name: string;
  up: string;
  /** Undefined where there is no way back. */
  down: string | undefined;
  checksum: string;
}

export interface LockOptions {
  /** 64 bits, as text: two runs of one service's migrations never meet. */
  id: string;
  timeoutSeconds: number;
}

/** The files do not go together with each other, or with what was applied. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

const FILE = /^(?<version>\d{4})_(?<name>[a-z0-9_]+)\.(?<direction>up|down)\.sql$/;
/** First line of a step that PostgreSQL refuses within a transaction, such as CREATE INDEX CONCURRENTLY. */
const NO_TRANSACTION = /^--\s*no transaction\s*$/m;
const LOCK_NOT_AVAILABLE = '55P03';

/** All steps of a folder, in order. Throws MigrationError for files that are no steps. */
export async function loadMigrations(folder: string): Promise<Migration[]> {
  const texts = new Map<string, Record<string, string>>();
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()) {
    const { version, name, direction } = FILE.exec(file)?.groups ?? {};
    if (!version || !name || !direction) throw new MigrationError(`${file}: name it like 0001_items.up.sql`);
    const step = texts.get(version) ?? { name };
    if (step['name'] !== name)
      throw new MigrationError(`${file}: version ${version} is also ${step['name'] ?? ''}`);
    texts.set(version, { ...step, [direction]: await readFile(join(folder, file), 'utf8') });
  }
  return [...texts].map(([version, { name = '', up, down }]) => {
    if (up === undefined) throw new MigrationError(`${version}_${name}: there is no way up`);
    return { version, name, up, down, checksum: createHash('sha256').update(up).digest('hex') };
  });
}

/** Brings the schema up to the last step. Gives the versions that it applied. */
export async function migrateUp(
  client: ClientBase,
  migrations: Migration[],
  lock: LockOptions,
  log: Log,
): Promise<string[]> {
  return locked(client, lock, async () => {
    const applied = await appliedVersions(client);
    for (const { version, name, checksum } of migrations) {
      const before = applied.get(version);
      if (before !== undefined && before !== checksum) {
        throw new MigrationError(
          `${version}_${name} was changed after it was applied: add a new step instead`,
        );
      }
    }
    const known = new Set(migrations.map(({ version }) => version));
    const newer = [...applied.keys()].filter((version) => !known.has(version));
    if (newer.length > 0) log.warn({ versions: newer }, 'the schema is ahead of this image');
    const done: string[] = [];
    for (const migration of migrations.filter(({ version }) => !applied.has(version))) {
      const { version, name, checksum } = migration;
      await step(client, migration.up, () =>
        client.query('INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)', [
          version,
          name,
          checksum,
        ]),
      );
      log.info({ version, name }, 'applied');
      done.push(version);
    }
    return done;
  });
}

/** Takes the last step back. Gives its version; undefined where nothing was applied. */
export async function migrateDown(
  client: ClientBase,
  migrations: Migration[],
  lock: LockOptions,
  log: Log,
): Promise<string | undefined> {
  return locked(client, lock, async () => {
    const last = [...(await appliedVersions(client)).keys()].at(-1);
    if (last === undefined) return undefined;
    const migration = migrations.find(({ version }) => version === last);
    if (migration?.down === undefined) throw new MigrationError(`there is no way back from version ${last}`);
    await step(client, migration.down, () =>
      client.query('DELETE FROM schema_migrations WHERE version = $1', [last]),
    );
    log.info({ version: last, name: migration.name }, 'taken back');
    return last;
  });
}

async function appliedVersions(client: ClientBase): Promise<Map<string, string>> {
  await client.query(`CREATE TABLE IF NOT EXISTS schema_migrations (
    version text PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`);
  const { rows } = await client.query<{ version: string; checksum: string }>(
    'SELECT version, checksum FROM schema_migrations ORDER BY version',
  );
  return new Map(rows.map(({ version, checksum }) => [version, checksum]));
}

/** One step and its entry: both or none, where PostgreSQL allows that. */
async function step(client: ClientBase, sql: string, record: () => Promise<unknown>): Promise<void> {
  if (NO_TRANSACTION.test(sql.split('\n')[0] ?? '')) {
    await client.query(sql);
    await record();
    return;
  }
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await record();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/** Runs work while no other run of this service's migrations does. The lock ends with the connection, too. */
async function locked<Result>(
  client: ClientBase,
  lock: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  await client.query(`SET lock_timeout = ${lock.timeoutSeconds * 1000}`);
  try {
    await client.query('SELECT pg_advisory_lock($1::bigint)', [lock.id]);
  } catch (error) {
    if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) {
      throw new MigrationError(`another run has held the lock for ${lock.timeoutSeconds} s`);
    }
    throw error;
  }
  try {
    return await work();
  } finally {
    await client.query('SELECT pg_advisory_unlock($1::bigint)', [lock.id]);
  }
}
