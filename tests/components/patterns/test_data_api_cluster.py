"""A data API whose database runs on the cluster: secrets, bucket, roles, and what it cannot have."""

import json
from collections import Counter
from typing import Any

import pytest
from blocks import REFUSALS, Built
from data_apis import args, make
from manifests import validate
from web_apis import build, kinds, later

from components.patterns.aws.data_api import DataApi

CLUSTER: dict[str, Any] = {
    "database": {"runtime": "cluster", "extensions": ["timescaledb"]},
    "pool": {"kind": "none"},
    "cache": {"enabled": False},
}
DATABASE = Counter(
    {
        "StatefulSet": 1,
        "Service": 1,
        "ConfigMap": 1,
        "Secret": 3,  # two of Secrets Manager, the server's certificate
        "StorageClass": 2,
        "CronJob": 1,
        "ServiceAccount": 2,
        "NetworkPolicy": 2,
        "PrivateKey": 2,
        "SelfSignedCert": 1,
        "CertRequest": 1,
        "LocallySignedCert": 1,
        "Bucket": 1,
        "BucketVersioning": 1,
    }
)


@pytest.fixture(scope="module")
def built() -> Built:
    return make(**CLUSTER)


def test_resources(built: Built) -> None:
    found = kinds(built)
    web = {"Service": 1, "ConfigMap": 2, "CronJob": 1, "ServiceAccount": 2, "NetworkPolicy": 4}
    assert {kind: found[kind] - web.get(kind, 0) for kind in DATABASE} == DATABASE
    for kind in ("Instance", "Proxy", "ReplicationGroup", "RandomPassword"):
        assert found[kind] == 0
    assert sum(found.values()) == 100
    assert validate(built.deployed) == 27


def server_settings(built: Built) -> dict[str, str]:
    """Settings that the server is started with."""
    (server,) = built.inputs("ledger-database-set")["spec"]["template"]["spec"]["containers"][:1]
    return dict(item.removeprefix("--").split("=", 1) for item in server["args"] if item.startswith("--"))


@pytest.mark.parametrize(
    ("changed", "connections"),
    [
        ({"scaling": {"max": 12}, "pool": {"kind": "none", "size": 10}}, "134"),
        ({"scaling": {"max": 4}, "pool": {"kind": "none", "size": 10}}, "100"),
    ],
)
def test_the_server_takes_what_all_replicas_may_open(changed: dict[str, Any], connections: str) -> None:
    assert server_settings(make(**{**CLUSTER, **changed}))["max_connections"] == connections


def test_what_the_spec_says_of_the_server_counts() -> None:
    database = {**CLUSTER["database"], "parameters": {"max_connections": "200"}}
    assert server_settings(make(**{**CLUSTER, "database": database}))["max_connections"] == "200"


def test_settings(built: Built) -> None:
    data = built.inputs("ledger-config")["data"]
    host = "ledger-database.ledger.svc.cluster.local"
    assert {key: value for key, value in data.items() if key.startswith("DATABASE")} == {
        "DATABASE_HOST": host,
        "DATABASE_PORT": "5432",
        "DATABASE_DATABASE": "app",
        "DATABASE_USER": "app_readwrite",
        "DATABASE_SSL_MODE": "verify-full",
        "DATABASE_AUTHORITIES": built.one("ledger-database-authority").outputs["certPem"],
        "DATABASE_AUTH": "secret",
        "DATABASE_SECRET_ARN": built.one("ledger-serve-secret").outputs["arn"],
        "DATABASE_REGION": "eu-central-1",
        "DATABASE_READ_HOSTS": host,
        "DATABASE_READ_PORT": "5432",
        "DATABASE_READ_USER": "app_read",
        "DATABASE_READ_AUTH": "secret",
        "DATABASE_READ_SSL_MODE": "verify-full",
    }
    migrations = built.inputs("ledger-migrations-config")["data"]
    assert migrations["DATABASE_USER"] == "app_migrate"
    assert migrations["DATABASE_SECRET_ARN"] == built.one("ledger-operate-secret").outputs["arn"]


def secrets_of(built: Built, policy: str) -> set[str]:
    return {
        arn
        for item in built.policy(policy)
        if "secretsmanager:GetSecretValue" in item["Action"]
        for arn in item["Resource"]
    }


def test_each_identity_reads_its_own_secret(built: Built) -> None:
    serve, operate = (
        built.one(f"ledger-{purpose}-secret").outputs["arn"] for purpose in ("serve", "operate")
    )
    assert secrets_of(built, "ledger-policy") == {serve}
    assert secrets_of(built, "ledger-migrations-policy") == {operate}
    assert secrets_of(built, "ledger-database-backup-policy") == {operate}
    assert secrets_of(built, "ledger-database-policy") == {serve, operate}


