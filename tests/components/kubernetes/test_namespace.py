"""A service's namespace: Pod Security, and nothing gets in or out."""

import pytest
from blocks import Built, build, component_inputs, component_outputs
from manifests import validate

from components.kubernetes.namespace import READINESS_GATE, ServiceNamespace


@pytest.fixture(scope="module")
def built() -> Built:
    return build(
        lambda: ServiceNamespace("orders", {"name": "orders", "labels": {"team": "a", **READINESS_GATE}})
    )


def test_three_resources_that_the_api_takes(built: Built) -> None:
    assert built.names() == ["orders-allow-dns", "orders-default-deny", "orders-namespace"]
    assert validate(built.deployed) == 3


def test_pod_security_is_restricted_in_every_mode(built: Built) -> None:
    metadata = built.inputs("orders-namespace")["metadata"]
    assert metadata["name"] == "orders"
    assert metadata["labels"] == {
        "team": "a",
        "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled",
        "app.kubernetes.io/name": "orders",
        "app.kubernetes.io/component": "server",
        "app.kubernetes.io/managed-by": "pulumi",
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "latest",
        "pod-security.kubernetes.io/audit": "restricted",
        "pod-security.kubernetes.io/audit-version": "latest",
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/warn-version": "latest",
    }


def test_labels_cannot_loosen_pod_security() -> None:
    loose = {"pod-security.kubernetes.io/enforce": "privileged"}
    built = build(lambda: ServiceNamespace("orders", {"name": "orders", "labels": loose}))
    labels = built.inputs("orders-namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_all_traffic_is_denied(built: Built) -> None:
    assert built.inputs("orders-default-deny")["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }


def test_names_can_be_resolved_and_nothing_else_asked(built: Built) -> None:
    assert built.inputs("orders-allow-dns")["spec"] == {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [
            {
                "to": [
                    {
                        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
                        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
                    }
                ],
                "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
            }
        ],
    }


def test_other_languages_can_use_it() -> None:
    assert component_inputs(ServiceNamespace) == {"name": False, "labels": True}
    assert component_outputs(ServiceNamespace) == {"namespace"}
