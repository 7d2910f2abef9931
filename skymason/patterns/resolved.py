"""ResolvedService: what the pattern engine returns and the components take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from skymason.diagnostics import Location


@dataclass(frozen=True, slots=True)
class Layer:
    """Which layer set a value, and where: 'pattern default', 'cloud aws', 'pattern environment prod',
    'service', 'service environment prod' or 'locked'; 'model default' where none did."""

    name: str
    location: Location


@dataclass(frozen=True, slots=True)
class Edge:
    """One entry of `uses`. kind is 'service' for another service, else the kind of the resource.

    provider: the service that the resource belongs to; empty for one from the stack's `existing`. port: main
    port of the service that is called; 0 for resources.
    """

    name: str
    kind: str
    access: str
    location: Location
    provider: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True)
class ServiceIdentity:
    """The `service:` section of a spec."""

    name: str
    owner: str
    tier: str
    description: str = ""
    data_classification: str = "internal"
    cost_center: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedService:
    """A spec after merging and validation.

    config: the pattern model's plain data. layers: which layer set each dotted key that holds a value.
    history: for each key all layers that tried, lowest first, with their values.
    """

    identity: ServiceIdentity
    pattern: str
    cloud: str
    environment: str
    config: Mapping[str, Any]
    edges: tuple[Edge, ...]
    location: Location
    layers: Mapping[str, Layer] = field(default_factory=dict)
    history: Mapping[str, tuple[tuple[Layer, Any], ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.identity.name
