"""Pieces of a pod: what is always set, and what follows from the arguments."""

import pytest

from components.kubernetes import pod
from components.kubernetes.args import ContainerArgs, ResourcesArgs, SidecarArgs

RESOURCES: ResourcesArgs = {
    "requests": {"cpu": "100m", "memory": "128Mi"},
    "limits": {"cpu": "1", "memory": "256Mi"},
}
PLAIN: ContainerArgs = {"user": 1000, "read_only_root": True, "scratch_size": "64Mi"}
LOCKED = {
    "run_as_non_root": True,
    "run_as_user": 1000,
    "privileged": False,
    "allow_privilege_escalation": False,
    "read_only_root_filesystem": True,
    "capabilities": {"drop": ["ALL"]},
    "seccomp_profile": {"type": "RuntimeDefault"},
}


def test_container() -> None:
    assert pod.container("orders", "image@sha256:1", PLAIN, RESOURCES) == {
        "name": "orders",
        "image": "image@sha256:1",
        "env_from": [{"config_map_ref": {"name": "orders"}}],
        "resources": RESOURCES,
        "security_context": LOCKED,
    }


def test_container_with_command_and_scratch_folders() -> None:
    args: ContainerArgs = {**PLAIN, "command": ["run"], "args": ["-v"], "writable_paths": ["/tmp", "/cache"]}
    made = pod.container("orders", "i", args, RESOURCES)
    assert (made["command"], made["args"]) == (["run"], ["-v"])
    assert made["volume_mounts"] == [
        {"name": "scratch-0", "mount_path": "/tmp"},
        {"name": "scratch-1", "mount_path": "/cache"},
    ]
    assert pod.pod("orders", 1000, [made], args)["volumes"] == [
        {"name": "scratch-0", "empty_dir": {"size_limit": "64Mi"}},
        {"name": "scratch-1", "empty_dir": {"size_limit": "64Mi"}},
    ]


def test_pod_shares_nothing_with_its_node_and_has_no_token() -> None:
    made = pod.pod("orders", 1000, [], PLAIN)
    assert made == {
        "service_account_name": "orders",
        "automount_service_account_token": False,
        "enable_service_links": False,
        "host_network": False,
        "host_pid": False,
        "host_ipc": False,
        "security_context": {
            "run_as_non_root": True,
            "run_as_user": 1000,
            "run_as_group": 1000,
            "fs_group": 1000,
            "seccomp_profile": {"type": "RuntimeDefault"},
        },
        "containers": [],
    }


def test_probes() -> None:
    timing = {"period_seconds": 10.0, "timeout_seconds": 2.0, "failure_threshold": 3.0}
    rest = {"period_seconds": 10, "timeout_seconds": 2, "failure_threshold": 3}
    assert pod.probe({"path": "/health", **timing}, "http") == {
        "http_get": {"path": "/health", "port": "http"},
        **rest,
    }
    assert pod.probe({**timing}, "http") == {"tcp_socket": {"port": "http"}, **rest}
    assert pod.probe({"path": None, **timing}, "http") == {"tcp_socket": {"port": "http"}, **rest}


@pytest.mark.parametrize("wait", [0, 15])
def test_serving(wait: int) -> None:
    probe = {"period_seconds": 1, "timeout_seconds": 1, "failure_threshold": 1}
    made = pod.serving(
        [{"name": "http", "port": 8080}, {"name": "admin", "port": 9090}],
        {"liveness": probe, "readiness": {**probe, "path": "/ready"}, "startup": probe},
        {"grace_seconds": 30, "pre_stop_seconds": wait},
        "http",
    )
    assert made["ports"] == [
        {"name": "http", "container_port": 8080, "protocol": "TCP"},
        {"name": "admin", "container_port": 9090, "protocol": "TCP"},
    ]
    assert made["readiness_probe"]["http_get"] == {"path": "/ready", "port": "http"}
    assert {"liveness_probe", "startup_probe"} < made.keys()
    assert made.get("lifecycle") == ({"pre_stop": {"sleep": {"seconds": 15}}} if wait else None)


def test_sidecar_is_native_and_as_locked_as_the_rest() -> None:
    args: SidecarArgs = {
        "name": "proxy",
        "image": "proxy@sha256:2",
        "args": ["--quiet"],
        "environment": {"LEVEL": "warn"},
        "port": 9901,
        "resources": RESOURCES,
    }
    assert pod.sidecar(args) == {
        "name": "proxy",
        "image": "proxy@sha256:2",
        "args": ["--quiet"],
        "restart_policy": "Always",
        "env": [{"name": "LEVEL", "value": "warn"}],
        "ports": [{"container_port": 9901, "protocol": "TCP"}],
        "resources": RESOURCES,
        "security_context": {**LOCKED, "run_as_user": 65534},
    }
    bare: SidecarArgs = {"name": "proxy", "image": "i", "resources": RESOURCES, "user": 7}
    assert pod.sidecar(bare).keys() == {"name", "image", "restart_policy", "resources", "security_context"}
    assert pod.sidecar(bare)["security_context"]["run_as_user"] == 7


@pytest.mark.parametrize(
    ("spread", "spot", "unsatisfiable", "capacity"),
    [(True, False, "DoNotSchedule", "ON_DEMAND"), (False, True, "ScheduleAnyway", "SPOT")],
)
def test_placement(spread: bool, spot: bool, unsatisfiable: str, capacity: str) -> None:
    made = pod.placement("orders", spread, spot)
    (constraint,) = made["topology_spread_constraints"]
    assert constraint["when_unsatisfiable"] == unsatisfiable
    assert (constraint["max_skew"], constraint["topology_key"]) == (1, "topology.kubernetes.io/zone")
    assert constraint["match_label_keys"] == ["pod-template-hash"]
    (apart,) = made["affinity"]["pod_anti_affinity"]["preferred_during_scheduling_ignored_during_execution"]
    assert apart["pod_affinity_term"]["topology_key"] == "kubernetes.io/hostname"
    assert apart["pod_affinity_term"]["label_selector"] == constraint["label_selector"]
    (node,) = made["affinity"]["node_affinity"]["preferred_during_scheduling_ignored_during_execution"]
    assert node["preference"]["match_expressions"] == [
        {"key": "eks.amazonaws.com/capacityType", "operator": "In", "values": [capacity]}
    ]


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("0", 0), ("25%", "25%")])
def test_count(text: str, value: int | str) -> None:
    assert pod.count(text) == value
