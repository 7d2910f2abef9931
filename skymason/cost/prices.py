"""The price table: figures with their source and date, kept as data in `prices.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from skymason.yaml_source import load_yaml

HOURS = 730
"""Of an average month, as clouds' own calculators count."""
SECONDS = HOURS * 3600

_TABLE = Path(__file__).with_name("prices.yaml")
_ANY = "any"
_FAMILY_SIZE = "large"


@dataclass(frozen=True, slots=True)
class Price:
    """usd: for one unit, in the table's region. listed: in the region where it was seen. per: the unit."""

    usd: float
    listed: float
    per: str
    region: str
    source: str


@dataclass(frozen=True, slots=True)
class PriceTable:
    """seen: day on which the figures were written down, ISO 8601. assumptions: name → value;
    meanings: name → what it stands for."""

    cloud: str
    region: str
    seen: str
    prices: Mapping[str, Price]
    assumptions: Mapping[str, float]
    meanings: Mapping[str, str]
    _sizes: Mapping[str, int]

    def find(self, item: str) -> Price | None:
        """The price of an item; of a size that is not listed, a multiple of its family's `large`."""
        if item in self.prices:
            return self.prices[item]
        family, _, size = item.rpartition(".")
        base = self.prices.get(f"{family}.{_FAMILY_SIZE}")
        times = self._sizes.get(size)
        if base is None or times is None:
            return None
        return Price(base.usd * times, base.listed * times, base.per, base.region, base.source)

    def month(self, item: str, amount: float = 1) -> float:
        """Dollars a month for an amount of an item; hours run all month. Raises KeyError if unknown."""
        price = self.find(item)
        if price is None:
            raise KeyError(item)
        return price.usd * amount * (HOURS if price.per == "hour" else 1)


@cache
def table(cloud: str) -> PriceTable | None:
    """The prices of a cloud; None for one that is not priced yet."""
    data = load_yaml(_TABLE, _TABLE.parent).data
    return _parsed(data) if data["cloud"] == cloud else None


def _parsed(data: Mapping[str, Any]) -> PriceTable:
    factor = float(data["regional_factor"]["value"])
    return PriceTable(
        data["cloud"],
        data["region"],
        str(data["seen"]),
        {name: _price(item, data, factor) for name, item in data["prices"].items()},
        {name: float(item["value"]) for name, item in data["assumptions"].items()},
        {name: item["means"] for name, item in data["assumptions"].items()},
        data["sizes"],
    )


def _price(item: Mapping[str, Any], data: Mapping[str, Any], factor: float) -> Price:
    here = item["region"] in (_ANY, data["region"])
    usd = float(item["usd"])
    return Price(
        usd if here else usd * factor, usd, item["per"], item["region"], data["sources"][item["source"]]
    )
