"""`data_api` on AWS: an HTTP service on EKS with a PostgreSQL database and a cache of its own."""

from typing import Any

import pulumi
from pulumi import ResourceOptions

from components.aws.cache import Cache
from components.aws.database import Database
from components.aws.database_grants import ADMINISTER, USERS
from components.binding import Binding
from components.kubernetes.database_setup import DatabaseSetup
from components.kubernetes.migrations import Migrations
from components.kubernetes.pgbouncer import Companions, pgbouncer
from components.patterns import parts
from components.patterns.aws.common import priority, service_role
from components.patterns.aws.data_api_args import DataApiArgs
from components.patterns.aws.data_api_cluster import ClusterDatabase
from components.patterns.aws.data_api_settings import cache_binding, database_binding, through_pool
from components.patterns.aws.data_api_stores import managed_cache, managed_database
from components.patterns.aws.data_api_watch import draw, watch_stores
from components.patterns.aws.http_service import HttpService
from components.patterns.defaults import with_defaults
from components.patterns.escape import Escape
from skymason.patterns.models.data_api import DatabaseRuntime, PoolKind
from skymason.patterns.quantities import server_connections

DATABASE, CACHE = "database", "cache"
"""What the service calls its own stores: `DATABASE_HOST`, `CACHE_HOST`."""


