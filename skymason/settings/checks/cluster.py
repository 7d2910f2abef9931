"""Whether a cluster can run, be reached by the right people, and grow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from ipaddress import ip_network

from skymason.diagnostics import Severity
from skymason.settings import codes
from skymason.settings.checks.references import in_partition
from skymason.settings.checks.sections import Sections
from skymason.settings.facts import (
    KUBERNETES,
    PRIVATE_RANGES,
    SUPPORT_NOTICE_DAYS,
    WIDEST_CALLERS,
    capacity,
)
from skymason.settings.findings import Finding
from skymason.settings.models import ClusterSettings, NodePool
from skymason.settings.values import known_arn


def check(cluster: ClusterSettings, sections: Sections, today: date) -> Iterator[Finding]:
    if cluster.existing_name:
        for name in sorted(cluster.model_fields_set - {"existing_name"}):
            message = f"'{name}' is set for the existing cluster '{cluster.existing_name}'"
            fix = "remove it, or remove existing_name to make a cluster"
            yield Finding(codes.EXISTING_CLUSTER, f"aws.cluster.{name}", message, fix)
        return
    yield from _version(cluster.version, today)
    yield from _endpoint(cluster, sections)
    yield from _admins(cluster, sections)
    yield from _pools(cluster, sections)


def _version(version: str, today: date) -> Iterator[Finding]:
    key = "aws.cluster.version"
    support = KUBERNETES.get(version)
    offered = [item for item, its in KUBERNETES.items() if its.extended is None or its.extended >= today]
    if support is None or version not in offered:
        ended = f": EKS stopped supporting it on {support.extended}" if support else ""
        message = f"Kubernetes {version} cannot be run{ended}"
        yield Finding(codes.UNSUPPORTED_VERSION, key, message, f"allowed: {', '.join(offered)}")
    elif support.standard and support.standard < today + timedelta(days=SUPPORT_NOTICE_DAYS):
        verb = "left" if support.standard < today else "leaves"
        message = f"{version} {verb} standard support on {support.standard}"
        fix = "go up one minor version at a time, in dev first"
        yield Finding(codes.AGEING_VERSION, key, message, fix, Severity.WARNING)


def _endpoint(cluster: ClusterSettings, sections: Sections) -> Iterator[Finding]:
    key = "aws.cluster.allowed_cidrs"
    if cluster.endpoint == "private":
        if cluster.allowed_cidrs:
            fix = "remove them, or set endpoint to both"
            yield Finding(codes.UNUSED_CIDRS, key, "the endpoint is private", fix)
        return
    world = [item for item in cluster.allowed_cidrs if ip_network(item).prefixlen < WIDEST_CALLERS]
    for index, text in enumerate(cluster.allowed_cidrs):
        if any(ip_network(text).overlaps(ip_network(item)) for item in PRIVATE_RANGES if text not in world):
            message = f"{text} is a private range, and EKS takes public ones"
            fix = "remove it: private addresses reach a private endpoint, and `both` has one"
            yield Finding(codes.PRIVATE_CALLERS, f"{key}.{index}", message, fix)
    if not cluster.allowed_cidrs or world:
        what = f"{world[0]} is everybody" if world else "no range is listed, so everybody may"
        message = f"the endpoint is {cluster.endpoint} and {what}"
        fix = "list the addresses of your offices and runners, or set endpoint to private"
        severity = Severity.WARNING if sections.is_dev else Severity.ERROR
        yield Finding(codes.OPEN_ENDPOINT, key, message, fix, severity)


def _admins(cluster: ClusterSettings, sections: Sections) -> Iterator[Finding]:
    if not cluster.admins:
        fix = "list the deploying role and at least one role of people under aws.cluster.admins"
        yield Finding(codes.NO_ADMIN, "aws.cluster.admins", "no administrator is listed", fix)
    for index, text in enumerate(cluster.admins):
        key = f"aws.cluster.admins.{index}"
        arn = known_arn(text)
        if arn.service != "iam" or arn.resource.split("/")[0] not in ("role", "user"):
            message = f"'{text}' is not an IAM role or user"
            fix = "write arn:aws:iam::ACCOUNT:role/NAME; for a session, the role behind it"
            yield Finding(codes.WRONG_SERVICE, key, message, fix)
        yield from in_partition(arn, key, sections)
    for text, times in Counter(cluster.admins).items():
        if times > 1:
            message = f"{text} is listed {times} times"
            yield Finding(codes.REPEATED_NAME, "aws.cluster.admins", message, "list it once")


def _pools(cluster: ClusterSettings, sections: Sections) -> Iterator[Finding]:
    pools = cluster.node_pools
    for name, times in Counter(pool.name for pool in pools).items():
        if times > 1:
            message = f"{times} pools are called '{name}'"
            yield Finding(codes.REPEATED_NAME, "aws.cluster.node_pools", message, "give each its own name")
    for index, pool in enumerate(pools):
        yield from _pool(pool, f"aws.cluster.node_pools.{index}")
    steady = [pool for pool in pools if pool.min > 0]
    if not steady:
        message = "every pool may shrink to nothing" if pools else "there is no pool"
        fix = "set min of one pool to 1 or more"
        yield Finding(codes.NO_BASE_NODES, "aws.cluster.node_pools", message, fix)
    elif all(pool.spot for pool in steady) and not sections.is_dev:
        message = "every pool that keeps nodes is interruptible"
        fix = "set spot to false in one pool with min of 1 or more"
        yield Finding(codes.SPOT_ONLY, "aws.cluster.node_pools", message, fix, Severity.WARNING)


def _pool(pool: NodePool, key: str) -> Iterator[Finding]:
    if pool.min > pool.max:
        message = f"pool '{pool.name}' has min {pool.min} above max {pool.max}"
        yield Finding(
            codes.MIN_ABOVE_MAX, f"{key}.min", message, f"set min to {pool.max} or less, or raise max"
        )
    sizes = {kind: found for kind in pool.instance_types if (found := capacity(kind))}
    if len(set(sizes.values())) > 1:
        shown = "; ".join(
            f"{kind}: {found.vcpus} vCPU, {found.memory_gib:g} GiB, {found.architecture}"
            for kind, found in sizes.items()
        )
        fix = "make a pool for each size, and let the autoscaler choose between them"
        yield Finding(codes.MIXED_POOL, f"{key}.instance_types", f"pool '{pool.name}' mixes {shown}", fix)
    if pool.spot and len(set(pool.instance_types)) == 1:
        message = f"pool '{pool.name}' asks for {pool.instance_types[0]} alone"
        fix = "list two or more types of one size, such as t3.medium and t3a.medium"
        yield Finding(codes.NARROW_SPOT, f"{key}.instance_types", message, fix, Severity.WARNING)
