"""What a registration says beside its properties: options, aliases, and where it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from skymason.plan.model import UNKNOWN, ResourceOptions
from skymason.plan.paths import child

STACK = "pulumi:pulumi:Stack"


def is_stack(urn: str) -> bool:
    """Whether a URN is that of the stack itself."""
    return urn.split("::")[2:3] == [STACK]


def unknown_paths(value: Any, path: str = "") -> Iterable[str]:
    """The paths of everything in a plain value that is not known yet."""
    if value == UNKNOWN:
        yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from unknown_paths(item, child(path, key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from unknown_paths(item, child(path, index))


def options_of(request: Any, urn: str) -> ResourceOptions:
    """The options of a registration; its aliases as URNs."""
    return ResourceOptions(
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        delete_before_replace=request.deleteBeforeReplace,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        aliases=tuple(_aliases(request, urn)),
        provider=request.provider,
        deleted_with=request.deletedWith,
    )


def _aliases(request: Any, urn: str) -> list[str]:
    """The URNs that a resource may have had before, each once."""
    _, _, rest = urn.partition("urn:pulumi:")
    stack, project, _, _ = rest.split("::", 3)
    found = []
    for alias in request.aliases:
        if alias.urn:
            found.append(str(alias.urn))
            continue
        spec = alias.spec
        parent = "" if spec.noParent else spec.parentUrn or request.parent
        type = spec.type or request.type
        qualified = parent.split("::")[2] if parent and not is_stack(parent) else ""
        chain = f"{qualified}${type}" if qualified else type
        owner = f"{spec.stack or stack}::{spec.project or project}"
        found.append(f"urn:pulumi:{owner}::{chain}::{spec.name or request.name}")
    return list(dict.fromkeys(found))
