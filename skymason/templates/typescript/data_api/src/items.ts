import { z } from 'zod';
import type { Cache } from './cache.js';
import type { Database } from './database.js';

/*
 * The one resource that this service begins with; put your own in its place.
 */

export const newItemSchema = z
  .strictObject({
    sku: z.string().min(1).max(64),
    name: z.string().min(1).max(200),
    quantity: z.int().min(0).max(2_147_483_647).default(0),
  })
  .meta({ id: 'NewItem' });

export const changeSchema = newItemSchema.omit({ sku: true }).partial().meta({ id: 'ItemChange' });

export const itemSchema = z
  .object({
    id: z.uuid(),
    sku: z.string(),
    name: z.string(),
    quantity: z.int(),
    version: z.int().meta({ description: 'Goes up with every change; it is the ETag' }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Item' });

export type NewItem = z.output<typeof newItemSchema>;
export type ItemChange = z.output<typeof changeSchema>;
export type Item = z.output<typeof itemSchema>;

export interface Page {
  items: Item[];
  /** Where the next page begins; undefined after the last one. */
  next: string | undefined;
}

/** There is another item with this SKU. */
export class SkuTaken extends Error {
  override readonly name = 'SkuTaken';
}

const UNIQUE_VIOLATION = '23505';
/** An entry that was kept just before a change may be this old. */
const KEPT_SECONDS = 60;
const COLUMNS = 'id, sku, name, quantity, version, created_at, updated_at';

type Row = Omit<Item, 'created_at' | 'updated_at'> & { created_at: Date; updated_at: Date };

export class Items {
  constructor(
    private readonly database: Database,
    private readonly cache: Cache,
  ) {}

  /** Throws SkuTaken. */
  async create(item: NewItem): Promise<Item> {
    try {
      const rows = await this.database.query<Row>(
        `INSERT INTO items (sku, name, quantity) VALUES ($1, $2, $3) RETURNING ${COLUMNS}`,
        [item.sku, item.name, item.quantity],
      );
      return one(rows);
    } catch (error) {
      if ((error as { code?: string }).code === UNIQUE_VIOLATION)
        throw new SkuTaken(item.sku, { cause: error });
      throw error;
    }
  }

  /** From the cache, where it is there. */
  find(id: string): Promise<Item | undefined> {
    return this.cache.through(key(id), itemSchema, KEPT_SECONDS, async () => {
      // Not from a reader: one that is behind would have an old item kept.
      const [row] = await this.database.query<Row>(`SELECT ${COLUMNS} FROM items WHERE id = $1`, [id]);
      return row && item(row);
    });
  }

  /** By SKU, from the first one after `after`. */
  async list(after: string, limit: number): Promise<Page> {
    const rows = await this.database.read<Row>(
      `SELECT ${COLUMNS} FROM items WHERE sku > $1 ORDER BY sku LIMIT $2`,
      [after, limit + 1],
    );
    const items = rows.slice(0, limit).map(item);
    return { items, next: rows.length > limit ? items.at(-1)?.sku : undefined };
  }

  /**
   * Changes an item that is as the caller knows it.
   * version: that the caller read; undefined: whatever it is. Gives the item, `gone`, or `changed`.
   */
  async change(id: string, change: ItemChange, version?: number): Promise<Item | 'gone' | 'changed'> {
    const changed = await this.database.transaction(async (transaction) => {
      const [row] = await transaction.query<Row>(`SELECT ${COLUMNS} FROM items WHERE id = $1 FOR UPDATE`, [
        id,
      ]);
      if (!row) return 'gone';
      if (version !== undefined && version !== row.version) return 'changed';
      const { name = row.name, quantity = row.quantity } = change;
      const rows = await transaction.query<Row>(
        `UPDATE items SET name = $2, quantity = $3, version = version + 1, updated_at = now()
         WHERE id = $1 RETURNING ${COLUMNS}`,
        [id, name, quantity],
      );
      return one(rows);
    });
    await this.cache.forget(key(id));
    return changed;
  }

  /** Gives whether it was there. */
  async remove(id: string): Promise<boolean> {
    const rows = await this.database.query('DELETE FROM items WHERE id = $1 RETURNING id', [id]);
    await this.cache.forget(key(id));
    return rows.length > 0;
  }
}

const key = (id: string): string => `item:${id}`;

const item = (row: Row): Item => ({
  ...row,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

function one(rows: Row[]): Item {
  const [row] = rows;
  if (!row) throw new Error('the statement gave no row');
  return item(row);
}
