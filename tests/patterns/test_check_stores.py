import pytest
from spec_table import Case

DATA = "data_api"
EXISTING = "pool: {kind: none}\ndatabase: {existing: {resource_id: db-ABC, host: db.example.com}, "

CASES = [
    Case(
        "SM2417",
        "database: {multi_az: false}",
        "database: {multi_az: false, deletion_protection: false}",
        "overrides.database.multi_az",
        "a database that is protected from deletion has no standby",
        pattern=DATA,
        environment="staging",
    ),
    Case(
        "SM2417",
        "database: {deletion_protection: true, multi_az: true, backup_days: 6}",
        "database: {deletion_protection: true, multi_az: true, backup_days: 7}",
        "overrides.database.backup_days",
        "a database that is protected from deletion has backups of 6 days",
        pattern=DATA,
        environment="dev",
    ),
    Case(
        "SM2417",
        "database: {multi_az: false}",
        f"{EXISTING}multi_az: false}}",
        "overrides.database.multi_az",
        "a database that is protected from deletion has no standby",
        pattern=DATA,
    ),
    Case(
        "SM2418",
        "cache: {engine_version: '8'}",
        "cache: {engine_version: '8.1'}",
        "overrides.cache.engine_version",
        "there is no valkey 8 on ElastiCache with IAM users",
        pattern=DATA,
    ),
    Case(
        "SM2418",
        "cache: {engine: redis, engine_version: '7.4'}",
        "cache: {engine: redis, engine_version: '7.1'}",
        "overrides.cache.engine_version",
        "there is no redis 7.4 on ElastiCache with IAM users",
        pattern=DATA,
    ),
    Case(
        "SM2418",
        "cache: {engine: redis}",
        "cache: {enabled: false, engine: redis}",
        "overrides.cache.engine",
        "there is no redis 8.0 on ElastiCache with IAM users",
        pattern=DATA,
    ),
    Case(
        "SM2419",
        "database: {monitoring_seconds: 0}",
        "database: {monitoring_seconds: 1}",
        "overrides.database.monitoring_seconds",
        "enhanced monitoring is off",
        pattern=DATA,
        severity="warning",
    ),
    Case(
        "SM2419",
        "database: {performance_insights_days: 0}",
        f"{EXISTING}performance_insights_days: 0}}",
        "overrides.database.performance_insights_days",
        "query statistics are off",
        pattern=DATA,
        environment="staging",
        severity="warning",
    ),
    Case(
        "SM2420",
        "cache: {snapshot_days: 0}",
        "cache: {snapshot_days: 1}",
        "overrides.cache.snapshot_days",
        "cache.snapshot_days is 0",
        pattern=DATA,
        identity="tier: critical",
        severity="warning",
    ),
    Case(
        "SM2420",
        "cache: {multi_az: false}",
        "cache: {enabled: false, multi_az: false}",
        "overrides.cache.multi_az",
        "cache.multi_az is false",
        pattern=DATA,
        identity="tier: critical",
        severity="warning",
    ),
    Case(
        "SM2421",
        "database: {backup_region: eu-central-1}",
        "database: {backup_region: eu-west-1}",
        "overrides.database.backup_region",
        "the stack itself is in eu-central-1",
        pattern=DATA,
    ),
    Case(
        "SM2422",
        "database: {backup_region: eu-west-9}",
        "database: {backup_region: eu-west-3}",
        "overrides.database.backup_region",
        "there is no region 'eu-west-9'",
        pattern=DATA,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    case.assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()


@pytest.mark.parametrize(
    ("region", "fix"),
    [
        ("eu-west-9", "take eu-west-1 or eu-west-2 or eu-west-3"),
        ("mars-north-1", "take one such as eu-west-1"),
    ],
)
def test_regions_that_may_be_meant(region: str, fix: str) -> None:
    case = Case("", f"database: {{backup_region: {region}}}", "", "", "", pattern=DATA)
    assert [item.fix for item in case.findings(case.trips)] == [fix]


def test_stores_of_another_cloud_have_other_versions() -> None:
    case = Case("", "cache: {engine: redis, engine_version: '7.4'}", "", "", "", pattern=DATA, cloud="azure")
    assert case.findings(case.trips) == []
