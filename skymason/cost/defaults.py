"""What a service of a pattern costs that sets nothing of its own."""

from __future__ import annotations

from skymason.cost.estimate import Cost, monthly_cost
from skymason.patterns.describe import environments_of, typed_keys
from skymason.patterns.fields import filled
from skymason.patterns.library import PatternLibrary


def pattern_costs(library: PatternLibrary, pattern: str, cloud: str) -> dict[str, Cost]:
    """Environment → cost; empty on a cloud that is not priced yet. Raises ValueError for unknown patterns."""
    model = typed_keys(pattern)
    found = {}
    for environment in environments_of(library):
        config = filled(model, library.defaults(pattern, cloud, environment).config)
        cost = monthly_cost(config, cloud)
        if cost is not None:
            found[environment] = cost
    return found
