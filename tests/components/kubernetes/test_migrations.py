"""Migrations: up before a rollout, down by hand, never two at once."""

from typing import Any

import pulumi
import pytest
from blocks import Built, build, component_inputs, unknown
from manifests import DIGEST, RESOURCES, validate

from components.kubernetes.migrations import Migrations, MigrationsArgs, lock

ROLE = "arn:aws:iam::123456789012:role/migrations"
BASE: MigrationsArgs = {
    "name": "ledger",
    "namespace": "ledger",
    "image": f"registry/ledger@{DIGEST}",
    "container": {
        "user": 1000,
        "read_only_root": True,
        "scratch_size": "64Mi",
        "writable_paths": ["/tmp"],
        "environment": {"LEDGER": "eur", "DATABASE_HOST": "never mind"},
        "command": ["/app/serve"],
        "args": ["--fast"],
    },
    "resources": RESOURCES,
    "command": ["/app/migrate", "up"],
    "down_command": ["/app/migrate", "down"],
    "timeout_seconds": 900,
    "lock_timeout_seconds": 300,
    "environment": {"DATABASE_HOST": "db", "DATABASE_USER": "app_migrate"},
    "network": [{"direction": "egress", "port": 5432, "cidr": "10.0.0.0/16"}],
    "role_arn": ROLE,
}


@pytest.fixture(scope="module")
def built() -> Built:
    return build(lambda: Migrations("ledger", BASE))


def test_resources(built: Built) -> None:
    assert built.names() == [
        f"ledger-migrations-{short}" for short in ("account", "config", "down", "traffic", "up")
    ]
    assert validate(built.deployed) == 5


def test_up_runs_once_for_each_image(built: Built) -> None:
    job = built.inputs("ledger-migrations-up")
    assert job["metadata"]["name"] == f"migrate-up-{'a' * 12}"
    spec = job["spec"]
    assert (spec["completions"], spec["parallelism"], spec["backoffLimit"]) == (1, 1, 2)
    assert spec["activeDeadlineSeconds"] == 900
    pod = spec["template"]["spec"]
    assert pod["serviceAccountName"] == "ledger-migrations"
    assert pod["automountServiceAccountToken"] is False
    assert pod["restartPolicy"] == "Never"
    (container,) = pod["containers"]
    assert container["command"] == ["/app/migrate", "up"]
    assert "args" not in container
    assert container["image"] == BASE["image"]
    assert container["envFrom"] == [{"configMapRef": {"name": "ledger-migrations"}}]
    assert container["volumeMounts"] == [{"name": "scratch-0", "mountPath": "/tmp"}]


def test_the_one_before_is_gone_when_the_next_is_made(built: Built) -> None:
    assert built.one("ledger-migrations-up").options.delete_before_replace


def test_up_waits_for_its_identity_and_settings(built: Built) -> None:
    needs = built.one("ledger-migrations-up").dependencies
    for short in ("account", "config", "traffic"):
        assert built.one(f"ledger-migrations-{short}").urn in needs


def test_down_is_there_and_does_not_run(built: Built) -> None:
    spec = built.inputs("ledger-migrations-down")["spec"]
    assert (spec["suspend"], spec["concurrencyPolicy"]) == (True, "Forbid")
    job = spec["jobTemplate"]["spec"]
    assert job["template"]["spec"]["containers"][0]["command"] == ["/app/migrate", "down"]
    assert job["ttlSecondsAfterFinished"] == 86_400
    assert job["activeDeadlineSeconds"] == 900


def test_without_a_way_back(built: Built) -> None:
    other = build(lambda: Migrations("ledger", {**BASE, "down_command": []}))
    assert set(built.names()) - set(other.names()) == {"ledger-migrations-down"}


def test_settings_and_the_lock(built: Built) -> None:
    assert built.inputs("ledger-migrations-config")["data"] == {
        "LEDGER": "eur",
        "DATABASE_HOST": "never mind",  # the spec has the last word
        "DATABASE_USER": "app_migrate",
        "MIGRATION_LOCK_ID": str(lock("ledger", 1)["MIGRATION_LOCK_ID"]),
        "MIGRATION_LOCK_TIMEOUT_SECONDS": "300",
        "PGOPTIONS": "-c lock_timeout=300s",
    }


def test_the_lock_is_the_service_s_own_and_fits_a_bigint() -> None:
    ids = {int(lock(name, 1)["MIGRATION_LOCK_ID"]) for name in ("ledger", "orders", "wallet")}
    assert len(ids) == 3
    assert all(0 <= id < 2**63 for id in ids)


def test_identity_and_traffic(built: Built) -> None:
    account = built.inputs("ledger-migrations-account")
    assert account["metadata"]["annotations"] == {"skymason.dev/role": ROLE}
    policy = built.inputs("ledger-migrations-traffic")["spec"]
    labels = built.inputs("ledger-migrations-up")["spec"]["template"]["metadata"]["labels"]
    selected = policy["podSelector"]["matchLabels"]
    assert selected == {
        "app.kubernetes.io/name": "ledger",
        "app.kubernetes.io/component": "migrations",
    }
    assert selected.items() <= labels.items()
    assert policy["ingress"] == []
    assert policy["egress"] == [
        {"to": [{"ipBlock": {"cidr": "10.0.0.0/16"}}], "ports": [{"port": 5432, "protocol": "TCP"}]}
    ]


def test_what_it_is_told_to_wait_for(built: Built) -> None:
    from pulumi_kubernetes.core import v1 as core

    def program() -> None:
        first = core.ConfigMap("first", metadata={"name": "first", "namespace": "ledger"})
        Migrations("ledger", BASE, pulumi.ResourceOptions(depends_on=[first]))

    later = build(program)
    first = later.one("first").urn
    assert first in later.one("ledger-migrations-up").dependencies
    assert first not in later.one("ledger-migrations-config").dependencies


def test_unknown_inputs_survive(built: Built) -> None:
    def program() -> None:
        later: dict[str, Any] = {key: unknown() for key in ("namespace", "image", "role_arn")}
        Migrations("ledger", {**BASE, **later, "environment": {"DATABASE_HOST": unknown()}})

    assert build(program).names() == built.names()


def test_other_languages_can_use_it() -> None:
    inputs = component_inputs(Migrations)
    assert [name for name, optional in inputs.items() if optional] == ["downCommand"]
