"""Users, rights and extensions of a database, made by a Job."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from blocks import Built, build, component_inputs, unknown
from manifests import validate

from components.kubernetes.database_setup import (
    FETCH,
    OWNER,
    DatabaseSetup,
    DatabaseSetupArgs,
    quoted,
    run_script,
    statements,
)

SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:master"
USERS = {"read": "app_read", "readwrite": "app_readwrite", "migrate": "app_migrate"}
BASE: DatabaseSetupArgs = {
    "name": "ledger",
    "namespace": "ledger",
    "environment": {
        "DATABASE_HOST": "db.example",
        "DATABASE_PORT": "5432",
        "DATABASE_DATABASE": "app",
        "DATABASE_MASTER_SECRET_ARN": SECRET,
    },
    "network": [{"direction": "egress", "port": 5432, "cidr": "10.0.0.0/16"}],
    "role_arn": "arn:aws:iam::123456789012:role/setup",
    "region": "eu-central-1",
    "partition": "aws",
    "users": USERS,
    "extensions": ["pgcrypto"],
}


def job_name(built: Built) -> str:
    return built.inputs("ledger-setup")["metadata"]["name"]


@pytest.fixture(scope="module")
def built() -> Built:
    return build(lambda: DatabaseSetup("ledger", BASE))


def test_resources(built: Built) -> None:
    assert built.names() == ["ledger-setup", "ledger-setup-account", "ledger-setup-traffic"]
    assert validate(built.deployed) == 3


def test_the_job(built: Built) -> None:
    spec = built.inputs("ledger-setup")["spec"]
    assert (spec["activeDeadlineSeconds"], spec["backoffLimit"]) == (600, 6)
    pod = spec["template"]["spec"]
    assert pod["serviceAccountName"] == "ledger-database-setup"
    (fetch,), (setup,) = pod["initContainers"], pod["containers"]
    assert fetch["command"] == ["/bin/sh", "-ec", FETCH]
    assert setup["command"][2] == run_script(statements(USERS, ["pgcrypto"]))
    for container in (fetch, setup):
        assert "@sha256:" in container["image"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["volumeMounts"] == [{"name": "memory", "mountPath": "/memory"}]
        assert {item["name"]: item["value"] for item in container["env"]} == {
            **BASE["environment"],
            "AWS_REGION": "eu-central-1",
            "HOME": "/memory",
            "TRUSTSTORE_URL": "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
        }
    assert pod["volumes"] == [{"name": "memory", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}}]
    assert built.one("ledger-setup").options.delete_before_replace


@pytest.mark.parametrize(
    "changed",
    [
        {"extensions": ["pgcrypto", "pg_trgm"]},
        {"environment": {**BASE["environment"], "DATABASE_HOST": "restored.example"}},
    ],
    ids=["another extension", "another database"],
)
def test_it_runs_anew_for(built: Built, changed: dict[str, Any]) -> None:
    assert job_name(build(lambda: DatabaseSetup("ledger", {**BASE, **changed}))) != job_name(built)


def test_it_does_not_run_anew_for_nothing(built: Built) -> None:
    other = {**BASE, "role_arn": "arn:aws:iam::123456789012:role/other"}
    assert job_name(build(lambda: DatabaseSetup("ledger", other))) == job_name(built)


def test_statements() -> None:
    lines = statements(USERS, ["pgcrypto", 'a"b']).splitlines()
    made = [line for line in lines if "CREATE ROLE" in line]
    assert [line.split("CREATE ROLE ")[1].split(";")[0] for line in made] == [
        *('"app_owner" NOLOGIN', '"app_read" LOGIN', '"app_readwrite" LOGIN', '"app_migrate" LOGIN')
    ]
    assert 'GRANT rds_iam TO "app_read", "app_readwrite", "app_migrate";' in lines
    assert lines[-2:] == [
        'CREATE EXTENSION IF NOT EXISTS "pgcrypto" CASCADE;',
        'CREATE EXTENSION IF NOT EXISTS "a""b" CASCADE;',
    ]


def test_the_master_user_is_no_member_of_a_user_that_signs_in_with_iam() -> None:
    """Else it could no longer sign in with its password."""
    granted = [line for line in statements(USERS, []).splitlines() if "TO CURRENT_USER" in line]
    assert granted == [f"GRANT {OWNER} TO CURRENT_USER;"]
    assert not any("rds_iam" in line and OWNER in line for line in statements(USERS, []).splitlines())


@pytest.mark.parametrize("password", ["simple", r"back\slash", 'quo"te', "co:lon $HOME `date` 'x' %s"])
def test_the_script_reads_the_secret(tmp_path: Path, password: str) -> None:
    """Run by a real shell, with a psql that says as whom it was called."""
    secret = {"password": password, "engine": "postgres", "username": "administrator"}
    (tmp_path / "master.json").write_text(json.dumps(secret))
    seen = tmp_path / "seen"
    psql = tmp_path / "psql"
    psql.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$PGUSER" "$PGPASSWORD" "$PGSSLMODE" "$PGHOST" >{seen}\ncat >>{seen}\n'
    )
    psql.chmod(0o755)
    subprocess.run(
        ["/bin/sh", "-ec", run_script("SELECT 1; DO $$ $$;").replace("/memory", str(tmp_path))],
        env={
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "DATABASE_HOST": "db",
            "DATABASE_PORT": "5432",
            "DATABASE_DATABASE": "app",
        },
        check=True,
    )
    assert seen.read_text().splitlines() == [
        *("administrator", password, "verify-full", "db", "SELECT 1; DO $$ $$;")
    ]


def test_quoted() -> None:
    assert quoted('a"b') == '"a""b"'


def test_other_partitions_have_certificates_of_their_own() -> None:
    china = build(lambda: DatabaseSetup("ledger", {**BASE, "partition": "aws-cn"}))
    (fetch,) = china.inputs("ledger-setup")["spec"]["template"]["spec"]["initContainers"]
    assert {item["name"]: item["value"] for item in fetch["env"]}["TRUSTSTORE_URL"].endswith(
        "amazonaws.com.cn/global/global-bundle.pem"
    )


def test_unknown_inputs_survive(built: Built) -> None:
    def program() -> None:
        later: dict[str, Any] = {key: unknown() for key in ("namespace", "role_arn", "region", "partition")}
        DatabaseSetup("ledger", {**BASE, **later, "environment": {"DATABASE_HOST": unknown()}})

    assert build(program).names() == built.names()


def test_other_languages_can_use_it() -> None:
    inputs = component_inputs(DatabaseSetup)
    assert [name for name, optional in inputs.items() if optional] == ["extensions"]
