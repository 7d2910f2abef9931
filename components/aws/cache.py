"""ElastiCache: Valkey or Redis, with TLS, IAM users and a standby."""

from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import elasticache

from components.aws.cache_grants import cache_binding
from components.aws.cache_settings import (
    ENGINE_VERSIONS,
    cache_findings,
    family,
    parameters,
    topology,
    unique_id,
)
from components.aws.data_network import REDIS, admit_clients, closed_group
from components.aws.logs import AUDIT_DAYS, LogGroup
from components.aws.names import physical_name
from components.binding import Binding
from components.findings import refuse
from components.inputs import last_segment

REQUIRED = ("vpc_id", "subnet_ids", "key_arn", "logs_key_arn")
NAME_LIMIT = 40
# Everything but administration and what can stop the server. INFO counts among that, but clients ask for it.
READWRITE = "on ~* &* +@all -@admin -@dangerous +info"
READ = "on ~* &* -@all +@read +@connection +info"
OFF = "off ~* -@all"
LOGS = {"slow": "slow-log", "engine": "engine-log"}


class CacheEngine(StrEnum):
    VALKEY = "valkey"
    REDIS = "redis"


class ExistingCacheArgs(TypedDict):
    """A replication group that is there already, and an IAM user of it."""

    arn: pulumi.Input[str]
    host: pulumi.Input[str]
    read_host: NotRequired[pulumi.Input[str]]
    """Default: `host`."""
    port: NotRequired[int]
    """Default: 6379."""
    cidr: NotRequired[pulumi.Input[str]]
    """Range that its addresses lie in. Default: `vpc_cidr`."""
    security_group_id: NotRequired[pulumi.Input[str]]
    """Its security group, which lets `clients` in by a rule that is made here. Left out, its owner does."""
    user_id: pulumi.Input[str]
    user_arn: pulumi.Input[str]


class CacheArgs(TypedDict):
    """Settings of the cache. Give `vpc_id`, `subnet_ids`, `key_arn` and `logs_key_arn`, or `existing`."""

    vpc_cidr: pulumi.Input[str]
    """Where the cache's addresses lie; bindings let workloads out to it."""
    existing: NotRequired[ExistingCacheArgs]
    """Use this cache and create none."""
    vpc_id: NotRequired[pulumi.Input[str]]
    subnet_ids: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]
    """In two zones at least, without a way out to the internet."""
    clients: NotRequired[dict[str, pulumi.Input[str]]]
    """Security groups that may connect, by short name. Default: none."""
    key_arn: NotRequired[pulumi.Input[str]]
    """Customer-managed key of data and snapshots. A change replaces the cache."""
    logs_key_arn: NotRequired[pulumi.Input[str]]
    log_days: NotRequired[int]
    """Days that the slow and the engine log are kept. Default: 365."""
    engine: NotRequired[CacheEngine]
    """Default: valkey."""
    engine_version: NotRequired[str]
    """Major and minor. Default: 8.0, and 7.1 for redis. A change upgrades in place; there is no way back."""
    node_type: NotRequired[pulumi.Input[str]]
    """Default: cache.t4g.small."""
    shards: NotRequired[int]
    """More than one spreads the keys (cluster mode), which clients must know. Default: 1."""
    replicas: NotRequired[int]
    """Copies of each shard beside its primary, 0 to 5. Default: 1."""
    multi_az: NotRequired[bool]
    """Copies stand in other zones. Default: true where there are replicas."""
    eviction_policy: NotRequired[pulumi.Input[str]]
    """What goes when memory is full. Default: volatile-lru."""
    snapshot_days: NotRequired[int]
    """Days that daily snapshots are kept, 0 to 35. Default: 7."""
    snapshot_window: NotRequired[pulumi.Input[str]]
    """UTC. Default: 01:00-02:00."""
    maintenance_window: NotRequired[pulumi.Input[str]]
    """UTC. Default: sun:04:30-sun:05:30."""
    apply_immediately: NotRequired[bool]
    """Do not wait for the maintenance window. Default: false."""
    protect: NotRequired[bool]
    """Refuse to delete the cache, take a last snapshot, and ask for a standby. Default: false."""


