"""From a resolved service to its component. The only part of the engine that knows of Pulumi."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from skymason.patterns.access import SERVICE
from skymason.patterns.models import class_name
from skymason.patterns.resolved import Edge, ResolvedService

if TYPE_CHECKING:
    import pulumi

    from skymason.settings import Settings


@dataclass(frozen=True, slots=True)
class Callee:
    """What an edge's building block has to know of a service that is called."""

    config: Mapping[str, Any]


@cache
def has_component(cloud: str, pattern: str) -> bool:
    """Whether a pattern can be deployed to a cloud. Looks for the module without importing it."""
    try:
        return find_spec(f"components.patterns.{cloud}.{pattern}") is not None
    except ModuleNotFoundError:
        return False


def apply_service(
    resolved: ResolvedService,
    platform: Mapping[str, Any],
    *,
    settings: Settings,
    callers: Mapping[str, Sequence[str]],
    opts: pulumi.ResourceOptions | None,
    provided: Mapping[str, Any],
) -> pulumi.ComponentResource:
    """Instantiate `components.patterns.<cloud>.<pattern>` as `<project>-<environment>-<service>`.

    platform: the platform's reference. callers: service → those that invoke it; they are let in. provided:
    resource name → what the component of another service says of it, for edges with a provider.

    Raises ModuleNotFoundError where the cloud has no such component, which `resolve` reports beforehand, and
    KeyError for a resource that neither the settings nor `provided` know.
    """
    module = import_module(f"components.patterns.{resolved.cloud}.{resolved.pattern}")
    binding = import_module(f"components.{resolved.cloud}.edges").binding
    component = getattr(module, class_name(resolved.pattern))
    network = resolved.config["network"]
    allowed = sorted({*network["allow_from"], *callers.get(resolved.name, ())})
    args = {
        **resolved.config,
        "network": {**network, "allow_from": allowed},
        "platform": platform,
        "service": _identity(resolved, settings),
        "bindings": [
            binding(edge, _target(edge, settings, provided), resolved.name) for edge in resolved.edges
        ],
    }
    made: pulumi.ComponentResource = component(f"{settings.name_prefix}-{resolved.name}", args, opts)
    return made


def _identity(resolved: ResolvedService, settings: Settings) -> dict[str, str]:
    identity = resolved.identity
    return {
        "name": identity.name,
        "owner": identity.owner,
        "tier": identity.tier,
        "description": identity.description,
        "data_classification": identity.data_classification,
        "cost_center": identity.cost_center or settings.cost_center,
    }


def _target(edge: Edge, settings: Settings, provided: Mapping[str, Any]) -> Any:
    if edge.kind == SERVICE:
        return Callee({"ports": [{"name": "main", "port": edge.port}]})
    return provided[edge.name] if edge.provider else settings.reachable(edge.name)
