import pytest
from spec_table import Case

CASES = [
    Case(
        "SM2101",
        "scaling: {min: 5, max: 4}",
        "scaling: {min: 4, max: 4}",
        "overrides.scaling.max",
        "scaling.min is 5, scaling.max only 4",
    ),
    Case(
        "SM2102",
        "resources: {limits: {cpu: 200m}}",
        "resources: {limits: {cpu: 250m}}",
        "overrides.resources.limits.cpu",
        "the cpu limit 200m is below the request 250m",
    ),
    Case(
        "SM2102",
        "resources:\n  requests: {memory: 1Gi}",
        "resources:\n  requests: {memory: 512Mi}",
        "overrides.resources.requests.memory",
        "the memory limit 512Mi is below the request 1Gi",
        line=6,
    ),
    Case(
        "SM2102",
        "tasks:\n- name: tidy\n  command: [tidy]\n  resources: "
        "{requests: {cpu: 1.5, memory: 1Gi}, limits: {cpu: 1000m, memory: 1Gi}}".replace("1.5", '"1.5"'),
        "tasks:\n- name: tidy\n  command: [tidy]\n  resources: "
        "{requests: {cpu: 1000m, memory: 1Gi}, limits: {cpu: '1', memory: 1Gi}}",
        "overrides.tasks.0.resources.limits.cpu",
        "the cpu limit 1000m is below the request 1.5",
        line=8,
    ),
    Case(
        "SM2103",
        "scaling: {min: 2}",
        "scaling: {min: 3}",
        "overrides.scaling.min",
        "2 replicas over 3 zones: a critical service needs one in each",
        identity="tier: critical",
    ),
    Case(
        "SM2104",
        "scaling: {min: 1}",
        "scaling: {min: 2}",
        "overrides.scaling.min",
        "one replica in prod",
    ),
    Case(
        "SM2105",
        "spot: true",
        "spot: false",
        "overrides.spot",
        "a critical service runs on spot capacity, which can be taken back at any time",
        identity="tier: critical",
        settings={
            "aws__cluster__node_pools": [
                {"name": "spot", "instance_types": ["t3.large"], "min": 1, "max": 3, "spot": True}
            ]
        },
    ),
    Case(
        "SM2106",
        "spread_zones: false",
        "spread_zones: true",
        "overrides.spread_zones",
        "spread_zones is off for a critical service",
        identity="tier: critical",
    ),
    Case(
        "SM2107",
        "scaling:\n  schedule:\n  - {name: day, start: 0 8 * * *, end: 0 18 * * *, replicas: 13}",
        "scaling:\n  schedule:\n  - {name: day, start: 0 8 * * *, end: 0 18 * * *, replicas: 12}",
        "overrides.scaling.schedule.0.replicas",
        "'day' asks for 13 replicas, scaling.max is 12",
        line=7,
    ),
    Case(
        "SM2108",
        "singleton: true\nscaling: {min: 1, max: 2}",
        "singleton: true\nscaling: {min: 1, max: 1}",
        "overrides.scaling.max",
        "a singleton may scale to 2 replicas",
        line=6,
    ),
    Case(
        "SM2109",
        "spot: true",
        "spot: false",
        "overrides.spot",
        "no node pool of prod is spot, so this runs on demand",
        severity="warning",
    ),
    Case(
        "SM2110",
        "singleton: true\nspot: true\nscaling: {min: 1, max: 1}",
        "singleton: true\nspot: false\nscaling: {min: 1, max: 1}",
        "overrides.spot",
        "spot cannot be combined with singleton: one reclaim stops all processing",
        line=6,
        settings={"aws__cluster__existing_name": "shared"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    case.assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()


@pytest.mark.parametrize(("identity", "environment"), [("", "dev"), ("tier: best_effort", "prod")])
def test_one_replica_may_be_enough(identity: str, environment: str) -> None:
    case = Case("", "", "scaling: {min: 1}", "", "", identity=identity, environment=environment)
    case.assert_near_miss()
