"""The controllers of a cluster as pinned Helm charts, with their values."""

from dataclasses import dataclass
from typing import Any

import pulumi

from components.aws.arns import joined
from components.aws.cluster_versions import cluster_version


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of one version. service_account: of its pods that call AWS; empty where none does."""

    name: str
    repository: str
    version: str
    namespace: str
    service_account: str = ""


# Sources: Chart.yaml of kubernetes-sigs/aws-load-balancer-controller, kubernetes-sigs/metrics-server,
# kubernetes/autoscaler, aws/eks-charts and kedacore/charts, August 2026.
CHARTS: dict[str, Chart] = {
    "load-balancer-controller": Chart(
        name="aws-load-balancer-controller",
        repository="https://aws.github.io/eks-charts",
        version="3.5.0",
        namespace="kube-system",
        service_account="aws-load-balancer-controller",
    ),
    "metrics-server": Chart(
        name="metrics-server",
        repository="https://kubernetes-sigs.github.io/metrics-server/",
        version="3.13.1",
        namespace="kube-system",
    ),
    "cluster-autoscaler": Chart(
        name="cluster-autoscaler",
        repository="https://kubernetes.github.io/autoscaler",
        version="9.59.0",
        namespace="kube-system",
        service_account="cluster-autoscaler",
    ),
    "fluent-bit": Chart(
        name="aws-for-fluent-bit",
        repository="https://aws.github.io/eks-charts",
        version="0.2.0",
        namespace="kube-system",
        service_account="aws-for-fluent-bit",
    ),
    "keda": Chart(
        name="keda",
        repository="https://kedacore.github.io/charts",
        version="2.20.2",
        namespace="keda",
        service_account="keda-operator",
    ),
}

GRACE_SECONDS = 3600 + 600
"""Longest `shutdown.grace_seconds` and `pre_stop_seconds` of a spec."""

_SECCOMP = {"type": "RuntimeDefault"}
_CONTAINER = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": _SECCOMP,
}
_POD = {"runAsNonRoot": True, "runAsUser": 65534, "fsGroup": 65534, "seccompProfile": _SECCOMP}
_BUDGET = {"maxUnavailable": 1}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the controllers run. replicas: of each of them."""

    cluster_name: pulumi.Input[str]
    version: str
    vpc_id: pulumi.Input[str]
    region: pulumi.Input[str]
    replicas: int


def pod_log_prefix(cluster_name: pulumi.Input[str]) -> pulumi.Input[str]:
    """What the log groups of a cluster's namespaces begin with."""
    return joined("/aws/eks/", cluster_name, "/pods")


def values(chart: str, place: Place) -> dict[str, Any]:
    """Values of a chart. Raises KeyError for a chart that has none."""
    return {
        "load-balancer-controller": _load_balancer_controller,
        "metrics-server": _metrics_server,
        "cluster-autoscaler": _cluster_autoscaler,
        "fluent-bit": _fluent_bit,
        "keda": _keda,
    }[chart](place)


def _load_balancer_controller(place: Place) -> dict[str, Any]:
    return {
        "clusterName": place.cluster_name,
        # Given, because pods cannot ask the metadata service of their node.
        "region": place.region,
        "vpcId": place.vpc_id,
        "replicaCount": place.replicas,
        "serviceAccount": {"create": True, "name": CHARTS["load-balancer-controller"].service_account},
        "podSecurityContext": _POD,
        "securityContext": _CONTAINER,
        "resources": _resources("100m", "128Mi", "512Mi"),
        "podDisruptionBudget": _BUDGET,
        "topologySpreadConstraints": _spread("aws-load-balancer-controller"),
        # Firewalls belong to stacks; a controller that may not touch them cannot take them off.
        "enableShield": False,
        "enableWaf": False,
        "enableWafv2": False,
        # Without this each Service waits for the controller's webhook, also while it starts.
        "enableServiceMutatorWebhook": False,
        "defaultTargetType": "ip",
    }


