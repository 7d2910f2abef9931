"""Security groups of data stores: closed, but for the clients that are named."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import ec2, vpc

POSTGRESQL = 5432
REDIS = 6379
KAFKA = 9098


def closed_group(
    name: str,
    *,
    vpc_id: pulumi.Input[str],
    what: str,
    ports: Sequence[int],
    clients: Mapping[str, pulumi.Input[str]],
    parent: pulumi.Resource,
) -> ec2.SecurityGroup:
    """A security group that lets each client in on each port, and nothing out.

    what: the store, for descriptions. clients: short name → security group.
    """
    child = pulumi.ResourceOptions(parent=parent)
    group = ec2.SecurityGroup(
        f"{name}-group", description=f"{what} of {name}: named clients only", vpc_id=vpc_id, opts=child
    )
    admit_clients(name, group.id, clients, ports, what, parent)
    return group


def admit_clients(
    name: str,
    group_id: pulumi.Input[str],
    clients: Mapping[str, pulumi.Input[str]],
    ports: Sequence[int],
    what: str,
    parent: pulumi.Resource,
) -> None:
    """Lets each client into a security group on each port."""
    for client, client_group in clients.items():
        for port in ports:
            admit(f"{name}-from-{client}-{port}", group_id, client_group, port, f"{client} to {what}", parent)


def admit(
    name: str,
    group_id: pulumi.Input[str],
    client_group_id: pulumi.Input[str],
    port: int,
    description: str,
    parent: pulumi.Resource,
) -> None:
    """Lets one security group into another on one TCP port."""
    vpc.SecurityGroupIngressRule(
        name,
        security_group_id=group_id,
        referenced_security_group_id=client_group_id,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        description=description,
        opts=pulumi.ResourceOptions(parent=parent),
    )
