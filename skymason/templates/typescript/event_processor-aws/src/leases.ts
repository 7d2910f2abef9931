import {
  DeleteItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { asked } from './clients.js';

/** Checkpoint of a shard that was read to its end. */
export const END = 'SHARD_END';
/** What the keys of replicas begin with. */
const WORKER = 'worker#';
const NOT_HELD = 'ConditionalCheckFailedException';

/** An item of the table. */
export interface Lease {
  key: string;
  /** Empty while nobody has it. */
  owner: string;
  counter: number;
  /** Sequence of the last event that is dealt with; empty before the first one. */
  checkpoint: string;
  /** Shards that come before it. */
  parents: string[];
}

export const isWorker = (lease: Lease): boolean => lease.key.startsWith(WORKER);
export const workerOf = (lease: Lease): string => lease.key.slice(WORKER.length);
export const hasEnded = (lease: Lease): boolean => lease.checkpoint === END;

type Item = Record<string, AttributeValue>;

/**
 * Leases of shards in a DynamoDB table: who reads a shard, and how far it is.
 *
 * There is an item for each shard, and one for each replica that is alive. Whoever holds a lease counts it up
 * every few seconds; one that is not counted up for a while is free. No clocks are compared: each replica
 * watches the counts with its own. Every method may throw Unavailable; those with a condition give whether it
 * held.
 */
export class LeaseTable {
  constructor(
    private readonly dynamodb: DynamoDBClient,
    private readonly table: string,
  ) {}

  /** Every item, by key. */
  async all(): Promise<Map<string, Lease>> {
    const leases = new Map<string, Lease>();
    let from: Item | undefined;
    do {
      const page = await asked('leases', () =>
        this.dynamodb.send(
          new ScanCommand({
            TableName: this.table,
            ConsistentRead: true,
            ...(from ? { ExclusiveStartKey: from } : {}),
          }),
        ),
      );
      for (const item of page.Items ?? []) {
        const lease = leaseOf(item);
        leases.set(lease.key, lease);
      }
      from = page.LastEvaluatedKey;
    } while (from);
    return leases;
  }

  /** A shard that nobody has heard of before. */
  add(shard: string, parents: readonly string[]): Promise<boolean> {
    const item: Item = {
      leaseKey: { S: shard },
      leaseCounter: { N: '0' },
      parentShardIds: { L: parents.map((parent) => ({ S: parent })) },
    };
    return this.held(() =>
      this.dynamodb.send(
        new PutItemCommand({
          TableName: this.table,
          Item: item,
          ConditionExpression: 'attribute_not_exists(leaseKey)',
        }),
      ),
    );
  }

  /** A replica is alive. */
  async beat(worker: string): Promise<void> {
    await this.update(WORKER + worker, 'ADD leaseCounter :one', undefined, { ':one': { N: '1' } });
  }

  /** A lease that is free. It held where nobody has touched it since it was seen. */
  take(lease: Lease, worker: string): Promise<boolean> {
    const nobody = lease.owner === '' ? 'attribute_not_exists(leaseOwner)' : 'leaseOwner = :before';
    return this.update(
      lease.key,
      'SET leaseOwner = :me ADD leaseCounter :one',
      `${nobody} AND leaseCounter = :seen`,
      {
        ':me': { S: worker },
        ':one': { N: '1' },
        ':seen': { N: String(lease.counter) },
        ...(lease.owner === '' ? {} : { ':before': { S: lease.owner } }),
      },
    );
  }

  renew(shard: string, worker: string): Promise<boolean> {
    return this.ifMine(shard, worker, 'ADD leaseCounter :one', { ':one': { N: '1' } });
  }

  checkpoint(shard: string, worker: string, sequence: string): Promise<boolean> {
    return this.ifMine(shard, worker, 'SET checkpoint = :sequence', { ':sequence': { S: sequence } });
  }

  release(shard: string, worker: string): Promise<boolean> {
    return this.ifMine(shard, worker, 'REMOVE leaseOwner ADD leaseCounter :one', { ':one': { N: '1' } });
  }

  /** An item that nobody needs. It held where nobody has touched it since it was seen. */
  remove(lease: Lease): Promise<boolean> {
    return this.held(() =>
      this.dynamodb.send(
        new DeleteItemCommand({
          TableName: this.table,
          Key: { leaseKey: { S: lease.key } },
          ConditionExpression: 'leaseCounter = :seen',
          ExpressionAttributeValues: { ':seen': { N: String(lease.counter) } },
        }),
      ),
    );
  }

  /** A replica ends. */
  async leave(worker: string): Promise<void> {
    const Key = { leaseKey: { S: WORKER + worker } };
    await this.held(() => this.dynamodb.send(new DeleteItemCommand({ TableName: this.table, Key })));
  }

  private ifMine(shard: string, worker: string, update: string, values: Item): Promise<boolean> {
    return this.update(shard, update, 'leaseOwner = :me', { ':me': { S: worker }, ...values });
  }

  private update(key: string, update: string, condition: string | undefined, values: Item): Promise<boolean> {
    return this.held(() =>
      this.dynamodb.send(
        new UpdateItemCommand({
          TableName: this.table,
          Key: { leaseKey: { S: key } },
          UpdateExpression: update,
          ExpressionAttributeValues: values,
          ...(condition === undefined ? {} : { ConditionExpression: condition }),
        }),
      ),
    );
  }

  private async held(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await asked('leases', write, [NOT_HELD]);
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === NOT_HELD) return false;
      throw error;
    }
  }
}

function leaseOf(item: Item): Lease {
  return {
    key: item['leaseKey']?.S ?? '',
    owner: item['leaseOwner']?.S ?? '',
    counter: Number(item['leaseCounter']?.N ?? 0),
    checkpoint: item['checkpoint']?.S ?? '',
    parents: (item['parentShardIds']?.L ?? []).flatMap((parent) =>
      parent.S === undefined ? [] : [parent.S],
    ),
  };
}
