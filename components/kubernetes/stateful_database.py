"""PostgreSQL with TimescaleDB on the cluster, for systems whose extension the cloud's own service lacks."""

from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_tls as tls
from pulumi import ResourceOptions
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.storage import v1 as storage

from components.binding import NetworkRule
from components.kubernetes import labels, one_off, pod
from components.kubernetes.args import ResourcesArgs
from components.kubernetes.database_dumps import PORT, USER, Place, as_postgres, claim, dumps
from components.kubernetes.database_scripts import HBA, SECRETS, setup_loop
from components.kubernetes.database_setup import statements
from components.kubernetes.images import AWS_CLI, TIMESCALEDB
from components.kubernetes.workload import CHECKSUM, checksum

COMPONENT = "database"
CERTIFICATE_HOURS, RENEWAL_HOURS = 2 * 365 * 24, 60 * 24
"""A certificate for two years, made anew by a deployment in the last two months."""
DATA, CONFIG, TLS, SOCKET, SCRATCH = "data", "config", "tls", "socket", "scratch"
RESOURCES: ResourcesArgs = {
    "requests": {"cpu": "500m", "memory": "1Gi"},
    "limits": {"cpu": "2", "memory": "2Gi"},
}


class StatefulDatabaseArgs(TypedDict):
    """Arguments of StatefulDatabase."""

    name: str
    """Name of the service; the database's own objects are called `<service>-database`."""
    namespace: pulumi.Input[str]
    database_name: pulumi.Input[str]
    major_version: int
    """Of PostgreSQL: one for which there is an image. A newer one does not read the data of an older."""
    storage_gb: int
    """Size of the volume. It can grow, by hand: a StatefulSet takes no other size."""
    parameters: dict[str, str]
    """Server parameters; they cannot turn TLS off."""
    preload: list[str]
    """Libraries that are loaded at the server's start."""
    extensions: list[str]
    users: dict[str, str]
    """Access (read, readwrite, migrate, backup) → user."""
    secrets: dict[str, pulumi.Input[str]]
    """Access → ARN of the secret that holds its user's password."""
    role_arn: pulumi.Input[str]
    """Role of the service account `<service>-database`; it may read the secrets."""
    backup_role_arn: pulumi.Input[str]
    """Role of `<service>-database-backup`; it may read its own secret and write to the bucket."""
    bucket_name: pulumi.Input[str]
    backup_schedule: pulumi.Input[str]
    """Five cron fields, UTC: what is written after a backup is lost with the volume."""
    region: pulumi.Input[str]
    resources: NotRequired[ResourcesArgs]
    """Default: half a core and 1 GiB, at most two cores and 2 GiB."""
    protect: NotRequired[bool]
    """Refuse to delete the database, and keep its volume. Default: false."""


