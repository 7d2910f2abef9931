"""What a pattern's own defaults cost."""

import pytest

from skymason.cost.defaults import pattern_costs
from skymason.patterns.library import shipped


def test_each_environment_has_its_cost() -> None:
    found = pattern_costs(shipped(), "background_worker", "aws")
    assert {name: cost.text for name, cost in found.items()} == {
        "dev": "$0–$7",
        "staging": "$21–$92",
        "prod": "$21–$92",
    }


def test_a_cloud_that_is_not_priced_and_a_pattern_that_is_not_there() -> None:
    assert pattern_costs(shipped(), "web_api", "azure") == {}
    with pytest.raises(ValueError, match="no typed keys for the pattern 'nothing'"):
        pattern_costs(shipped(), "nothing", "aws")
