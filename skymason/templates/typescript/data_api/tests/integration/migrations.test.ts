import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Client } from 'pg';
import { dataEnvironment } from '../support/database-environment.js';
import { noPostgres, startPostgres, type Postgres } from '../support/servers.js';

const MIGRATE = new URL('../../src/migrate.js', import.meta.url).pathname;
const LOCK = '7577349431647287874';

describe('migrations', { skip: noPostgres }, () => {
  let postgres: Postgres;
  let client: Client;
  let folder: string;

  before(async () => {
    postgres = await startPostgres();
    client = new Client(postgres);
    await client.connect();
  });
  after(async () => {
    await client.end();
    await postgres.stop();
  });
  beforeEach(async () => {
    await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    folder = mkdtempSync(join(tmpdir(), 'migrations-'));
    cpSync('migrations', folder, { recursive: true });
  });

  /** The program as the image runs it. */
  function migrate(args: string[], more: Record<string, string> = {}) {
    return new Promise<{ code: number | null; output: string }>((resolve) => {
      const child = spawn(process.execPath, [MIGRATE, ...args], {
        env: { ...process.env, ...dataEnvironment(postgres, { MIGRATIONS_FOLDER: folder, ...more }) },
      });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      child.on('close', (code) => {
        resolve({ code, output });
      });
    });
  }

  const tables = async () => {
    const { rows } = await client.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    );
    return rows.map(({ name }) => name);
  };
  const versions = async () => {
    const { rows } = await client.query<{ version: string }>(
      'SELECT version FROM schema_migrations ORDER BY 1',
    );
    return rows.map(({ version }) => version);
  };

  it('go up, once; down, step by step; and up again', async () => {
    assert.equal((await migrate(['up'])).code, 0);
    assert.deepEqual(await tables(), ['items', 'schema_migrations']);
    assert.deepEqual(await versions(), ['0001', '0002']);
    const again = await migrate(['up']);
    assert.equal(again.code, 0);
    assert.match(again.output, /"applied":\[\]/);
    for (const left of [['0001'], []]) {
      assert.equal((await migrate(['down'])).code, 0);
      assert.deepEqual(await versions(), left);
    }
    assert.deepEqual(await tables(), ['schema_migrations']);
    assert.match((await migrate(['down'])).output, /there is nothing to take back/);
    assert.equal((await migrate(['up'])).code, 0);
    assert.deepEqual(await versions(), ['0001', '0002']);
  });

  it('run one after the other when two come at once, and each step once', async () => {
    const slow = 'CREATE TABLE slow (id int); SELECT pg_sleep(0.5);';
    writeFileSync(join(folder, '0003_slow.up.sql'), slow);
    const runs = await Promise.all([migrate(['up']), migrate(['up']), migrate(['up'])]);
    assert.deepEqual(
      runs.map(({ code }) => code),
      [0, 0, 0],
    );
    const applied = runs.map(({ output }) => /"applied":\[(.*?)\]/.exec(output)?.[1] ?? '').sort();
    assert.deepEqual(applied, ['', '', '"0001","0002","0003"']);
  });

  it('wait for the lock no longer than told', async () => {
    await client.query('SELECT pg_advisory_lock($1::bigint)', [LOCK]);
    try {
      const { code, output } = await migrate(['up'], { MIGRATION_LOCK_TIMEOUT_SECONDS: '1' });
      assert.equal(code, 1);
      assert.match(output, /another run has held the lock for 1 s/);
      assert.deepEqual(await tables(), []);
    } finally {
      await client.query('SELECT pg_advisory_unlock($1::bigint)', [LOCK]);
    }
  });

  it('that fail leave nothing of their step behind, and no lock', async () => {
    writeFileSync(join(folder, '0003_broken.up.sql'), 'CREATE TABLE half (id int); SELECT nonsense;');
    const { code, output } = await migrate(['up']);
    assert.equal(code, 1);
    assert.match(output, /nonsense/);
    assert.deepEqual(await tables(), ['items', 'schema_migrations']);
    assert.deepEqual(await versions(), ['0001', '0002']);
    writeFileSync(join(folder, '0003_broken.up.sql'), 'CREATE TABLE whole (id int);');
    assert.equal((await migrate(['up'])).code, 0);
    assert.deepEqual(await versions(), ['0001', '0002', '0003']);
  });

  it('that were changed after they were applied are refused', async () => {
    await migrate(['up']);
    writeFileSync(join(folder, '0001_items.up.sql'), 'CREATE TABLE items (id int);');
    const { code, output } = await migrate(['up']);
    assert.equal(code, 1);
    assert.match(output, /0001_items was changed after it was applied/);
  });

  it('of a newer image do not keep an older one from starting', async () => {
    await migrate(['up']);
    await client.query("INSERT INTO schema_migrations VALUES ('0009', 'later', 'x', now())");
    const { code, output } = await migrate(['up']);
    assert.equal(code, 0);
    assert.match(output, /the schema is ahead of this image/);
    const down = await migrate(['down']);
    assert.equal(down.code, 1);
    assert.match(down.output, /there is no way back from version 0009/);
  });

  it('say how they are called', async () => {
    const { code, output } = await migrate(['sideways']);
    assert.equal(code, 1);
    assert.match(output, /usage: migrate up \| migrate down/);
  });
});
