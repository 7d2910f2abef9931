import { inflateSync } from 'node:zlib';
import { GetSchemaVersionCommand, type GetSchemaVersionInput, type GlueClient } from '@aws-sdk/client-glue';
import { asked } from './clients.js';
import { Rejected } from './errors.js';
import type { Definition, Registry } from './schemas.js';

/**
 * First byte of an event that Glue's own serializers wrote, and what its second byte says of the rest; 16 bytes
 * with the version's id come next. Source: aws-glue-schema-registry, AWSSchemaRegistryConstants.
 */
const HEADER = 3;
const PLAIN = 0;
const DEFLATED = 5;
const PREFIX = 18;
const MISSING = 'EntityNotFoundException';
/** A small event must not become a large one. */
const LARGEST = 16 * 1024 * 1024;

/** Schemas in the Glue schema registry. */
export class GlueRegistry implements Registry {
  constructor(
    private readonly glue: GlueClient,
    private readonly registry: string,
  ) {}

  latest(name: string): Promise<Definition> {
    return this.definition({
      SchemaId: { RegistryName: this.registry, SchemaName: name },
      SchemaVersionNumber: { LatestVersion: true },
    });
  }

  namedBy(data: Uint8Array): { id: string; rest: Uint8Array } | undefined {
    const [header, packing] = data;
    if (data.length < PREFIX || header !== HEADER || (packing !== PLAIN && packing !== DEFLATED))
      return undefined;
    const id = Buffer.from(data.subarray(2, PREFIX))
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const rest = data.subarray(PREFIX);
    if (packing === PLAIN) return { id, rest };
    try {
      return { id, rest: inflateSync(rest, { maxOutputLength: LARGEST }) };
    } catch (error) {
      throw new Rejected(`cannot be unpacked: ${String(error)}`);
    }
  }

  async version(id: string): Promise<Definition> {
    try {
      return await this.definition({ SchemaVersionId: id }, [MISSING]);
    } catch (error) {
      if (error instanceof Error && error.name === MISSING)
        throw new Rejected(`its schema is not registered: ${id}`);
      throw error;
    }
  }

  close(): Promise<void> {
    this.glue.destroy();
    return Promise.resolve();
  }

  private async definition(which: GetSchemaVersionInput, known: string[] = []): Promise<Definition> {
    const found = await asked('Glue', () => this.glue.send(new GetSchemaVersionCommand(which)), known);
    // arn:…:schema/<registry>/<name>
    return { name: found.SchemaArn?.split('/').at(-1) ?? '', text: found.SchemaDefinition ?? '' };
  }
}
