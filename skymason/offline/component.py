"""Remote components, which a provider builds itself: how one is built from representative children.

Policies and reports then see what is inside of it, as they would after a real deployment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from skymason.offline.wire import RESOURCE, SIGNATURE
from skymason.plan.model import UNKNOWN


@dataclass(frozen=True, slots=True)
class Made:
    """A child that was registered."""

    urn: str
    id: str
    outputs: Mapping[str, Any]
    token: str = ""

    def get(self, path: str) -> Any:
        """An output, or UNKNOWN where it is not known yet."""
        value: Any = self.outputs
        for key in path.split("."):
            if isinstance(value, (list, tuple)):
                value = value[int(key)] if int(key) < len(value) else UNKNOWN
            elif isinstance(value, Mapping):
                value = value.get(key, UNKNOWN)
        return value

    @property
    def known_id(self) -> str:
        return self.id or UNKNOWN


class Register(Protocol):
    """How a component registers a child, in this process or with the engine."""

    def __call__(
        self, token: str, name: str, inputs: Mapping[str, Any], *, needs: Sequence[Made] = ()
    ) -> Made: ...


@dataclass(frozen=True, slots=True)
class Component:
    """A remote component that is being built. resolve: a reference among the inputs → what it refers to."""

    token: str
    name: str
    inputs: Mapping[str, Any]
    register: Register
    resolve: Callable[[Any], Made | None]
    extra: dict[str, Any] = field(default_factory=dict)

    def child(self, token: str, short: str, inputs: Mapping[str, Any], *needs: Made) -> Made:
        return self.register(token, f"{self.name}-{short}", given(inputs), needs=needs)


def build(component: Component) -> dict[str, Any]:
    """Register a component's children; its outputs. A component that is not known has no children."""
    from skymason.offline.eks import MAKERS

    maker = MAKERS.get(component.token)
    return maker(component) if maker is not None else dict(component.inputs)


def reference(made: Made) -> dict[str, Any]:
    """A resource-valued output, as the protocol writes it."""
    return {SIGNATURE: RESOURCE, "urn": made.urn, "id": made.known_id, "packageVersion": ""}


def given(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs without those that are None."""
    return {key: value for key, value in inputs.items() if value is not None}


PACKAGES = frozenset({"eks"})
"""Packages whose providers build components."""
