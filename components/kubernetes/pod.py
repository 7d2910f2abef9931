"""The pod of a service or of one of its tasks, as plain data in the SDK's snake_case. Pure functions.

What NSA/CISA hardening and Pod Security `restricted` ask for is set here, once, and cannot be switched off
by any argument.
"""

from collections.abc import Sequence
from typing import Any

import pulumi

from components.kubernetes import labels
from components.kubernetes.args import (
    ContainerArgs,
    NamedPortArgs,
    ProbeArgs,
    ProbesArgs,
    ResourcesArgs,
    ShutdownArgs,
    SidecarArgs,
)

NOBODY = 65534
CAPACITY_TYPE = "eks.amazonaws.com/capacityType"
"""Label that EKS puts on the nodes of a managed node group: ON_DEMAND or SPOT."""


def container(
    service: str, image: pulumi.Input[str], args: ContainerArgs, resources: ResourcesArgs
) -> dict[str, Any]:
    """The container of the service's image, without ports and probes, as replicas and tasks run it."""
    return {
        "name": service,
        "image": image,
        **_entry(args),
        "env_from": [{"config_map_ref": {"name": service}}],
        "resources": amounts(resources),
        "security_context": container_security(int(args["user"]), bool(args["read_only_root"])),
        **_mounts(args),
    }


def serving(
    ports: list[NamedPortArgs], probes: ProbesArgs, shutdown: ShutdownArgs, main: str
) -> dict[str, Any]:
    """What a replica's container has beside a task's: ports, probes on the port `main`, and a slow stop."""
    wait = int(shutdown["pre_stop_seconds"])
    stop = {"lifecycle": {"pre_stop": {"sleep": {"seconds": wait}}}} if wait else {}
    return {
        "ports": [
            {"name": port["name"], "container_port": int(port["port"]), "protocol": "TCP"} for port in ports
        ],
        **{f"{kind}_probe": probe(probes[kind], main) for kind in ("liveness", "readiness", "startup")},
        **stop,
    }


def sidecar(args: SidecarArgs) -> dict[str, Any]:
    """A native sidecar: an init container that keeps running, so it starts first and stops last."""
    ports = [{"container_port": int(args["port"]), "protocol": "TCP"}] if args.get("port") else []
    environment = args.get("environment") or {}
    return {
        "name": args["name"],
        "image": args["image"],
        **_entry(args),
        "restart_policy": "Always",
        **(
            {"env": [{"name": key, "value": value} for key, value in environment.items()]}
            if environment
            else {}
        ),
        **({"ports": ports} if ports else {}),
        "resources": amounts(args["resources"]),
        "security_context": container_security(int(args.get("user") or NOBODY), read_only=True),
    }


def pod(
    service: str,
    user: int,
    containers: list[dict[str, Any]],
    args: ContainerArgs,
    more_volumes: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """A pod spec that passes Pod Security `restricted`, with the service's account and no API token.

    more_volumes: beside the scratch volumes of `args`.
    """
    scratch = [
        {"name": name, "empty_dir": {"size_limit": args["scratch_size"]}} for name, _ in _scratch(args)
    ]
    volumes = [*scratch, *more_volumes]
    return {
        "service_account_name": service,
        "automount_service_account_token": False,
        "enable_service_links": False,
        "host_network": False,
        "host_pid": False,
        "host_ipc": False,
        "security_context": {
            "run_as_non_root": True,
            "run_as_user": user,
            "run_as_group": user,
            "fs_group": user,
            "seccomp_profile": {"type": "RuntimeDefault"},
        },
        "containers": containers,
        **({"volumes": volumes} if volumes else {}),
    }


def placement(service: str, spread_zones: bool, spot: bool) -> dict[str, Any]:
    """Where replicas may run: even over the zones, apart from each other, on capacity of the asked kind."""
    selector = {"match_labels": labels.replicas(service)}
    apart = {
        "weight": 100,
        "pod_affinity_term": {"label_selector": selector, "topology_key": "kubernetes.io/hostname"},
    }
    return {
        "affinity": {
            **capacity(spot),
            "pod_anti_affinity": {"preferred_during_scheduling_ignored_during_execution": [apart]},
        },
        "topology_spread_constraints": [
            {
                "max_skew": 1,
                "topology_key": "topology.kubernetes.io/zone",
                "when_unsatisfiable": "DoNotSchedule" if spread_zones else "ScheduleAnyway",
                "label_selector": selector,
                # Counts each version on its own: else a rollout is spread against the one that goes.
                "match_label_keys": ["pod-template-hash"],
            }
        ],
    }


def capacity(spot: bool) -> dict[str, Any]:
    """Node affinity to the asked capacity. A preference: a pool may have only the other kind."""
    wanted = {"key": CAPACITY_TYPE, "operator": "In", "values": ["SPOT" if spot else "ON_DEMAND"]}
    term = {"weight": 100, "preference": {"match_expressions": [wanted]}}
    return {"node_affinity": {"preferred_during_scheduling_ignored_during_execution": [term]}}


def probe(args: ProbeArgs, port: str) -> dict[str, Any]:
    path = args.get("path")
    return {
        **({"http_get": {"path": path, "port": port}} if path else {"tcp_socket": {"port": port}}),
        "period_seconds": int(args["period_seconds"]),
        "timeout_seconds": int(args["timeout_seconds"]),
        "failure_threshold": int(args["failure_threshold"]),
    }


def amounts(resources: ResourcesArgs) -> dict[str, Any]:
    return {
        kind: {"cpu": resources[kind]["cpu"], "memory": resources[kind]["memory"]}
        for kind in ("requests", "limits")
    }


def container_security(user: int, read_only: bool) -> dict[str, Any]:
    return {
        "run_as_non_root": True,
        "run_as_user": user,
        "privileged": False,
        "allow_privilege_escalation": False,
        "read_only_root_filesystem": read_only,
        "capabilities": {"drop": ["ALL"]},
        "seccomp_profile": {"type": "RuntimeDefault"},
    }


def count(value: str) -> int | str:
    """A number of replicas as Kubernetes takes it: 1 for `1`, `25%` for `25%`."""
    return int(value) if value.isdigit() else value


def _entry(args: ContainerArgs | SidecarArgs) -> dict[str, Any]:
    """Command and arguments, left out where empty: an empty list would still be a difference."""
    return {key: args[key] for key in ("command", "args") if args.get(key)}


def _scratch(args: ContainerArgs) -> list[tuple[str, str]]:
    return [(f"scratch-{index}", path) for index, path in enumerate(args.get("writable_paths") or [])]


def _mounts(args: ContainerArgs) -> dict[str, Any]:
    mounts = [{"name": name, "mount_path": path} for name, path in _scratch(args)]
    return {"volume_mounts": mounts} if mounts else {}
