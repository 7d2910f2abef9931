"""A data API on AWS: exact sets of resources for each variant, and how its parts are put together."""

import json
from collections import Counter
from typing import Any

import pulumi
import pytest
from blocks import REFUSALS, Built, component_inputs, component_outputs
from data_apis import args, make
from manifests import validate
from test_web_api import PLAIN as WEB
from web_apis import IMAGE, PLATFORM, build, kinds, later

from components.patterns.aws.data_api import DataApi
from components.patterns.aws.web_api import WebApi
from skymason.plan.diff import difference

PLAIN = WEB + Counter(
    {
        # database
        "Instance": 1,
        "SecurityGroup": 1,
        "SecurityGroupIngressRule": 1,
        "ParameterGroup": 1,
        "SubnetGroup": 1,
        "LogGroup": 2,
        "Role": 1,
        "RolePolicyAttachment": 1,
    }
)
PLAIN += Counter(
    {
        # proxy
        "Proxy": 1,
        "ProxyDefaultTargetGroup": 1,
        "ProxyTarget": 1,
        "SecurityGroup": 1,
        "SecurityGroupIngressRule": 2,
        "SecurityGroupEgressRule": 1,
        "LogGroup": 1,
        "Role": 1,
        "RolePolicy": 1,
    }
)
PLAIN += Counter(
    {
        # cache
        "ReplicationGroup": 1,
        "User": 2,
        "UserGroup": 1,
        "SecurityGroup": 1,
        "SecurityGroupIngressRule": 1,
        "ParameterGroup": 1,
        "SubnetGroup": 1,
        "LogGroup": 2,
    }
)
PLAIN += Counter(
    {
        # users, migrations, and what the service may do with its stores
        "Job": 2,
        "CronJob": 1,
        "ConfigMap": 1,
        "ServiceAccount": 2,
        "NetworkPolicy": 2,
        "Role": 2,
        "RolePolicy": 3,
        "PodIdentityAssociation": 2,
        # alarms on database and cache
        "MetricAlarm": 8,
    }
)
"""Public, with RDS Proxy, a cache of two nodes, migrations, alarms and a dashboard: 90 resources."""


def added(built: Built) -> dict[str, int]:
    """How the variant's resources differ in number from the plain one's."""
    found = kinds(built)
    return {kind: found[kind] - PLAIN[kind] for kind in found | PLAIN if found[kind] != PLAIN[kind]}


@pytest.fixture(scope="module")
def plain() -> Built:
    return make()


def test_plain(plain: Built) -> None:
    assert kinds(plain) == PLAIN
    assert sum(PLAIN.values()) == 90
    assert validate(plain.deployed) == 19


NO_PROXY = {
    "Proxy": -1,
    "ProxyDefaultTargetGroup": -1,
    "ProxyTarget": -1,
    "SecurityGroup": -1,
    "SecurityGroupIngressRule": -2,
    "SecurityGroupEgressRule": -1,
    "LogGroup": -1,
    "Role": -1,
    "RolePolicy": -1,
}
ROTATION = {
    "RandomPassword": 1,
    "Secret": 1,
    "SecretPolicy": 1,
    "SecretRotation": 1,
    "Function": 1,
    "Permission": 1,
    "Queue": 1,
    "QueuePolicy": 1,
    "LogGroup": 1,
    "Role": 1,
    "RolePolicy": 1,
}
"""RDS does not rotate the password of a database with replicas: a function does."""
NO_CACHE = {
    "ReplicationGroup": -1,
    "User": -2,
    "UserGroup": -1,
    "SecurityGroup": -1,
    "SecurityGroupIngressRule": -1,
    "ParameterGroup": -1,
    "SubnetGroup": -1,
    "LogGroup": -2,
    "MetricAlarm": -3,
}
NO_DATABASE = {
    "Instance": -1,
    "SecurityGroup": -1,
    "SecurityGroupIngressRule": -1,
    "ParameterGroup": -1,
    "SubnetGroup": -1,
    "LogGroup": -2,
    "Role": -1,
    "RolePolicyAttachment": -1,
    "MetricAlarm": -5,
}
NO_SETUP = {
    "Job": -1,
    "ServiceAccount": -1,
    "NetworkPolicy": -1,
    "Role": -1,
    "RolePolicy": -1,
    "PodIdentityAssociation": -1,
}
NO_MIGRATIONS = {**NO_SETUP, "CronJob": -1, "ConfigMap": -1}
EXISTING_DATABASE = {"resource_id": "db-ABCDEFGHIJKL01234", "host": "db.example.com"}
EXISTING_CACHE = {
    "arn": "arn:aws:elasticache:eu-central-1:123456789012:replicationgroup:shared",
    "host": "cache.example.com",
    "user_id": "ledger",
    "user_arn": "arn:aws:elasticache:eu-central-1:123456789012:user:ledger",
}


