"""`when`: conditions under which a rule is asked. A condition on an unknown value does not hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from skymason.offline.rules.paths import MISSING, is_unknown, path

Condition: TypeAlias = Callable[[Any], bool]

_TESTS: dict[str, Callable[[Any], Callable[[Any], bool]]] = {
    "in": lambda wanted: lambda value: value in wanted,
    "not": lambda wanted: lambda value: value not in wanted,
    "matches": lambda wanted: lambda value: re.search(wanted, str(value)) is not None,
    "above": lambda wanted: lambda value: isinstance(value, (int, float)) and value > wanted,
    "contains": lambda wanted: lambda value: isinstance(value, (list, str)) and wanted in value,
}


def condition(key: str, wanted: Any) -> Condition:
    """A condition on the value at a path.

    wanted: a value; a list of which it must be one; or a map of one test (`in`, `not`, `matches`, `above`,
    `contains`, `present`) and the `default` that stands for an absent value. Without a default an absent
    value meets `not` alone.
    """
    at = path(key)
    if not isinstance(wanted, Mapping):
        wanted = {"in": wanted if isinstance(wanted, list) else [wanted]}
    if "present" in wanted:
        return lambda node: (
            not is_unknown(value := at.first(node)) and (value is not MISSING) == bool(wanted["present"])
        )
    name: str = next(iter(set(wanted) - {"default"}))
    test: Condition = _TESTS[name](wanted[name])
    default = wanted.get("default", MISSING)

    def holds(node: Any) -> bool:
        value = at.first(node)
        if value is MISSING:
            value = default
        if value is MISSING:
            return name == "not"
        return not is_unknown(value) and test(value)

    return holds
