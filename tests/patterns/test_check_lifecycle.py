import pytest
from spec_table import Case

CASES = [
    Case(
        "SM2111",
        "probes:\n  readiness: {timeout_seconds: 6}",
        "probes:\n  readiness: {timeout_seconds: 5}",
        "overrides.probes.readiness.timeout_seconds",
        "the readiness probe waits 6 s for an answer, but asks every 5 s",
        line=6,
    ),
    Case(
        "SM2112",
        "probes: {startup: {failure_threshold: 11}}",
        "probes: {startup: {failure_threshold: 12}}",
        "overrides.probes.startup.failure_threshold",
        "a start may take 55 s (period × failures), which is less than the 60 s that liveness allows",
    ),
    Case(
        "SM2112",
        "probes: {liveness: {period_seconds: 30}}",
        "probes: {liveness: {period_seconds: 20}}",
        "overrides.probes.liveness.period_seconds",
        "a start may take 120 s (period × failures), which is less than the 180 s that liveness allows",
    ),
    Case(
        "SM2113",
        "probes: {readiness: {failure_threshold: 13}}",
        "probes: {readiness: {failure_threshold: 12}}",
        "overrides.probes.readiness.failure_threshold",
        "a replica leaves service after 65 s, but is restarted after 60 s",
        severity="warning",
    ),
    Case(
        "SM2114",
        'rollout: {max_surge: "0%"}',
        'rollout: {max_surge: "0%", max_unavailable: "1"}',
        "overrides.rollout.max_surge",
        "max_surge and max_unavailable are both 0",
    ),
    Case(
        "SM2115",
        'rollout: {max_unavailable: "100%"}',
        'rollout: {max_unavailable: "99%"}',
        "overrides.rollout.max_unavailable",
        "100% of 3 replicas may be missing while a new version rolls out",
    ),
    Case(
        "SM2115",
        'rollout: {max_unavailable: "3"}',
        'rollout: {max_unavailable: "2"}',
        "overrides.rollout.max_unavailable",
        "3 of 3 replicas may be missing while a new version rolls out",
    ),
    Case(
        "SM2116",
        'disruption: {max_unavailable: "0"}',
        'disruption: {max_unavailable: "1"}',
        "overrides.disruption.max_unavailable",
        "no replica may ever be moved from its node",
    ),
    Case(
        "SM2117",
        'disruption: {max_unavailable: "67%"}',
        'disruption: {max_unavailable: "66%"}',
        "overrides.disruption.max_unavailable",
        "a drain may take 67% of 3 replicas at once",
    ),
    Case(
        "SM2118",
        "rollout: {bake_minutes: 4}",
        "rollout: {bake_minutes: 5}",
        "overrides.rollout.bake_minutes",
        "a new version is watched for 4 min, alarms look back over 5 min",
    ),
    Case(
        "SM2118",
        "alarms: {window_minutes: 16}",
        "alarms: {window_minutes: 15}",
        "overrides.alarms.window_minutes",
        "a new version is watched for 15 min, alarms look back over 16 min",
    ),
    Case(
        "SM2119",
        "shutdown: {grace_seconds: 20, pre_stop_seconds: 20}\nports:\n- {name: health, port: 8081}",
        "shutdown: {grace_seconds: 31, pre_stop_seconds: 1}",
        "overrides.shutdown.grace_seconds",
        "20 s of waiting leave nothing of the grace of 20 s",
        pattern="event_processor",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    case.assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()


def test_a_singleton_is_replaced_whatever_the_rollout_says() -> None:
    overrides = 'singleton: true\nscaling: {min: 1, max: 1}\nrollout: {max_surge: "0", max_unavailable: "0"}'
    Case("", "", overrides, "", "").assert_near_miss()
