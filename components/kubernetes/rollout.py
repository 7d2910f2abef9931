"""How a Deployment goes from one version to the next. Pure data."""

from typing import Any, NamedTuple

from pulumi import CustomTimeouts

from components.kubernetes import pod
from components.kubernetes.args import ProbeArgs, RolloutArgs
from skymason.patterns.quantities import ready_seconds, rollout_steps

PROGRESS_SECONDS = 600
"""What a step may take beside the start of the process and the wait that is asked for: a new node, the image.
"""


class Rollout(NamedTuple):
    """How a Deployment rolls out."""

    strategy: dict[str, Any]
    """With the number of replicas, where no autoscaler sets it."""
    ready_seconds: int
    """A new replica counts once it has been ready for so long; then the next ones follow."""
    step_seconds: int
    """Without progress for so long the rollout has failed; what runs keeps running."""
    timeouts: CustomTimeouts
    """Longer than all steps together: the rollout fails by itself before."""

    @staticmethod
    def of(
        rollout: RolloutArgs, startup: ProbeArgs, *, singleton: bool, grace: int, low: int, high: int
    ) -> "Rollout":
        """From the sections of a workload. grace: seconds that a replica may take to stop, which a singleton
        waits for. low, high: between them is the number of replicas."""
        surge, missing = rollout["max_surge"], rollout["max_unavailable"]
        low, high = max(1, low), max(1, high)
        strategy: dict[str, Any] = {"replicas": 1, "strategy": {"type": "Recreate"}}
        ready, steps = 0, 1
        stop = grace
        if not singleton:
            rolling = {"max_surge": pod.count(surge), "max_unavailable": pod.count(missing)}
            strategy = {"strategy": {"type": "RollingUpdate", "rolling_update": rolling}}
            ready = ready_seconds(int(rollout["bake_minutes"]), surge, missing, low, high)
            stop = 0
            steps = max(rollout_steps(surge, missing, count) for count in range(low, high + 1))
        start = int(startup["period_seconds"]) * int(startup["failure_threshold"])
        step = stop + start + ready + PROGRESS_SECONDS
        timeout = f"{steps * step}s"
        return Rollout(strategy, ready, step, CustomTimeouts(create=timeout, update=timeout))
