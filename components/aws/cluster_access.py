"""Who may reach and sign in to a cluster: plain data."""

import hashlib
import json
import re
from enum import StrEnum
from typing import Any

import pulumi

from components.aws.arns import joined


class EndpointAccess(StrEnum):
    """From where the cluster's API can be reached."""

    PRIVATE = "private"
    """From inside the network only."""
    PUBLIC = "public"
    """From listed addresses only; nodes go out through NAT, whose addresses must be among them."""
    BOTH = "both"
    """From inside, and from listed addresses."""


WORLD = ("0.0.0.0/0", "::/0")


def endpoint(access: EndpointAccess, allowed_cidrs: list[str]) -> dict[str, Any]:
    """The cluster's arguments for its endpoint. Raises ValueError for a public one that is open to the world,
    or to nobody, and for addresses where there is no public endpoint."""
    public = access is not EndpointAccess.PRIVATE
    if public and (not allowed_cidrs or set(WORLD) & set(allowed_cidrs)):
        raise ValueError(
            "a public endpoint must list the addresses that may reach it, and not the whole world"
        )
    if not public and allowed_cidrs:
        raise ValueError("allowed addresses mean nothing to a private endpoint: remove them, or use 'both'")
    settings: dict[str, Any] = {
        "endpoint_private_access": access is not EndpointAccess.PUBLIC,
        "endpoint_public_access": public,
    }
    if public:
        settings["public_access_cidrs"] = allowed_cidrs
    return settings


def access_entries(
    admins: list[str], partition: pulumi.Input[str], tags: dict[str, str]
) -> dict[str, dict[str, Any]]:
    """One entry for each administrator. Raises ValueError when there is none: nobody could ever sign in."""
    if not admins:
        raise ValueError(
            "a cluster needs at least one administrator: list the ARN of the role that deploys it"
        )
    policy = joined("arn:", partition, ":eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy")
    return {
        entry_name(arn): {
            "principal_arn": arn,
            "access_policies": {"admin": {"policy_arn": policy, "access_scope": {"type": "cluster"}}},
            "tags": tags,
        }
        for arn in dict.fromkeys(admins)
    }


def entry_name(principal_arn: str) -> str:
    """A short name for a principal, which stays when others come and go."""
    readable = re.sub(r"[^a-z0-9]+", "-", principal_arn.rpartition("/")[2].lower()).strip("-")[:24]
    return f"{readable}-{hashlib.sha256(principal_arn.encode()).hexdigest()[:6]}"


def role_of(caller_arn: str) -> str:
    """The principal to list for a caller: of an assumed role, the role (without its path, which the caller's
    ARN does not tell); of anything else, itself."""
    match = re.fullmatch(r"arn:([^:]+):sts::(\d{12}):assumed-role/([^/]+)/.+", caller_arn)
    return f"arn:{match[1]}:iam::{match[2]}:role/{match[3]}" if match else caller_arn


def kubeconfig(name: str, endpoint: str, certificate_authority: str, region: str) -> str:
    """A kubeconfig that asks `aws eks get-token` for a token that lives for minutes."""
    cluster = {"server": endpoint, "certificate-authority-data": certificate_authority}
    command = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["--region", region, "eks", "get-token", "--cluster-name", name, "--output", "json"],
        "interactiveMode": "Never",
    }
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "kubernetes", "cluster": cluster}],
            "contexts": [{"name": "aws", "context": {"cluster": "kubernetes", "user": "aws"}}],
            "current-context": "aws",
            "users": [{"name": "aws", "user": {"exec": command}}],
        }
    )
