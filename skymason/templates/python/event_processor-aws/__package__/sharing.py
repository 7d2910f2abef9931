"""Which shards a replica reads, given all leases. Pure functions, the same in every replica."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from .leases import WORKER, Lease


def quota(worker: str, workers: Collection[str], shards: int) -> int:
    """How many of the shards are this replica's: even, and the rest by the order of the replicas' names."""
    everybody = sorted({*workers, worker})
    each, rest = divmod(shards, len(everybody))
    return each + (everybody.index(worker) < rest)


def readable(leases: Mapping[str, Lease]) -> list[Lease]:
    """Shards that can be read now: not those that were read to their end, nor those whose parents were not.

    Every shard of the stream has a lease: a parent without one is gone, and all it held with it.
    """
    return [
        lease
        for lease in leases.values()
        if not lease.is_worker
        and not lease.ended
        and all(leases[parent].ended for parent in lease.parents if parent in leases)
    ]


def alive(leases: Mapping[str, Lease], silent: Collection[str]) -> list[str]:
    """Names of the replicas that are alive. silent: keys of items that are not counted up any more."""
    return [
        key.removeprefix(WORKER) for key, lease in leases.items() if lease.is_worker and key not in silent
    ]


def free(candidates: Iterable[Lease], silent: Collection[str]) -> list[Lease]:
    """Leases that may be taken: nobody's, and those that their owner does not renew any more."""
    return [lease for lease in candidates if not lease.owner or lease.key in silent]


def gone(leases: Mapping[str, Lease], listed: Collection[str]) -> Sequence[Lease]:
    """Leases of shards that the stream does not have any more."""
    return [lease for key, lease in leases.items() if not lease.is_worker and key not in listed]
