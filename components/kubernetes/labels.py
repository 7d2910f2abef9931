"""Labels that say whose an object is, and those that select a service's replicas."""

import pulumi

NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
SERVER = "server"
TASK = "task"


def replicas(service: str) -> dict[str, str]:
    """Selects the replicas that serve, and neither the tasks nor anything else in the namespace."""
    return {NAME: service, COMPONENT: SERVER}


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
