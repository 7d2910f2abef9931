"""A data API's database on the cluster: its secrets, its bucket, its roles, and what they grant."""

from typing import Any

import pulumi
from pulumi import ResourceOptions

from components.aws.bucket import Bucket
from components.aws.data_network import POSTGRESQL
from components.aws.database_grants import USERS
from components.aws.database_sizing import major_version
from components.aws.grants import HTTPS, grant
from components.aws.kinds import KINDS
from components.aws.names import account_wide
from components.aws.reference import AwsPlatformReference
from components.aws.secret import Secret
from components.binding import Binding
from components.kubernetes import database_metrics
from components.kubernetes.stateful_database import StatefulDatabase
from components.patterns.aws.common import service_role
from components.patterns.parts import given

BACKUP_HOURS = 4
"""At most as many hours are lost with the volume."""
CLUSTER_USERS = {**USERS, "backup": "app_backup"}
PASSWORDS = {"serve": ("read", "readwrite"), "operate": ("migrate", "backup")}
"""Secret → accesses whose users have its value as their password: what serves cannot sign in as what
operates."""
PRELOADED = ("timescaledb", "pg_stat_statements")
SECRET = "secret"  # noqa: S105 - how to sign in
"""Sign in with the password that the secret holds; after a refusal read it again, for it is rotated."""


class ClusterDatabase:
    """PostgreSQL with TimescaleDB in the service's namespace, as children of one component.

    section: `database`, complete. Raises ValueError for what a database on the cluster does not have.
    """

    def __init__(
        self,
        name: str,
        service: str,
        namespace: pulumi.Output[str],
        section: dict[str, Any],
        platform: AwsPlatformReference,
        below: ResourceOptions,
        cluster: ResourceOptions,
        priority: pulumi.Input[str] | None = None,
    ) -> None:
        refuse(section)
        self._name, self._service, self._platform, self._section = name, service, platform, section
        protect = bool(section["deletion_protection"])
        self._secrets = {purpose: self._secret(name, purpose, protect, below) for purpose in PASSWORDS}
        self._bucket = Bucket(
            f"{name}-backups",
            {
                "key_arn": platform["data_key_arn"],
                "log_bucket": platform["log_bucket"],
                "expire_days": section["backup_days"],
                "protect": protect,
            },
            below,
        )
        secrets = [secret.binding("read", purpose) for purpose, secret in self._secrets.items()]
        server = [*secrets, database_metrics.BINDING]
        backup = [secrets[1], self._bucket.binding("write", "backups"), database_metrics.BINDING]
        self.stateful = StatefulDatabase(
            name,
            {
                "name": service,
                "namespace": namespace,
                "database_name": section["name"],
                "major_version": major_version(section["engine_version"]),
                "storage_gb": section["storage_gb"],
                "parameters": {
                    "log_min_duration_statement": str(section["slow_query_ms"]),
                    **(section.get("parameters") or {}),
                },
                "preload": list(PRELOADED),
                "extensions": section.get("extensions") or [],
                "users": CLUSTER_USERS,
                "secrets": {
                    access: self._secrets[purpose].arn
                    for purpose, accesses in PASSWORDS.items()
                    for access in accesses
                },
                "role_arn": self._role(f"{name}-database", "database", server, below),
                "backup_role_arn": self._role(f"{name}-database-backup", "database-backup", backup, below),
                "metrics_name": account_wide(name),
                "bucket_name": self._bucket.bucket_name,
                "backup_schedule": f"0 */{BACKUP_HOURS} * * *",
                "region": platform["region"],
                "protect": protect,
                **given({"priority_class": priority}, "priority_class"),
            },
            cluster,
        )
        self.direct_host, self.port = self.stateful.host, POSTGRESQL
        self.database_name = pulumi.Output.from_input(section["name"])

    @property
    def metrics_name(self) -> pulumi.Output[str]:
        """What the database is called in its metrics; known once the server runs."""
        called = account_wide(self._name)
        return self.stateful.host.apply(lambda _: called)

    def secret_arn(self, access: str) -> pulumi.Output[str]:
        """The secret with the password of an access's user."""
        (purpose,) = (purpose for purpose, accesses in PASSWORDS.items() if access in accesses)
        return self._secrets[purpose].arn

    def sign_in(self) -> dict[str, pulumi.Input[str]]:
        """How PgBouncer signs in for the service."""
        return {"secret_arn": self.secret_arn("readwrite"), "authorities": self.stateful.certificate}

    def binding(self, access: str, alias: str) -> Binding:
        """What a workload of the same namespace gets: the settings of `Database.binding`, with a secret in
        the place of IAM. access: readwrite or migrate."""
        reads = access == "readwrite"
        secret = grant(
            KINDS["secret"],
            alias,
            "read",
            arn=self.secret_arn(access),
            key_arn=self._platform["data_key_arn"],
            environment={
                "HOST": self.direct_host,
                "PORT": str(POSTGRESQL),
                "DATABASE": self.database_name,
                "USER": CLUSTER_USERS[access],
                "SSL_MODE": "verify-full",
                "AUTHORITIES": self.stateful.certificate,
                "AUTH": SECRET,
                "SECRET_ARN": self.secret_arn(access),
                "REGION": self._platform["region"],
                **(
                    {
                        "READ_HOSTS": self.direct_host,
                        "READ_PORT": str(POSTGRESQL),
                        "READ_USER": CLUSTER_USERS["read"],
                        "READ_SSL_MODE": "verify-full",
                        "READ_AUTH": SECRET,
                    }
                    if reads
                    else {}
                ),
            },
        )
        database: Any = {"direction": "egress", "port": POSTGRESQL, "service": self._service}
        return {**secret, "network": [database, HTTPS]}

    def _secret(self, name: str, purpose: str, protect: bool, below: ResourceOptions) -> Secret:
        platform = self._platform
        return Secret(
            f"{name}-{purpose}",
            {
                "key_arn": platform["data_key_arn"],
                "description": f"Password of database users that {purpose}",
                "generated": {
                    "account_id": platform["account_id"],
                    "logs_key_arn": platform["logs_key_arn"],
                    **given(platform, "permissions_boundary_arn"),
                },
                "protect": protect,
            },
            below,
        )

    def _role(
        self, name: str, account: str, bindings: list[Binding], below: ResourceOptions
    ) -> pulumi.Output[str]:
        service = self._service
        return service_role(
            name, service, self._platform, bindings, below, account=f"{service}-{account}"
        ).role_arn


def refuse(section: dict[str, Any]) -> None:
    """Raises ValueError for settings of RDS that have no meaning on the cluster."""
    wanted = [
        key
        for key in ("read_replicas", "backup_region", "snapshot", "existing", "blue_green")
        if section.get(key)
    ]
    if wanted:
        listed = ", ".join(f"database.{key}" for key in wanted)
        raise ValueError(f"{listed}: only RDS has that; leave it out, or set database.runtime: managed")
