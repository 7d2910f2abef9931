import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { SettingsError } from '../../src/runtime/settings.js';
import { loadSettings } from '../../src/settings.js';
import {
  authorities,
  cacheCredentials,
  cacheToken,
  databasePassword,
  passwordIn,
} from '../../src/sign-in.js';
import { dataEnvironment } from '../support/database-environment.js';

const PLACE = { host: 'db.example', port: 5432, database: 'app', user: 'app_readwrite' };
const settings = (more: Record<string, string>) => loadSettings(dataEnvironment(PLACE, more));
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };

describe('sign-in on AWS', () => {
  beforeEach(() => {
    Object.assign(process.env, KEYS);
  });
  afterEach(() => {
    for (const key of Object.keys(KEYS)) Reflect.deleteProperty(process.env, key);
  });

  it('makes a token for the database, host and user that it is for', async () => {
    const password = databasePassword(settings({ DATABASE_AUTH: 'iam', DATABASE_REGION: 'eu-central-1' }));
    const token = new URL(`https://${(await password?.()) ?? ''}`);
    assert.equal(token.host, 'db.example:5432');
    assert.equal(token.searchParams.get('Action'), 'connect');
    assert.equal(token.searchParams.get('DBUser'), 'app_readwrite');
    assert.equal(token.searchParams.get('X-Amz-Expires'), '900');
    assert.match(token.searchParams.get('X-Amz-Credential') ?? '', /\/eu-central-1\/rds-db\/aws4_request$/);
  });

  it('makes a token for the cache, as ElastiCache checks it', async () => {
    const token = await cacheToken(
      'orders-cache',
      'orders-user',
      'eu-central-1',
      () => Promise.resolve({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }),
      new Date('2026-01-02T03:04:05Z'),
    );
    assert.ok(token.startsWith('orders-cache/?'), token);
    assert.deepEqual(Object.fromEntries(new URL(`http://${token}`).searchParams), {
      Action: 'connect',
      User: 'orders-user',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIDEXAMPLE/20260102/eu-central-1/elasticache/aws4_request',
      'X-Amz-Date': '20260102T030405Z',
      'X-Amz-Expires': '900',
      'X-Amz-Signature': SIGNATURE,
      'X-Amz-SignedHeaders': 'host',
    });
  });

  it('gives the cache a name and a token for every connection', async () => {
    const credentials = cacheCredentials(
      settings({
        CACHE_HOST: 'c',
        CACHE_AUTH: 'iam',
        CACHE_CACHE: 'c1',
        CACHE_USER: 'u1',
        CACHE_REGION: 'eu-west-1',
      }),
    );
    const { username, password } = (await credentials?.()) ?? { username: '', password: '' };
    assert.equal(username, 'u1');
    assert.match(password, /^c1\/\?Action=connect&User=u1&/);
  });

  it('reads a password from a secret, plain or in an object', () => {
    assert.equal(passwordIn('s3cret'), 's3cret');
    assert.equal(passwordIn('{"username": "u", "password": "p"}'), 'p');
    assert.equal(passwordIn('12345'), '12345');
  });

  it('says what it lacks', () => {
    assert.equal(databasePassword(settings({ DATABASE_AUTH: 'none' })), undefined);
    assert.equal(cacheCredentials(settings({ CACHE_AUTH: 'none' })), undefined);
    assert.throws(
      () => databasePassword(settings({ DATABASE_AUTH: 'secret' })),
      new SettingsError(['DATABASE_SECRET_ARN is required with DATABASE_AUTH=secret']),
    );
    assert.throws(
      () => cacheCredentials(settings({ CACHE_AUTH: 'iam' })),
      /are required with CACHE_AUTH=iam/,
    );
  });

  it("knows RDS's own authorities", () => {
    assert.ok(authorities().every((certificate) => certificate.startsWith('-----BEGIN CERTIFICATE-----')));
  });
});

/** Worked out with botocore's SigV4QueryAuth from the same request. */
const SIGNATURE = 'b01ea0e9227891951173dea3b7e772025916d3930d74a6ccfcaaff9f4de04fdb';
