"""Values that a cloud would have computed: the same URN always gives the same ones."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from skymason.offline.shapes import AnyOf, Choice, Entries, Items, Object, Scalar, Shape
from skymason.plan.model import UNKNOWN


def digest(*parts: str, length: int = 40) -> str:
    """Hexadecimal digits (at most 128) that depend on all parts and nothing else."""
    return hashlib.sha512("\0".join(parts).encode()).hexdigest()[:length]


def sample(shape: Shape, path: str, seed: str, depth: int = 0) -> Any:
    """A plausible value of a shape, for a property that no table knows; unknown where the seed is empty."""
    if not seed:
        return UNKNOWN
    if isinstance(shape, Choice):
        return shape.values[0]
    if isinstance(shape, Scalar):
        return _scalar(shape, path, seed)
    if isinstance(shape, Items):
        # One entry that holds what its type promises: programs read `certificate_authorities[0].data`.
        return (
            [sample(shape.item, path, seed, depth + 1)]
            if isinstance(shape.item, Object) and depth < 3
            else []
        )
    if isinstance(shape, Object):
        return complete(shape, {}, path, seed, depth + 1) if depth < 4 else {}
    if isinstance(shape, AnyOf):
        return sample(shape.members[0], path, seed, depth)
    return {} if isinstance(shape, Entries) else None


def _scalar(shape: Scalar, path: str, seed: str) -> Any:
    if shape.name == "boolean":
        return False
    if shape.name in ("integer", "number"):
        return 0
    leaf = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", path.rpartition(".")[2]).lower()
    return f"{re.sub(r'[^a-z0-9-]', '', leaf)}-{digest(seed, path, length=8)}"


def complete(shape: Object, given: Mapping[str, Any], path: str, seed: str, depth: int = 0) -> dict[str, Any]:
    """`given`, and every property that the type promises to hold; an empty seed makes those unknown."""
    result = dict(given)
    for name, item in shape.properties.items():
        below = f"{path}.{name}" if path else name
        if name not in result:
            if item.required:
                value = sample(item.shape, below, seed, depth)
                if value is not None:
                    result[name] = value
        elif depth < 4:
            result[name] = _deepen(item.shape, result[name], below, seed, depth)
    return result


def _deepen(shape: Shape, value: Any, path: str, seed: str, depth: int) -> Any:
    """Fill computed properties into given nested objects."""
    if isinstance(shape, Object) and isinstance(value, Mapping):
        return complete(shape, value, path, seed, depth + 1)
    if isinstance(shape, Items) and isinstance(shape.item, Object) and isinstance(value, list):
        return [
            complete(shape.item, entry, f"{path}[{index}]", seed, depth + 1)
            if isinstance(entry, Mapping)
            else entry
            for index, entry in enumerate(value)
        ]
    return value
