"""ElastiCache: exact inputs, users, and what is refused."""

from typing import Any

import pulumi
import pytest
from blocks import (
    KEY,
    LOGS_KEY,
    REFUSALS,
    Built,
    build,
    component_inputs,
    component_outputs,
    plain,
    unknown,
)

from components.aws.cache import Cache, CacheArgs, CacheEngine
from components.aws.cache_settings import cache_findings, family, parameters, topology

BASE: Any = {
    "vpc_cidr": "10.0.0.0/16",
    "vpc_id": "vpc-0123456789abcdef0",
    "subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    "clients": {"cluster": "sg-0123456789abcdef0"},
    "key_arn": KEY,
    "logs_key_arn": LOGS_KEY,
}


def program(args: CacheArgs) -> None:
    cache = Cache("sessions", args)
    for access in ("read", "readwrite"):
        pulumi.export(access, cache.binding(access))
    pulumi.export("hosts", [cache.host, cache.read_host])


@pytest.fixture(scope="module")
def simple() -> Built:
    return build(lambda: program(BASE))


@pytest.fixture(scope="module")
def sharded() -> Built:
    args: CacheArgs = {
        **BASE,
        "engine": CacheEngine.REDIS,
        "node_type": "cache.r7g.large",
        "shards": 3,
        "replicas": 2,
        "eviction_policy": "noeviction",
        "snapshot_days": 14,
        "log_days": 30,
        "protect": True,
        "apply_immediately": True,
    }
    return build(lambda: program(args))


def test_resources(simple: Built) -> None:
    assert simple.names() == [
        "sessions-cache",
        "sessions-engine-logs",
        "sessions-from-cluster-6379",
        "sessions-group",
        "sessions-parameters",
        "sessions-read-user",
        "sessions-readwrite-user",
        "sessions-slow-logs",
        "sessions-subnets",
        "sessions-users",
    ]


def test_cache(simple: Built) -> None:
    assert simple.inputs("sessions-cache") == {
        "description": "Cache sessions",
        "engine": "valkey",
        "engineVersion": "8.0",
        "nodeType": "cache.t4g.small",
        "port": 6379,
        "numCacheClusters": 2,
        "automaticFailoverEnabled": True,
        "multiAzEnabled": True,
        "parameterGroupName": simple.one("sessions-parameters").outputs["name"],
        "subnetGroupName": simple.one("sessions-subnets").outputs["name"],
        "securityGroupIds": [simple.one("sessions-group").id],
        "atRestEncryptionEnabled": True,
        "kmsKeyId": KEY,
        "transitEncryptionEnabled": True,
        "transitEncryptionMode": "required",
        "userGroupIds": [simple.one("sessions-users").outputs["userGroupId"]],
        "snapshotRetentionLimit": 7,
        "snapshotWindow": "01:00-02:00",
        "maintenanceWindow": "sun:04:30-sun:05:30",
        "autoMinorVersionUpgrade": True,
        "applyImmediately": False,
        "logDeliveryConfigurations": [
            {
                "destination": simple.one(f"sessions-{log}-logs").outputs["name"],
                "destinationType": "cloudwatch-logs",
                "logFormat": "json",
                "logType": f"{log}-log",
            }
            for log in ("slow", "engine")
        ],
    }


def test_network_and_parameters(simple: Built) -> None:
    assert simple.inputs("sessions-from-cluster-6379")["fromPort"] == 6379
    assert simple.inputs("sessions-subnets")["subnetIds"] == BASE["subnet_ids"]
    group = simple.inputs("sessions-parameters")
    assert group["family"] == "valkey8"
    assert group["parameters"] == [{"name": "maxmemory-policy", "value": "volatile-lru"}]


def test_users_sign_in_with_iam(simple: Built) -> None:
    permitted = {
        "read": "on ~* &* -@all +@read +@connection +info",
        "readwrite": "on ~* &* +@all -@admin -@dangerous +info",
    }
    for access, text in permitted.items():
        user = simple.inputs(f"sessions-{access}-user")
        assert user["userId"] == user["userName"]
        assert len(user["userId"]) <= 40
        assert user["accessString"] == text
        assert user["authenticationMode"] == {"type": "iam"}
        assert user["engine"] == "valkey"
    assert simple.inputs("sessions-users")["userIds"] == [
        simple.inputs(f"sessions-{access}-user")["userId"] for access in ("read", "readwrite")
    ]


def test_redis_with_shards(sharded: Built) -> None:
    inputs = sharded.inputs("sessions-cache")
    expected = {
        "engine": "redis",
        "engineVersion": "7.1",
        "nodeType": "cache.r7g.large",
        "numNodeGroups": 3,
        "replicasPerNodeGroup": 2,
        "automaticFailoverEnabled": True,
        "multiAzEnabled": True,
        "snapshotRetentionLimit": 14,
        "applyImmediately": True,
    }
    assert {key: inputs.get(key) for key in expected} == expected
    assert "numCacheClusters" not in inputs
    assert inputs["finalSnapshotIdentifier"].startswith("sessions-final-")
    assert sharded.one("sessions-cache").options.protect
    assert sharded.inputs("sessions-parameters")["family"] == "redis7"
    assert {"name": "cluster-enabled", "value": "yes"} in sharded.inputs("sessions-parameters")["parameters"]
    assert sharded.inputs("sessions-slow-logs")["retentionInDays"] == 30


