"""How a Deployment rolls out: strategy, waits, and limits that fit each other."""

import pytest
from pulumi import CustomTimeouts

from components.kubernetes.rollout import Rollout

ROLLOUT = {"max_surge": "25%", "max_unavailable": "0", "bake_minutes": 15}
STARTUP = {"period_seconds": 5, "failure_threshold": 24}


def made(*, low: int, high: int, singleton: bool = False, **rollout: object) -> Rollout:
    return Rollout.of({**ROLLOUT, **rollout}, STARTUP, singleton=singleton, grace=90, low=low, high=high)


@pytest.mark.parametrize(
    ("low", "high", "ready", "step", "steps"),
    [
        (3, 12, 300, 1020, 4),
        (2, 2, 450, 1170, 2),
        (1, 1, 900, 1620, 1),
        (0, 0, 900, 1620, 1),  # none runs: as if there were one
    ],
)
def test_a_rollout_lasts_at_least_as_long_as_it_is_to_bake(
    low: int, high: int, ready: int, step: int, steps: int
) -> None:
    found = made(low=low, high=high)
    assert (found.ready_seconds, found.step_seconds) == (ready, step)
    assert found.ready_seconds < found.step_seconds, "the API refuses anything else"
    assert timeout(found.timeouts) == (steps * step, steps * step)
    assert found.strategy == {
        "strategy": {"type": "RollingUpdate", "rolling_update": {"max_surge": "25%", "max_unavailable": 0}}
    }


def test_without_a_wait() -> None:
    found = made(low=3, high=12, bake_minutes=0)
    assert (found.ready_seconds, found.step_seconds) == (0, 720)


def test_a_singleton_waits_for_the_end_of_the_old_one_alone() -> None:
    found = made(low=1, high=1, singleton=True)
    assert found.strategy == {"replicas": 1, "strategy": {"type": "Recreate"}}
    assert (found.ready_seconds, found.step_seconds, timeout(found.timeouts)) == (0, 810, (810, 810))


def timeout(given: CustomTimeouts) -> tuple[int, int]:
    assert given.delete is None
    return int(str(given.create).removesuffix("s")), int(str(given.update).removesuffix("s"))
