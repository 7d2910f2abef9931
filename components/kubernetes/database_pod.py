"""The pod of a database on the cluster: the server, and what sets it up and watches it. Pure data."""

from typing import Any

import pulumi

from components.kubernetes import one_off, pod
from components.kubernetes.args import ResourcesArgs
from components.kubernetes.database_args import StatefulDatabaseArgs
from components.kubernetes.database_dumps import PORT, USER, as_postgres
from components.kubernetes.database_metrics import NAME, REPORT
from components.kubernetes.database_scripts import SECRETS, setup_loop
from components.kubernetes.images import AWS_CLI

DATA, CONFIG, TLS, SOCKET, SCRATCH, SHARED = "data", "config", "tls", "socket", "scratch", "shared"
RESOURCES: ResourcesArgs = {
    "requests": {"cpu": "500m", "memory": "1Gi"},
    "limits": {"cpu": "2", "memory": "2Gi"},
}
GRACE_SECONDS = 120
"""For a clean shutdown, so that the next start need not recover."""

_ASK = "pg_isready --host=127.0.0.1 --username=postgres"


def database_pod(args: StatefulDatabaseArgs, account: str, image: str) -> dict[str, Any]:
    """Spec of the pod. account: `<service>-database`, which settings and certificate are called, too. image:
    of the server."""
    return {
        **as_postgres(account, [_server(args, image)]),
        "init_containers": [{**container, "restart_policy": "Always"} for container in _beside(args, image)],
        "termination_grace_period_seconds": GRACE_SECONDS,
        "affinity": pod.capacity(False),
        **({"priority_class_name": args["priority_class"]} if "priority_class" in args else {}),
        "volumes": [
            one_off.memory(),
            {"name": CONFIG, "config_map": {"name": account}},
            # PostgreSQL refuses a key that others can read.
            {"name": TLS, "secret": {"secret_name": f"{account}-tls", "default_mode": 0o640}},
            {"name": SOCKET, "empty_dir": {"size_limit": "1Mi"}},
            {"name": SCRATCH, "empty_dir": {"size_limit": "256Mi"}},
            # Statements in parallel share memory here; a container's own is 64 MiB, and then they fail.
            {"name": SHARED, "empty_dir": {"medium": "Memory", "size_limit": "512Mi"}},
        ],
    }


def _beside(args: StatefulDatabaseArgs, image: str) -> list[dict[str, Any]]:
    """Fetches passwords; makes users and sets their passwords; sends metrics."""
    region = {"AWS_REGION": args["region"]}
    pairs = _pairs({args["users"][access]: arn for access, arn in args["secrets"].items()})
    users = one_off.script(
        "users",
        image,
        setup_loop(),
        {"DATABASE": args["database_name"]},
        user=USER,
        mounts={CONFIG: "/config"},
    )
    return [
        one_off.script("secrets", AWS_CLI, SECRETS, {**region, "SECRETS": pairs}, user=USER),
        users,
        one_off.script(
            "metrics",
            AWS_CLI,
            REPORT,
            {**region, NAME: args["metrics_name"]},
            user=USER,
            mounts={DATA: "/data"},
        ),
    ]


def _server(args: StatefulDatabaseArgs, image: str) -> dict[str, Any]:
    parameters = {
        **args["parameters"],
        "hba_file": "/config/pg_hba.conf",
        "password_encryption": "scram-sha-256",
        "shared_preload_libraries": ",".join(args["preload"]),
        "ssl": "on",
        "ssl_cert_file": "/tls/tls.crt",
        "ssl_key_file": "/tls/tls.key",
        "ssl_min_protocol_version": "TLSv1.2",
    }
    ready = {"exec_": {"command": ["/bin/sh", "-c", f"test -f {one_off.FOLDER}/ready && {_ASK}"]}}
    # 1 while it takes no connections: a server that recovers after a crash may do so for long.
    alive = {"exec_": {"command": ["/bin/sh", "-c", f"{_ASK}; test $? -le 1"]}}
    environment = {
        "PGDATA": "/data/pgdata",
        "POSTGRES_DB": args["database_name"],
        "POSTGRES_PASSWORD_FILE": f"{one_off.FOLDER}/superuser",
        "TIMESCALEDB_TELEMETRY": "off",
    }
    mounts = {
        DATA: "/data",
        CONFIG: "/config",
        TLS: "/tls",
        SOCKET: "/var/run/postgresql",
        SCRATCH: "/tmp",  # noqa: S108 - a volume of the pod's own
        SHARED: "/dev/shm",  # noqa: S108 - likewise
        one_off.MEMORY: one_off.FOLDER,
    }
    return {
        "name": "postgresql",
        "image": image,
        "args": ["postgres", *(f"--{key}={value}" for key, value in sorted(parameters.items()))],
        "env": [{"name": key, "value": value} for key, value in sorted(environment.items())],
        "ports": [{"name": "postgresql", "container_port": PORT, "protocol": "TCP"}],
        "resources": pod.amounts(args.get("resources") or RESOURCES),
        "security_context": pod.container_security(USER, read_only=True),
        "volume_mounts": [{"name": volume, "mount_path": path} for volume, path in mounts.items()],
        "startup_probe": {**alive, "period_seconds": 5, "failure_threshold": 120, "timeout_seconds": 5},
        "readiness_probe": {**ready, "period_seconds": 5, "failure_threshold": 3, "timeout_seconds": 5},
        "liveness_probe": {**alive, "period_seconds": 10, "failure_threshold": 6, "timeout_seconds": 5},
    }


def _pairs(secrets: dict[str, pulumi.Input[str]]) -> pulumi.Output[str]:
    """`user=ARN`, a space between."""
    return pulumi.Output.all(**secrets).apply(
        lambda known: " ".join(f"{user}={arn}" for user, arn in known.items())
    )
