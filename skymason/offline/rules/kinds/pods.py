"""Kinds about pods: resources, and the Pod Security Standards of their namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from skymason.offline.rules.kinds.formats import quantity_of
from skymason.offline.rules.kinds.relations import lookup
from skymason.offline.rules.paths import MISSING, is_unknown, path
from skymason.offline.rules.subject import Check, Finding, Subject

_ENFORCE = path('metadata.labels["pod-security.kubernetes.io/enforce"]')
_NAMESPACES = (("kubernetes:core/v1:Namespace", "id"),)
_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")


def quantities_within(lower: str, upper: str) -> Check:
    """Every quantity of one map is at most that of the same key in another (requests and limits)."""
    lower_at, upper_at = path(lower), path(upper)

    def check(subject: Subject) -> Iterator[Finding]:
        low, high = lower_at.first(subject.node), upper_at.first(subject.node)
        if not isinstance(low, Mapping) or not isinstance(high, Mapping):
            return
        for key, value in low.items():
            most = high.get(key)
            if is_unknown(value) or is_unknown(most):
                continue
            amount, bound = quantity_of(value), quantity_of(most)
            if amount is not None and bound is not None and amount > bound:
                yield f"{lower}.{key}", {"value": value, "other": most, "key": key}

    return check


def pod_security(aspect: str, levels: tuple[str, ...] | list[str] = ("restricted",)) -> Check:
    """A pod keeps one control of the Pod Security Standards, where its namespace enforces one of `levels`:
    escalation, capabilities, non_root, seccomp, host_namespaces, host_paths or privileged."""
    fails = _CONTROLS[aspect]

    def check(subject: Subject) -> Iterator[Finding]:
        namespace = path("metadata.namespace").first(subject.resource.inputs)
        if namespace is MISSING or is_unknown(namespace):
            return
        found = lookup(subject.view, _NAMESPACES, namespace)
        level = MISSING if found is None else _ENFORCE.first(found.inputs)
        pod = path("spec").first(subject.node)
        if level not in levels or not isinstance(pod, Mapping):
            return
        for at, value in fails(pod):
            yield f"spec.{at}", {"value": value, "level": level, "namespace": namespace}

    return check


_Failures = Iterator[tuple[str, str]]


def _containers(pod: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for kind in _CONTAINERS:
        items = pod.get(kind)
        for index, container in enumerate(items if isinstance(items, list) else []):
            if isinstance(container, Mapping):
                yield f"{kind}[{index}]", container


def _setting(node: Mapping[str, Any], name: str) -> Any:
    value = path(f"securityContext.{name}").first(node)
    return None if value is MISSING else value


def _escalation(pod: Mapping[str, Any]) -> _Failures:
    for at, container in _containers(pod):
        value = _setting(container, "allowPrivilegeEscalation")
        if value is not False and not is_unknown(value):
            yield at, str(container.get("name"))


def _capabilities(pod: Mapping[str, Any]) -> _Failures:
    for at, container in _containers(pod):
        drop = _setting(container, "capabilities.drop")
        if not is_unknown(drop) and "ALL" not in (drop or []):
            yield at, str(container.get("name"))


def _non_root(pod: Mapping[str, Any]) -> _Failures:
    for at, container in _containers(pod):
        own, whole = _setting(container, "runAsNonRoot"), _setting(pod, "runAsNonRoot")
        value = whole if own is None else own
        if value is not True and not is_unknown(value):
            yield at, str(container.get("name"))


def _seccomp(pod: Mapping[str, Any]) -> _Failures:
    for at, container in _containers(pod):
        own, whole = _setting(container, "seccompProfile.type"), _setting(pod, "seccompProfile.type")
        value = whole if own is None else own
        if value not in ("RuntimeDefault", "Localhost") and not is_unknown(value):
            yield at, str(container.get("name"))


def _privileged(pod: Mapping[str, Any]) -> _Failures:
    for at, container in _containers(pod):
        if _setting(container, "privileged") is True:
            yield at, str(container.get("name"))


def _host_namespaces(pod: Mapping[str, Any]) -> _Failures:
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(name) is True:
            yield name, name


def _host_paths(pod: Mapping[str, Any]) -> _Failures:
    for at, volume in path("volumes[*]").find(pod):
        if isinstance(volume, Mapping) and volume.get("hostPath") is not None:
            yield at, str(volume.get("name"))


_CONTROLS: Mapping[str, Callable[[Mapping[str, Any]], _Failures]] = {
    "escalation": _escalation,
    "capabilities": _capabilities,
    "non_root": _non_root,
    "seccomp": _seccomp,
    "privileged": _privileged,
    "host_namespaces": _host_namespaces,
    "host_paths": _host_paths,
}