def test_redis_has_a_default_user_that_is_off(sharded: Built) -> None:
    user = sharded.inputs("sessions-default-user")
    assert user["userName"] == "default"
    assert user["accessString"] == "off ~* -@all"
    assert len(sharded.inputs("sessions-users")["userIds"]) == 3


def test_bindings(simple: Built) -> None:
    cache = simple.one("sessions-cache").outputs
    users = {access: simple.one(f"sessions-{access}-user").outputs for access in ("read", "readwrite")}
    for access, user in users.items():
        assert plain(simple.deployed, access) == {
            "name": "sessions",
            "environment": {
                "SESSIONS_HOST": cache["primaryEndpointAddress"],
                "SESSIONS_READ_HOST": cache["readerEndpointAddress"],
                "SESSIONS_PORT": "6379",
                "SESSIONS_TLS": "true",
                "SESSIONS_CACHE": cache["replicationGroupId"],
                "SESSIONS_USER": user["userId"],
            },
            "statements": [
                {
                    "sid": f"Sessions{access.title()}",
                    "actions": ["elasticache:Connect"],
                    "resources": [cache["arn"], user["arn"]],
                }
            ],
            "network": [{"direction": "egress", "port": 6379, "cidr": "10.0.0.0/16"}],
        }


def test_clients_of_a_sharded_cache_ask_its_configuration_endpoint(sharded: Built) -> None:
    host = sharded.one("sessions-cache").outputs["configurationEndpointAddress"]
    assert plain(sharded.deployed, "hosts") == [host, host]


def test_an_existing_cache_is_used_and_none_is_made() -> None:
    arn = "arn:aws:elasticache:eu-central-1:222222222222:replicationgroup:theirs"
    user = "arn:aws:elasticache:eu-central-1:222222222222:user:app"
    existing: Any = {"arn": arn, "host": "theirs.example", "user_id": "app", "user_arn": user}
    built = build(lambda: program({"vpc_cidr": "10.0.0.0/16", "existing": existing}))
    assert built.names() == []
    binding = plain(built.deployed, "read")
    assert binding["statements"][0]["resources"] == [arn, user]
    assert binding["environment"]["SESSIONS_CACHE"] == "theirs"
    assert binding["environment"]["SESSIONS_USER"] == "app"
    assert binding["environment"]["SESSIONS_READ_HOST"] == "theirs.example"


def test_unknown_inputs_survive() -> None:
    texts = ("vpc_cidr", "vpc_id", "subnet_ids", "key_arn", "logs_key_arn", "node_type", "eviction_policy")

    def later() -> None:
        args: Any = {key: unknown() for key in (*texts, "snapshot_window", "maintenance_window")}
        program({**args, "clients": {"cluster": unknown()}})

    assert len(build(later).names()) == 10


def test_names_of_any_length_fit() -> None:
    built = build(lambda: Cache("c" * 60, BASE))
    assert len(built.inputs(f"{'c' * 60}-cache")["replicationGroupId"]) <= 40
    ids = [user.inputs["userId"] for user in built.deployed.of_type("aws:elasticache/user:User")]
    assert len(set(ids)) == 2
    assert max(map(len, ids)) <= 40


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({}, []),
        ({"version": "7.2"}, []),
        ({"version": "7.1"}, ["cache_version"]),
        ({"engine": "redis", "version": "7.1"}, []),
        ({"engine": "redis", "version": "6.2"}, ["cache_version"]),
        ({"version": "8"}, ["cache_version"]),
        ({"replicas": 6}, ["cache_limits"]),
        ({"shards": 0}, ["cache_limits"]),
        ({"snapshot_days": 36}, ["cache_limits"]),
        ({"replicas": 0}, ["zones_need_replicas"]),
        ({"replicas": 0, "multi_az": False}, []),
        ({"replicas": 0, "multi_az": False, "shards": 2}, ["shards_need_failover"]),
        ({"multi_az": False, "protect": True}, ["protected_survives"]),
        ({"snapshot_days": 0, "protect": True}, ["protected_survives"]),
    ],
)
def test_findings(change: dict[str, Any], rules: list[str]) -> None:
    good: dict[str, Any] = {
        "engine": "valkey",
        "version": "8.0",
        "shards": 1,
        "replicas": 1,
        "multi_az": True,
        "snapshot_days": 7,
        "protect": False,
    }
    assert [item.rule for item in cache_findings(**{**good, **change})] == rules


def test_a_single_node() -> None:
    assert topology(1, 0) == {"num_cache_clusters": 1, "automatic_failover_enabled": False}
    assert family("valkey", "7.2") == "valkey7"
    assert parameters("noeviction", 1) == [{"name": "maxmemory-policy", "value": "noeviction"}]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            {"vpc_cidr": "10.0.0.0/16"},
            "cache 'sessions': give vpc_id, subnet_ids, key_arn, logs_key_arn, or existing",
        ),
        ({**BASE, "replicas": 9}, "cache_limits"),
    ],
)
def test_refused(args: Any, message: str) -> None:
    with pytest.raises(REFUSALS, match=message):
        build(lambda: program(args))


def test_an_access_that_there_is_not() -> None:
    with pytest.raises(REFUSALS, match="access of 'sessions': 'write' is not known"):
        build(lambda: Cache("sessions", BASE).binding("write"))


def test_other_languages_can_use_it() -> None:
    inputs = component_inputs(Cache)
    assert [name for name, optional in inputs.items() if not optional] == ["vpcCidr"]
    assert len(inputs) == 20
    assert component_outputs(Cache) == {"host", "readHost", "arn", "cacheName", "securityGroupId"}
