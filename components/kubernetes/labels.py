"""Labels that say whose an object is, and those that select a service's replicas."""

from typing import Any

import pulumi

NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
SERVER = "server"
TASK = "task"
REPLAY = "replay"
OWN = (SERVER, TASK, REPLAY)
"""Components that run as the service does, with its traffic. Whatever else is in its namespace has a policy
of its own."""


def replicas(service: str) -> dict[str, str]:
    """Selects the replicas that serve, and neither the tasks nor anything else in the namespace."""
    return {NAME: service, COMPONENT: SERVER}


def own(service: str) -> dict[str, Any]:
    """Selects the pods that have the service's traffic, as a policy's selector has it."""
    runs = {"key": COMPONENT, "operator": "In", "values": list(OWN)}
    return {"match_labels": {NAME: service}, "match_expressions": [runs]}


def standard(
    service: str, component: str = SERVER, extra: dict[str, pulumi.Input[str]] | None = None
) -> dict[str, pulumi.Input[str]]:
    """The recommended labels of Kubernetes, with `extra` beside them."""
    return {
        **(extra or {}),
        NAME: service,
        COMPONENT: component,
        "app.kubernetes.io/managed-by": "pulumi",
    }
