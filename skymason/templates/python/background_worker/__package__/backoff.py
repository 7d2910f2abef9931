"""When to try again what failed."""

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Longer after each attempt, and drawn, so that what failed together does not come back together.

    jitter: 0 to 1, the part of the wait that is drawn.
    """

    base_seconds: float
    factor: float
    max_seconds: float
    jitter: float

    def longest(self, attempt: int) -> float:
        """The longest wait after `attempt`, counted from 1."""
        # An exponent without bound overflows long after the maximum is reached.
        return min(self.max_seconds, self.base_seconds * self.factor ** min(attempt - 1, 64))

    def wait(self, attempt: int, draw: Callable[[float, float], float] = random.uniform) -> float:
        """Seconds to wait after `attempt`: between (1 - jitter) of the longest wait and all of it."""
        longest = self.longest(attempt)
        return draw((1 - self.jitter) * longest, longest)