class StatefulDatabase(pulumi.ComponentResource):
    """A StatefulSet of one replica with an encrypted volume, TLS alone, and dumps to a bucket.

    No standby and no point in time to restore: a lost node costs minutes, a lost volume all since the last
    dump. Users sign in with passwords from secrets, which are read into memory and set anew when they are
    rotated; the superuser is reached from inside the pod alone.
    """

    host: pulumi.Output[str]
    """Known once the server runs and its users are there."""
    certificate: pulumi.Output[str]
    """PEM: clients check the server's certificate against it."""

    def __init__(self, name: str, args: StatefulDatabaseArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:kubernetes:StatefulDatabase", name, None, opts)
        if int(args["major_version"]) not in TIMESCALEDB:
            known = ", ".join(map(str, TIMESCALEDB))
            raise ValueError(
                f"database '{name}': there is no image of PostgreSQL {args['major_version']}; use {known}"
            )
        self._name, self._args, self._below = name, args, ResourceOptions(parent=self)
        self._account = f"{args['name']}-{COMPONENT}"
        self._image = TIMESCALEDB[int(args["major_version"])]
        retained = "Retain" if args.get("protect") else "Delete"
        self._class = self._storage_class("", retained)
        server = self._server(retained)
        self.host = pulumi.Output.all(args["namespace"], server.metadata.name).apply(
            lambda known: f"{self._account}.{known[0]}.svc.cluster.local"
        )
        place = Place(
            name,
            args["name"],
            args["namespace"],
            self._account,
            self._image,
            self._storage_class("-scratch", "Delete"),
            self._below,
        )
        dumps(
            place,
            schedule=args["backup_schedule"],
            role_arn=args["backup_role_arn"],
            storage_gb=int(args["storage_gb"]),
            environment={
                "AWS_REGION": args["region"],
                "SECRET_ARN": args["secrets"]["backup"],
                "BUCKET": args["bucket_name"],
                "PGHOST": self.host,
                "PGDATABASE": args["database_name"],
                "PGUSER": args["users"]["backup"],
                "AUTHORITIES": self.certificate,
            },
        )
        self.register_outputs({"host": self.host, "certificate": self.certificate})

    def _metadata(self, name: str, annotations: dict[str, Any] | None = None) -> dict[str, Any]:
        return one_off.metadata(self._args["name"], name, self._args["namespace"], COMPONENT, annotations)

    def _storage_class(self, suffix: str, reclaim: str) -> pulumi.Output[str]:
        """Volumes that are encrypted with the account's key for disks, and can grow."""
        made = storage.StorageClass(
            f"{self._name}-database-class{suffix}",
            metadata={
                "name": f"{self._account}{suffix}",
                "labels": labels.standard(self._args["name"], COMPONENT),
            },
            provisioner="ebs.csi.aws.com",
            parameters={"type": "gp3", "encrypted": "true"},
            reclaim_policy=reclaim,
            volume_binding_mode="WaitForFirstConsumer",
            allow_volume_expansion=True,
            opts=self._below,
        )
        return made.metadata.name

    def _server(self, retained: str) -> apps.StatefulSet:
        args, name = self._args, self._name
        network: list[NetworkRule] = [
            {"direction": "ingress", "port": PORT, "service": args["name"]},
            *one_off.CLOUD,
        ]
        needs = one_off.identity(
            f"{name}-database",
            args["name"],
            args["namespace"],
            COMPONENT,
            account=self._account,
            role_arn=args["role_arn"],
            network=network,
            opts=self._below,
        )
        settings = {
            "pg_hba.conf": HBA.format(users=",".join(args["users"].values())),
            "setup.sql": statements(args["users"], args["extensions"], iam=False),
        }
        config = core.ConfigMap(
            f"{name}-database-config",
            metadata=self._metadata(self._account),
            data=settings,
            opts=self._below,
        )
        service = core.Service(
            f"{name}-database-service",
            metadata=self._metadata(self._account, annotations={"pulumi.com/skipAwait": "true"}),
            spec={
                "cluster_ip": "None",
                "selector": self._selector(),
                "ports": [{"name": "postgresql", "port": PORT, "target_port": PORT, "protocol": "TCP"}],
            },
            opts=self._below,
        )
        secret = self._certificate()
        return apps.StatefulSet(
            f"{name}-database-set",
            metadata=self._metadata(self._account),
            spec={
                "replicas": 1,
                "service_name": self._account,
                "selector": {"match_labels": self._selector()},
                "persistent_volume_claim_retention_policy": {
                    "when_deleted": retained,
                    "when_scaled": "Retain",
                },
                "template": {
                    "metadata": {
                        "labels": self._metadata("")["labels"],
                        # The server reads its certificate at its start alone.
                        "annotations": {CHECKSUM: checksum({**settings, "certificate": self.certificate})},
                    },
                    "spec": self._pod(),
                },
                "volume_claim_templates": [
                    {
                        "metadata": {"name": DATA},
                        "spec": claim(self._class, int(args["storage_gb"])),
                    }
                ],
            },
            opts=ResourceOptions(
                parent=self,
                depends_on=[*needs, config, service, secret],
                protect=args.get("protect", False),
            ),
        )

    def _selector(self) -> dict[str, str]:
        return {labels.NAME: self._args["name"], labels.COMPONENT: COMPONENT}

    def _certificate(self) -> core.Secret:
        """The server's certificate, signed by itself; its key is in the state, encrypted."""
        service, namespace = self._account, self._args["namespace"]
        key = tls.PrivateKey(
            f"{self._name}-database-key", algorithm="ECDSA", ecdsa_curve="P256", opts=self._below
        )
        hosts = [pulumi.Output.concat(service, ".", namespace, end) for end in ("", ".svc.cluster.local")]
        made = tls.SelfSignedCert(
            f"{self._name}-database-certificate",
            private_key_pem=key.private_key_pem,
            subject={"common_name": service},
            dns_names=[service, *hosts],
            allowed_uses=["digital_signature", "server_auth"],
            validity_period_hours=CERTIFICATE_HOURS,
            early_renewal_hours=RENEWAL_HOURS,
            opts=self._below,
        )
        self.certificate = made.cert_pem
        return core.Secret(
            f"{self._name}-database-tls",
            metadata=self._metadata(f"{service}-tls"),
            type="kubernetes.io/tls",
            string_data={"tls.crt": made.cert_pem, "tls.key": pulumi.Output.secret(key.private_key_pem)},
            opts=self._below,
        )

    def _pod(self) -> dict[str, Any]:
        args = self._args
        environment: dict[str, pulumi.Input[str]] = {
            "AWS_REGION": args["region"],
            "SECRETS": _pairs({args["users"][access]: arn for access, arn in args["secrets"].items()}),
        }
        secrets = one_off.script("secrets", AWS_CLI, SECRETS, environment, user=USER)
        users = one_off.script(
            "users",
            self._image,
            setup_loop(),
            {"DATABASE": args["database_name"]},
            user=USER,
            mounts={CONFIG: "/config"},
        )
        beside = [{**container, "restart_policy": "Always"} for container in (secrets, users)]
        return {
            **as_postgres(self._account, [self._postgres()]),
            "init_containers": beside,
            "termination_grace_period_seconds": 120,
            "affinity": pod.capacity(False),
            "volumes": [
                one_off.memory(),
                {"name": CONFIG, "config_map": {"name": self._account}},
                # PostgreSQL refuses a key that others can read.
                {"name": TLS, "secret": {"secret_name": f"{self._account}-tls", "default_mode": 0o640}},
                {"name": SOCKET, "empty_dir": {"size_limit": "1Mi"}},
                {"name": SCRATCH, "empty_dir": {"size_limit": "256Mi"}},
            ],
        }

    def _postgres(self) -> dict[str, Any]:
        args = self._args
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
        alive = {"exec_": {"command": ["/bin/sh", "-c", _ASK]}}
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
            one_off.MEMORY: one_off.FOLDER,
        }
        return {
            "name": "postgresql",
            "image": self._image,
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


_ASK = "pg_isready --host=127.0.0.1 --username=postgres"


def _pairs(secrets: dict[str, pulumi.Input[str]]) -> pulumi.Output[str]:
    """`user=ARN`, a space between."""
    return pulumi.Output.all(**secrets).apply(
        lambda known: " ".join(f"{user}={arn}" for user, arn in known.items())
    )
