"""Stores that exist already: bindings from what a stack's settings say of them."""

from collections.abc import Callable
from typing import Protocol

import pulumi

from components.aws.cache_grants import cache_binding
from components.aws.data_network import KAFKA, POSTGRESQL, REDIS
from components.aws.database_grants import USERS, Endpoints, database_binding, user_arn_prefix
from components.aws.kafka_grants import kafka_binding
from components.aws.kinds import Arn
from components.aws.schema_grants import registry_binding, schemas_of
from components.binding import Binding

DATABASE = "app"
"""Database inside a server, where the settings name none."""

PORTS = {"rds": POSTGRESQL, "elasticache": REDIS, "kafka": KAFKA}
"""Service in the ARN → its usual port."""


class ReplicaLike(Protocol):
    host: str
    resource_id: str


class ExistingLike(Protocol):
    """`skymason.settings.ExistingResource`: a key that its kind does not have is None or empty.

    Of stores, all is plain text: they come from settings alone.
    """

    arn: pulumi.Input[str]
    key_arn: pulumi.Input[str] | None
    url: pulumi.Input[str] | None
    host: str | None
    read_host: str | None
    port: int | None
    resource_id: str | None
    replicas: list[ReplicaLike]
    database: str | None
    user: str | None
    bootstrap_servers: str | None
    topic: str | None
    cidr: str | None


def port_of(target: ExistingLike) -> int:
    """The port of a store: as it is written, alone or behind the brokers' names; else the usual one."""
    written = target.port or (target.bootstrap_servers or "").rpartition(":")[2]
    return int(written or PORTS[target.arn.split(":")[2]])


def of_database(name: str, access: str, target: ExistingLike, client: str) -> Binding:
    """An RDS or Aurora PostgreSQL server, or a proxy before one, and a user of it that holds `rds_iam`."""
    arn = Arn.parse(target.arn)
    writer = (target.host, target.resource_id)
    users = {"read": target.user, "readwrite": target.user} if target.user else {}
    return database_binding(
        name,
        access,
        endpoints=Endpoints(
            *writer,
            *writer,
            [replica.host for replica in target.replicas] or [target.host],
            [replica.resource_id for replica in target.replicas] or [target.resource_id],
            "",
        ),
        prefix=user_arn_prefix(arn.partition, arn.region, arn.account),
        database_name=target.database or DATABASE,
        cidr=target.cidr,
        master_secret_arn="",
        key_arn=None,
        port=port_of(target),
        users={**USERS, **users},
    )


def of_cache(name: str, access: str, target: ExistingLike, client: str) -> Binding:
    """An ElastiCache replication group, or a serverless cache, and a user of it that signs in with IAM."""
    arn = Arn.parse(target.arn)
    user = (target.user, f"arn:{arn.partition}:elasticache:{arn.region}:{arn.account}:user:{target.user}")
    return cache_binding(
        name,
        access,
        arn=target.arn,
        host=target.host,
        read_host=target.read_host or target.host,
        cache_name=arn.name,
        users={"read": user, "readwrite": user},
        cidr=target.cidr,
        port=port_of(target),
    )


def of_cluster(name: str, access: str, target: ExistingLike, client: str) -> Binding:
    """A topic of an MSK cluster. Each client is a consumer group of its own, and so gets every event."""
    return kafka_binding(
        name,
        access,
        arn=target.arn,
        bootstrap_servers=target.bootstrap_servers,
        cidr=target.cidr,
        topic=target.topic,
        group=client,
        port=port_of(target),
    )


def of_registry(name: str, access: str, target: ExistingLike, client: str) -> Binding:
    """A Glue registry with all its schemas."""
    return registry_binding(
        name,
        access,
        arn=target.arn,
        registry_name=Arn.parse(target.arn).name,
        schema_arns=[schemas_of(target.arn)],
    )


BY_FIELDS: dict[str, Callable[[str, str, ExistingLike, str], Binding]] = {
    "rds_database": of_database,
    "elasticache": of_cache,
    "msk_cluster": of_cluster,
    "schema_registry": of_registry,
}
"""Kinds of which an ARN says too little: name, access, target and client → what is granted."""
