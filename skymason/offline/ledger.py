"""What the offline cloud holds, and where it is kept: in memory, and in a journal if it has a folder."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from skymason.offline import store
from skymason.offline.faults import take_drift
from skymason.offline.view import ResourceIndex, StoredResource


class Memory(NamedTuple):
    """What the engine keeps about a resource: the URNs it needs, and two of its options."""

    needs: tuple[str, ...] = ()
    protect: bool = False
    retain: bool = False


NO_MEMORY = Memory()


class Ledger:
    """Resources by URN, how often each was made, and what stacks export.

    Several processes may share a folder: what others appended to the journal is taken in before each
    operation.
    """

    def __init__(self, path: Path | None, account: str, region: str, *, strict: bool) -> None:
        self.path = path
        self.account = account
        self.region = region
        self.strict = strict
        self.lock = threading.RLock()
        self.exports: dict[str, Mapping[str, Any]] = {}
        self._journal = store.Journal(path) if path is not None else None
        self._undo: list[tuple[str, StoredResource]] | None = None
        self._written: list[dict[str, Any]] = []
        self._clear()
        self._open()

    def _clear(self) -> None:
        self.index = ResourceIndex(account=self.account, region=self.region, strict=self.strict)
        self._births: Counter[str] = Counter()
        self._memories: dict[tuple[str, str], Memory] = {}
        self._by_urn: dict[str, dict[str, StoredResource]] = {}

    # --- looking

    @property
    def resources(self) -> list[StoredResource]:
        """Everything that exists, in order of URN."""
        self.catch_up()
        return [found for urn in sorted(self._by_urn) for found in self._by_urn[urn].values()]

    def current(self, urn: str) -> StoredResource | None:
        """The newest resource with a URN; an older one may wait to be deleted after a replacement."""
        self.catch_up()
        found = self._by_urn.get(urn)
        return next(reversed(found.values())) if found else None

    def find(self, urn: str, id: str) -> StoredResource | None:
        """The resource with a URN and an id."""
        self.catch_up()
        return self._by_urn.get(urn, {}).get(id)

    def of_stack(self, project: str, stack: str) -> list[StoredResource]:
        """Everything that a stack's program made, in order of URN."""
        prefix = f"urn:pulumi:{stack}::{project}::"
        return [resource for resource in self.resources if resource.urn.startswith(prefix)]

    def memory(self, resource: StoredResource) -> Memory:
        """What `remember` was told of a resource."""
        return self._memories.get((resource.urn, resource.id), NO_MEMORY)

    def seed(self, urn: str, *, again: bool = False) -> str:
        """What random parts of a resource depend on: its URN, and how many there were before it.

        again: the seed of the one that exists.
        """
        born = self._births[urn] - again
        return f"{urn}#{born}" if born > 0 else urn

    # --- writing

    def remember(self, resource: StoredResource, memory: Memory) -> None:
        """Keep what the engine would keep about a resource beside its properties."""
        if self.memory(resource) != memory:
            self._memories[resource.urn, resource.id] = memory
            self._write(_memory_note(resource.urn, resource.id, memory))

    def export(self, project: str, stack: str, outputs: Mapping[str, Any]) -> None:
        """Keep a stack's outputs for the stacks that refer to it."""
        key = f"{project}/{stack}"
        if self.exports.get(key) != outputs:
            self.exports[key] = dict(outputs)
            self._write({"note": {"stack": key, "outputs": dict(outputs)}})

    def forget(self, resource: StoredResource) -> None:
        """Take a resource out without asking whether it is in use, as if it had never been there."""
        if self.find(resource.urn, resource.id) is not None:
            self.remove(resource)

    def release(self, resource: StoredResource) -> None:
        """Leave a resource in the cloud, but as one that no program has."""
        self._change(resource, replace(resource, urn=""))

    def rename(self, alias: str, urn: str, *, preview: bool) -> StoredResource | None:
        """The resource that had the URN `alias` before, under its new URN."""
        found = self.current(alias)
        if found is None:
            return None
        renamed = replace(found, urn=urn, name=logical(urn))
        if not preview:
            memory = self.memory(found)
            self._change(found, renamed)
            self.remember(renamed, memory)
        return renamed

    def adopt(self, found: StoredResource, urn: str, inputs: Mapping[str, Any]) -> StoredResource:
        """Put an imported resource under the program's control."""
        adopted = replace(found, urn=urn, name=logical(urn), inputs=inputs)
        self._change(found, adopted)
        return adopted

    def drift(self, name: str, changes: Mapping[str, Any] | None) -> StoredResource | None:
        """Change a resource behind the program's back; None as `changes` deletes it.

        name: logical name, id or URN. Raises KeyError for one that the cloud does not have.
        """
        for found in [item for same in self._by_urn.values() for item in same.values()]:
            if name in (found.name, found.id, found.urn):
                if changes is None:
                    self.remove(found)
                    return None
                drifted = replace(
                    found, inputs={**found.inputs, **changes}, outputs={**found.outputs, **changes}
                )
                self.keep(drifted)
                return drifted
        raise KeyError(f"drift names {name}, which the cloud does not have")

    def bear(self, resource: StoredResource) -> None:
        """Keep a new resource, and count that there was one."""
        self._births[resource.urn] += 1
        self.keep(resource)
        self._write({"note": {"urn": resource.urn, "births": self._births[resource.urn]}})

    def keep(self, resource: StoredResource) -> None:
        """Keep a resource in place of the one with the same URN and id."""
        before = self._by_urn.get(resource.urn, {}).get(resource.id)
        if self._undo is not None:
            self._undo.append(("put", before) if before is not None else ("drop", resource))
        self._insert(resource)
        if self._journal is not None:
            self._write(store.put(resource))

    def remove(self, resource: StoredResource) -> None:
        """Take a resource out."""
        if self._undo is not None:
            self._undo.append(("put", resource))
        self._take(resource.urn, resource.id)
        self._write(store.drop(resource))

    def _change(self, old: StoredResource, new: StoredResource) -> None:
        if self._by_urn.get(old.urn, {}).get(old.id) is not None:
            self.remove(old)
        self.keep(new)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is done inside, or, where it raises, nothing."""
        self.catch_up()
        self._undo = []
        before = Counter(self._births), dict(self._memories), dict(self.exports)
        try:
            yield
        except BaseException:
            for what, resource in reversed(self._undo):
                if what == "put":
                    self._insert(resource)
                else:
                    self._take(resource.urn, resource.id)
            self._births, self._memories, self.exports = before
            raise
        else:
            written, self._undo = self._written, None
            self._write(*written)
        finally:
            self._undo, self._written = None, []

    # --- the journal

    def catch_up(self) -> int:
        """Take in what other processes did, and the drift that waits; the number of entries read."""
        if self._journal is None or self._undo is not None:
            return 0
        read = 0
        for entry in self._journal.read():
            read += 1
            self._replay(entry)
        assert self.path is not None
        for change in take_drift(self.path):
            self.drift(change["name"], None if change.get("delete") else change["set"])
        return read

    def _replay(self, entry: Mapping[str, Any]) -> None:
        if "restart" in entry:
            self._clear()
        elif "put" in entry:
            self._insert(StoredResource(**entry["put"]))
        elif "drop" in entry:
            self._take(*entry["drop"])
        else:
            self._note(entry["note"])

    def _note(self, note: Mapping[str, Any]) -> None:
        if "births" in note:
            self._births[note["urn"]] = max(self._births[note["urn"]], note["births"])
        elif "needs" in note:
            memory = Memory(tuple(note["needs"]), note["protect"], note["retain"])
            self._memories[note["urn"], note["id"]] = memory
        else:
            self.exports[note["stack"]] = note["outputs"]

    def _open(self) -> None:
        if self._journal is None:
            return
        with self._journal.locked():
            lines = self.catch_up()
            left = [store.put(resource) for resource in self.resources]
            left += [{"note": {"urn": urn, "births": count}} for urn, count in self._births.items()]
            left += [
                _memory_note(urn, id, memory)
                for (urn, id), memory in self._memories.items()
                if id in self._by_urn.get(urn, {})
            ]
            left += [{"note": {"stack": stack, "outputs": found}} for stack, found in self.exports.items()]
            self._journal.rewrite(left, lines)

    def _insert(self, resource: StoredResource) -> None:
        self.index.add(resource)
        self._by_urn.setdefault(resource.urn, {})[resource.id] = resource
        self._births[resource.urn] = max(self._births[resource.urn], 1)

    def _take(self, urn: str, id: str) -> None:
        resource = self._by_urn.get(urn, {}).pop(id, None)
        if resource is not None:
            self.index.remove(resource)

    def _write(self, *entries: dict[str, Any]) -> None:
        if self._journal is None:
            return
        if self._undo is None:
            self._journal.append(*entries)
        else:
            self._written += entries


def _memory_note(urn: str, id: str, memory: Memory) -> dict[str, Any]:
    return {"note": {"urn": urn, "id": id, **memory._asdict()}}


def logical(urn: str) -> str:
    """The name that the program gave to a resource."""
    return urn.rpartition("::")[2]


def dependents_first(resources: Sequence[StoredResource], ledger: Ledger) -> list[StoredResource]:
    """In an order in which nothing is deleted before what depends on it."""
    by_urn = {resource.urn: resource for resource in resources}
    result: list[StoredResource] = []
    seen: set[str] = set()
    for first in by_urn:
        pending = [] if first in seen else [(first, iter(ledger.memory(by_urn[first]).needs))]
        seen.add(first)
        while pending:
            urn, needs = pending[-1]
            following = next((need for need in needs if need in by_urn and need not in seen), None)
            if following is None:
                pending.pop()
                result.append(by_urn[urn])
            else:
                seen.add(following)
                pending.append((following, iter(ledger.memory(by_urn[following]).needs)))
    return list(reversed(result))
