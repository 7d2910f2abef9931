import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SettingsError } from '../../src/runtime/settings.js';
import { loadSettings } from '../../src/settings.js';
import { authorities, cacheCredentials, databasePassword } from '../../src/sign-in.js';
import { dataEnvironment } from '../support/database-environment.js';

const PLACE = { host: 'db.example', port: 5432, database: 'app', user: 'app_readwrite' };
const settings = (more: Record<string, string>) => loadSettings(dataEnvironment(PLACE, more));
let asked = 0;
const identity = {
  getToken: (scope: string | string[]) => {
    asked += 1;
    return Promise.resolve({ token: `${String(scope)}#${asked}`, expiresOnTimestamp: 0 });
  },
};

describe('sign-in on Azure', () => {
  it('asks for a token for every connection to the database', async () => {
    const password = databasePassword(settings({ DATABASE_AUTH: 'entra' }), identity);
    asked = 0;
    assert.equal(await password?.(), 'https://ossrdbms-aad.database.windows.net/.default#1');
    assert.equal(await password?.(), 'https://ossrdbms-aad.database.windows.net/.default#2');
    assert.equal(databasePassword(settings({ DATABASE_AUTH: 'none' }), identity), undefined);
  });

  it('asks for a token for every connection to the cache', async () => {
    const user = { CACHE_HOST: 'c', CACHE_AUTH: 'entra', CACHE_USER: '0198c0de' };
    const credentials = cacheCredentials(settings(user), identity);
    asked = 0;
    assert.deepEqual(await credentials?.(), {
      username: '0198c0de',
      password: 'https://redis.azure.com/.default#1',
    });
    assert.equal(cacheCredentials(settings({ CACHE_AUTH: 'none' }), identity), undefined);
  });

  it('says what it lacks', async () => {
    assert.throws(
      () => cacheCredentials(settings({ CACHE_AUTH: 'entra' }), identity),
      new SettingsError(['CACHE_USER is required with CACHE_AUTH=entra']),
    );
    const nobody = { getToken: () => Promise.resolve(null) };
    const password = databasePassword(settings({ DATABASE_AUTH: 'entra' }), nobody);
    await assert.rejects(async () => password?.(), /there is no token/);
    assert.ok(authorities().length > 50);
  });
});
