"""A pattern's defaults under the arguments of its component: one source of defaults, for spec and library."""

from collections.abc import Mapping
from typing import Any

import pulumi

from skymason.patterns.engine import pattern_defaults


def with_defaults(pattern: str, cloud: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """`args`, with every key that is left out filled from infrastructure-patterns.yaml.

    The environment is the platform's where it is known here and now, else the name of the stack. What the
    engine has resolved holds every key already, and stays as it is.
    """
    environment = args["platform"]["environment"]
    known = environment if isinstance(environment, str) else pulumi.get_stack()
    return filled(pattern_defaults(pattern, cloud, known), args)


def filled(defaults: Any, given: Any) -> Any:
    """`given` over `defaults`: maps merge, everything else is `given`'s, None among it."""
    if not isinstance(defaults, Mapping) or not isinstance(given, Mapping):
        return given
    return {**defaults, **{key: filled(defaults.get(key), value) for key, value in given.items()}}
