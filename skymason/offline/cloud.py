"""The offline cloud: what a provider does with a resource, on plain values with the provider's own names.

One set of operations serves the provider protocol, evaluations in this process, and unit tests.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from skymason.offline import computed, contract, functions, rules, store
from skymason.offline.facts import facts, replacements
from skymason.offline.faults import Faults, InjectedFault, take_drift
from skymason.offline.naming import keeps_name, name_inputs
from skymason.offline.shapes import Problem
from skymason.offline.view import ResourceIndex, StoredResource
from skymason.plan.model import UNKNOWN
from skymason.plan.paths import Change, changes, covers, hidden_by

ACCOUNT = "123456789012"
REGION = "eu-central-1"
NO_CONFIG: Mapping[str, Any] = {}


class Reason(NamedTuple):
    """Why the cloud refuses. code, message: its own. property: the offending input. rule: id of the rule, if any."""

    code: str
    message: str
    property: str = ""
    rule: str = ""


class Refused(Exception):  # noqa: N818  a cloud's answer, not an error of ours
    """The cloud refuses an operation, for all of `reasons`."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__("; ".join(f"{reason.code}: {reason.message}" for reason in reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class Checked:
    """Inputs with the provider's defaults and physical name, and every breach of the contract."""

    inputs: dict[str, Any]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What an update would change. replaces: the changed paths that make a new resource of it."""

    changes: tuple[Change, ...]
    replaces: tuple[str, ...]
    delete_first: bool = False


class Memory(NamedTuple):
    """What the engine keeps about a resource: the URNs it needs, and two of its options."""

    needs: tuple[str, ...] = ()
    protect: bool = False
    retain: bool = False


NO_MEMORY = Memory()


class Cloud:
    """One account with everything in it, of all providers at once.

    path: folder to keep it in; None keeps it in memory. account, region: where it is, unless a provider's
    configuration says otherwise. strict: nothing exists outside of the store, so that every reference must be
    found in it. Threads take `lock` around an operation.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        account: str = ACCOUNT,
        region: str = REGION,
        strict: bool = False,
        faults: Faults | None = None,
    ) -> None:
        self.path = path
        self.account = account
        self.region = region
        self.strict = strict
        self.faults = faults or Faults.of(path)
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

    # --- keeping

    def _open(self) -> None:
        if self._journal is None:
            return
        with self._journal.locked():
            lines = self._catch_up()
            left: list[dict[str, Any]] = [store.put(resource) for resource in self.resources]
            left += [{"note": {"urn": urn, "births": count}} for urn, count in self._births.items()]
            left += [_memory_note(urn, id, memory) for (urn, id), memory in self._memories.items()]
            left += [
                {"note": {"stack": stack, "outputs": dict(found)}} for stack, found in self.exports.items()
            ]
            self._journal.rewrite(left, lines)

    def _catch_up(self) -> int:
        """Take in what other processes did, and the drift that waits; the number of entries read."""
        if self._journal is None or self._undo is not None:
            return 0
        read = 0
        for entry in self._journal.read():
            read += 1
            if "restart" in entry:
                self._clear()
            elif "put" in entry:
                self._insert(StoredResource(**entry["put"]))
            elif "drop" in entry:
                self._take(*entry["drop"])
            else:
                self._note(entry["note"])
        assert self.path is not None
        for change in take_drift(self.path):
            self._drift(change)
        return read

    def _note(self, note: Mapping[str, Any]) -> None:
        if "births" in note:
            self._births[note["urn"]] = max(self._births[note["urn"]], note["births"])
        elif "needs" in note:
            memory = Memory(tuple(note["needs"]), note["protect"], note["retain"])
            self._memories[note["urn"], note["id"]] = memory
        else:
            self.exports[note["stack"]] = note["outputs"]

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

    def _keep(self, resource: StoredResource, before: StoredResource | None) -> None:
        if self._undo is not None:
            self._undo.append(("put", before) if before is not None else ("drop", resource))
        self._insert(resource)
        self._write(store.put(resource))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of what is done inside, or, where it raises, nothing."""
        self._catch_up()
        self._undo = []
        births, memories, exports = Counter(self._births), dict(self._memories), dict(self.exports)
        try:
            yield
        except BaseException:
            for what, resource in reversed(self._undo):
                if what == "put":
                    self._insert(resource)
                else:
                    self._take(resource.urn, resource.id)
            self._births, self._memories, self.exports = births, memories, exports
            raise
        else:
            written, self._undo = self._written, None
            self._write(*written)
        finally:
            self._undo, self._written = None, []

    # --- looking

    @property
    def resources(self) -> list[StoredResource]:
        """Everything that exists, in order of URN."""
        self._catch_up()
        return [found for urn in sorted(self._by_urn) for found in self._by_urn[urn].values()]

    def current(self, urn: str) -> StoredResource | None:
        """The newest resource with a URN; an older one may wait to be deleted after a replacement."""
        self._catch_up()
        found = self._by_urn.get(urn)
        return next(reversed(found.values())) if found else None

    def find(self, urn: str, id: str) -> StoredResource | None:
        """The resource with a URN and an id."""
        self._catch_up()
        return self._by_urn.get(urn, {}).get(id)

    def of_stack(self, project: str, stack: str) -> list[StoredResource]:
        """Everything that a stack's program made, in order of URN."""
        prefix = f"urn:pulumi:{stack}::{project}::"
        return [resource for resource in self.resources if resource.urn.startswith(prefix)]

    def needs(self, resource: StoredResource) -> tuple[str, ...]:
        """URNs that a resource depends on, as far as `remember` was told."""
        return self._memory(resource).needs

    def protected(self, resource: StoredResource) -> bool:
        """Whether the program that made a resource protects it from deletion."""
        return self._memory(resource).protect

    def retained(self, resource: StoredResource) -> bool:
        """Whether a resource stays in the cloud when its program no longer has it."""
        return self._memory(resource).retain

    def remember(self, resource: StoredResource, needs: Sequence[str], protect: bool, retain: bool) -> None:
        """Keep what the engine would keep about a resource beside its properties."""
        memory = Memory(tuple(needs), protect, retain)
        if self._memory(resource) != memory:
            self._memories[resource.urn, resource.id] = memory
            self._write(_memory_note(resource.urn, resource.id, memory))

    def _memory(self, resource: StoredResource) -> Memory:
        return self._memories.get((resource.urn, resource.id), NO_MEMORY)

    def forget(self, resource: StoredResource) -> None:
        """Take a resource out without asking whether it is in use, as if it had never been there."""
        self._catch_up()
        if self.find(resource.urn, resource.id) is not None:
            self._remove(resource)

    def release(self, resource: StoredResource) -> None:
        """Leave a resource in the cloud, but as one that no program has."""
        self._change(resource, replace(resource, urn=""))

    def rename(self, alias: str, urn: str, *, preview: bool) -> StoredResource | None:
        """The resource that had the URN `alias` before, under its new URN."""
        found = self.current(alias)
        if found is None:
            return None
        renamed = replace(found, urn=urn, name=_logical(urn))
        if not preview:
            self._change(found, renamed)
            self._births[urn] = max(self._births[urn], 1)
            self._memories[urn, found.id] = self._memory(found)
        return renamed

    def adopt(self, found: StoredResource, urn: str, inputs: Mapping[str, Any]) -> StoredResource:
        """Put an imported resource under the program's control."""
        adopted = replace(found, urn=urn, name=_logical(urn), inputs=inputs)
        self._change(found, adopted)
        return adopted

    def _change(self, old: StoredResource, new: StoredResource) -> None:
        if self._by_urn.get(old.urn, {}).get(old.id) is not None:
            self._remove(old)
        self._keep(new, None)

    def export(self, project: str, stack: str, outputs: Mapping[str, Any]) -> None:
        """Keep a stack's outputs for the stacks that refer to it."""
        key = f"{project}/{stack}"
        if self.exports.get(key) != outputs:
            self.exports[key] = dict(outputs)
            self._write({"note": {"stack": key, "outputs": dict(outputs)}})

    def place(
        self, inputs: Mapping[str, Any] = NO_CONFIG, config: Mapping[str, Any] = NO_CONFIG
    ) -> computed.Place:
        """Account and region of a resource: its own region, else its provider's, else the cloud's."""
        region = inputs.get("region") or config.get("region") or self.region
        accounts = config.get("allowedAccountIds") or [self.account]
        account = accounts[0] if isinstance(accounts, list) else self.account
        return computed.Place(str(account), str(region) if region != UNKNOWN else self.region, config)

    # --- operations

    def check(
        self,
        urn: str,
        type: str,
        inputs: Mapping[str, Any],
        *,
        old: Mapping[str, Any] | None = None,
        config: Mapping[str, Any] = NO_CONFIG,
    ) -> Checked:
        """Inputs as the provider will use them. old: those of the last deployment, None for a new resource."""
        problems = contract.problems(type, inputs)
        if any(problem.kind == "token" for problem in problems) or type.startswith("pulumi:"):
            return Checked(dict(inputs), tuple(problems))
        known = facts(type)
        result = dict(inputs)
        for key in contract.documents(type):
            if key in result:
                result[key] = contract.as_document(result[key])
        for key, value in known.defaults.items():
            if result.get(key) is None:
                result[key] = value
        if type.startswith("azure-native:"):
            self._locate(type, result, config)
        self._catch_up()
        name_inputs(type, _logical(urn), result, old, self._seed(urn), problems)
        return Checked(result, tuple(problems))

    def refusals(self, urn: str, type: str, inputs: Mapping[str, Any], *, id: str = "") -> list[Reason]:
        """What the cloud's rules say against the inputs alone, whatever else exists."""
        empty = ResourceIndex(account=self.account, region=self.region)
        subject = StoredResource(urn, type, _logical(urn), id, inputs, inputs)
        return _reasons(rules.violations("update" if id else "create", subject, empty))

    def diff(
        self,
        type: str,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        *,
        ignore: Sequence[str] = (),
        replace_on: Sequence[str] = (),
        name: str = "",
    ) -> Difference:
        """What changes between two versions of checked inputs. name: the resource's logical name."""
        found = tuple(item for item in changes(old, new) if not hidden_by(item.path, ignore))
        patterns = (*replacements(type), *replace_on) if found and ":" in type else ()
        replaces = tuple(
            item.path for item in found if any(covers(pattern, item.path) for pattern in patterns)
        )
        first = bool(replaces) and (facts(type).delete_first or keeps_name(type, name, old, new))
        return Difference(found, replaces, first)

    def create(
        self,
        urn: str,
        type: str,
        inputs: Mapping[str, Any],
        *,
        config: Mapping[str, Any] = NO_CONFIG,
        preview: bool = False,
    ) -> StoredResource:
        """The resource with its id and all its outputs; in a preview these are unknown, and nothing is kept.

        Raises Refused where the cloud would not make it.
        """
        name = _logical(urn)
        place = self.place(inputs, config)
        if preview:
            return StoredResource(
                urn, type, name, "", inputs, computed.outputs(type, name, "", inputs, place, "")
            )
        self._strike("create", type, name)
        self._catch_up()
        seed = self._seed(urn)
        id = computed.identify(type, name, inputs, place, seed)
        found = computed.outputs(type, name, id, inputs, place, seed)
        candidate = StoredResource(urn, type, name, "", inputs, found)
        self._judge("create", candidate)
        resource = replace(candidate, id=id)
        before = self._by_urn.get(urn, {}).get(id)
        self._births[urn] += 1
        self._keep(resource, before)
        self._write({"note": {"urn": urn, "births": self._births[urn]}})
        return resource

    def read(
        self,
        urn: str,
        type: str,
        id: str,
        state: Mapping[str, Any] = NO_CONFIG,
        *,
        managed: bool = False,
        config: Mapping[str, Any] = NO_CONFIG,
    ) -> StoredResource | None:
        """The resource with an id, as it is now, or None where there is none.

        managed: the asker has it in its state, so it must be in the store. Otherwise something that was never made
        here is taken to exist outside of the store, with the properties in `state`, unless the cloud is strict.
        """
        name = _logical(urn)
        self._strike("read", type, name)
        self._catch_up()
        # Some ids are shared, as they are in the real cloud (scaling targets, validations): its own comes first.
        if (own := self.find(urn, id)) is not None:
            return own
        for found in self.index.by_property(type, "id", id):
            return found
        if managed or self.strict or self.index.made(type, id):
            return None
        place = self.place(state, config)
        return StoredResource(
            urn, type, name, id, state, computed.outputs(type, name, id, state, place, f"{type}::{id}")
        )

    def update(
        self,
        old: StoredResource,
        inputs: Mapping[str, Any],
        *,
        config: Mapping[str, Any] = NO_CONFIG,
        preview: bool = False,
    ) -> StoredResource:
        """The resource with new inputs; what the cloud computed before stays. Raises Refused."""
        place = self.place(inputs, config)
        fresh = computed.outputs(old.type, old.name, old.id, inputs, place, self._seed(old.urn, again=True))
        kept = {
            key: value
            for key, value in old.outputs.items()
            if key in fresh and key not in inputs and key not in old.inputs and key != "tagsAll"
        }
        resource = replace(old, inputs=dict(inputs), outputs={**fresh, **kept})
        if preview:
            return resource
        self._strike("update", old.type, old.name)
        self._judge("update", resource)
        self._keep(resource, old)
        return resource

    def delete(self, resource: StoredResource) -> None:
        """Remove a resource. Raises Refused while something still uses it; one that is gone is gone."""
        self._strike("delete", resource.type, resource.name)
        self._catch_up()
        if resource.id not in self._by_urn.get(resource.urn, {}):
            return
        self._judge("delete", resource)
        self._remove(resource)

    def _remove(self, resource: StoredResource) -> None:
        self._take(resource.urn, resource.id)
        if self._undo is not None:
            self._undo.append(("put", resource))
        self._write(store.drop(resource))

    def invoke(
        self, token: str, args: Mapping[str, Any], *, config: Mapping[str, Any] = NO_CONFIG
    ) -> dict[str, Any]:
        """The answer of a provider's function. Raises Refused for a function or an object that is not known."""
        self._catch_up()
        self._strike("invoke", token, "")
        try:
            return functions.call(token, args, self.index, self.place(args, config))
        except functions.NoAnswer as error:
            raise Refused([Reason(error.code, error.message)]) from error

    def drift(self, name: str, changes: Mapping[str, Any] | None) -> StoredResource | None:
        """Change a resource behind the program's back. name: logical name, id or URN. None deletes it."""
        entry = {"name": name, "delete": True} if changes is None else {"name": name, "set": changes}
        return self._drift(entry)

    # --- inside

    def _drift(self, change: Mapping[str, Any]) -> StoredResource | None:
        name = change["name"]
        for found in [item for same in self._by_urn.values() for item in same.values()]:
            if name in (found.name, found.id, found.urn):
                if change.get("delete"):
                    self._take(found.urn, found.id)
                    self._write(store.drop(found))
                    return None
                new = change["set"]
                drifted = replace(found, inputs={**found.inputs, **new}, outputs={**found.outputs, **new})
                self._keep(drifted, found)
                return drifted
        raise KeyError(f"drift names {name}, which the cloud does not have")

    def _seed(self, urn: str, *, again: bool = False) -> str:
        """What random parts of a resource depend on: its URN, and how many there were before it.

        again: the seed of the one that exists.
        """
        born = self._births[urn] - again
        return f"{urn}#{born}" if born > 0 else urn

    def _strike(self, operation: str, type: str, name: str) -> None:
        try:
            self.faults.strike(operation, type, name)
        except InjectedFault as fault:
            raise Refused([Reason(fault.code, fault.message)]) from fault

    def _judge(self, operation: rules.Operation, resource: StoredResource) -> None:
        reasons = _reasons(rules.violations(operation, resource, self.index))
        if reasons:
            raise Refused(reasons)

    def _locate(self, type: str, inputs: dict[str, Any], config: Mapping[str, Any]) -> None:
        """Azure: a resource without a location lies where its resource group does."""
        shape = contract.inputs_of(type)
        if shape is None or "location" not in shape.properties or inputs.get("location") is not None:
            return
        group = inputs.get("resourceGroupName")
        for found in self.index.by_property(
            "azure-native:resources:ResourceGroup", "resourceGroupName", group
        ):
            inputs["location"] = found.inputs.get("location")
        if inputs.get("location") is None:
            inputs["location"] = config.get("location") or "westeurope"


def _memory_note(urn: str, id: str, memory: Memory) -> dict[str, Any]:
    return {"note": {"urn": urn, "id": id, **memory._asdict()}}


def _logical(urn: str) -> str:
    return urn.rpartition("::")[2]


def _reasons(violations: Sequence[rules.Violation]) -> list[Reason]:
    return [Reason(item.code, item.message, item.property, item.rule_id) for item in violations]
