import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import avro from 'avsc';
import { z } from 'zod';
import { Rejected } from './errors.js';
import type { Body } from './events.js';

/** Understands the bytes of an event. Throws Rejected, and Unavailable. */
export interface Reads {
  read(data: Uint8Array): Promise<Body>;
}

/** One version of a schema. */
export interface Definition {
  /** Of the schema. */
  name: string;
  /** As it is registered. */
  text: string;
}

/** Where schemas are registered. Every method may throw Unavailable. */
export interface Registry {
  /** The newest version of a schema. */
  latest(name: string): Promise<Definition>;
  /** Id of the version that an event names in its first bytes, and the rest of it; undefined: it names none. */
  namedBy(data: Uint8Array): { id: string; rest: Uint8Array } | undefined;
  /** The version with this id. Throws Rejected where there is none. */
  version(id: string): Promise<Definition>;
}

export type Format = 'json' | 'avro';
type Reader = (data: Uint8Array) => Body;

/** How soon a new version of a schema is used for events that name none. */
const LATEST_MS = 300_000;

/** Checks events against the schemas of a registry. names: those that may be used. */
export class Schemas implements Reads {
  private readonly versions = new Map<string, Reader>();
  private readonly newest = new Map<string, { readAt: number; reader: Reader }>();

  constructor(
    private readonly registry: Registry,
    private readonly names: readonly string[],
    private readonly format: Format,
  ) {}

  async read(data: Uint8Array): Promise<Body> {
    const named = this.registry.namedBy(data);
    if (named) return (await this.versionOf(named.id))(named.rest);
    const problems: string[] = [];
    for (const name of this.names) {
      const reader = await this.newestOf(name);
      try {
        return reader(data);
      } catch (error) {
        if (!(error instanceof Rejected)) throw error;
        problems.push(`${name}: ${error.message}`);
      }
    }
    throw new Rejected(problems.join('; '));
  }

  private async versionOf(id: string): Promise<Reader> {
    const known = this.versions.get(id);
    if (known) return known;
    const { name, text } = await this.registry.version(id);
    if (!this.names.includes(name)) throw new Rejected(`it is a ${name}; wanted is ${this.names.join(', ')}`);
    const reader = READERS[this.format](text);
    this.versions.set(id, reader);
    return reader;
  }

  private async newestOf(name: string): Promise<Reader> {
    const known = this.newest.get(name);
    if (known && performance.now() - known.readAt < LATEST_MS) return known.reader;
    const { text } = await this.registry.latest(name);
    const reader = READERS[this.format](text);
    this.newest.set(name, { readAt: performance.now(), reader });
    return reader;
  }
}

/** Where no schema is agreed: any JSON object will do. */
export const anyObject: Reads = { read: (data) => Promise.resolve(objectIn(data)) };

const objectSchema = z.record(z.string(), z.unknown());

function objectIn(data: Uint8Array): Body {
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch {
    throw new Rejected('no JSON');
  }
  const read = objectSchema.safeParse(found);
  if (!read.success || Array.isArray(found)) throw new Rejected('no JSON object');
  return read.data;
}

/** Of events in JSON. text: a JSON schema. */
function jsonReader(text: string): Reader {
  const schema = JSON.parse(text) as { $schema?: string };
  const options = { strict: false, allErrors: false };
  const ajv = schema.$schema?.includes('2020-12') === true ? new Ajv2020(options) : new Ajv(options);
  addFormats.default(ajv);
  const valid: ValidateFunction = ajv.compile(schema);
  return (data) => {
    const body = objectIn(data);
    if (valid(body)) return body;
    const [problem] = valid.errors ?? [];
    throw new Rejected(`${problem?.instancePath ?? ''} ${problem?.message ?? 'is not valid'}`.trim());
  };
}

/** Of events in Avro, without a file's header. text: the schema that they were written with. */
function avroReader(text: string): Reader {
  const type = avro.Type.forSchema(JSON.parse(text) as avro.Schema);
  return (data) => {
    let body: unknown;
    try {
      body = type.fromBuffer(Buffer.from(data));
    } catch (error) {
      throw new Rejected(`no Avro of its schema: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new Rejected('no Avro record');
    return { ...body };
  };
}

const READERS: Record<Format, (text: string) => Reader> = { json: jsonReader, avro: avroReader };