def both(*differences: dict[str, int]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in differences:
        for kind, count in each.items():
            total[kind] += count
    return {kind: count for kind, count in total.items() if count}


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        pytest.param({"pool": {"kind": "none"}}, NO_PROXY, id="no pool"),
        pytest.param({"pool": {"kind": "pgbouncer"}}, NO_PROXY, id="pgbouncer"),
        pytest.param({"cache": {"enabled": False}}, NO_CACHE, id="no cache"),
        pytest.param(
            {"database": {"read_replicas": 2}},
            both({"Instance": 2, "LogGroup": 4, "MetricAlarm": 1}, ROTATION),
            id="read replicas",
        ),
        pytest.param(
            {"database": {"backup_region": "eu-west-1"}},
            {"Key": 1, "InstanceAutomatedBackupsReplication": 1},
            id="backups in a second region",
        ),
        pytest.param(
            {"database": {"monitoring_seconds": 0}},
            {"Role": -1, "RolePolicyAttachment": -1},
            id="no monitoring",
        ),
        pytest.param(
            {"database": {"snapshot": "rds:ledger-2026"}}, {"SnapshotCopy": 1}, id="from a snapshot"
        ),
        pytest.param({"database": {"blue_green": True}}, ROTATION, id="blue and green"),
        pytest.param({"cache": {"engine": "redis", "engine_version": "7.1"}}, {"User": 1}, id="redis"),
        pytest.param({"migrations": {"enabled": False}}, NO_MIGRATIONS, id="no migrations"),
        pytest.param({"migrations": {"down_command": []}}, {"CronJob": -1}, id="no way back"),
        pytest.param(
            {"database": {"existing": EXISTING_DATABASE}, "pool": {"kind": "none"}},
            both(NO_DATABASE, NO_PROXY, NO_SETUP),
            id="an existing database",
        ),
        pytest.param(
            {
                "database": {
                    "existing": {
                        **EXISTING_DATABASE,
                        "master_secret_arn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:m",
                        "security_group_id": "sg-0123456789abcdef0",
                    }
                },
                "pool": {"kind": "none"},
            },
            both(NO_DATABASE, NO_PROXY, {"SecurityGroupIngressRule": 1}),
            id="an existing database with its master user and its group",
        ),
        pytest.param({"cache": {"existing": EXISTING_CACHE}}, NO_CACHE, id="an existing cache"),
        pytest.param(
            {"cache": {"existing": {**EXISTING_CACHE, "security_group_id": "sg-0123456789abcdef0"}}},
            both(NO_CACHE, {"SecurityGroupIngressRule": 1}),
            id="an existing cache with its group",
        ),
        pytest.param({"alarms": {"enabled": False}}, {"MetricAlarm": -11}, id="no alarms"),
        pytest.param({"dashboard": False}, {"Dashboard": -1}, id="no dashboard"),
        pytest.param(
            {"database": {"instance_class": "db.t4g.medium"}}, {"MetricAlarm": 1}, id="a burstable class"
        ),
        pytest.param(
            {"ingress": {"waf": {"enabled": False}}},
            {"WebAcl": -1, "WebAclAssociation": -1, "LogGroup": -1, "WebAclLoggingConfiguration": -1},
            id="no firewall",
        ),
        pytest.param({"escape": {"database-instance": {"dedicated_log_volume": True}}}, {}, id="escape"),
    ],
)
def test_variants(changed: dict[str, Any], difference: dict[str, int]) -> None:
    built = make(**changed)
    assert added(built) == difference
    validate(built.deployed)