def test_backups_are_kept_as_long_as_asked(built: Built) -> None:
    (rule,) = built.inputs("ledger-backups-lifecycle")["rules"]
    assert rule["expiration"] == {"days": 30}
    assert built.one("ledger-backups-bucket").options.protect
    actions = {action for item in built.policy("ledger-database-backup-policy") for action in item["Action"]}
    assert "s3:PutObject" in actions
    assert "s3:GetObject" not in actions


def test_the_server_matters_as_much_as_the_service(built: Built) -> None:
    pods = [
        built.inputs(f"ledger-{name}")["spec"]["template"]["spec"] for name in ("deployment", "database-set")
    ]
    assert [pod["priorityClassName"] for pod in pods] == ["skymason-critical"] * 2


def test_migrations_wait_for_the_server(built: Built) -> None:
    assert built.one("ledger-database-set").urn in built.one("ledger-migrations-config").dependencies
    assert built.one("ledger-migrations-config").urn in built.one("ledger-migrations-up").dependencies


def test_pgbouncer_takes_the_password_from_the_secret() -> None:
    found = make(**{**CLUSTER, "pool": {"kind": "pgbouncer"}})
    tokens, pool = found.inputs("ledger-deployment")["spec"]["template"]["spec"]["initContainers"]
    settings = {item["name"]: item["value"] for item in tokens["env"]}
    assert settings["POOL_SECRET_ARN"] == found.one("ledger-serve-secret").outputs["arn"]
    assert settings["POOL_AUTHORITIES"] == found.one("ledger-database-authority").outputs["certPem"]
    assert "TRUSTSTORE_URL" not in settings
    assert "get-secret-value" in tokens["command"][2]
    assert found.inputs("ledger-config")["data"]["DATABASE_HOST"] == "127.0.0.1"
    assert pool["name"] == "pool"


def test_alarms_and_graphs_of_its_own_and_none_of_rds(built: Built) -> None:
    assert [name for name in built.names() if "database" in name and "alarm" in name] == [
        f"ledger-alarm-cluster-database-{key}" for key in ("backup", "readiness", "volume")
    ]
    called = "skymason-test-ledger"
    for short in ("readiness", "volume"):
        made = built.one(f"ledger-alarm-cluster-database-{short}")
        assert made.inputs["metricQueries"][0]["metric"]["dimensions"] == {"Database": called}
        assert built.one("ledger-database-set").urn in made.dependencies
    assert built.inputs("ledger-alarm-cluster-database-volume")["threshold"] == 85
    *drawn, _ = json.loads(built.inputs("ledger-dashboard")["dashboardBody"])["widgets"]
    titles = {item["properties"]["title"]: item["properties"]["metrics"] for item in drawn}
    assert list(titles)[-3:] == ["Database answers", "Volume taken (%)", "Dumps (bytes)"]
    assert titles["Dumps (bytes)"] == [
        ["Skymason/Database", "DumpBytes", "Database", called, {"stat": "Maximum"}]
    ]


@pytest.mark.parametrize("policy", ["ledger-database-policy", "ledger-database-backup-policy"])
def test_both_write_metrics(built: Built, policy: str) -> None:
    (statement,) = (item for item in built.policy(policy) if item["Sid"] == "Metrics")
    assert statement == {
        "Sid": "Metrics",
        "Effect": "Allow",
        "Action": ["cloudwatch:PutMetricData"],
        "Resource": ["*"],
        "Condition": {"StringEquals": {"cloudwatch:namespace": "Skymason/Database"}},
    }


def test_nothing_of_the_platform_need_be_known(built: Built) -> None:
    unknown = build(lambda: DataApi("ledger", args(platform=later(), **CLUSTER)))
    assert unknown.names() == built.names()


def test_other_services_cannot_use_it() -> None:
    def program() -> None:
        assert DataApi("ledger", args(**CLUSTER)).provides == {}

    build(program)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"database": {"read_replicas": 1}}, r"database\.read_replicas: only RDS has that"),
        (
            {"database": {"snapshot": "s", "backup_region": "eu-west-1"}},
            r"database\.backup_region, database\.snapshot: only RDS has that",
        ),
        ({"pool": {"kind": "rds_proxy"}}, r"pool\.kind: RDS Proxy serves RDS only"),
        ({"database": {"engine_version": "14"}}, "there is no image of PostgreSQL 14; use 17"),
    ],
)
def test_what_it_cannot_have(changed: dict[str, Any], message: str) -> None:
    merged = {**CLUSTER, **changed}
    merged["database"] = {**CLUSTER["database"], **changed.get("database", {})}
    with pytest.raises(REFUSALS, match=message):
        make(**merged)