def _metrics_server(place: Place) -> dict[str, Any]:
    return {
        "replicas": place.replicas,
        "resources": _resources("100m", "200Mi", "400Mi"),
        "podDisruptionBudget": {"enabled": True, **_BUDGET},
        "topologySpreadConstraints": _spread("metrics-server"),
        "podSecurityContext": {"seccompProfile": _SECCOMP},
        # A certificate of its own, which the API server checks.
        "tls": {"type": "helm"},
        "apiService": {"insecureSkipTLSVerify": False},
    }


def _cluster_autoscaler(place: Place) -> dict[str, Any]:
    return {
        "cloudProvider": "aws",
        "awsRegion": place.region,
        "autoDiscovery": {"clusterName": place.cluster_name},
        "fullnameOverride": "cluster-autoscaler",
        "image": {"tag": cluster_version(place.version).autoscaler},
        "replicaCount": place.replicas,
        "rbac": {
            "serviceAccount": {"create": True, "name": CHARTS["cluster-autoscaler"].service_account},
        },
        "extraArgs": {
            "balance-similar-node-groups": True,
            "skip-nodes-with-system-pods": False,
            "expander": "least-waste",
            # As long as any replica may take to stop; without it, ten minutes are all that it gets.
            "max-graceful-termination-sec": GRACE_SECONDS,
        },
        "securityContext": _POD,
        "containerSecurityContext": _CONTAINER,
        "resources": _resources("100m", "300Mi", "600Mi"),
        "podDisruptionBudget": _BUDGET,
        "topologySpreadConstraints": _spread("aws-cluster-autoscaler"),
    }


def _fluent_bit(place: Place) -> dict[str, Any]:
    prefix = pod_log_prefix(place.cluster_name)
    return {
        "fullnameOverride": "aws-for-fluent-bit",
        "serviceAccount": {"create": True, "name": CHARTS["fluent-bit"].service_account},
        # On every node, whatever it is kept free for.
        "tolerations": [{"operator": "Exists"}],
        "priorityClassName": "system-node-critical",
        "resources": _resources("50m", "64Mi", "256Mi"),
        # It reads the files of all containers, which belong to root, and needs nothing else of root's.
        "containerSecurityContext": {
            "runAsUser": 0,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": _SECCOMP,
        },
        "filter": {
            # A line of JSON becomes fields under `data`, and is not kept as text beside them.
            "mergeLogKey": "data",
            "keepLog": "Off",
            "extraFilters": "Labels              Off\nAnnotations         Off",
        },
        "cloudWatchLogs": {
            "enabled": True,
            "match": "kube.*",
            "region": place.region,
            # Used where the name of the namespace could not be found out.
            "logGroupName": joined(prefix, "/kube-system"),
            "logGroupTemplate": joined(prefix, "/$kubernetes['namespace_name']"),
            "logStreamTemplate": "$kubernetes['pod_name'].$kubernetes['container_name']",
            # It may not make any: a group that it made would keep everything for ever.
            "autoCreateGroup": False,
        },
    }


def _keda(place: Place) -> dict[str, Any]:
    parts = ("operator", "metricServer", "webhooks")
    return {
        "clusterName": place.cluster_name,
        "serviceAccount": {"operator": {"name": CHARTS["keda"].service_account}},
        # One replica of each works; the others wait to take over.
        "operator": {"replicaCount": place.replicas},
        "metricsServer": {"replicaCount": place.replicas},
        "webhooks": {"replicaCount": place.replicas},
        "resources": {part: _resources("100m", "128Mi", "1000Mi") for part in parts},
        "podDisruptionBudget": dict.fromkeys(parts, _BUDGET),
        "securityContext": dict.fromkeys(parts, _CONTAINER),
        "podSecurityContext": {part: {"runAsNonRoot": True, "seccompProfile": _SECCOMP} for part in parts},
        "topologySpreadConstraints": {
            "operator": _spread("keda-operator"),
            "metricsServer": _spread("keda-operator-metrics-apiserver"),
            "webhooks": _spread("keda-admission-webhooks"),
        },
        "image": {"pullPolicy": "IfNotPresent"},
    }


def _resources(cpu: str, memory: str, memory_limit: str) -> dict[str, Any]:
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory_limit}}


def _spread(app: str) -> list[dict[str, Any]]:
    return [
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app.kubernetes.io/name": app}},
        }
    ]
