"""What the engine does with a registration: create, update, replace or keep; in the end, remove the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from skymason.offline.answers import NOT_FOUND, Checked, Difference, Reason, Refused
from skymason.offline.cloud import Cloud
from skymason.offline.ledger import Memory, dependents_first
from skymason.offline.shapes import Problem
from skymason.offline.view import StoredResource
from skymason.plan.model import PlannedResource


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a registration. resource: as it is now, or as it would be if it had not been refused."""

    resource: StoredResource
    problems: tuple[Problem, ...] = ()
    reasons: tuple[Reason, ...] = ()
    protected: bool = False


@dataclass
class Deployment:
    """One run of a program against a cloud. preview: nothing is changed, and what is new is unknown."""

    cloud: Cloud
    preview: bool
    replaced: list[StoredResource] = field(default_factory=list)

    def put(
        self,
        record: PlannedResource,
        config: Mapping[str, Any],
        *,
        import_id: str = "",
    ) -> Outcome:
        """Bring one custom resource to what the program wants."""
        old = self._before(record.urn, record.options.aliases)
        wanted = _with_ignored(record.inputs, old, record.options.ignore_changes)
        checked = self.cloud.check(
            record.urn, record.type, wanted, old=old.inputs if old else None, config=config
        )
        if not checked.sound:
            # Rules and templates expect the right types: nothing more can be said.
            return Outcome(self._imagined(record, checked, config), checked.problems)
        try:
            resource, protected = self._apply(record, old, wanted, checked, config, import_id)
        except Refused as refused:
            return Outcome(self._imagined(record, checked, config), checked.problems, refused.reasons)
        if not self.preview:
            options = record.options
            memory = Memory(record.dependencies, options.protect, options.retain_on_delete)
            self.cloud.remember(resource, memory)
        return Outcome(resource, checked.problems, protected=protected)

    def _before(self, urn: str, aliases: Sequence[str]) -> StoredResource | None:
        old = self.cloud.current(urn)
        for alias in aliases:
            if old is None:
                old = self.cloud.rename(alias, urn, preview=self.preview)
        return old

    def _apply(
        self,
        record: PlannedResource,
        old: StoredResource | None,
        wanted: Mapping[str, Any],
        checked: Checked,
        config: Mapping[str, Any],
        import_id: str,
    ) -> tuple[StoredResource, bool]:
        if old is None and import_id:
            return self._import(record, checked, config, import_id), False
        if self.preview:
            reasons = self.cloud.refusals(record.urn, record.type, checked.inputs, id=old.id if old else "")
            if reasons:
                raise Refused(reasons)
        if old is None:
            return self._create(record, checked, config), False
        found = self.cloud.diff(
            record.type, old.inputs, checked.inputs,
            ignore=record.options.ignore_changes, replace_on=record.options.replace_on_changes,
            name=record.name, config=config,
        )  # fmt: skip
        if not found.changes:
            return old, False
        if not found.replaces:
            return self.cloud.update(old, checked.inputs, config=config, preview=self.preview), False
        return self._replace(record, old, wanted, config, found), self.cloud.memory(old).protect

    def _create(self, record: PlannedResource, checked: Checked, config: Mapping[str, Any]) -> StoredResource:
        return self.cloud.create(record.urn, record.type, checked.inputs, config=config, preview=self.preview)

    def _replace(
        self,
        record: PlannedResource,
        old: StoredResource,
        wanted: Mapping[str, Any],
        config: Mapping[str, Any],
        found: Difference,
    ) -> StoredResource:
        """A new resource for a changed one, as the engine does it: the old one goes at the end, or first."""
        first = found.delete_first or record.options.delete_before_replace
        if first and not self.preview:
            self.cloud.delete(old)
        elif not self.preview:
            self.replaced.append(old)
        # Asked again without the old inputs, the provider makes a new physical name.
        fresh = self.cloud.check(record.urn, record.type, wanted, config=config)
        return self._create(record, fresh, config)

    def _import(
        self, record: PlannedResource, checked: Checked, config: Mapping[str, Any], id: str
    ) -> StoredResource:
        found = self.cloud.read(record.urn, record.type, id, checked.inputs, config=config)
        if found is None:
            raise Refused([Reason(NOT_FOUND, f"there is none with the id {id}")])
        return found if self.preview else self.cloud.adopt(found, record.urn, checked.inputs)

    def _imagined(
        self, record: PlannedResource, checked: Checked, config: Mapping[str, Any]
    ) -> StoredResource:
        """What a refused resource would be, so that the rest of the program can be looked at."""
        if self.preview:
            return self._create(record, checked, config)
        return self.cloud.imagine(record.urn, record.type, checked.inputs, config=config)

    def remove_rest(
        self, project: str, stack: str, kept: set[str]
    ) -> Iterator[tuple[StoredResource, Sequence[Reason]]]:
        """Delete what was replaced and what the program no longer has; yields what cannot go, and why.

        No reason means that it is protected.
        """
        doomed = [item for item in self.cloud.of_stack(project, stack) if item.urn not in kept]
        for resource in doomed:
            if self.cloud.memory(resource).protect:
                yield resource, ()
        if self.preview:
            return
        free = [item for item in doomed if not self.cloud.memory(item).protect]
        for resource in [*reversed(self.replaced), *dependents_first(free, self.cloud)]:
            try:
                if self.cloud.memory(resource).retain:
                    self.cloud.release(resource)
                else:
                    self.cloud.delete(resource)
            except Refused as refused:
                yield resource, refused.reasons


def _with_ignored(
    inputs: Mapping[str, Any], old: StoredResource | None, ignore: Sequence[str]
) -> Mapping[str, Any]:
    """Inputs with the ignored properties as they were, which is what the engine sends."""
    if old is None or not ignore:
        return inputs
    result = dict(inputs)
    for name in ignore:
        if name in old.inputs:
            result[name] = old.inputs[name]
        elif name in result:
            del result[name]
    return result
