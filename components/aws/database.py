"""RDS PostgreSQL: one instance, its replicas, and what they need around them."""

from typing import Any

import pulumi
from pulumi_aws import rds

from components.aws.data_network import POSTGRESQL, admit_clients, closed_group
from components.aws.database_args import DatabaseArgs, ExistingDatabaseArgs
from components.aws.database_grants import (
    MASTER_USER,
    USERS,
    Endpoints,
    database_binding,
    user_arn,
    user_arn_prefix,
)
from components.aws.database_master import boundary, master_password, master_secret
from components.aws.database_parameters import parameters
from components.aws.database_proxy import DatabaseProxy, DatabaseProxyArgs
from components.aws.database_settings import (
    BACKUP_DAYS,
    ENGINE_VERSION,
    EXPORTED_LOGS,
    INSTANCE_CLASS,
    MONITORING_SECONDS,
    origin_mark,
    primary_inputs,
    setting_findings,
    shared_inputs,
)
from components.aws.database_sizing import major_version
from components.aws.logs import AUDIT_DAYS, LogGroup
from components.aws.service_role import service_role
from components.binding import Binding
from components.findings import refuse
from components.inputs import whole

REQUIRED = ("identifier", "vpc_id", "subnet_ids", "key_arn", "logs_key_arn")
MONITORING_POLICY = ":iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"