def test_development_is_smaller() -> None:
    built = make(platform={**PLATFORM, "environment": "dev"}, pool={"kind": "rds_proxy"})
    database, cache = built.inputs("ledger-database-instance"), built.inputs("ledger-cache-cache")
    assert (database["instanceClass"], database["multiAz"]) == ("db.t4g.micro", False)
    assert (database["deletionProtection"], database["skipFinalSnapshot"]) == (False, True)
    assert not built.one("ledger-database-instance").options.protect
    assert (cache["nodeType"], cache["numCacheClusters"]) == ("cache.t4g.micro", 1)
    assert not built.one("ledger-cache-cache").options.protect


def test_nothing_of_the_platform_need_be_known(plain: Built) -> None:
    built = build(lambda: DataApi("ledger", args(platform=later())))
    assert built.names() == plain.names()


def test_the_same_plan_twice(plain: Built) -> None:
    assert make().deployed.to_json() == plain.deployed.to_json()


def test_what_is_of_a_web_api_keeps_its_names(plain: Built) -> None:
    web = build(lambda: WebApi("ledger", args()))
    assert set(web.names()) < set(plain.names())


def test_a_new_image_migrates_and_is_rolled_out(plain: Built) -> None:
    other = make(image={**IMAGE, "digest": "sha256:" + "b" * 64})
    changed = [
        before.name
        for before, after in zip(plain.deployed.resources, other.deployed.resources, strict=True)
        if (before.inputs, before.urn) != (after.inputs, after.urn)
    ]
    assert sorted(changed) == ["ledger-deployment", "ledger-migrations-down", "ledger-migrations-up"]


def test_an_upgrade_replaces_no_data(plain: Built) -> None:
    old = make(database={"engine_version": "16"})
    new = make(database={"engine_version": "17", "allow_major_upgrade": True})
    changes = {
        item.name: (str(item.kind), item.paths) for item in difference(old.deployed, new.deployed).changes
    }
    assert changes == {
        "ledger-database-instance": ("update", ("allowMajorVersionUpgrade", "engineVersion")),
        "ledger-database-parameters": ("replace", ("family",)),
    }


def test_users_then_migrations_then_the_new_version(plain: Built) -> None:
    needs = {name: plain.one(name).dependencies for name in ("ledger-migrations-up", "ledger-deployment")}
    assert plain.one("ledger-setup").urn in needs["ledger-migrations-up"]
    assert plain.one("ledger-migrations-up").urn in needs["ledger-deployment"]


def test_settings_of_the_service(plain: Built) -> None:
    data = plain.inputs("ledger-config")["data"]
    proxy = plain.one("ledger-database-pool-proxy").outputs["endpoint"]
    cache = plain.one("ledger-cache-cache").outputs
    assert {key: value for key, value in data.items() if key.startswith(("DATABASE", "CACHE"))} == {
        "DATABASE_HOST": proxy,
        "DATABASE_PORT": "5432",
        "DATABASE_DATABASE": "app",
        "DATABASE_USER": "app_readwrite",
        "DATABASE_SSL_MODE": "verify-full",
        "DATABASE_AUTH": "iam",
        "DATABASE_REGION": "eu-central-1",
        "DATABASE_READ_HOSTS": proxy,
        "DATABASE_READ_PORT": "5432",
        "DATABASE_READ_USER": "app_read",
        "DATABASE_READ_AUTH": "iam",
        "DATABASE_READ_SSL_MODE": "verify-full",
        "CACHE_HOST": cache["primaryEndpointAddress"],
        "CACHE_READ_HOST": cache["readerEndpointAddress"],
        "CACHE_PORT": "6379",
        "CACHE_TLS": "true",
        "CACHE_CACHE": cache["replicationGroupId"],
        "CACHE_USER": plain.one("ledger-cache-readwrite-user").inputs["userId"],
        "CACHE_AUTH": "iam",
        "CACHE_REGION": "eu-central-1",
    }


def test_replicas_have_an_endpoint_of_their_own() -> None:
    built = make(database={"read_replicas": 2})
    hosts = [built.one(f"ledger-database-replica-{number}").outputs["address"] for number in (1, 2)]
    assert built.inputs("ledger-config")["data"]["DATABASE_READ_HOSTS"] == ",".join(hosts)


