import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connectionOptions } from '../../src/database.js';
import { loadMigrationSettings, loadSettings } from '../../src/settings.js';
import { dataEnvironment } from '../support/database-environment.js';

const PLACE = { host: 'db.example', port: 5432, database: 'app', user: 'app_readwrite' };

describe('settings of the data API', () => {
  it('are those that the platform sets', () => {
    const settings = loadSettings(
      dataEnvironment(PLACE, {
        DATABASE_READ_HOSTS: 'r1.example,r2.example',
        CACHE_HOST: 'c',
        CACHE_AUTH: 'none',
      }),
    );
    assert.deepEqual(settings.DATABASE_READ_HOSTS, ['r1.example', 'r2.example']);
    assert.equal(settings.CACHE_TLS, true);
    assert.equal(loadMigrationSettings(dataEnvironment(PLACE)).MIGRATION_LOCK_ID, '7577349431647287874');
  });

  it('that are missing or wrong are told all at once', () => {
    const environment = dataEnvironment(PLACE, { DATABASE_HOST: '', DATABASE_SSL_MODE: 'require' });
    assert.throws(
      () => loadSettings(environment),
      /settings are wrong: DATABASE_HOST is required; DATABASE_SSL_MODE must be disable, verify-ca or verify-full/,
    );
    assert.throws(
      () => loadMigrationSettings(dataEnvironment(PLACE, { MIGRATION_LOCK_ID: 'x' })),
      /MIGRATION_LOCK_ID must be a whole number of 64 bits/,
    );
  });

  it("check the server's certificate, and its name unless told otherwise", () => {
    const ssl = (more: Record<string, string>) =>
      connectionOptions(loadSettings(dataEnvironment(PLACE, more))).ssl as Record<string, unknown> | false;
    assert.equal(ssl({ DATABASE_SSL_MODE: 'disable' }), false);
    const full = ssl({ DATABASE_SSL_MODE: 'verify-full', DATABASE_AUTHORITIES: 'PEM' });
    assert.deepEqual(full, { ca: 'PEM' });
    const known = ssl({ DATABASE_SSL_MODE: 'verify-full' });
    assert.ok(known && Array.isArray(known['ca']) && known['ca'].length > 100);
    const chain = ssl({ DATABASE_SSL_MODE: 'verify-ca' });
    assert.ok(chain && 'checkServerIdentity' in chain);
  });
});
