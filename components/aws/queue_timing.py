"""Arithmetic of a queue: from how long a message takes and how often it is tried, to the queue's settings.

Pure: the component and the checks of a spec use the same functions. Limits are those of the SQS service
model (CreateQueue, SetQueueAttributes).
"""

import math
from dataclasses import dataclass

from components.findings import Finding

MIN_RETENTION = 60
MAX_RETENTION = 14 * 24 * 3600
MAX_VISIBILITY = 12 * 3600
"""Also the longest that one receive may be prolonged by ChangeMessageVisibility, counted from the receive."""
MAX_RECEIVES = 1000
DEFAULT_RETENTION = 4 * 24 * 3600
VISIBILITY_FACTOR = 6
"""Visibility over processing time: one slow run, a throttled one and a restart of the consumer still fit
(AWS Lambda developer guide, 'Using Lambda with Amazon SQS')."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential delay between attempts, which the consumer sets as the message's visibility.

    Delay after attempt n is min(maximum, base × factor^(n-1)), drawn evenly between
    (1 - jitter) of it and all of it; so jitter never lengthens it. jitter: 0 to 1; 1 is 'full jitter'.
    """

    base_seconds: float = 10
    factor: float = 2
    max_seconds: float = 900
    jitter: float = 0.5

    def delays(self, attempts: int) -> tuple[int, ...]:
        """The longest delay, in whole seconds, after each attempt but the last."""
        return tuple(
            math.ceil(min(self.max_seconds, self.base_seconds * self.factor**n)) for n in range(attempts - 1)
        )


@dataclass(frozen=True, slots=True)
class QueueTiming:
    """Settings of a queue and its dead-letter queue, in seconds.

    worst_case_seconds: from the first receive until the last attempt has failed, each attempt taking the
    longer of a crash (the whole visibility) and a failure at the end of its time followed by its delay.
    """

    visibility_seconds: int
    retention_seconds: int
    dead_letter_retention_seconds: int
    max_receives: int
    delays: tuple[int, ...]
    worst_case_seconds: int


def queue_timing(
    processing_seconds: int,
    attempts: int = 5,
    backoff: Backoff = Backoff(),
    *,
    backlog_seconds: int = 24 * 3600,
    visibility_seconds: int | None = None,
    retention_seconds: int | None = None,
    dead_letter_retention_seconds: int = MAX_RETENTION,
) -> QueueTiming:
    """Work the settings out.

    processing_seconds: longest time that one message may take. attempts: tries before the dead-letter queue.
    backlog_seconds: longest that a message may wait for its first try, in an outage of the consumer too.
    visibility_seconds: left out, six times the processing. retention_seconds: left out, as long as backlog
    and attempts need together, four days at least. What is given stays as it is: `timing_findings` judges it.
    """
    visibility = visibility_seconds or VISIBILITY_FACTOR * processing_seconds
    delays = backoff.delays(attempts)
    worst = sum(max(visibility, processing_seconds + delay) for delay in delays) + visibility
    needed = math.ceil((backlog_seconds + worst) / 60) * 60
    if retention_seconds is None:
        retention_seconds = min(max(DEFAULT_RETENTION, needed), MAX_RETENTION - 60)
    return QueueTiming(visibility, retention_seconds, dead_letter_retention_seconds, attempts, delays, worst)


def timing_findings(
    timing: QueueTiming, processing_seconds: int, backlog_seconds: int = 24 * 3600
) -> list[Finding]:
    """Everything that would lose a message or run it twice; empty when the settings hold."""
    found = setting_findings(
        timing.visibility_seconds,
        timing.retention_seconds,
        timing.dead_letter_retention_seconds,
        timing.max_receives,
    )
    if timing.visibility_seconds < VISIBILITY_FACTOR * processing_seconds:
        found.append(
            Finding(
                "visibility_covers_processing",
                f"visibility of {timing.visibility_seconds} s is less than {VISIBILITY_FACTOR} × "
                f"{processing_seconds} s of processing: a slow message is handed out a second time",
                f"set it to {VISIBILITY_FACTOR * processing_seconds} s or more",
            )
        )
    longest = max(timing.delays, default=0) + processing_seconds
    if longest > MAX_VISIBILITY:
        found.append(
            Finding(
                "backoff_within_visibility",
                f"processing and the longest delay take {longest} s: SQS hides a message for at most "
                f"{MAX_VISIBILITY} s from its receive",
                f"lower the longest delay to {MAX_VISIBILITY - processing_seconds} s or less",
            )
        )
    needed = timing.worst_case_seconds + backlog_seconds
    if needed > timing.retention_seconds:
        found.append(
            Finding(
                "attempts_within_retention",
                f"{timing.max_receives} attempts with their delays take up to {timing.worst_case_seconds} s "
                f"after a wait of {backlog_seconds} s, but a message is kept for "
                f"{timing.retention_seconds} s: it expires before it reaches the dead-letter queue",
                "fewer attempts, shorter delays, or a longer retention (14 days at most)",
            )
        )
    return found


def setting_findings(
    visibility_seconds: int, retention_seconds: int, dead_letter_retention_seconds: int, max_receives: int
) -> list[Finding]:
    """What is wrong with the settings by themselves, whatever the processing time."""
    found = []
    bounds = (
        ("visibility_seconds", visibility_seconds, 0, MAX_VISIBILITY),
        ("retention_seconds", retention_seconds, MIN_RETENTION, MAX_RETENTION),
        ("dead_letter_retention_seconds", dead_letter_retention_seconds, MIN_RETENTION, MAX_RETENTION),
        ("max_receives", max_receives, 1, MAX_RECEIVES),
    )
    for key, value, low, high in bounds:
        if not low <= value <= high:
            found.append(
                Finding("queue_limits", f"{key} is {value}, SQS takes {low} to {high}", f"move {key} inside")
            )
    if dead_letter_retention_seconds <= retention_seconds:
        found.append(
            Finding(
                "dead_letters_outlive_messages",
                f"dead letters are kept for {dead_letter_retention_seconds} s, messages for "
                f"{retention_seconds} s: a message keeps its age when it moves, so it may be gone at once",
                "keep dead letters longer than messages",
            )
        )
    return found