class Database(pulumi.ComponentResource):
    """RDS PostgreSQL, encrypted with the customer's key, reachable over TLS by named clients only.

    Users sign in with IAM as one of `database_grants.USERS`. RDS makes and rotates the master user's
    password. Where it cannot (of a database whose password it manages it makes neither read replicas nor
    blue/green deployments), the first password is a random one in the encrypted state, and a function of
    ours replaces it at once and then on schedule. Raises ValueError for settings that do not go together.
    """

    host: pulumi.Output[str]
    """Where to connect for writing: the proxy, where there is one."""
    direct_host: pulumi.Output[str]
    """The instance itself."""
    read_hosts: pulumi.Output[list[str]]
    """Where to connect for reading: the replicas, or else `host`."""
    database_name: pulumi.Output[str]
    master_secret_arn: pulumi.Output[str]
    """Holds `{"username": …, "password": …}`. Empty where an existing database has none."""
    identifier: pulumi.Output[str]
    """Like those below, empty for an existing database."""
    arn: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    replica_identifiers: pulumi.Output[list[str]]

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Database", name, None, opts)
        self._short = name
        self._args = args
        self._prefix = user_arn_prefix(args["partition"], args["region"], args["account_id"])
        self.database_name = pulumi.Output.from_input(args.get("database_name", "app"))
        self.port, self._cidr = POSTGRESQL, args["vpc_cidr"]
        if "existing" in args:
            self._use(args["existing"])
        else:
            missing = [key for key in REQUIRED if key not in args]
            if missing:
                raise ValueError(f"database '{name}': give {', '.join(missing)}, or existing")
            self._create()
        self.host = pulumi.Output.from_input(self._endpoints.write_host)
        self.direct_host = pulumi.Output.from_input(self._endpoints.direct_host)
        self.read_hosts = pulumi.Output.all(*self._endpoints.read_hosts)
        self.register_outputs(
            {
                "host": self.host,
                "direct_host": self.direct_host,
                "read_hosts": self.read_hosts,
                "database_name": self.database_name,
                "master_secret_arn": self.master_secret_arn,
                "identifier": self.identifier,
                "arn": self.arn,
                "security_group_id": self.security_group_id,
                "replica_identifiers": self.replica_identifiers,
            }
        )

    def binding(self, access: str, alias: str | None = None) -> Binding:
        """What a workload gets. access: read (the replicas), readwrite, migrate (as the user that may change
        the schema), or administer (as the master user). alias: its name for it, if another."""
        return database_binding(
            alias or self._short,
            access,
            endpoints=self._endpoints,
            prefix=self._prefix,
            database_name=self.database_name,
            cidr=self._cidr,
            master_secret_arn=self.master_secret_arn,
            key_arn=self._secret_key,
            port=self.port,
        )

    def _use(self, existing: ExistingDatabaseArgs) -> None:
        self.port = int(existing.get("port", POSTGRESQL))
        self._cidr = existing.get("cidr", self._cidr)
        self._secret_key = existing.get("master_secret_key_arn")
        if "security_group_id" in existing:
            group = existing["security_group_id"]
            admit_clients(self._short, group, self._args.get("clients", {}), [self.port], "database", self)
        replicas = existing.get("replicas", [])
        writer = (existing["host"], existing["resource_id"])
        self._endpoints = Endpoints(
            *writer,
            *writer,
            [replica["host"] for replica in replicas] or [existing["host"]],
            [replica["resource_id"] for replica in replicas] or [existing["resource_id"]],
            existing.get("master_user", MASTER_USER),
        )
        empty = pulumi.Output.from_input("")
        self.identifier = self.arn = self.security_group_id = empty
        self.master_secret_arn = pulumi.Output.from_input(existing.get("master_secret_arn", ""))
        self.replica_identifiers = pulumi.Output.from_input([])

    def _create(self) -> None:
        name, args = self._short, self._args
        child = pulumi.ResourceOptions(parent=self)
        self._secret_key = args["key_arn"]
        replicas = int(args.get("read_replicas", 0))
        refuse(f"database '{name}'", setting_findings(args))
        group = closed_group(
            name,
            vpc_id=args["vpc_id"],
            what="database",
            ports=[POSTGRESQL],
            clients=args.get("clients", {}),
            parent=self,
        )
        major = major_version(args.get("engine_version", ENGINE_VERSION))
        server = rds.ParameterGroup(
            f"{name}-parameters",
            family=f"postgres{major}",
            parameters=parameters(
                int(args.get("slow_query_ms", 500)), args.get("libraries", []), args.get("parameters")
            ),
            opts=child,
        )
        self._parameters = server.name
        subnets = rds.SubnetGroup(f"{name}-subnets", subnet_ids=args["subnet_ids"], opts=child)
        self._before: list[pulumi.Resource] = []
        self._shared = {
            **shared_inputs(args),
            **self._monitoring(),
            "vpc_security_group_ids": [group.id],
        }
        rotated = bool(replicas or args.get("blue_green", False))
        primary = rds.Instance(
            f"{name}-instance",
            parameter_group_name=server.name,
            db_subnet_group_name=subnets.name,
            **primary_inputs(args),
            **self._origin(),
            **master_password(name, args, rotated, self),
            **self._shared,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.get("protect", False),
                depends_on=[*self._before, *self._logs(name, args["identifier"])],
            ),
        )
        self.identifier, self.arn, self.security_group_id = primary.identifier, primary.arn, group.id
        self.master_secret_arn = master_secret(name, args, primary, rotated, self)
        copies = [self._replica(number, primary) for number in range(1, replicas + 1)]
        self.replica_identifiers = pulumi.Output.all(*(copy.identifier for copy in copies))
        if "backup_copy" in args:
            self._copy(primary)
        write_host, write_id = primary.address, primary.resource_id
        if "pool" in args:
            proxy = self._proxy(primary, group.id)
            write_host, write_id = proxy.host, proxy.proxy_id
        self._endpoints = Endpoints(
            primary.address,
            primary.resource_id,
            write_host,
            write_id,
            [copy.address for copy in copies] or [write_host],
            [copy.resource_id for copy in copies] or [write_id],
            primary.username,
        )

    def _logs(self, name: str, identifier: pulumi.Input[str]) -> list[pulumi.Resource]:
        """The log groups, before RDS makes them without key and end."""
        return [
            LogGroup(
                f"{name}-{log}",
                {
                    "key_arn": self._args["logs_key_arn"],
                    "days": self._args.get("log_days", AUDIT_DAYS),
                    "group_name": pulumi.Output.concat("/aws/rds/instance/", identifier, "/", log),
                },
                opts=pulumi.ResourceOptions(parent=self),
            )
            for log in EXPORTED_LOGS
        ]

    def _monitoring(self) -> dict[str, Any]:
        seconds = int(self._args.get("monitoring_seconds", MONITORING_SECONDS))
        if not seconds:
            return {}
        role, policies = service_role(
            f"{self._short}-monitoring",
            "monitoring.rds.amazonaws.com",
            account_id=self._args["account_id"],
            managed_policies={
                "policy": pulumi.Output.concat("arn:", self._args["partition"], MONITORING_POLICY)
            },
            permissions_boundary_arn=self._args.get("permissions_boundary_arn"),
            parent=self,
        )
        self._before = policies
        return {"monitoring_interval": seconds, "monitoring_role_arn": role.arn}

    def _origin(self) -> dict[str, Any]:
        """A snapshot brings its own master user and databases. RDS restores under the snapshot's key, so
        that it is copied under ours before."""
        args = self._args
        if "snapshot" not in args:
            return {"username": MASTER_USER, "db_name": args.get("database_name", "app")}
        copy = rds.SnapshotCopy(
            f"{self._short}-origin",
            source_db_snapshot_identifier=args["snapshot"],
            target_db_snapshot_identifier=pulumi.Output.concat(
                args["identifier"], "-origin", origin_mark(args)
            ),
            kms_key_id=args["key_arn"],
            opts=pulumi.ResourceOptions(parent=self),
        )
        return {"snapshot_identifier": copy.target_db_snapshot_identifier}

    def _replica(self, number: int, primary: rds.Instance) -> rds.Instance:
        args, name = self._args, f"{self._short}-replica-{number}"
        identifier = pulumi.Output.concat(args["identifier"], f"-replica-{number}")
        # Not protected from deletion: it holds nothing of its own, and else there could never be one fewer.
        # Subnets, key and version are those of the source: RDS takes no others in its region. Parameters are
        # too, until an upgrade: the old group cannot go while a replica still names it.
        return rds.Instance(
            name,
            identifier=identifier,
            replicate_source_db=primary.identifier,
            instance_class=args.get("replica_class", args.get("instance_class", INSTANCE_CLASS)),
            parameter_group_name=self._parameters,
            skip_final_snapshot=True,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*self._before, *self._logs(name, identifier)]
            ),
            **self._shared,
        )

    def _copy(self, primary: rds.Instance) -> None:
        copy = self._args["backup_copy"]
        rds.InstanceAutomatedBackupsReplication(
            f"{self._short}-backup-copy",
            source_db_instance_arn=primary.arn,
            kms_key_id=copy["key_arn"],
            retention_period=whole(copy.get("days", self._args.get("backup_days", BACKUP_DAYS))),
            region=copy["region"],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _proxy(self, primary: rds.Instance, group_id: pulumi.Input[str]) -> DatabaseProxy:
        args = self._args
        users = [
            user_arn(self._prefix, primary.resource_id, user) for user in (USERS["readwrite"], USERS["read"])
        ]
        proxy: DatabaseProxyArgs = {
            "proxy_name": args["identifier"],
            "database_identifier": primary.identifier,
            "database_group_id": group_id,
            "user_arns": users,
            "vpc_id": args["vpc_id"],
            "subnet_ids": args["subnet_ids"],
            "clients": args.get("clients", {}),
            "logs_key_arn": args["logs_key_arn"],
            "log_days": args.get("log_days", AUDIT_DAYS),
            **args["pool"],
            **boundary(args),
        }
        return DatabaseProxy(f"{self._short}-pool", proxy, opts=pulumi.ResourceOptions(parent=self))