def own(built: Built, *keys: str) -> dict[str, str]:
    data = built.inputs("ledger-config")["data"]
    return {key: data[f"DATABASE_{key}"] for key in keys}


WHERE = ("HOST", "PORT", "AUTH", "SSL_MODE", "READ_HOSTS", "READ_PORT", "READ_AUTH", "READ_SSL_MODE")


def test_pgbouncer_stands_in_every_pod() -> None:
    built = make(
        pool={"kind": "pgbouncer", "mode": "session", "size": 7},
        tasks=[
            {"name": "tidy", "command": ["t"], "schedule": "0 3 * * *"},
            {"name": "seed", "command": ["s"]},
        ],
    )
    assert own(built, *WHERE) == {
        "HOST": "127.0.0.1",
        "PORT": "6432",
        "AUTH": "none",
        "SSL_MODE": "disable",
        "READ_HOSTS": "127.0.0.1",
        "READ_PORT": "6432",
        "READ_AUTH": "none",
        "READ_SSL_MODE": "disable",
    }
    pods = [
        built.inputs("ledger-deployment")["spec"]["template"]["spec"],
        built.inputs("ledger-task-seed")["spec"]["template"]["spec"],
        built.inputs("ledger-schedule-tidy")["spec"]["jobTemplate"]["spec"]["template"]["spec"],
    ]
    for pod in pods:
        tokens, pool = pod["initContainers"]
        assert (tokens["name"], pool["name"]) == ("pool-tokens", "pool")
        assert "pool_mode = session\ndefault_pool_size = 7\n" in pool["command"][2]
        settings = {item["name"]: item["value"] for item in pool["env"]}
        assert settings["POOL_HOST"] == built.one("ledger-database-instance").outputs["address"]
        assert settings["POOL_USERS"] == "app_readwrite app_read"
        assert pod["volumes"][-1]["name"] == "memory"
    # Migrations go to the instance itself, each in one session.
    assert "initContainers" not in built.inputs("ledger-migrations-up")["spec"]["template"]["spec"]
    host = built.inputs("ledger-migrations-config")["data"]["DATABASE_HOST"]
    assert host == built.one("ledger-database-instance").outputs["address"]


def test_with_replicas_reads_go_round_pgbouncer() -> None:
    built = make(pool={"kind": "pgbouncer"}, database={"read_replicas": 1})
    assert own(built, *WHERE) == {
        "HOST": "127.0.0.1",
        "PORT": "6432",
        "AUTH": "none",
        "SSL_MODE": "disable",
        "READ_HOSTS": built.one("ledger-database-replica-1").outputs["address"],
        "READ_PORT": "5432",
        "READ_AUTH": "iam",
        "READ_SSL_MODE": "verify-full",
    }
    pool = built.inputs("ledger-deployment")["spec"]["template"]["spec"]["initContainers"][1]
    assert {item["name"]: item["value"] for item in pool["env"]}["POOL_USERS"] == "app_readwrite"


def test_pgbouncer_before_an_existing_database() -> None:
    replicas = [{"resource_id": "db-ABCDEFGHIJKL01235", "host": "copy.example.com"}]
    existing = {**EXISTING_DATABASE, "replicas": replicas}
    built = make(pool={"kind": "pgbouncer"}, database={"existing": existing})
    assert own(built, "HOST", "READ_HOSTS") == {"HOST": "127.0.0.1", "READ_HOSTS": "copy.example.com"}


def actions(built: Built, name: str) -> dict[str, list[str]]:
    return {item["Sid"]: item["Resource"] for item in built.policy(name)}


