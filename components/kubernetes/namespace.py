"""One namespace per service: Pod Security `restricted`, and no traffic that nobody asked for."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.networking import v1 as networking

from components.kubernetes import labels

POD_SECURITY = "restricted"
"""The strictest of the Pod Security Standards: what it refuses never starts."""

READINESS_GATE = {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"}
"""Asks the AWS Load Balancer Controller to hold a replica unready until its target is healthy, so that a
rollout never takes the last healthy target away."""


class ServiceNamespaceArgs(TypedDict):
    """Arguments of ServiceNamespace."""

    name: str
    """Name of the namespace: the service's. A change replaces it and everything in it."""
    labels: NotRequired[dict[str, pulumi.Input[str]]]
    """Labels beside the ones of Pod Security."""


class ServiceNamespace(pulumi.ComponentResource):
    """A namespace that enforces Pod Security and denies all traffic but name resolution."""

    namespace: pulumi.Output[str]
    """Name of the namespace."""

    def __init__(self, name: str, args: ServiceNamespaceArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:kubernetes:ServiceNamespace", name, None, opts)
        below = ResourceOptions(parent=self)
        service = args["name"]
        namespace = core.Namespace(
            f"{name}-namespace",
            metadata={
                "name": service,
                "labels": {**labels.standard(service, extra=args.get("labels")), **_pod_security()},
            },
            opts=below,
        )
        self.namespace = namespace.metadata.name
        for short, spec in (("default-deny", _deny()), ("allow-dns", _dns())):
            networking.NetworkPolicy(
                f"{name}-{short}",
                metadata={"name": short, "namespace": self.namespace, "labels": labels.standard(service)},
                spec=spec,
                opts=below,
            )
        self.register_outputs({"namespace": self.namespace})


def _pod_security() -> dict[str, str]:
    modes = ("enforce", "audit", "warn")
    prefix = "pod-security.kubernetes.io"
    levels = {f"{prefix}/{mode}": POD_SECURITY for mode in modes}
    return levels | {f"{prefix}/{mode}-version": "latest" for mode in modes}


def _deny() -> dict[str, object]:
    return {"pod_selector": {}, "policy_types": ["Ingress", "Egress"]}


def _dns() -> dict[str, object]:
    """Without it no other rule is of use: every name is looked up at the cluster's DNS first."""
    peer = {
        "namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": "kube-system"}},
        "pod_selector": {"match_labels": {"k8s-app": "kube-dns"}},
    }
    ports = [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]
    return {"pod_selector": {}, "policy_types": ["Egress"], "egress": [{"to": [peer], "ports": ports}]}
