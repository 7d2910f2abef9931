import { SpanKind } from '@opentelemetry/api';
import { Pool, type ClientBase, type ClientConfig, type PoolConfig, type QueryResultRow } from 'pg';
import type { Log } from './runtime/log.js';
import { inSpan } from './runtime/telemetry.js';
import type { DatabaseSettings, Settings } from './settings.js';
import { authorities, databasePassword } from './sign-in.js';

/** Something that runs statements: the database, or one transaction in it. */
export interface Queries {
  query<Row extends QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
}

const CONNECT_MS = 5000;
/** A connection is not used for longer: so that it moves after a failover, and its token is a recent one. */
const LIFETIME_SECONDS = 600;
const REFUSED = new Set(['28000', '28P01']);
/** What ends a transaction that would have gone through alone: deadlocks and serialisation. */
const REPEATABLE = new Set(['40001', '40P01']);
const ATTEMPTS = 3;
const AWAY = new Set(['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT']);
const AWAY_STATES = ['08', '53', '57P'];
const AWAY_MESSAGES = /timeout exceeded when trying to connect|Connection terminated/;

/** The database cannot be reached, or cannot take another connection. */
export function isAway(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return AWAY.has(code) || AWAY_STATES.some((state) => code.startsWith(state)) || AWAY_MESSAGES.test(message);
}

/** How to connect. Throws SettingsError. */
export function connectionOptions(settings: DatabaseSettings & { SERVICE_NAME: string }): ClientConfig {
  const password = databasePassword(settings);
  return {
    host: settings.DATABASE_HOST,
    port: settings.DATABASE_PORT,
    database: settings.DATABASE_DATABASE,
    user: settings.DATABASE_USER,
    ...(password === undefined ? {} : { password }),
    ssl: tls(settings),
    application_name: settings.SERVICE_NAME,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  };
}

function tls(settings: DatabaseSettings): ClientConfig['ssl'] {
  if (settings.DATABASE_SSL_MODE === 'disable') return false;
  const ca = settings.DATABASE_AUTHORITIES ?? authorities();
  // Of verify-ca the name may be another one.
  return settings.DATABASE_SSL_MODE === 'verify-ca' ? { ca, checkServerIdentity: () => undefined } : { ca };
}

/** A primary that is written to, and what may be read from in its place. */
export class Database implements Queries {
  private readonly primary: Pool;
  private readonly readers: Pool[];
  private turn = 0;

  constructor(
    private readonly settings: Settings,
    private readonly log: Log,
  ) {
    this.primary = this.pool(settings);
    this.readers = settings.DATABASE_READ_HOSTS.map((host) =>
      this.pool({
        ...settings,
        DATABASE_HOST: host,
        DATABASE_PORT: settings.DATABASE_READ_PORT,
        DATABASE_AUTH: settings.DATABASE_READ_AUTH,
        DATABASE_SSL_MODE: settings.DATABASE_READ_SSL_MODE,
        DATABASE_USER: settings.DATABASE_READ_USER ?? settings.DATABASE_USER,
      }),
    );
  }

  /** One statement, on the primary. */
  query<Row extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return this.run<Row>(this.primary, sql, values);
  }

  /** One statement that reads, and may be a moment behind; on the primary where no reader answers. */
  async read<Row extends QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    this.turn += 1;
    const first = this.turn % Math.max(1, this.readers.length);
    for (const reader of [...this.readers.slice(first), ...this.readers.slice(0, first)]) {
      try {
        return await this.run<Row>(reader, sql, values);
      } catch (error) {
        if (!isAway(error)) throw error;
        this.log.warn({ error, host: reader.options.host }, 'a reader does not answer');
      }
    }
    return this.query<Row>(sql, values);
  }

  /** Statements that take effect together or not at all. Work may run again, after a deadlock. */
  async transaction<Result>(work: (queries: Queries) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      const client = await this.primary.connect();
      let broken = false;
      try {
        await client.query('BEGIN');
        // For this transaction alone: the connection goes back to a pool that others share.
        await client.query(`SET LOCAL statement_timeout = ${this.settings.DATABASE_TIMEOUT_MS}`);
        const result = await work(queriesOf(client));
        await client.query('COMMIT');
        return result;
      } catch (error) {
        broken = await client.query('ROLLBACK').then(
          () => false,
          () => true,
        );
        const { code = '' } = error as { code?: string };
        if (attempt >= ATTEMPTS || !REPEATABLE.has(code)) throw error;
        this.log.warn({ code, attempt }, 'transaction runs again');
      } finally {
        client.release(broken);
      }
    }
  }

  /** Throws when the primary does not answer. */
  async check(): Promise<void> {
    await this.primary.query('SELECT 1');
  }

  async close(): Promise<void> {
    await Promise.all([this.primary, ...this.readers].map((pool) => pool.end()));
  }

  private async run<Row extends QueryResultRow>(pool: Pool, sql: string, values: unknown[]): Promise<Row[]> {
    const attributes = {
      'db.system.name': 'postgresql',
      'db.namespace': this.settings.DATABASE_DATABASE,
      'db.query.text': sql,
      'server.address': pool.options.host ?? '',
    };
    return inSpan(sql.split(' ', 1)[0] ?? 'query', { kind: SpanKind.CLIENT, attributes }, async () => {
      try {
        return (await pool.query<Row>(sql, values)).rows;
      } catch (error) {
        // A password that was rotated between its reading and its use: the next one is read anew.
        if (!REFUSED.has((error as { code?: string }).code ?? '')) throw error;
        return (await pool.query<Row>(sql, values)).rows;
      }
    });
  }

  private pool(settings: Settings): Pool {
    const options: PoolConfig = {
      ...connectionOptions(settings),
      max: settings.DATABASE_POOL_SIZE,
      idleTimeoutMillis: 30_000,
      maxLifetimeSeconds: LIFETIME_SECONDS,
      // On this side, for poolers between take no settings of a session.
      query_timeout: settings.DATABASE_TIMEOUT_MS,
    };
    const pool = new Pool(options);
    // An idle connection that ended, as in a failover: the pool makes another one.
    pool.on('error', (error) => {
      this.log.warn({ error, host: settings.DATABASE_HOST }, 'lost a connection');
    });
    return pool;
  }
}

const queriesOf = (client: ClientBase): Queries => ({
  query: async <Row extends QueryResultRow>(sql: string, values: unknown[] = []) =>
    (await client.query<Row>(sql, values)).rows,
});