def test_each_identity_signs_in_as_its_own_user_alone(plain: Built) -> None:
    proxy = plain.one("ledger-database-pool-proxy").outputs["arn"].rsplit(":", 1)[-1]
    instance = plain.one("ledger-database-instance").outputs["resourceId"]
    user = "arn:aws:rds-db:eu-central-1:123456789012:dbuser:"
    assert actions(plain, "ledger-policy")["DatabaseReadwrite"] == [
        *(f"{user}{proxy}/app_readwrite", f"{user}{proxy}/app_read")
    ]
    assert actions(plain, "ledger-migrations-policy") == {
        "DatabaseMigrate": [f"{user}{instance}/app_migrate"]
    }
    assert actions(plain, "ledger-setup-policy")["DatabaseAdminister"] == [f"{user}{instance}/administrator"]
    accounts = {
        short: plain.inputs(f"ledger{short}-association")["serviceAccount"]
        for short in ("", "-migrations", "-setup")
    }
    assert accounts == {
        "": "ledger",
        "-migrations": "ledger-migrations",
        "-setup": "ledger-database-setup",
    }


def test_the_service_reaches_its_stores_and_nobody_else_s_port(plain: Built) -> None:
    egress = plain.inputs("ledger-network-policy")["spec"]["egress"]
    ports = {entry["to"][0]["ipBlock"]["cidr"]: [item["port"] for item in entry["ports"]] for entry in egress}
    assert ports == {"10.0.0.0/16": [5432, 6379], "169.254.170.23/32": [80]}


def test_production_is_protected(plain: Built) -> None:
    database = plain.inputs("ledger-database-instance")
    expected = {
        "identifier": "skymason-test-ledger",
        "multiAz": True,
        "backupRetentionPeriod": 30,
        "deletionProtection": True,
        "skipFinalSnapshot": False,
        "iamDatabaseAuthenticationEnabled": True,
        "manageMasterUserPassword": True,
        "monitoringInterval": 60,
        "performanceInsightsEnabled": True,
        "publiclyAccessible": False,
        "storageEncrypted": True,
        "kmsKeyId": PLATFORM["data_key_arn"],
        "allowMajorVersionUpgrade": False,
    }
    assert {key: database[key] for key in expected} == expected
    assert plain.one("ledger-database-instance").options.protect
    assert plain.one("ledger-cache-cache").options.protect
    cache = plain.inputs("ledger-cache-cache")
    assert (cache["engine"], cache["engineVersion"], cache["nodeType"]) == (
        "valkey",
        "8.0",
        "cache.m7g.large",
    )
    assert plain.inputs("ledger-database-subnets")["subnetIds"] == PLATFORM["data_subnet_ids"]


def test_what_other_services_may_use() -> None:
    def program() -> None:
        made = DataApi("ledger", args())
        assert sorted(made.provides) == ["ledger-cache", "ledger-database"]
        binding = made.provides["ledger-database"].binding("read", "ledger-database")
        pulumi.export("binding", binding["environment"])

    found = build(program).deployed.outputs["binding"]
    assert found["LEDGER_DATABASE_USER"] == "app_read"
    assert "LEDGER_DATABASE_AUTH" not in found


def test_without_a_cache_there_is_none_to_use() -> None:
    def program() -> None:
        assert list(DataApi("ledger", args(cache={"enabled": False})).provides) == ["ledger-database"]

    build(program)


def test_no_proxy_is_made_for_a_database_that_was_there() -> None:
    with pytest.raises(REFUSALS, match="RDS Proxy is made with the database that it stands before"):
        make(database={"existing": EXISTING_DATABASE})


def test_existing_stores_at_other_ports_and_addresses() -> None:
    theirs = {"port": 6432, "cidr": "10.9.0.0/16"}
    replicas = [{"resource_id": "db-ABCDEFGHIJKL01235", "host": "copy.example.com"}]
    built = make(
        pool={"kind": "pgbouncer"},
        database={"existing": {**EXISTING_DATABASE, **theirs, "replicas": replicas}},
        cache={"existing": {**EXISTING_CACHE, "port": 6380, "cidr": "10.9.0.0/16"}},
    )
    assert own(built, "READ_PORT") == {"READ_PORT": "6432"}
    pool = built.inputs("ledger-deployment")["spec"]["template"]["spec"]["initContainers"][1]
    assert {item["name"]: item["value"] for item in pool["env"]}["POOL_PORT"] == "6432"
    assert built.inputs("ledger-config")["data"]["CACHE_PORT"] == "6380"
    assert built.inputs("ledger-migrations-config")["data"]["DATABASE_PORT"] == "6432"
    egress = built.inputs("ledger-network-policy")["spec"]["egress"]
    assert [
        [port["port"] for port in entry["ports"]]
        for entry in egress
        if entry["to"][0].get("ipBlock", {}).get("cidr") == "10.9.0.0/16"
    ] == [[6380, 6432]]


