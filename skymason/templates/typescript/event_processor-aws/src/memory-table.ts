import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { asked } from './clients.js';
import { Unavailable } from './errors.js';
import type { Memory } from './lanes.js';

export interface MemoryOptions {
  table: string;
  /** What ids are remembered under. */
  scope: string;
  /** How long. */
  seconds: number;
}

/** DynamoDB takes no more at once. */
const READ_TOGETHER = 100;
const WRITE_TOGETHER = 25;

/**
 * Which events were processed, in a DynamoDB table: an item `<scope>#<id>` with state `done`, until it expires
 * by the table's TTL on `expires_at`.
 */
export class MemoryTable implements Memory {
  constructor(
    private readonly dynamodb: DynamoDBClient,
    private readonly options: MemoryOptions,
  ) {}

  async seen(ids: string[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (const some of chunks(ids, READ_TOGETHER)) {
      for (const item of await this.items(some)) {
        // DynamoDB deletes what has expired some time later.
        const expired = Number(item['expires_at']?.N ?? 0) < Date.now() / 1000;
        const id = item['id']?.S?.slice(this.options.scope.length + 1);
        if (id !== undefined && !expired && item['state']?.S === 'done') found.add(id);
      }
    }
    return found;
  }

  async remember(ids: string[]): Promise<void> {
    const { scope, seconds, table } = this.options;
    const end = String(Math.floor(Date.now() / 1000) + seconds);
    for (const some of chunks(ids, WRITE_TOGETHER)) {
      const Item = (id: string) => ({
        id: { S: `${scope}#${id}` },
        state: { S: 'done' },
        expires_at: { N: end },
      });
      const puts = some.map((id) => ({ PutRequest: { Item: Item(id) } }));
      const answer = await asked('memory', () =>
        this.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts } })),
      );
      // Writing them all again does no harm.
      if (answer.UnprocessedItems?.[table]?.length)
        throw new Unavailable('memory: DynamoDB took only a part');
    }
  }

  close(): Promise<void> {
    this.dynamodb.destroy();
    return Promise.resolve();
  }

  private async items(ids: string[]): Promise<Record<string, AttributeValue>[]> {
    const { scope, table } = this.options;
    const Keys = ids.map((id) => ({ id: { S: `${scope}#${id}` } }));
    const answer = await asked('memory', () =>
      this.dynamodb.send(
        new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
      ),
    );
    if (answer.UnprocessedKeys?.[table]) throw new Unavailable('memory: DynamoDB gave only a part');
    return answer.Responses?.[table] ?? [];
  }
}

/** Each id once, so many together. */
function chunks(ids: string[], size: number): string[][] {
  const each = [...new Set(ids)];
  return Array.from({ length: Math.ceil(each.length / size) }, (_, place) =>
    each.slice(place * size, (place + 1) * size),
  );
}
