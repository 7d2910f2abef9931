import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, afterEach, before, describe, it } from 'node:test';
import { Client } from 'pg';
import type { Item } from '../../src/items.js';
import { loadMigrations, migrateUp } from '../../src/migrations.js';
import { startService, type Service } from '../../src/service.js';
import { loadSettings } from '../../src/settings.js';
import { dataEnvironment } from '../support/database-environment.js';
import { collectLog } from '../support/log.js';
import { Proxy } from '../support/proxy.js';
import {
  noPostgres,
  noRedis,
  startPostgres,
  startRedis,
  type Place,
  type Postgres,
} from '../support/servers.js';
import { until } from '../support/wait.js';

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('service', { skip: noPostgres || noRedis }, () => {
  let postgres: Postgres;
  let redis: Place;
  let client: Client;
  let database: Proxy;
  let reader: Proxy;
  let cache: Proxy;
  let service: Service;
  let url: string;
  const { log, lines } = collectLog();

  before(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    client = new Client(postgres);
    await client.connect();
    await migrateUp(client, await loadMigrations('migrations'), { id: '1', timeoutSeconds: 5 }, log);
    [database, reader, cache] = await Promise.all([
      new Proxy(postgres).start(),
      new Proxy(postgres).start(),
      new Proxy(redis).start(),
    ]);
    service = await startService(loadSettings(environment()), log);
    url = `http://127.0.0.1:${service.port}`;
    await cached();
  });
  after(async () => {
    await service.stop();
    await Promise.all([database.stop(), reader.stop(), cache.stop()]);
    await client.end();
    await Promise.all([postgres.stop(), redis.stop()]);
  });
  afterEach(async () => {
    for (const proxy of [database, reader, cache]) proxy.restore();
    await until(async () => (await fetch(`${url}/readyz`)).ok, 'ready again');
    await client.query('DELETE FROM items');
    lines.length = 0;
  });

  const environment = () =>
    dataEnvironment(
      { ...postgres, host: '127.0.0.1', port: database.port },
      {
        DATABASE_READ_HOSTS: '127.0.0.1',
        DATABASE_READ_PORT: String(reader.port),
        DATABASE_TIMEOUT_MS: '2000',
        CACHE_HOST: '127.0.0.1',
        CACHE_PORT: String(cache.port),
        CACHE_TLS: 'false',
        CACHE_AUTH: 'none',
      },
    );

  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method,
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const make = async (sku: string): Promise<Item> =>
    (await (await send('POST', '/v1/items', { sku, name: `the ${sku}`, quantity: 3 })).json()) as Item;
  const get = async (id: string) => (await (await fetch(`${url}/v1/items/${id}`)).json()) as Item;

  /** Waits until the cache is asked: what changes behind the service's back is not seen then. */
  async function cached(): Promise<void> {
    await until(async () => {
      const { id } = await make(`probe-${Math.random()}`);
      await get(id);
      await client.query('UPDATE items SET quantity = 99 WHERE id = $1', [id]);
      const seen = await get(id);
      await send('DELETE', `/v1/items/${id}`);
      return seen.quantity === 3;
    }, 'the cache is used');
  }

  it('makes, gives, changes and removes items', async () => {
    const made = await send('POST', '/v1/items', { sku: 'a', name: 'the a' });
    assert.equal(made.status, 201);
    const item = (await made.json()) as Item;
    assert.equal(made.headers.get('location'), `/v1/items/${item.id}`);
    assert.equal(made.headers.get('etag'), '"1"');
    assert.deepEqual([item.sku, item.name, item.quantity, item.version], ['a', 'the a', 0, 1]);
    assert.deepEqual(await get(item.id), item);
    const changed = await send('PATCH', `/v1/items/${item.id}`, { quantity: 7 }, { 'if-match': '"1"' });
    assert.equal(changed.status, 200);
    assert.equal(changed.headers.get('etag'), '"2"');
    assert.deepEqual(((await changed.json()) as Item).quantity, 7);
    assert.equal((await get(item.id)).quantity, 7);
    assert.equal((await send('DELETE', `/v1/items/${item.id}`)).status, 204);
    assert.equal((await fetch(`${url}/v1/items/${item.id}`)).status, 404);
    assert.equal((await send('DELETE', `/v1/items/${item.id}`)).status, 404);
  });

  it('answers what cannot be done with a problem', async () => {
    const { id } = await make('a');
    const cases: [string, string, unknown, Record<string, string>, number][] = [
      ['POST', '/v1/items', { sku: 'a', name: 'again' }, {}, 409],
      ['POST', '/v1/items', { sku: '', name: 'x', more: 1 }, {}, 400],
      ['PATCH', `/v1/items/${id}`, { quantity: -1 }, {}, 400],
      ['PATCH', `/v1/items/${id}`, { quantity: 1 }, { 'if-match': '"9"' }, 412],
      ['PATCH', `/v1/items/${id}`, { quantity: 1 }, { 'if-match': 'x' }, 400],
      ['PATCH', '/v1/items/0198c0de-0000-7000-8000-000000000000', {}, {}, 404],
      ['GET', '/v1/items/no-uuid', undefined, {}, 400],
      ['GET', '/v1/items?limit=0', undefined, {}, 400],
    ];
    for (const [method, path, body, headers, status] of cases) {
      const answer = await send(method, path, body, headers);
      assert.equal(answer.status, status, `${method} ${path}`);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
    }
  });

  it('gives items page by page, each once', async () => {
    for (const sku of ['d', 'b', 'e', 'a', 'c']) await make(sku);
    const seen: string[] = [];
    let next: string | undefined = '';
    while (next !== undefined) {
      const query = next === '' ? '' : `&cursor=${next}`;
      const page = (await (await fetch(`${url}/v1/items?limit=2${query}`)).json()) as {
        items: Item[];
        next?: string;
      };
      seen.push(...page.items.map((item) => item.sku));
      next = page.next;
    }
    assert.deepEqual(seen, ['a', 'b', 'c', 'd', 'e']);
  });

  it('lets only one of two change the same version', async () => {
    const { id } = await make('a');
    const both = await Promise.all(
      [1, 2].map((quantity) => send('PATCH', `/v1/items/${id}`, { quantity }, { 'if-match': '"1"' })),
    );
    assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 412]);
    assert.equal((await get(id)).version, 2);
  });

  it('goes on without its cache, says so once, and uses it again', async () => {
    const { id } = await make('a');
    await get(id);
    cache.cut();
    await client.query('UPDATE items SET quantity = 50 WHERE id = $1', [id]);
    await until(async () => (await get(id)).quantity === 50, 'from the database');
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    assert.equal((await send('PATCH', `/v1/items/${id}`, { quantity: 51 })).status, 200);
    const told = lines.filter((line) => line['message'] === 'the cache is away: goes on without it');
    assert.equal(told.length, 1);
    cache.restore();
    await cached();
    assert.ok(lines.some((line) => line['message'] === 'the cache is back'));
  });

  it('does not wait for a cache that says nothing', async () => {
    const { id } = await make('a');
    cache.silence();
    const began = performance.now();
    assert.equal((await fetch(`${url}/v1/items/${id}`)).status, 200);
    assert.ok(performance.now() - began < 1500);
    cache.cut();
    cache.restore();
    await cached();
  });

  it('reads from the primary when no reader answers', async () => {
    await make('a');
    reader.cut();
    const answer = await fetch(`${url}/v1/items`);
    assert.equal(answer.status, 200);
    assert.equal(((await answer.json()) as { items: Item[] }).items.length, 1);
    assert.ok(lines.some((line) => line['message'] === 'a reader does not answer'));
  });

  it('is not ready without its database, tells callers to come again, and recovers', async () => {
    const { id } = await make('a');
    database.cut();
    await until(async () => (await fetch(`${url}/readyz`)).status === 503, 'not ready');
    assert.equal((await fetch(`${url}/livez`)).status, 200);
    const answer = await send('PATCH', `/v1/items/${id}`, { quantity: 1 });
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get('retry-after'), '2');
    database.restore();
    await until(async () => (await send('PATCH', `/v1/items/${id}`, { quantity: 1 })).status === 200, 'back');
  });

  it('gives up a statement that takes too long', async () => {
    const { id } = await make('a');
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM items WHERE id = $1 FOR UPDATE', [id]);
    try {
      const began = performance.now();
      const answer = await send('PATCH', `/v1/items/${id}`, { quantity: 1 });
      assert.ok(answer.status >= 500, String(answer.status));
      assert.ok(performance.now() - began < 4000);
    } finally {
      await client.query('ROLLBACK');
    }
  });

  it('finishes on SIGTERM what is in work, and ends with 0', async () => {
    const { id } = await make('a');
    const child = spawn(process.execPath, [new URL('../../src/main.js', import.meta.url).pathname], {
      env: { ...process.env, ...environment() },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    const messages: string[] = [];
    let answer: Promise<Response> | undefined;
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM items WHERE id = $1 FOR UPDATE', [id]);
    for await (const text of createInterface(child.stdout)) {
      const line = JSON.parse(text) as { message: string; port?: number };
      // Of the framework, one for each address.
      if (!line.message.startsWith('Server listening')) messages.push(line.message);
      if (line.message === 'started') {
        answer = fetch(`http://127.0.0.1:${line.port ?? 0}/v1/items/${id}`, {
          method: 'PATCH',
          headers: { 'content-type': 'application/json' },
          body: '{"quantity": 8}',
        });
        await later(300);
        child.kill('SIGTERM');
      }
      if (line.message === 'stopping') {
        await later(200);
        await client.query('ROLLBACK');
      }
    }
    assert.equal((await answer)?.status, 200);
    assert.deepEqual(await ended, [0, null]);
    assert.deepEqual(messages, ['started', 'stopping', 'request', 'stopped']);
    const { rows } = await client.query<{ quantity: number }>('SELECT quantity FROM items WHERE id = $1', [
      id,
    ]);
    assert.equal(rows[0]?.quantity, 8);
  });
});
