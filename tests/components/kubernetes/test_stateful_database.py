"""PostgreSQL on the cluster: the server's pod, its scripts run by a real shell, its dumps."""

import hashlib
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from blocks import Built, build, component_inputs, component_outputs, unknown
from manifests import validate

from components.kubernetes.database_args import StatefulDatabaseArgs
from components.kubernetes.database_metrics import BINDING, REPORT
from components.kubernetes.database_scripts import BACKUP, DUMP, FETCH, SECRETS, setup_loop
from components.kubernetes.stateful_database import StatefulDatabase
from components.kubernetes.workload import CHECKSUM

USERS = {
    "read": "app_read",
    "readwrite": "app_readwrite",
    "migrate": "app_migrate",
    "backup": "app_backup",
}
BASE: StatefulDatabaseArgs = {
    "name": "readings",
    "namespace": "readings",
    "database_name": "app",
    "major_version": 17,
    "storage_gb": 50,
    "parameters": {"max_connections": "200", "ssl": "off"},
    "preload": ["timescaledb"],
    "extensions": ["timescaledb"],
    "users": USERS,
    "secrets": {access: f"arn:{access}" for access in USERS},
    "role_arn": "arn:aws:iam::123456789012:role/database",
    "backup_role_arn": "arn:aws:iam::123456789012:role/backup",
    "metrics_name": "shop-prod-readings",
    "bucket_name": "backups",
    "backup_schedule": "0 */4 * * *",
    "region": "eu-central-1",
    "protect": True,
}


@pytest.fixture(scope="module")
def built() -> Built:
    return build(lambda: StatefulDatabase("readings", BASE))


def spec(built: Built) -> dict[str, Any]:
    return built.inputs("readings-database-set")["spec"]


def test_resources(built: Built) -> None:
    assert built.names() == [
        f"readings-database-{short}"
        for short in (
            *("account", "authority", "authority-key", "backup-account", "backup-schedule"),
            *("backup-traffic", "certificate", "class", "class-scratch", "config", "key", "request"),
            *("service", "set", "tls", "traffic"),
        )
    ]
    assert validate(built.deployed) == 11


def test_the_server(built: Built) -> None:
    (server,) = spec(built)["template"]["spec"]["containers"]
    assert "@sha256:" in server["image"]
    assert server["args"] == [
        "postgres",
        *("--hba_file=/config/pg_hba.conf", "--max_connections=200", "--password_encryption=scram-sha-256"),
        *("--shared_preload_libraries=timescaledb", "--ssl=on", "--ssl_cert_file=/tls/tls.crt"),
        *("--ssl_key_file=/tls/tls.key", "--ssl_min_protocol_version=TLSv1.2"),
    ]
    assert "test -f /memory/ready" in server["readinessProbe"]["exec"]["command"][2]
    assert server["securityContext"]["readOnlyRootFilesystem"] is True
    assert {mount["mountPath"] for mount in server["volumeMounts"]} == {
        *("/data", "/config", "/tls", "/var/run/postgresql", "/tmp", "/dev/shm", "/memory")
    }


def test_a_server_that_recovers_is_alive_and_not_ready(built: Built) -> None:
    (server,) = spec(built)["template"]["spec"]["containers"]
    asked = "pg_isready --host=127.0.0.1 --username=postgres"
    kinds = ("startup", "liveness", "readiness")
    assert {kind: server[f"{kind}Probe"]["exec"]["command"][2] for kind in kinds} == {
        "startup": f"{asked}; test $? -le 1",
        "liveness": f"{asked}; test $? -le 1",
        "readiness": f"test -f /memory/ready && {asked}",
    }


