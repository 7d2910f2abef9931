"""Binding: what a building block gives to a workload that uses it, as pure data.

The only source of permissions: no component writes a policy by hand for another one.
"""

from typing import NotRequired, TypedDict

import pulumi


class Statement(TypedDict):
    """One IAM statement that allows something."""

    sid: str
    actions: list[str]
    resources: list[pulumi.Input[str]]
    conditions: NotRequired[dict[str, dict[str, pulumi.Input[str]]]]


class NetworkRule(TypedDict):
    """One direction of traffic that the edge needs.

    Give exactly one peer: a service (its namespace), an address range or several, or a security group.
    """

    direction: str
    """'egress' from the workload, or 'ingress' to it."""
    port: int
    service: NotRequired[str]
    cidr: NotRequired[pulumi.Input[str]]
    cidrs: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]
    security_group_id: NotRequired[pulumi.Input[str]]


class StreamSource(TypedDict):
    """A stream that the edge reads, for a workload that consumes it as its own. Those left out have none."""

    arn: pulumi.Input[str]
    """Of the Kinesis stream, or of the MSK cluster."""
    key_arn: NotRequired[pulumi.Input[str]]
    bootstrap_servers: NotRequired[pulumi.Input[str]]
    topic: NotRequired[str]
    cidr: NotRequired[pulumi.Input[str]]


class Binding(TypedDict):
    """What one edge grants: settings, permissions, network."""

    name: str
    environment: dict[str, pulumi.Input[str]]
    """Plain settings only. A secret is given as its ARN, and is read at run time."""
    statements: list[Statement]
    network: list[NetworkRule]
    topic_arn: NotRequired[pulumi.Input[str]]
    """The topic that the edge subscribes to. A workload with a queue of its own takes the messages there, and
    needs the rest of the binding not at all."""
    stream: NotRequired[StreamSource]
    """The stream that the edge receives from. Who makes it its own source takes this in place of the rest."""
