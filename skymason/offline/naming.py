"""Physical names, made as the real providers make them: the logical name and a few hexadecimal digits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from skymason.offline.facts import Naming, facts
from skymason.offline.shapes import Problem
from skymason.offline.values import digest
from skymason.plan.model import UNKNOWN

AUTONAMED = "pulumi.com/autonamed"
_GENERATED_KUBERNETES = 8


def name_inputs(
    token: str,
    logical: str,
    inputs: dict[str, Any],
    old: Mapping[str, Any] | None,
    seed: str,
    problems: list[Problem],
) -> None:
    """Put the physical name into `inputs` where it is missing: the one it had before, else a new one.

    old: the inputs of the last deployment of the same resource, None for a new one. seed: what the digits
    depend on. Appends a problem for a name that the service would find too long.
    """
    if token.startswith("kubernetes:") and not token.startswith("kubernetes:helm.sh"):
        _kubernetes(logical, inputs, old, seed)
        return
    naming = facts(token).naming
    if naming is None or inputs.get(naming.property) is not None or f"{naming.property}Prefix" in inputs:
        return
    before = (old or {}).get(naming.property)
    if isinstance(before, str) and _made_from(before, logical, naming):
        inputs[naming.property] = before
        return
    name = _new(logical, naming, inputs, seed)
    inputs[naming.property] = name
    if naming.max and len(name) > naming.max:
        room = naming.max - (len(name) - len(logical))
        problems.append(
            Problem(
                "name",
                naming.property,
                f"is left out, and the generated name '{name}' has {len(name)} characters"
                f" of {naming.max} allowed",
                f"shorten the resource's name to {room} characters, or set {naming.property}",
            )
        )


def keeps_name(token: str, logical: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a replacement would have the physical name of what it replaces, so that this must go first."""
    if token.startswith("kubernetes:") and not token.startswith("kubernetes:helm.sh"):
        before, after = old.get("metadata"), new.get("metadata")
        if not isinstance(before, Mapping) or not isinstance(after, Mapping):
            return False
        same = all(before.get(key) == after.get(key) for key in ("name", "namespace"))
        return same and before.get("name") is not None and AUTONAMED not in (before.get("annotations") or {})
    naming = facts(token).naming
    if naming is None:
        return False
    name = old.get(naming.property)
    return (
        isinstance(name, str) and name == new.get(naming.property) and not _made_from(name, logical, naming)
    )


def _new(logical: str, naming: Naming, inputs: Mapping[str, Any], seed: str) -> str:
    text = logical.lower() if naming.lower else logical
    if naming.prefix and not text.startswith(naming.prefix):
        text = naming.prefix + text
    if naming.digits:
        text += naming.separator + digest(seed, "name", length=naming.digits)
    return f"{text}.fifo" if naming.fifo and inputs.get(naming.fifo) is True else text


def _made_from(name: str, logical: str, naming: Naming) -> bool:
    """Whether a name looks generated, so that leaving it out again means to keep it."""
    text = re.escape((logical.lower() if naming.lower else logical) + naming.separator)
    return re.search(rf"{text}[0-9a-f]{{{naming.digits}}}(\.fifo)?\Z", name) is not None


def _kubernetes(logical: str, inputs: dict[str, Any], old: Mapping[str, Any] | None, seed: str) -> None:
    metadata = inputs.get("metadata")
    if metadata == UNKNOWN:
        return
    metadata = dict(metadata) if isinstance(metadata, Mapping) else {}
    if metadata.get("name") is not None or metadata.get("generateName") is not None:
        return
    before = (old or {}).get("metadata")
    earlier = before if isinstance(before, Mapping) else {}
    kept = earlier.get("name") if AUTONAMED in (earlier.get("annotations") or {}) else None
    metadata["name"] = kept or f"{logical}-{digest(seed, 'name', length=_GENERATED_KUBERNETES)}".lower()
    annotations = metadata.get("annotations")
    metadata["annotations"] = {**(annotations if isinstance(annotations, Mapping) else {}), AUTONAMED: "true"}
    inputs["metadata"] = metadata
