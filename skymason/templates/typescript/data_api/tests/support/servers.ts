import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { until } from './wait.js';

/** Where a server answers, and how it ends. */
export interface Place {
  host: string;
  port: number;
  stop(): Promise<void>;
}

export interface Postgres extends Place {
  database: string;
  user: string;
}

const DEBIAN = '/usr/lib/postgresql';

function postgresFolder(): string | undefined {
  const found = spawnSync('which', ['initdb'], { encoding: 'utf8' }).stdout.trim();
  if (found !== '') return join(found, '..');
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  return versions
    .map((version) => join(DEBIAN, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
}

/** Why there is no PostgreSQL to test against; false where there is one. */
export const noPostgres =
  process.env['TEST_DATABASE_URL'] !== undefined || postgresFolder() !== undefined
    ? false
    : 'needs PostgreSQL on this machine, or its address in TEST_DATABASE_URL';

/** Why there is no Redis to test against; false where there is one. */
export const noRedis =
  process.env['TEST_REDIS_URL'] !== undefined || spawnSync('redis-server', ['--version']).status === 0
    ? false
    : 'needs redis-server on the PATH, or its address in TEST_REDIS_URL';

/** A new database: in the server of TEST_DATABASE_URL, or in one that it starts. */
export async function startPostgres(): Promise<Postgres> {
  const given = process.env['TEST_DATABASE_URL'];
  const database = `test_${process.pid}_${Date.now()}`;
  const server = given === undefined ? await ownPostgres() : undefined;
  const url = new URL(given ?? `postgresql://postgres@127.0.0.1:${server?.port ?? 0}/postgres`);
  if (url.password !== '') process.env['PGPASSWORD'] = decodeURIComponent(url.password);
  const statement = async (sql: string): Promise<void> => {
    const client = new Client({ connectionString: url.href });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await statement(`CREATE DATABASE ${database}`);
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    database,
    user: decodeURIComponent(url.username),
    stop: async () => {
      if (server) await server.stop();
      else await statement(`DROP DATABASE ${database} WITH (FORCE)`);
    },
  };
}

async function ownPostgres(): Promise<Place> {
  const bin = postgresFolder() ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const as = postgresUser();
  if (as.uid !== undefined && as.gid !== undefined) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const options = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C'];
  const made = spawnSync(join(bin, 'initdb'), options, { ...as, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    'fsync=off',
  ];
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    {
      ...as,
      stdio: 'ignore',
    },
  );
  await until(async () => {
    const client = new Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
    client.on('error', () => undefined);
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  }, 'PostgreSQL answers');
  return {
    host: '127.0.0.1',
    port,
    stop: async () => {
      await ended(server, 'SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** It refuses to run as root. */
function postgresUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (option: string) =>
    Number(spawnSync('id', [option, 'postgres'], { encoding: 'utf8' }).stdout.trim());
  return { uid: id('-u'), gid: id('-g') };
}

/** The Redis of TEST_REDIS_URL, or one that it starts. */
export async function startRedis(): Promise<Place> {
  const given = process.env['TEST_REDIS_URL'];
  if (given !== undefined) {
    const url = new URL(given);
    return { host: url.hostname, port: Number(url.port || 6379), stop: () => Promise.resolve() };
  }
  const port = await freePort();
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], {
    stdio: 'ignore',
  });
  await until(() => answers(port), 'Redis answers');
  return { host: '127.0.0.1', port, stop: () => ended(server, 'SIGKILL') };
}

async function ended(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = once(server, 'exit');
  server.kill(signal);
  await exit;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => {
        socket.destroy();
        resolve(true);
      })
      .once('error', () => {
        resolve(false);
      });
  });
}
