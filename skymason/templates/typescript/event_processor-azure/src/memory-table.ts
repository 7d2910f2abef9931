import { createHash } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { asked } from './asking.js';
import { Unavailable } from './errors.js';
import type { Memory } from './lanes.js';

/** What is used of a table of the SDK. */
export type Table = Pick<TableClient, 'getEntity' | 'upsertEntity'>;

export interface MemoryOptions {
  /** What ids are remembered under. */
  scope: string;
  /** How long. */
  seconds: number;
}

interface Entity extends Record<string, unknown> {
  event_id: string;
  state: string;
  /** Seconds since 1970; a table deletes nothing by itself. */
  expires_at: number;
}

/** Requests that are under way at once. */
const TOGETHER = 25;

/** Which events were processed, in an Azure table: an entity for each, with state `done`. */
export class MemoryTable implements Memory {
  constructor(
    private readonly table: Table,
    private readonly options: MemoryOptions,
  ) {}

  async seen(ids: string[]): Promise<Set<string>> {
    const found = new Set<string>();
    await this.each(ids, async (id) => {
      const { partitionKey, rowKey } = this.key(id);
      const entity = await asked('memory', () => this.table.getEntity<Entity>(partitionKey, rowKey));
      if (entity?.state === 'done' && entity.expires_at >= Date.now() / 1000) found.add(id);
    });
    return found;
  }

  async remember(ids: string[]): Promise<void> {
    const expires_at = Math.floor(Date.now() / 1000) + this.options.seconds;
    await this.each(ids, async (id) => {
      const entity = { ...this.key(id), event_id: id, state: 'done', expires_at };
      const written = await asked('memory', () => this.table.upsertEntity(entity, 'Replace'));
      if (written === undefined) throw new Unavailable('memory: the table is not there');
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Keys hold neither slashes nor question marks, and spread over the table's servers. */
  private key(id: string): { partitionKey: string; rowKey: string } {
    const rowKey = createHash('sha256').update(`${this.options.scope}#${id}`).digest('hex');
    return { partitionKey: rowKey.slice(0, 4), rowKey };
  }

  private async each(ids: string[], work: (id: string) => Promise<void>): Promise<void> {
    const left = [...new Set(ids)];
    while (left.length > 0) await Promise.all(left.splice(0, TOGETHER).map(work));
  }
}
