"""What a kind of rule is asked about, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from skymason.offline.view import CloudView, StoredResource


class Subject(NamedTuple):
    """A resource, the cloud around it, and the part of its inputs that a rule speaks of."""

    resource: StoredResource
    view: CloudView
    node: Any

    def others(self, found: Any) -> Iterator[StoredResource]:
        """Of the resources found, those that are not this one.

        A resource that is about to be created has no id yet, so the one that it will replace counts as
        another: the real cloud refuses a second one of the same name, too.
        """
        mine = (self.resource.urn, self.resource.id)
        return (other for other in found if (other.urn, other.id) != mine)


Finding: TypeAlias = tuple[str, Mapping[str, Any]]
"""Path of the offending property below the part, and the words for the message."""

Check: TypeAlias = Callable[[Subject], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rule. make: from the parameters of a rule (its keywords) to the check of one subject."""

    make: Callable[..., Check]
    operations: tuple[str, ...] = ("create", "update")

    @property
    def meaning(self) -> str:
        return " ".join((self.make.__doc__ or "").split())