class Cache(pulumi.ComponentResource):
    """ElastiCache replication group, encrypted with the customer's key, reachable over TLS by named clients.

    Users sign in with IAM: there is no password. `engine` redis needs a user named `default`, which is off.
    Raises ValueError for settings that do not go together.
    """

    host: pulumi.Output[str]
    read_host: pulumi.Output[str]
    """Spreads over the replicas; with shards the same as `host`."""
    arn: pulumi.Output[str]
    cache_name: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    """Empty for an existing cache."""

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Cache", name, None, opts)
        self._short = name
        self._args = args
        self._port, self._cidr = REDIS, args["vpc_cidr"]
        if "existing" in args:
            self._use(args["existing"])
        else:
            missing = [key for key in REQUIRED if key not in args]
            if missing:
                raise ValueError(f"cache '{name}': give {', '.join(missing)}, or existing")
            self._create()
        self.register_outputs(
            {
                "host": self.host,
                "read_host": self.read_host,
                "arn": self.arn,
                "cache_name": self.cache_name,
                "security_group_id": self.security_group_id,
            }
        )

    def binding(self, access: str, alias: str | None = None) -> Binding:
        """What a workload gets: a user to sign in as with IAM. access: read or readwrite. alias: its name for
        it, if another."""
        return cache_binding(
            alias or self._short,
            access,
            arn=self.arn,
            host=self.host,
            read_host=self.read_host,
            cache_name=self.cache_name,
            users=self._users,
            cidr=self._cidr,
            port=self._port,
        )

    def _use(self, existing: ExistingCacheArgs) -> None:
        user = (existing["user_id"], existing["user_arn"])
        self._users: dict[str, tuple[pulumi.Input[str], pulumi.Input[str]]] = {
            "read": user,
            "readwrite": user,
        }
        self._port = int(existing.get("port", REDIS))
        self._cidr = existing.get("cidr", self._cidr)
        if "security_group_id" in existing:
            group = existing["security_group_id"]
            admit_clients(self._short, group, self._args.get("clients", {}), [self._port], "cache", self)
        self.host = pulumi.Output.from_input(existing["host"])
        self.read_host = pulumi.Output.from_input(existing.get("read_host", existing["host"]))
        self.arn = pulumi.Output.from_input(existing["arn"])
        self.cache_name = last_segment(self.arn, ":")
        self.security_group_id = pulumi.Output.from_input("")

    def _create(self) -> None:
        name, args = self._short, self._args
        child = pulumi.ResourceOptions(parent=self)
        engine = str(args.get("engine", CacheEngine.VALKEY))
        version = args.get("engine_version", ENGINE_VERSIONS.get(engine, ""))
        shards, replicas = int(args.get("shards", 1)), int(args.get("replicas", 1))
        multi_az = args.get("multi_az", replicas > 0)
        snapshot_days, protect = int(args.get("snapshot_days", 7)), args.get("protect", False)
        refuse(
            f"cache '{name}'",
            cache_findings(
                engine=engine,
                version=version,
                shards=shards,
                replicas=replicas,
                multi_az=multi_az,
                snapshot_days=snapshot_days,
                protect=protect,
            ),
        )
        group = closed_group(
            name,
            vpc_id=args["vpc_id"],
            what="cache",
            ports=[REDIS],
            clients=args.get("clients", {}),
            parent=self,
        )
        settings = elasticache.ParameterGroup(
            f"{name}-parameters",
            family=family(engine, version),
            parameters=parameters(args.get("eviction_policy", "volatile-lru"), shards),
            opts=child,
        )
        subnets = elasticache.SubnetGroup(f"{name}-subnets", subnet_ids=args["subnet_ids"], opts=child)
        cache = elasticache.ReplicationGroup(
            f"{name}-cache",
            replication_group_id=physical_name(f"{name}-cache", NAME_LIMIT),
            description=f"Cache {name}",
            engine=engine,
            engine_version=version,
            node_type=args.get("node_type", "cache.t4g.small"),
            port=REDIS,
            **topology(shards, replicas),
            multi_az_enabled=multi_az,
            parameter_group_name=settings.name,
            subnet_group_name=subnets.name,
            security_group_ids=[group.id],
            at_rest_encryption_enabled=True,
            kms_key_id=args["key_arn"],
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            user_group_ids=[self._user_group(engine)],
            snapshot_retention_limit=snapshot_days,
            snapshot_window=args.get("snapshot_window", "01:00-02:00"),
            final_snapshot_identifier=unique_id(f"{name}-final", NAME_LIMIT) if protect else None,
            maintenance_window=args.get("maintenance_window", "sun:04:30-sun:05:30"),
            auto_minor_version_upgrade=True,
            apply_immediately=args.get("apply_immediately", False),
            log_delivery_configurations=[
                {
                    "destination": self._log(short),
                    "destination_type": "cloudwatch-logs",
                    "log_format": "json",
                    "log_type": log_type,
                }
                for short, log_type in LOGS.items()
            ],
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        if shards > 1:
            self.host = self.read_host = cache.configuration_endpoint_address
        else:
            self.host, self.read_host = cache.primary_endpoint_address, cache.reader_endpoint_address
        self.arn = cache.arn
        self.cache_name = cache.replication_group_id
        self.security_group_id = group.id

    def _user_group(self, engine: str) -> pulumi.Output[str]:
        """Two users with IAM; their names are their ids, as ElastiCache wants of such users."""
        child = pulumi.ResourceOptions(parent=self)
        self._users = {}
        ids: list[pulumi.Input[str]] = []
        for access, permitted in (("read", READ), ("readwrite", READWRITE)):
            id = unique_id(f"{self._short}-{access}", NAME_LIMIT)
            user = elasticache.User(
                f"{self._short}-{access}-user",
                user_id=id,
                user_name=id,
                engine=engine,
                access_string=permitted,
                authentication_mode={"type": "iam"},
                opts=child,
            )
            self._users[access] = (user.user_id, user.arn)
            ids.append(user.user_id)
        if engine == CacheEngine.REDIS:
            nobody = elasticache.User(
                f"{self._short}-default-user",
                user_id=unique_id(f"{self._short}-default", NAME_LIMIT),
                user_name="default",
                engine=engine,
                access_string=OFF,
                authentication_mode={"type": "no-password-required"},
                opts=child,
            )
            ids.append(nobody.user_id)
        group = elasticache.UserGroup(
            f"{self._short}-users",
            user_group_id=unique_id(f"{self._short}-users", NAME_LIMIT),
            engine=engine,
            user_ids=ids,
            opts=child,
        )
        return group.user_group_id

    def _log(self, short: str) -> pulumi.Output[str]:
        group = LogGroup(
            f"{self._short}-{short}",
            {"key_arn": self._args["logs_key_arn"], "days": self._args.get("log_days", AUDIT_DAYS)},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return group.group_name
