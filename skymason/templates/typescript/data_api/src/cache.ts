import { createClient } from '@redis/client';
import type { z } from 'zod';
import { waitSeconds, type Backoff } from './runtime/backoff.js';
import type { Log } from './runtime/log.js';
import type { Settings } from './settings.js';
import { cacheCredentials } from './sign-in.js';

/** A cache that takes longer is slower than what it stands for. */
const COMMAND_MS = 200;
const CONNECT_MS = 2000;
const RECONNECT: Backoff = { baseSeconds: 0.1, factor: 2, maxSeconds: 10, jitter: 0.5 };
/** How much of its time an entry may lose, so that not all end at once. */
const TTL_JITTER = 0.1;

/** Values by key, for a time. While it is away everything is as if nothing were in it. */
export interface Cache {
  /** The value, or what `load` gives, which is kept for `seconds`; undefined is not kept. */
  through<Schema extends z.ZodType>(
    key: string,
    schema: Schema,
    seconds: number,
    load: () => Promise<z.output<Schema> | undefined>,
  ): Promise<z.output<Schema> | undefined>;
  /** Forgets a key whose value has changed. */
  forget(key: string): Promise<void>;
  close(): Promise<void>;
}

/** Remembers nothing. */
export const noCache: Cache = {
  through: (_key, _schema, _seconds, load) => load(),
  forget: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

/** The cache of the settings, which needs not be there. */
export function openCache(settings: Settings, log: Log): Cache {
  return settings.CACHE_HOST === undefined ? noCache : new RedisCache(settings, settings.CACHE_HOST, log);
}

class RedisCache implements Cache {
  private readonly client;
  /** Key → the load that is under way, so that many who miss the same value load it once. */
  private readonly loading = new Map<string, Promise<unknown>>();
  private away = false;

  constructor(
    private readonly settings: Settings,
    host: string,
    private readonly log: Log,
  ) {
    const credentials = cacheCredentials(settings);
    this.client = createClient({
      name: settings.SERVICE_NAME,
      socket: {
        host,
        port: settings.CACHE_PORT,
        connectTimeout: CONNECT_MS,
        reconnectStrategy: (retries) => waitSeconds(RECONNECT, retries + 1) * 1000,
        ...(settings.CACHE_TLS ? { tls: true as const } : {}),
      },
      ...(credentials === undefined
        ? {}
        : { credentialsProvider: { type: 'async-credentials-provider', credentials } }),
      // What cannot be asked now is loaded instead; it does not wait.
      disableOfflineQueue: true,
      commandsQueueMaxLength: 1000,
      pingInterval: 30_000,
    });
    this.client.on('error', (error: unknown) => {
      this.missed(error);
    });
    this.client.on('ready', () => {
      if (this.away) log.info('the cache is back');
      this.away = false;
    });
    // Not waited for: the service starts without its cache too.
    this.client.connect().catch((error: unknown) => {
      this.missed(error);
    });
  }

  async through<Schema extends z.ZodType>(
    key: string,
    schema: Schema,
    seconds: number,
    load: () => Promise<z.output<Schema> | undefined>,
  ): Promise<z.output<Schema> | undefined> {
    const kept = await this.ask(() => this.client.get(this.named(key)));
    if (kept !== undefined && kept !== null) {
      const read = schema.safeParse(parsed(kept));
      // Written by another version of the service, it may have another shape.
      if (read.success) return read.data;
    }
    const under = this.loading.get(key) as Promise<z.output<Schema> | undefined> | undefined;
    if (under) return under;
    const made = this.load(key, seconds, load).finally(() => this.loading.delete(key));
    this.loading.set(key, made);
    return made;
  }

  async forget(key: string): Promise<void> {
    // A load that began before the change is not to be waited for after it.
    this.loading.delete(key);
    await this.ask(() => this.client.del(this.named(key)));
  }

  close(): Promise<void> {
    this.client.destroy();
    return Promise.resolve();
  }

  private async load<Value>(
    key: string,
    seconds: number,
    load: () => Promise<Value | undefined>,
  ): Promise<Value | undefined> {
    const value = await load();
    if (value !== undefined) {
      const ttl = Math.max(1, Math.round(seconds * (1 - TTL_JITTER * Math.random())));
      await this.ask(() =>
        this.client.set(this.named(key), JSON.stringify(value), { expiration: { type: 'EX', value: ttl } }),
      );
    }
    return value;
  }

  private named(key: string): string {
    return `${this.settings.SERVICE_NAME}:${key}`;
  }

  /** The answer; undefined where there is none in time. */
  private async ask<Answer>(what: () => Promise<Answer>): Promise<Answer | undefined> {
    if (!this.client.isReady) return undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(new Error(`no answer in ${COMMAND_MS} ms`));
        }, COMMAND_MS);
      });
      return await Promise.race([what(), late]);
    } catch (error) {
      this.missed(error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Told once, until it is back. */
  private missed(error: unknown): void {
    if (!this.away) this.log.warn({ error }, 'the cache is away: goes on without it');
    this.away = true;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
