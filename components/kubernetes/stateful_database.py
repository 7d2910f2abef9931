"""PostgreSQL with TimescaleDB on the cluster, for systems whose extension the cloud's own service lacks."""

from typing import Any

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.storage import v1 as storage

from components.binding import NetworkRule
from components.kubernetes import labels, one_off
from components.kubernetes.database_args import StatefulDatabaseArgs
from components.kubernetes.database_certificate import certificates
from components.kubernetes.database_dumps import PORT, Place, claim, dumps
from components.kubernetes.database_metrics import NAME
from components.kubernetes.database_pod import DATA, database_pod
from components.kubernetes.database_scripts import HBA
from components.kubernetes.database_setup import statements
from components.kubernetes.images import TIMESCALEDB
from components.kubernetes.workload import CHECKSUM, checksum

COMPONENT = "database"


class StatefulDatabase(pulumi.ComponentResource):
    """A StatefulSet of one replica with an encrypted volume, TLS alone, and dumps to a bucket.

    No standby and no point in time to restore: a lost node costs minutes, a lost volume all since the last
    dump. Users sign in with passwords from secrets, which are read into memory and set anew when they are
    rotated; the superuser is reached from inside the pod alone. What can be watched it sends to CloudWatch
    itself.
    """

    host: pulumi.Output[str]
    """Known once the server runs and its users are there."""
    certificate: pulumi.Output[str]
    """PEM of the authority that the server's certificate is signed by: clients trust it for ten years."""

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
        self._certificates = certificates(
            name, self._account, args["namespace"], self._metadata(f"{self._account}-tls"), self._below
        )
        self.certificate = self._certificates.authority
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
                NAME: args["metrics_name"],
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
        # The server reads its certificate at its start alone.
        seen = checksum({**settings, "certificate": self._certificates.server})
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
                        # There is no other one that could answer while it moves.
                        "annotations": {CHECKSUM: seen, **one_off.KEPT},
                    },
                    "spec": database_pod(args, self._account, self._image),
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
                depends_on=[*needs, config, service, self._certificates.secret],
                protect=args.get("protect", False),
            ),
        )

    def _selector(self) -> dict[str, str]:
        return {labels.NAME: self._args["name"], labels.COMPONENT: COMPONENT}
