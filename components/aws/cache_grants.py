"""What an access to a cache grants: a user to sign in as, with IAM, and where."""

from collections.abc import Mapping

import pulumi

from components.aws.data_network import REDIS
from components.aws.grants import grant
from components.aws.kinds import Access, Grant, Kind
from components.binding import Binding

CACHE = Kind(
    "elasticache",
    {
        "read": Access((Grant(("Connect",), ("", "reader")),)),
        "readwrite": Access((Grant(("Connect",), ("", "writer")),)),
    },
)


def cache_binding(
    name: str,
    access: str,
    *,
    arn: pulumi.Input[str],
    host: pulumi.Input[str],
    read_host: pulumi.Input[str],
    cache_name: pulumi.Input[str],
    users: Mapping[str, tuple[pulumi.Input[str], pulumi.Input[str]]],
    cidr: pulumi.Input[str],
    port: int = REDIS,
) -> Binding:
    """access: of the table above; raises ValueError for another. users: access → a user's id and ARN."""
    user_id, _ = users.get(access, ("", ""))
    return grant(
        CACHE,
        name,
        access,
        arn=arn,
        targets={"reader": [users["read"][1]], "writer": [users["readwrite"][1]]},
        environment={
            "HOST": host,
            "READ_HOST": read_host,
            "PORT": str(port),
            "TLS": "true",
            "CACHE": cache_name,
            "USER": user_id,
        },
        network=[{"direction": "egress", "port": port, "cidr": cidr}],
    )
