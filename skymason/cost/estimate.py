"""From a resolved service to what it costs a month: the least it can, and the most by its own limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from skymason.cost.parts import PARTS, Part, UnpricedError
from skymason.cost.prices import PriceTable, table

__all__ = ["LEFT_OUT", "Cost", "Part", "monthly_cost"]

LEFT_OUT = (
    "the platform that services share (network, cluster nodes' reserve, keys, registry)",
    "traffic out of the region, log storage, single alarms",
    "backups and query statistics beyond the free share",
    "tasks, and what `uses` names",
)
"""What no figure holds, in words."""


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars a month, by list price.

    low: scaled to the minimum, and nothing to do. high: scaled to the maximum all month, at the load that
    takes it there. missing: items without a price; with one, both sums are too small. region, seen: of the
    prices.
    """

    low: float
    high: float
    parts: tuple[Part, ...]
    missing: tuple[str, ...]
    region: str
    seen: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "low_usd": round(self.low, 2),
            "high_usd": round(self.high, 2),
            "parts": [
                {"name": part.name, "low_usd": round(part.low, 2), "high_usd": round(part.high, 2)}
                | {"basis": part.basis}
                for part in self.parts
            ],
            "not_priced": list(self.missing),
            "region": self.region,
            "prices_seen": self.seen,
        }

    @property
    def text(self) -> str:
        """The range in words, to two digits: more would claim to know the traffic."""
        amount = span(self.low, self.high)
        return f"{amount} and what is not priced: {', '.join(self.missing)}" if self.missing else amount


def monthly_cost(config: Mapping[str, Any], cloud: str) -> Cost | None:
    """What a service costs that is configured so; None on a cloud that is not priced yet.

    config: of a ResolvedService, or a pattern's defaults with every key filled.
    """
    prices = table(cloud)
    if prices is None:
        return None
    parts: list[Part] = []
    missing: list[str] = []
    for item in _parts(config, prices):
        if isinstance(item, UnpricedError):
            missing.append(item.item)
        else:
            parts.append(item)
    low, high = sum(part.low for part in parts), sum(part.high for part in parts)
    return Cost(low, high, tuple(parts), tuple(missing), prices.region, prices.seen)


def _parts(config: Mapping[str, Any], prices: PriceTable) -> Iterator[Part | UnpricedError]:
    for section, estimate in PARTS.items():
        if config.get(section):
            try:
                yield from estimate(config, prices)
            except UnpricedError as unknown:
                yield unknown


def span(low: float, high: float) -> str:
    """`$23–$41`, or one figure where both round to the same."""
    first, last = dollars(low), dollars(high)
    return first if first == last else f"{first}–{last}"


def dollars(amount: float) -> str:
    """To two significant digits: `$7`, `$64`, `$1,300`."""
    if amount < 10:
        return f"${amount:.0f}"
    digits = len(str(int(amount)))
    return f"${round(amount, 2 - digits):,.0f}"
