import pytest
from spec_table import Case


def schedule(start: str = "0 8 * * *", end: str = "0 18 * * *", zone: str = "Europe/Berlin") -> str:
    return (
        "scaling:\n  schedule:\n  - name: day\n"
        f"    start: '{start}'\n    end: '{end}'\n    timezone: {zone}\n    replicas: 4"
    )


def task(name: str = "tidy", when: str = "0 3 * * *", timeout: int = 600, more: str = "") -> str:
    return (
        f"tasks:\n- name: {name}\n  command: [tidy]\n  schedule: '{when}'\n"
        f"  timeout_seconds: {timeout}\n{more}"
    )


CASES = [
    Case(
        "SM2130",
        schedule(start="0 24 * * *"),
        schedule(start="0 23 * * *"),
        "overrides.scaling.schedule.0.start",
        "'0 24 * * *': hour: '24' is not from 0 to 23",
        line=8,
    ),
    Case(
        "SM2130",
        schedule(end="0 8 31 2 *"),
        schedule(end="0 8 31 1,2 *"),
        "overrides.scaling.schedule.0.end",
        "'0 8 31 2 *': day 31 never comes in the given months",
        line=9,
    ),
    Case(
        "SM2130",
        task(when="*/0 * * * *"),
        task(when="*/15 * * * *"),
        "overrides.tasks.0.schedule",
        "'*/0 * * * *': minute: '*/0' has no whole step above 0",
        line=8,
    ),
    Case(
        "SM2131",
        schedule(zone="Europe/Bärlin"),
        schedule(zone="Europe/Berlin"),
        "overrides.scaling.schedule.0.timezone",
        "there is no time zone 'Europe/Bärlin'",
        line=10,
    ),
    Case(
        "SM2131",
        task(more="  timezone: CEST"),
        task(more="  timezone: UTC"),
        "overrides.tasks.0.timezone",
        "there is no time zone 'CEST'",
        line=10,
    ),
    Case(
        "SM2132",
        task(more="- {name: tidy, command: [other]}"),
        task(more="- {name: other, command: [other]}"),
        "overrides.tasks.1.name",
        "'tidy' is given twice",
        line=10,
    ),
    Case(
        "SM2133",
        schedule(end="0 8 * * *"),
        schedule(end="1 8 * * *"),
        "overrides.scaling.schedule.0.end",
        "'day' begins and ends at '0 8 * * *'",
        line=9,
    ),
    Case(
        "SM2134",
        task(name="t" * 53),
        task(name="t" * 52),
        "overrides.tasks.0.name",
        f"'{'t' * 53}' has 53 characters, a scheduled task may have 52",
        line=6,
    ),
    Case(
        "SM2135",
        task(when="0 * * * *", timeout=3601),
        task(when="0 * * * *", timeout=3600),
        "overrides.tasks.0.timeout_seconds",
        "'tidy' may take 3601 s, but is due again after 3600 s",
        line=9,
        severity="warning",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    case.assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()
