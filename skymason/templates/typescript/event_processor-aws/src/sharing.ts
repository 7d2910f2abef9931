import { hasEnded, isWorker, workerOf, type Lease } from './leases.js';

/*
 * Which shards a replica reads, given all leases. Pure functions, the same in every replica.
 */

type Leases = ReadonlyMap<string, Lease>;

/** How many of the shards are this replica's: even, and the rest by the order of the replicas' names. */
export function quota(worker: string, workers: readonly string[], shards: number): number {
  const everybody = [...new Set([...workers, worker])].sort();
  const each = Math.floor(shards / everybody.length);
  return each + (everybody.indexOf(worker) < shards % everybody.length ? 1 : 0);
}

/**
 * Shards that can be read now: not those that were read to their end, nor those whose parents were not. Every
 * shard of the stream has a lease: a parent without one is gone, and all it held with it.
 */
export function readable(leases: Leases): Lease[] {
  return [...leases.values()].filter(
    (lease) =>
      !isWorker(lease) &&
      !hasEnded(lease) &&
      lease.parents.every((parent) => {
        const before = leases.get(parent);
        return before === undefined || hasEnded(before);
      }),
  );
}

/** Names of the replicas that are alive. silent: keys of items that are not counted up any more. */
export function alive(leases: Leases, silent: ReadonlySet<string>): string[] {
  return [...leases.values()].filter((lease) => isWorker(lease) && !silent.has(lease.key)).map(workerOf);
}

/** Leases that may be taken: nobody's, and those that their owner does not renew any more. */
export function free(candidates: readonly Lease[], silent: ReadonlySet<string>): Lease[] {
  return candidates.filter((lease) => lease.owner === '' || silent.has(lease.key));
}

/** Leases of shards that the stream does not have any more. */
export function gone(leases: Leases, listed: ReadonlySet<string>): Lease[] {
  return [...leases.values()].filter((lease) => !isWorker(lease) && !listed.has(lease.key));
}