class DataApi(pulumi.ComponentResource):
    """What WebApi makes, and: database, pool, cache, migrations before every rollout, their alarms.

    The database's users and extensions are made by a Job before the first migration. Migrations run under a
    role of their own: the service's role may read and write rows, and cannot change the schema.
    `<service>-database` and `<service>-cache` are what other services may use. Keys that are left out come
    from infrastructure-patterns.yaml.
    """

    urls: pulumi.Output[list[str]]
    """One for each host; of the load balancers, where there is no host name."""
    load_balancer_dns_names: pulumi.Output[dict[str, str]]
    """By place: public, internal."""
    target_group_arns: pulumi.Output[dict[str, str]]
    """By place and port: `public-http`."""
    role_arn: pulumi.Output[str]
    namespace: pulumi.Output[str]
    firewall_log_group: pulumi.Output[str]
    """Empty where there is no firewall."""

    def __init__(self, name: str, args: DataApiArgs, opts: ResourceOptions | None = None) -> None:
        escape = Escape(name, args.get("escape") or {})
        super().__init__("skymason:patterns:AwsDataApi", name, None, escape.within(opts))
        self._name, self._platform = name, args["platform"]
        self._args = complete = with_defaults("data_api", "aws", args)
        self._pool = PoolKind(complete["pool"]["kind"])
        self._service = service = HttpService(self, name, complete)
        self._database, self._cache = self._stores()
        self.provides: dict[str, Any] = {}
        if isinstance(self._database, Database):
            self.provides[f"{service.service}-database"] = self._database
        if self._cache:
            self.provides[f"{service.service}-cache"] = self._cache
        bindings = [*(args.get("bindings") or []), *self._own()]
        role = service.run(bindings, after=self._before(), companions=self._companions())
        if complete["alarms"]["enabled"]:
            service.watch(dashboard=False)
            watch_stores(name, complete, self._database, self._cache, service.below)
        if complete["dashboard"]:
            draw(name, complete, service, self._database, self._cache, service.below)
        escape.check()

        outputs = service.outputs(role)
        for output, value in outputs.items():
            setattr(self, output, value)
        self.register_outputs(outputs)

    def _stores(self) -> tuple[Database | ClusterDatabase, Cache | None]:
        section, cache = self._args["database"], self._args["cache"]
        common: dict[str, Any] = {
            "log_days": self._args["logging"]["retention_days"],
            "platform": self._platform,
            "below": self._service.below,
        }
        proxy = self._pool is PoolKind.RDS_PROXY
        database: Database | ClusterDatabase
        if DatabaseRuntime(section["runtime"]) is DatabaseRuntime.CLUSTER:
            database = self._on_cluster(proxy)
        else:
            database = managed_database(self._name, section, proxy=proxy, **common)
        if not cache["enabled"]:
            return database, None
        protect = bool(section["deletion_protection"])
        return database, managed_cache(self._name, cache, protect=protect, **common)

    def _on_cluster(self, proxy: bool) -> ClusterDatabase:
        if proxy:
            raise ValueError("pool.kind: RDS Proxy serves RDS only; use pgbouncer or none")
        service, section = self._service, self._args["database"]
        wanted = server_connections(int(self._args["scaling"]["max"]), int(self._args["pool"]["size"]))
        return ClusterDatabase(
            self._name,
            service.service,
            service.namespace,
            {**section, "parameters": {"max_connections": str(wanted), **(section.get("parameters") or {})}},
            self._platform,
            service.below,
            service.cluster,
            priority(self._args).get("priority_class"),
        )

    def _binding(self, access: str) -> Binding:
        """What an access to the service's own database grants."""
        binding = self._database.binding(access, DATABASE)
        if isinstance(self._database, ClusterDatabase):
            return binding
        return database_binding(binding, self._platform["region"])

    def _own(self) -> list[Binding]:
        """What the service may do with its own stores."""
        region = self._platform["region"]
        database = self._binding("readwrite")
        if self._pool is PoolKind.PGBOUNCER:
            database = through_pool(database, self._replicas())
        own = [database]
        return [
            *own,
            *([cache_binding(self._cache.binding("readwrite", CACHE), region)] if self._cache else []),
        ]

    def _replicas(self) -> int:
        """How many read replicas there are."""
        database = self._args["database"]
        existing = database.get("existing")
        return len(existing.get("replicas") or []) if existing else int(database["read_replicas"])

    def _companions(self) -> Companions | None:
        """PgBouncer, where the spec asks for it."""
        if self._pool is not PoolKind.PGBOUNCER:
            return None
        pool, platform, database = self._args["pool"], self._platform, self._database
        on_cluster = isinstance(database, ClusterDatabase)
        accesses = ("readwrite",) if self._replicas() else ("readwrite", "read")
        return pgbouncer(
            {
                "host": database.direct_host,
                "port": database.port,
                "database": database.database_name,
                "users": [USERS[access] for access in accesses],
                "mode": str(pool["mode"]),
                "size": pool["size"],
                "region": platform["region"],
                "partition": platform["partition"],
                **(database.sign_in() if on_cluster else {}),
            }
        )

    def _before(self) -> list[pulumi.Resource]:
        """What must have succeeded before a version takes traffic: users and extensions, then migrations."""
        before = self._setup()
        if self._args["migrations"]["enabled"]:
            before = [self._migrations(before).up]
        return before

    def _setup(self) -> list[pulumi.Resource]:
        """The Job that makes users and extensions; none for an existing database without a master user, and
        none on the cluster, where the server's own pod does it."""
        if isinstance(self._database, ClusterDatabase):
            return []
        existing = self._args["database"].get("existing")
        if existing and not existing.get("master_secret_arn"):
            return []
        service, platform = self._service, self._platform
        binding = self._database.binding(ADMINISTER, DATABASE)
        setup = DatabaseSetup(
            self._name,
            {
                "name": service.service,
                "namespace": service.namespace,
                "environment": binding["environment"],
                "network": parts.needed([binding]),
                "role_arn": self._role("setup", "database-setup", binding),
                "region": platform["region"],
                "partition": platform["partition"],
                "users": USERS,
                "extensions": self._args["database"].get("extensions") or [],
            },
            service.cluster,
        )
        return [setup.job]

    def _migrations(self, after: list[pulumi.Resource]) -> Migrations:
        args, service = self._args, self._service
        binding = self._binding("migrate")
        section = args["migrations"]
        return Migrations(
            self._name,
            {
                "name": service.service,
                "namespace": service.namespace,
                "image": service.image,
                "container": args["container"],
                "resources": args["resources"],
                "command": section["command"],
                "down_command": section.get("down_command") or [],
                "timeout_seconds": section["timeout_seconds"],
                "lock_timeout_seconds": section["lock_timeout_seconds"],
                "environment": service.environment([binding]),
                "network": parts.needed([binding]),
                "role_arn": self._role("migrations", "migrations", binding),
            },
            ResourceOptions.merge(service.cluster, ResourceOptions(depends_on=after)),
        )

    def _role(self, short: str, account: str, binding: Binding) -> pulumi.Output[str]:
        """The role of a service account beside the service's own."""
        service = self._service
        return service_role(
            f"{self._name}-{short}",
            service.service,
            self._platform,
            [binding],
            service.below,
            account=f"{service.service}-{account}",
        ).role_arn
