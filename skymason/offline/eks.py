"""The components of the eks package: what each of them registers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from skymason.offline.component import Component, Made, reference
from skymason.offline.eks_cluster import cluster
from skymason.plan.model import UNKNOWN

_PASSED_ON = (
    "amiType", "capacityType", "diskSize", "forceUpdateVersion", "instanceTypes", "labels", "launchTemplate",
    "nodeGroupName", "releaseVersion", "remoteAccess", "tags", "taints", "version",
)  # fmt: skip


def _inner(component: Component) -> Made | None:
    """The EKS cluster inside of what a component got as `cluster`: another component, or its core data."""
    given = component.inputs.get("cluster")
    if isinstance(given, Mapping) and "cluster" in given:
        return component.resolve(given["cluster"])
    outer = component.resolve(given)
    return component.resolve(outer.get("eksCluster")) if outer is not None else None


def _of(made: Made | None, path: str) -> Any:
    """An output of something that may not be known."""
    return made.get(path) if made is not None else UNKNOWN


def _managed_node_group(component: Component) -> dict[str, Any]:
    inputs, inner = component.inputs, _inner(component)
    role = component.resolve(inputs.get("nodeRole"))
    group = component.child(
        "aws:eks/nodeGroup:NodeGroup",
        "ng",
        {
            "clusterName": inputs.get("clusterName") or _of(inner, "name"),
            "nodeRoleArn": inputs.get("nodeRoleArn") or _of(role, "arn"),
            "subnetIds": inputs.get("subnetIds") or _of(inner, "vpcConfig.subnetIds"),
            "scalingConfig": inputs.get("scalingConfig") or {"desiredSize": 2, "minSize": 1, "maxSize": 2},
            **{key: inputs.get(key) for key in _PASSED_ON},
        },
        *(made for made in (inner, role) if made is not None),
    )
    return {"nodeGroup": reference(group)}


def _addon(component: Component) -> dict[str, Any]:
    inputs = {key: value for key, value in component.inputs.items() if key != "cluster"}
    inner, settings = _inner(component), inputs.get("configurationValues")
    if settings not in (None, UNKNOWN):
        inputs["configurationValues"] = json.dumps(settings, sort_keys=True)
    inputs["clusterName"] = _of(inner, "name")
    component.child("aws:eks/addon:Addon", "addon", inputs, *([inner] if inner is not None else []))
    return {}


MAKERS: dict[str, Callable[[Component], dict[str, Any]]] = {
    "eks:index:Cluster": cluster,
    "eks:index:ManagedNodeGroup": _managed_node_group,
    "eks:index:Addon": _addon,
}
"""Components with children. To add one, write what it registers."""
