"""What a service costs a month, from list prices: pure, offline, and open about what it leaves out."""

from skymason.cost.estimate import Cost, Part, monthly_cost

__all__ = ["Cost", "Part", "monthly_cost"]
