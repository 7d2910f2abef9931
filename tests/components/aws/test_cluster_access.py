"""Who reaches and signs in to a cluster."""

import json

import pytest
from blocks import ACCOUNT

from components.aws.cluster_access import (
    EndpointAccess,
    access_entries,
    endpoint,
    entry_name,
    kubeconfig,
    role_of,
)

DEPLOYER = f"arn:aws:iam::{ACCOUNT}:role/ci/Deploy.Dev"


def test_private() -> None:
    assert endpoint(EndpointAccess.PRIVATE, []) == {
        "endpoint_private_access": True,
        "endpoint_public_access": False,
    }


@pytest.mark.parametrize(("access", "private"), [(EndpointAccess.BOTH, True), (EndpointAccess.PUBLIC, False)])
def test_public_for_listed_addresses(access: EndpointAccess, private: bool) -> None:
    assert endpoint(access, ["203.0.113.0/24"]) == {
        "endpoint_private_access": private,
        "endpoint_public_access": True,
        "public_access_cidrs": ["203.0.113.0/24"],
    }


@pytest.mark.parametrize("cidrs", [[], ["0.0.0.0/0"], ["203.0.113.0/24", "::/0"]])
def test_never_public_for_everybody(cidrs: list[str]) -> None:
    with pytest.raises(ValueError, match="must list the addresses that may reach it"):
        endpoint(EndpointAccess.BOTH, cidrs)


def test_addresses_without_a_public_endpoint() -> None:
    with pytest.raises(ValueError, match="mean nothing to a private endpoint"):
        endpoint(EndpointAccess.PRIVATE, ["203.0.113.0/24"])


def test_one_entry_for_each_administrator() -> None:
    found = access_entries([DEPLOYER, DEPLOYER], "aws", {"owner": "team"})
    assert found == {
        entry_name(DEPLOYER): {
            "principal_arn": DEPLOYER,
            "access_policies": {
                "admin": {
                    "policy_arn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
                    "access_scope": {"type": "cluster"},
                }
            },
            "tags": {"owner": "team"},
        }
    }


def test_nobody_could_sign_in() -> None:
    with pytest.raises(ValueError, match="at least one administrator"):
        access_entries([], "aws", {})


def test_names_of_entries_tell_principals_apart() -> None:
    assert entry_name(DEPLOYER).startswith("deploy-dev-")
    assert entry_name(DEPLOYER) != entry_name(DEPLOYER.replace("ci/", ""))
    assert len(entry_name(f"arn:aws:iam::{ACCOUNT}:role/{'x' * 64}")) == 31


@pytest.mark.parametrize(
    ("caller", "principal"),
    [
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/session", f"arn:aws:iam::{ACCOUNT}:role/deployer"),
        (f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/a/b", f"arn:aws-cn:iam::{ACCOUNT}:role/a"),
        (f"arn:aws:iam::{ACCOUNT}:user/me", f"arn:aws:iam::{ACCOUNT}:user/me"),
    ],
)
def test_the_principal_of_a_caller(caller: str, principal: str) -> None:
    assert role_of(caller) == principal


def test_kubeconfig_holds_no_credential() -> None:
    found = json.loads(kubeconfig("shop", "https://api.example", "Q0E=", "eu-central-1"))
    assert found["clusters"][0]["cluster"] == {
        "server": "https://api.example",
        "certificate-authority-data": "Q0E=",
    }
    user = found["users"][0]["user"]
    assert set(user) == {"exec"}
    assert (user["exec"]["command"], user["exec"]["args"]) == (
        "aws",
        ["--region", "eu-central-1", "eks", "get-token", "--cluster-name", "shop", "--output", "json"],
    )
