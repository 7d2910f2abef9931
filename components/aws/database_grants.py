"""What an access to a database grants: which user to sign in as, with IAM, and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.aws.data_network import POSTGRESQL
from components.aws.grants import HTTPS, grant
from components.aws.kinds import KINDS, Access, Grant, Kind
from components.binding import Binding

USERS = {"read": "app_read", "readwrite": "app_readwrite", "migrate": "app_migrate"}
"""Access → database user. The users must exist in the database and hold its role `rds_iam`."""
ADMINISTER = "administer"
MASTER_USER = "administrator"
"""Of databases that are made here; one from a snapshot keeps its own."""

# `on`: which users, on which of the instances. See Endpoints.users.
DATABASE = Kind(
    "rds-db",
    {
        "read": Access((Grant(("connect",), ("readers",)),)),
        "readwrite": Access((Grant(("connect",), ("writers", "readers")),)),
        "migrate": Access((Grant(("connect",), ("migrators",)),)),
        ADMINISTER: Access((Grant(("connect",), ("administrators",)),)),
    },
)


@dataclass(frozen=True)
class Endpoints:
    """Where a database is reached. ids: what stands in the ARN of a user there (`db-…`, or `prx-…`).

    direct: the instance itself, for work that needs one session throughout (migrations, administration).
    write: the proxy, or the instance. read: the replicas, or else `write`.
    """

    direct_host: pulumi.Input[str]
    direct_id: pulumi.Input[str]
    write_host: pulumi.Input[str]
    write_id: pulumi.Input[str]
    read_hosts: list[pulumi.Input[str]]
    read_ids: list[pulumi.Input[str]]
    master_user: pulumi.Input[str]

    def users(
        self, prefix: pulumi.Input[str], names: Mapping[str, str]
    ) -> dict[str, list[pulumi.Input[str]]]:
        """ARNs of users, by the words of the table. prefix: `user_arn_prefix`. names: access → user."""
        return {
            "readers": [user_arn(prefix, id, names["read"]) for id in self.read_ids],
            "writers": [user_arn(prefix, self.write_id, names["readwrite"])],
            "migrators": [user_arn(prefix, self.direct_id, names["migrate"])],
            "administrators": [user_arn(prefix, self.direct_id, self.master_user)],
        }


def user_arn_prefix(
    partition: pulumi.Input[str], region: pulumi.Input[str], account_id: pulumi.Input[str]
) -> pulumi.Output[str]:
    return pulumi.Output.concat("arn:", partition, ":rds-db:", region, ":", account_id, ":dbuser:")


def user_arn(prefix: pulumi.Input[str], id: pulumi.Input[str], user: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.concat(prefix, id, "/", user)


def database_binding(
    name: str,
    access: str,
    *,
    endpoints: Endpoints,
    prefix: pulumi.Input[str],
    database_name: pulumi.Input[str],
    cidr: pulumi.Input[str],
    master_secret_arn: pulumi.Input[str],
    key_arn: pulumi.Input[str] | None,
    port: int = POSTGRESQL,
    users: Mapping[str, str] = USERS,
) -> Binding:
    """access: of the table above. Raises ValueError for another. users: access → user of the database."""
    direct = access in ("migrate", ADMINISTER)
    environment: dict[str, Any] = {
        "HOST": endpoints.direct_host if direct else endpoints.write_host,
        "PORT": str(port),
        "DATABASE": database_name,
        "USER": users.get(access, endpoints.master_user),
        "SSL_MODE": "verify-full",
    }
    if access == "read":
        environment["HOST"] = endpoints.read_hosts[0]
    if not direct:
        environment["READ_HOSTS"] = pulumi.Output.all(*endpoints.read_hosts).apply(",".join)
        environment["READ_USER"] = users["read"]
    binding = grant(
        DATABASE,
        name,
        access,
        arn="",
        targets=endpoints.users(prefix, users),
        environment=environment,
        network=[{"direction": "egress", "port": port, "cidr": cidr}],
    )
    if access == ADMINISTER:
        # Whoever makes the other users signs in with the password for as long as none holds rds_iam.
        secret = grant(
            KINDS["secret"],
            f"{name}-master",
            "read",
            arn=master_secret_arn,
            key_arn=key_arn,
            environment={"SECRET_ARN": master_secret_arn},
        )
        binding["environment"] |= secret["environment"]
        binding["statements"] += secret["statements"]
        binding["network"].append(HTTPS)
    return binding
