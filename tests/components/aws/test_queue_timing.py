"""Arithmetic of a queue: what is worked out, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws.queue_timing import Backoff, queue_timing, setting_findings, timing_findings
from components.findings import refuse

DAY = 24 * 3600


def test_the_defaults_for_a_thirty_second_job() -> None:
    timing = queue_timing(30)
    assert timing.visibility_seconds == 180
    assert timing.retention_seconds == 4 * DAY
    assert timing.dead_letter_retention_seconds == 14 * DAY
    assert timing.max_receives == 5
    assert timing.delays == (10, 20, 40, 80)
    assert timing.worst_case_seconds == 5 * 180
    assert timing_findings(timing, 30) == []


def test_a_delay_longer_than_the_visibility_counts_with_the_processing_before_it() -> None:
    timing = queue_timing(10, 3, Backoff(base_seconds=600, factor=3, max_seconds=1000))
    assert timing.delays == (600, 1000)
    assert timing.worst_case_seconds == 610 + 1010 + 60


def test_fractions_of_a_second_round_up() -> None:
    assert Backoff(base_seconds=0.5, factor=1.5).delays(4) == (1, 1, 2)


def test_one_attempt_has_no_delay() -> None:
    assert queue_timing(30, 1).delays == ()
    assert timing_findings(queue_timing(30, 1), 30) == []


def test_retention_grows_with_what_backlog_and_attempts_need() -> None:
    timing = queue_timing(3600, 20, backlog_seconds=DAY)
    assert timing.worst_case_seconds == 20 * 6 * 3600
    assert timing.retention_seconds == DAY + 20 * 6 * 3600
    assert timing_findings(timing, 3600) == []


def rules(*args: object, **kwargs: object) -> list[str]:
    return [item.rule for item in timing_findings(*args, **kwargs)]  # type: ignore[arg-type]


def test_attempts_that_do_not_fit_into_retention() -> None:
    timing = queue_timing(3600, 100)
    assert timing.retention_seconds == 14 * DAY - 60
    assert rules(timing, 3600) == ["attempts_within_retention"]


def test_a_retention_that_is_given_is_checked() -> None:
    timing = queue_timing(30, retention_seconds=600)
    assert timing.retention_seconds == 600
    assert rules(timing, 30) == ["attempts_within_retention"]
    assert rules(queue_timing(30, retention_seconds=3600), 30, 60) == []


def test_work_of_more_than_two_hours_does_not_fit_six_times_into_the_longest_visibility() -> None:
    assert rules(queue_timing(2 * 3600, 1), 2 * 3600) == []
    assert rules(queue_timing(2 * 3600 + 1, 1), 2 * 3600 + 1) == ["queue_limits"]


def test_a_delay_cannot_reach_beyond_what_sqs_hides_a_message_for() -> None:
    backoff = Backoff(base_seconds=40_000, max_seconds=50_000)
    timing = queue_timing(60, 3, backoff, backlog_seconds=60)
    found = timing_findings(timing, 60, 60)
    assert [item.rule for item in found] == ["backoff_within_visibility"]
    assert found[0].fix == "lower the longest delay to 43140 s or less"


def test_a_visibility_that_does_not_cover_the_processing() -> None:
    found = timing_findings(queue_timing(31, visibility_seconds=180), 31)
    assert [item.rule for item in found] == ["visibility_covers_processing"]
    assert found[0].message.startswith("visibility of 180 s is less than 6 × 31 s")


def test_dead_letters_that_are_given_less_time_than_messages() -> None:
    timing = queue_timing(30, dead_letter_retention_seconds=4 * DAY)
    assert rules(timing, 30) == ["dead_letters_outlive_messages"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ((0, 60, 61, 1), []),
        ((43_200, 1_209_599, 1_209_600, 1000), []),
        ((43_201, 60, 61, 1), ["queue_limits"]),
        ((30, 59, 61, 1), ["queue_limits"]),
        ((30, 60, 1_209_601, 1), ["queue_limits"]),
        ((30, 60, 61, 0), ["queue_limits"]),
        ((30, 60, 60, 1), ["dead_letters_outlive_messages"]),
    ],
)
def test_limits(settings: tuple[int, int, int, int], expected: list[str]) -> None:
    assert [item.rule for item in setting_findings(*settings)] == expected


def test_a_refusal_names_every_finding() -> None:
    refuse("queue 'a'", [])
    with pytest.raises(ValueError, match="queue_limits") as error:
        refuse("queue 'a'", setting_findings(-1, 60, 60, 1))
    assert str(error.value).count("queue 'a': ") == 2


@given(st.integers(1, 7200), st.integers(1, 50), st.floats(0.1, 3600), st.floats(1, 10))
def test_whatever_has_no_finding_loses_no_message(
    processing: int, attempts: int, initial: float, multiplier: float
) -> None:
    backoff = Backoff(initial, multiplier, max_seconds=3600)
    timing = queue_timing(processing, attempts, backoff)
    if not timing_findings(timing, processing):
        clean = sum(processing + delay for delay in timing.delays) + processing
        crashes = attempts * timing.visibility_seconds
        assert DAY + max(clean, crashes) <= timing.retention_seconds < timing.dead_letter_retention_seconds