def test_an_existing_database_is_used_as_it_is() -> None:
    built = make(database={"existing": EXISTING_DATABASE, "name": "books"}, pool={"kind": "none"})
    data = built.inputs("ledger-config")["data"]
    assert (data["DATABASE_HOST"], data["DATABASE_DATABASE"]) == ("db.example.com", "books")
    assert actions(built, "ledger-migrations-policy") == {
        "DatabaseMigrate": [
            "arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-ABCDEFGHIJKL01234/app_migrate"
        ]
    }


def test_bindings_of_the_spec_stand_beside_its_own() -> None:
    binding = {
        "name": "images",
        "environment": {"IMAGES_BUCKET": "images"},
        "statements": [{"sid": "Read", "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::images/*"]}],
        "network": [{"direction": "egress", "port": 443, "cidr": "0.0.0.0/0"}],
    }
    built = make(bindings=[binding])
    assert built.inputs("ledger-config")["data"]["IMAGES_BUCKET"] == "images"
    assert "Read" in actions(built, "ledger-policy")
    assert "Read" not in actions(built, "ledger-migrations-policy")
    assert "IMAGES_BUCKET" not in built.inputs("ledger-migrations-config")["data"]


def test_one_dashboard_for_everything() -> None:
    built = make(database={"read_replicas": 1})
    made = built.inputs("ledger-dashboard")
    assert made["dashboardName"] == "skymason-test-ledger"
    *drawn, errors = json.loads(made["dashboardBody"])["widgets"]
    assert (errors["type"], errors["y"], errors["width"]) == ("log", 24, 24)
    assert "SOURCE '/aws/eks/any/pods/ledger'" in errors["properties"]["query"]
    assert [(item["x"], item["y"]) for item in drawn] == [
        (column, row) for row in (0, 6, 12, 18) for column in (0, 6, 12, 18)
    ]
    lines = {item["properties"]["title"]: item["properties"]["metrics"] for item in drawn}
    cache = built.one("ledger-cache-cache").outputs["replicationGroupId"]
    instances = ("skymason-test-ledger", "skymason-test-ledger-replica-1")
    assert lines["Connections"] == [
        ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", name, {"stat": "Maximum"}]
        for name in instances
    ]
    assert [line[3] for line in lines["Cache hits and misses"]] == [f"{cache}-001", f"{cache}-002"] * 2
    # What alarms and graphs call the servers is what they are called.
    assert instances == tuple(
        built.inputs(f"ledger-database-{short}")["identifier"] for short in ("instance", "replica-1")
    )


def test_stores_that_were_there_have_no_graphs() -> None:
    stores: Any = {"database": {"existing": EXISTING_DATABASE}, "cache": {"existing": EXISTING_CACHE}}
    built = make(**stores, pool={"kind": "none"})
    drawn = json.loads(built.inputs("ledger-dashboard")["dashboardBody"])["widgets"]
    assert [item["type"] for item in drawn] == [*(["metric"] * 4), "log"]


@pytest.mark.parametrize(("value", "threshold"), [("200", 160), ("{DBInstanceClassMemory/9531392}", 662)])
def test_the_alarm_on_connections_knows_the_parameter(value: str, threshold: int) -> None:
    built = make(database={"parameters": {"max_connections": value}})
    assert built.inputs("ledger-alarm-database-connections")["threshold"] == threshold


def test_outputs() -> None:
    def program() -> None:
        made = DataApi("ledger", args())
        for output in DataApi.__annotations__:
            pulumi.export(output, getattr(made, output))

    built = build(program)
    outputs = built.deployed.outputs
    assert outputs["urls"] == ["https://ledger.example.com"]
    assert outputs["role_arn"] == built.one("ledger-role").outputs["arn"]
    assert outputs["namespace"] == "ledger"


def test_other_languages_can_use_it() -> None:
    inputs = component_inputs(DataApi)
    assert {name for name, optional in inputs.items() if not optional} == {"platform", "service", "image"}
    assert component_outputs(DataApi) == component_outputs(WebApi)
