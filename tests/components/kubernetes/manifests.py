"""What the tests of Kubernetes components share: arguments, and an independent judge of manifests."""

from typing import Any

import kubernetes_validate

from components.kubernetes.workload import WorkloadArgs
from skymason.plan.model import Plan

VERSION = "1.34"
"""The oldest version that the platform runs."""
CUSTOM = ("elbv2.k8s.aws/", "keda.sh/")
DIGEST = "sha256:" + "a" * 64
RESOURCES = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}}
PROBE = {"path": "/health", "period_seconds": 10, "timeout_seconds": 2, "failure_threshold": 3}


def workload(**changed: Any) -> WorkloadArgs:
    """Arguments of a plain workload, with some of them changed."""
    args: WorkloadArgs = {
        "name": "orders",
        "namespace": "orders",
        "image": f"registry/orders@{DIGEST}",
        "ports": [{"name": "http", "port": 8080}],
        "container": {"user": 1000, "read_only_root": True, "scratch_size": "64Mi"},
        "resources": RESOURCES,
        "probes": {"liveness": PROBE, "readiness": PROBE, "startup": PROBE},
        "rollout": {"max_surge": "25%", "max_unavailable": "0", "bake_minutes": 10},
        "disruption": {"max_unavailable": "1"},
        "shutdown": {"grace_seconds": 30, "pre_stop_seconds": 15},
        "spread_zones": True,
        "spot": False,
        "singleton": False,
    }
    return {**args, **changed}


def validate(plan: Plan) -> int:
    """Hold every manifest against the API's own schema, strictly; returns how many there were."""
    manifests = [
        resource.inputs
        for resource in plan.resources
        if resource.type.startswith("kubernetes:") and resource.custom
    ]
    for manifest in manifests:
        if not manifest["apiVersion"].startswith(CUSTOM):
            kubernetes_validate.validate(dict(manifest), VERSION, strict=True)
    return len(manifests)
