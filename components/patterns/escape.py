"""`escape`: sets any property of any resource inside a component, by the resource's short name."""

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

import pulumi
from pulumi import ResourceOptions, ResourceTransformationArgs, ResourceTransformationResult

from skymason.diagnostics import suggestion


class Escape:
    """A resource transformation that merges the given properties into the children of one component.

    settings: short name → property → value, in snake_case; a custom resource's `spec` in its own spelling.
    Give the component `within(opts)`, and call `check()` after its last child is made.
    """

    def __init__(self, component: str, settings: Mapping[str, Mapping[str, Any]]) -> None:
        self._prefix = f"{component}-"
        self._settings = settings
        self._children: set[str] = set()

    def within(self, opts: ResourceOptions | None) -> ResourceOptions | None:
        """The component's own options, with the transformation where there is anything to set."""
        if not self._settings:
            return opts
        return ResourceOptions.merge(opts, ResourceOptions(transformations=[self._transform]))

    def check(self) -> None:
        """Raises ValueError for a short name that no child has."""
        for short in self._settings:
            if short not in self._children:
                raise ValueError(
                    f"escape.{short}: there is no such resource inside '{self._prefix[:-1]}'; "
                    f"{suggestion(short, sorted(self._children))}"
                )

    def _transform(self, args: ResourceTransformationArgs) -> ResourceTransformationResult | None:
        if not is_child(args.resource) or not args.name.startswith(self._prefix):
            return None
        short = args.name.removeprefix(self._prefix)
        self._children.add(short)
        wanted = self._settings.get(short)
        if not wanted:
            return None
        known = list(parameters(type(args.resource)))
        for property in wanted:
            if property not in known:
                raise ValueError(
                    f"escape.{short}.{property}: {args.type_} has no such property; "
                    f"{suggestion(property, known)}"
                )
        return ResourceTransformationResult({**args.props, **merged(args.props, wanted)}, args.opts)


def is_child(resource: pulumi.Resource) -> bool:
    """Whether it is a real resource: no component, and no provider, which says how to reach the others."""
    return isinstance(resource, pulumi.CustomResource) and not isinstance(resource, pulumi.ProviderResource)


@cache
def parameters(resource: type) -> Mapping[str, inspect.Parameter]:
    """The inputs of a resource class, as Python names them; what kind of object it is cannot be set."""
    # A class made from a schema takes its inputs in a method behind its overloaded constructor.
    make = getattr(resource, "_internal_init", resource.__init__)
    other = {"self", "__self__", "resource_name", "opts", "__props__", "api_version", "kind"}
    return {name: item for name, item in inspect.signature(make).parameters.items() if name not in other}


def merged(old: Any, new: Any) -> Any:
    """`new` over `old`: maps merge, lists of named items merge by name, everything else is replaced.

    A value of `old` that is not known yet is merged when it is.
    """
    if isinstance(old, pulumi.Output):
        return old.apply(lambda known: merged(known, new))
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}
    if _named(old) and _named(new):
        by_name = {item["name"]: item for item in old}
        for item in new:
            by_name[item["name"]] = merged(by_name.get(item["name"]), item)
        return list(by_name.values())
    return new


def _named(value: Any) -> bool:
    """Whether it is a list of containers, ports and their like, which their name tells apart."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(item, Mapping) and "name" in item and isinstance(item["name"], str) for item in value
        )
    )
