import type { Schema } from '@azure/schema-registry';
import { asked } from './asking.js';
import { Rejected, Unavailable } from './errors.js';
import type { Definition, Registry } from './schemas.js';

/** What is used of the SDK. */
export interface Schemas {
  getSchema(id: string): Promise<Schema>;
  getSchema(name: string, groupName: string, version: number): Promise<Schema>;
}

/** A schema group of a namespace of Azure Schema Registry. */
export class AzureRegistry implements Registry {
  private readonly newest = new Map<string, { version: number; definition: Definition }>();

  constructor(
    private readonly client: Schemas,
    private readonly groupName: string,
  ) {}

  /**
   * Versions count up from 1, and the registry does not tell which is the last: those after the last known one
   * are asked for until there is none.
   */
  async latest(name: string): Promise<Definition> {
    let known = this.newest.get(name);
    for (;;) {
      const version = (known?.version ?? 0) + 1;
      const found = await asked('schema registry', () =>
        this.client.getSchema(name, this.groupName, version),
      );
      if (!found) break;
      known = { version, definition: { name, text: found.definition } };
      this.newest.set(name, known);
    }
    if (!known) throw new Unavailable(`schema registry: there is no ${name} in ${this.groupName}`);
    return known.definition;
  }

  /** Azure's serializers name the schema beside the event (content type), and not in its bytes. */
  namedBy(): undefined {
    return undefined;
  }

  async version(id: string): Promise<Definition> {
    const found = await asked('schema registry', () => this.client.getSchema(id));
    if (!found) throw new Rejected(`its schema is not registered: ${id}`);
    return { name: found.properties.name, text: found.definition };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