def test_the_pod_is_for_a_large_volume_and_for_parallel_statements(built: Built) -> None:
    found = spec(built)["template"]["spec"]
    assert found["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"
    assert {"name": "shared", "emptyDir": {"medium": "Memory", "sizeLimit": "512Mi"}} in found["volumes"]
    assert "priorityClassName" not in found
    other = build(lambda: StatefulDatabase("readings", {**BASE, "priority_class": "skymason-critical"}))
    assert spec(other)["template"]["spec"]["priorityClassName"] == "skymason-critical"


def test_one_replica_on_an_encrypted_volume_that_stays(built: Built) -> None:
    found = spec(built)
    assert (found["replicas"], found["serviceName"]) == (1, "readings-database")
    assert found["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    (claim,) = found["volumeClaimTemplates"]
    assert claim["spec"]["resources"] == {"requests": {"storage": "50Gi"}}
    storage = built.inputs("readings-database-class")
    assert claim["spec"]["storageClassName"] == storage["metadata"]["name"]
    assert storage["parameters"] == {"type": "gp3", "encrypted": "true"}
    assert storage["reclaimPolicy"] == "Retain"
    assert built.inputs("readings-database-class-scratch")["reclaimPolicy"] == "Delete"
    assert built.one("readings-database-set").options.protect


def test_unprotected_its_volume_goes_with_it() -> None:
    other = build(lambda: StatefulDatabase("readings", {**BASE, "protect": False}))
    assert spec(other)["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Delete"
    assert not other.one("readings-database-set").options.protect


def test_only_with_tls_and_a_password(built: Built) -> None:
    data = built.inputs("readings-database-config")["data"]
    rules = [line for line in data["pg_hba.conf"].splitlines() if not line.startswith("#")]
    assert rules == [
        "local all all trust",
        "host all postgres 127.0.0.1/32 trust",
        "hostssl all app_read,app_readwrite,app_migrate,app_backup all scram-sha-256",
    ]
    assert "rds_iam" not in data["setup.sql"]
    assert 'GRANT pg_read_all_data TO "app_backup";' in data["setup.sql"]
    assert 'CREATE EXTENSION IF NOT EXISTS "timescaledb" CASCADE;' in data["setup.sql"]


def test_the_key_of_the_certificate_is_secret(built: Built) -> None:
    made = built.one("readings-database-tls")
    assert "stringData.tls.key" in made.secrets or "stringData" in made.secrets
    request = built.inputs("readings-database-request")
    assert request["dnsNames"] == [
        *("readings-database", "readings-database.readings", "readings-database.readings.svc.cluster.local")
    ]
    tls = next(v for v in spec(built)["template"]["spec"]["volumes"] if v["name"] == "tls")
    assert tls["secret"] == {"secretName": "readings-database-tls", "defaultMode": 0o640}


def test_clients_trust_an_authority_that_outlives_the_certificate(built: Built) -> None:
    authority, server = (built.one(f"readings-database-{short}") for short in ("authority", "certificate"))
    assert authority.inputs["isCaCertificate"] is True
    assert authority.inputs["allowedUses"] == ["cert_signing", "crl_signing"]
    assert (authority.inputs["validityPeriodHours"], server.inputs["validityPeriodHours"]) == (87600, 17520)
    assert server.inputs["caCertPem"] == authority.outputs["certPem"]
    assert server.inputs["allowedUses"] == ["digital_signature", "server_auth"]
    assert built.inputs("readings-database-tls")["stringData"]["tls.crt"] == server.outputs["certPem"]
    dumps = built.inputs("readings-database-backup-schedule")["spec"]["jobTemplate"]["spec"]["template"][
        "spec"
    ]
    settings = {item["name"]: item["value"] for item in dumps["containers"][0]["env"]}
    assert settings["AUTHORITIES"] == authority.outputs["certPem"]


def test_another_certificate_starts_the_server_anew(built: Built) -> None:
    settings = dict(built.inputs("readings-database-config")["data"])
    settings["certificate"] = built.one("readings-database-certificate").outputs["certPem"]
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    assert spec(built)["template"]["metadata"]["annotations"] == {
        CHECKSUM: digest[:16],
        "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
    }


def test_only_the_service_gets_in(built: Built) -> None:
    policy = built.inputs("readings-database-traffic")["spec"]
    (entry,) = policy["ingress"]
    assert entry["ports"] == [{"port": 5432, "protocol": "TCP"}]
    assert entry["from"][0]["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "readings"}
    selected = policy["podSelector"]["matchLabels"]
    assert selected.items() <= spec(built)["template"]["metadata"]["labels"].items()
    assert selected == built.inputs("readings-database-service")["spec"]["selector"]


def test_dumps(built: Built) -> None:
    job = built.inputs("readings-database-backup-schedule")["spec"]
    assert (job["schedule"], job["concurrencyPolicy"]) == ("0 */4 * * *", "Forbid")
    pod = job["jobTemplate"]["spec"]["template"]["spec"]
    (upload,) = pod["containers"]
    steps = [container["command"][2] for container in (*pod["initContainers"], upload)]
    assert steps == [FETCH, DUMP, BACKUP]
    settings = {item["name"]: item["value"] for item in upload["env"]}
    assert (settings["SECRET_ARN"], settings["BUCKET"], settings["PGUSER"]) == (
        *("arn:backup", "backups", "app_backup"),
    )
    assert pod["serviceAccountName"] == "readings-database-backup"


def run(script: str, folder: Path, programs: dict[str, str], **environment: str) -> str:
    """What a script says, run by a real shell with programs in the place of those of the image; `sleep` ends
    it."""
    for name, text in {"sleep": "kill -TERM $PPID; exec /bin/sleep 0.3", **programs}.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-ec", script.replace("/memory", str(folder)).replace("/dump", str(folder))],
        env={"PATH": f"{folder}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_passwords_become_sql(tmp_path: Path) -> None:
    # --secret-id is the third argument's value.
    run(SECRETS, tmp_path, {"aws": 'echo "of$4"'}, SECRETS="app_read=arn1 app_backup=arn2")
    assert (tmp_path / "passwords.sql").read_text() == (
        "ALTER ROLE \"app_read\" PASSWORD 'ofarn1';\nALTER ROLE \"app_backup\" PASSWORD 'ofarn2';\n"
    )
    assert len((tmp_path / "superuser").read_text()) == 64
    assert (tmp_path / "passwords.sql").stat().st_mode & 0o077 == 0


def test_users_then_passwords_then_ready(tmp_path: Path) -> None:
    (tmp_path / "passwords.sql").write_text("ALTER ROLE")
    said = run(setup_loop(), tmp_path, {"psql": 'echo "$@"'}, DATABASE="app").splitlines()
    assert "--file=/config/setup.sql" in said[0]
    assert said[1].endswith("--file=passwords.sql")
    assert "log_min_duration_statement = -1" in said[1]
    assert (tmp_path / "ready").exists()
    assert len(said) == 2
    assert abs(int((tmp_path / "alive").read_text()) - time.time()) < 20


def test_a_dump_is_made_and_sent(tmp_path: Path) -> None:
    said = run(
        FETCH + DUMP + BACKUP,
        tmp_path,
        {
            "aws": 'case $1 in secretsmanager) echo secret;; *) echo "$@";; esac',
            "pg_dump": f'printf dump. > {tmp_path}/database; echo "$PGPASSWORD $PGSSLMODE $@"',
        },
        AUTHORITIES="PEM",
        SECRET_ARN="arn",
        BUCKET="backups",
        METRICS_NAME="readings",
    ).splitlines()
    assert said[0] == f"secret verify-full --format=custom --file={tmp_path}/database"
    assert said[1].startswith(f"s3 cp --only-show-errors {tmp_path}/database s3://backups/20")
    assert said[2] == (
        "cloudwatch put-metric-data --namespace Skymason/Database --metric-data "
        "MetricName=DumpBytes,Unit=Bytes,Value=5,Dimensions=[{Name=Database,Value=readings}]"
    )
    assert (tmp_path / "authorities.pem").read_text() == "PEM\n"


@pytest.mark.parametrize(("seconds_ago", "ready"), [(5, 1), (90, 0), (None, 0)])
def test_it_says_how_it_is(tmp_path: Path, seconds_ago: int | None, ready: int) -> None:
    if seconds_ago is not None:
        (tmp_path / "alive").write_text(f"{int(time.time()) - seconds_ago}\n")
    programs = {"aws": 'echo "$@"', "df": "echo Use%; echo ' 83%'"}
    (line,) = run(REPORT, tmp_path, programs, METRICS_NAME="readings").splitlines()
    of = "Dimensions=[{Name=Database,Value=readings}]"
    assert line == (
        "cloudwatch put-metric-data --namespace Skymason/Database --metric-data "
        f"MetricName=Ready,Value={ready},{of} MetricName=VolumeUsed,Unit=Percent,Value=83,{of}"
    )


def test_metrics_that_cannot_be_sent_end_nothing(tmp_path: Path) -> None:
    assert run(REPORT, tmp_path, {"aws": "exit 1", "df": "echo 1%"}, METRICS_NAME="readings") == ""


def test_it_may_write_metrics_of_its_own_kind_alone() -> None:
    (statement,) = BINDING["statements"]
    assert statement["conditions"] == {"StringEquals": {"cloudwatch:namespace": "Skymason/Database"}}
    assert (statement["actions"], BINDING["network"]) == (["cloudwatch:PutMetricData"], [])


def test_three_helpers_run_beside_the_server(built: Built) -> None:
    beside = spec(built)["template"]["spec"]["initContainers"]
    assert [(item["name"], item["restartPolicy"]) for item in beside] == [
        *(("secrets", "Always"), ("users", "Always"), ("metrics", "Always"))
    ]
    metrics = beside[2]
    settings = {item["name"]: item["value"] for item in metrics["env"]}
    assert settings["METRICS_NAME"] == "shop-prod-readings"
    assert {mount["mountPath"] for mount in metrics["volumeMounts"]} == {"/data", "/memory"}


def test_unknown_inputs_survive(built: Built) -> None:
    def program() -> None:
        keys = ("namespace", "role_arn", "backup_role_arn", "bucket_name", "region", "metrics_name")
        changed: Any = {key: unknown() for key in keys}
        changed["secrets"] = {access: unknown() for access in USERS}
        StatefulDatabase("readings", {**BASE, **changed})

    assert build(program).names() == built.names()


def test_other_languages_can_use_it() -> None:
    inputs = component_inputs(StatefulDatabase)
    assert sorted(name for name, optional in inputs.items() if optional) == [
        "priorityClass",
        "protect",
        "resources",
    ]
    assert component_outputs(StatefulDatabase) == {"host", "certificate"}
