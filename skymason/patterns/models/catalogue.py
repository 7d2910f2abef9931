"""What may stand in `infrastructure-patterns.yaml`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from skymason.patterns.models.common import Model

DottedKey = Annotated[
    str, Field(pattern=r"^[a-z_0-9]+(\.[a-z_0-9]+)*$", examples=["ingress.deletion_protection"])
]
CloudName = Annotated[str, Field(pattern=r"^(aws|azure)$", examples=["aws"])]
Condition = dict[DottedKey, Any]
"""Dotted key → value that it must have, a list of such values, or `*` for any. All must hold."""


class Lock(Model):
    key: DottedKey
    value: Any
    """The value that the key has, whatever a service says."""
    reason: str
    except_environments: list[str] = []
    """Environments that may choose freely."""
    clouds: list[CloudName] = []
    """Only on these clouds; empty means all."""
    escape: list[str] = []
    """Properties that say the same (`<short name>.<property>`), or with `!` before it the opposite: `escape`
    may not set them either."""


class Conflict(Model):
    when: Condition = Field(min_length=2)
    """The combination that cannot be."""
    message: str
    fix: str


class Provided(Model):
    resource: str = Field(pattern=r"^\{service\}(-[a-z]+)+$", examples=["{service}-queue"])
    """Name under which other services use it."""
    kind: dict[CloudName, str]
    """Cloud → kind of resource."""
    access: list[str] = []
    """Access that it offers, where that is less than its kind does; empty means all of it."""
    when: Condition = {}
    """Only made where this holds."""


class Layers(Model):
    defaults: dict[str, Any] = {}
    """Values for every cloud and environment; they are those of production."""
    clouds: dict[CloudName, dict[str, Any]] = {}
    """Cloud → values."""
    environments: dict[str, dict[str, Any]] = {}
    """Environment → values."""
    cloud_environments: dict[CloudName, dict[str, dict[str, Any]]] = {}
    """Cloud → environment → values, for what has another name or size on each cloud."""
    locked: list[Lock] = []
    """Values that no service can change; applied last."""
    conflicts: list[Conflict] = []
    """Combinations that cannot be."""


class PatternEntry(Layers):
    extends: str | None = None
    """Another pattern whose layers, locks and conflicts lie beneath."""
    description: str
    """What it is for, in one sentence."""
    when_to_use: str
    when_not_to_use: str
    creates: dict[CloudName, list[str]]
    """Cloud → what a service of this pattern consists of."""
    capabilities: list[str]
    """Access that other services may ask of a service of this pattern."""
    provides: list[Provided] = []
    """Resources inside that other services may use."""


class Catalogue(Model):
    common: Layers = Layers()
    """Lies beneath every pattern."""
    patterns: dict[str, PatternEntry] = Field(min_length=1)
