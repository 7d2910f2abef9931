"""The `cloud` values of a service's Helm chart, read from a stack's plan or state. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from skymason.plan.model import Plan

ROLE = "skymason.dev/role"
ACCOUNTS = {
    "": "service",
    "-migrations": "migrations",
    "-database-setup": "database_setup",
    "-replay": "replay",
}
"""What a service account's name has behind the service's → what its role is called."""


def cloud_values(plan: Plan, service: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """`asked` with every empty value filled. asked: the `cloud` values of `chart.values`.

    Raises KeyError for a service that the stack has not.
    """
    objects = Objects(plan, service)
    known: dict[str, Any] = {
        "registry": objects.registry(),
        "roles": dict(objects.roles()),
        "settings": objects.data(service),
        "migration_settings": objects.data(f"{service}-migrations"),
        "target_groups": dict(objects.target_groups()),
        "database": objects.database(),
        "store_bucket": objects.store_bucket(),
        "priority_class": objects.replicas().get("priorityClassName", ""),
        "balancer_ranges": objects.balancer_ranges(list(asked.get("balancer_ranges", ()))),
    }
    return _filled(asked, known)


class Objects:
    """A service's objects in the cluster."""

    def __init__(self, plan: Plan, service: str) -> None:
        self._service = service
        self._objects = [
            resource.inputs
            for resource in plan.resources
            if resource.type.startswith("kubernetes:")
            and (resource.inputs.get("metadata") or {}).get("namespace") == service
        ]
        if not self._objects:
            raise KeyError(service)

    def of_kind(self, kind: str) -> Iterator[Mapping[str, Any]]:
        return (item for item in self._objects if item.get("kind") == kind)

    def named(self, kind: str, name: str) -> Mapping[str, Any]:
        """The object, or an empty one."""
        found = (item for item in self.of_kind(kind) if item["metadata"]["name"] == name)
        return next(found, {})

    def data(self, name: str) -> Mapping[str, Any]:
        data: Mapping[str, Any] = self.named("ConfigMap", name).get("data") or {}
        return data

    def roles(self) -> Iterator[tuple[str, str]]:
        for item in self.of_kind("ServiceAccount"):
            role = ACCOUNTS.get(item["metadata"]["name"].removeprefix(self._service))
            if role:
                yield role, item["metadata"]["annotations"][ROLE]
        for item in self.of_kind("TriggerAuthentication"):
            yield "scaler", item["spec"]["podIdentity"].get("roleArn", "")

    def replicas(self) -> Mapping[str, Any]:
        """What the replicas' pods are."""
        pod: Mapping[str, Any] = self.named("Deployment", self._service)["spec"]["template"]["spec"]
        return pod

    def registry(self) -> str:
        """Registry and prefix of the repositories; the image's own where it has neither."""
        containers = self.replicas()["containers"]
        image = next(item["image"] for item in containers if item["name"] == self._service)
        host, _, rest = str(image).partition("/")
        return f"{host}/{rest.partition('/')[0]}"

    def target_groups(self) -> Iterator[tuple[str, dict[str, str]]]:
        balancers = dict(self._balancers())
        for item in self.of_kind("TargetGroupBinding"):
            arn = item["spec"]["targetGroupARN"]
            suffix = arn.rpartition(":")[2]
            yield item["metadata"]["name"], {"arn": arn, "load_balancer": balancers.get(suffix, "")}

    def _balancers(self) -> Iterator[tuple[str, str]]:
        for item in self.of_kind("ScaledObject"):
            for trigger in item["spec"]["triggers"]:
                balancer, found, group = trigger["metadata"].get("dimensionValue", "").partition(";")
                if found:
                    yield group, balancer

    def balancer_ranges(self, places: list[str]) -> dict[str, list[str]]:
        """Place → addresses that its load balancer's requests come from: the entries by address."""
        entries = (
            entry
            for entry in self.named("NetworkPolicy", self._service)["spec"]["ingress"]
            if all("ipBlock" in peer for peer in entry["from"])
        )
        return {
            place: [peer["ipBlock"]["cidr"] for peer in entry["from"]]
            for place, entry in zip(places, entries, strict=False)
        }

    def database(self) -> dict[str, str]:
        """Where a data API's database is, and how to sign in as its master user."""
        setup = self._environment("database-setup-")
        host = self.data(f"{self._service}-migrations").get("DATABASE_HOST") or setup.get("DATABASE_HOST")
        return {
            "host": host or self._environment("", "pool").get("POOL_HOST", ""),
            "master_secret_arn": setup.get("DATABASE_MASTER_SECRET_ARN", ""),
            "master_user": setup.get("DATABASE_USER", ""),
        }

    def store_bucket(self) -> str:
        """Where an event processor's events are kept."""
        replay = self.named("CronJob", f"{self._service}-replay")
        if not replay:
            return ""
        (container,) = replay["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        return next(str(item["value"]) for item in container["env"] if item["name"].endswith("_BUCKET"))

    def _environment(self, job: str, container: str = "setup") -> dict[str, str]:
        """Settings of a container of a Job, or with an empty name of the replicas' companions."""
        if job:
            found = [item for item in self.of_kind("Job") if item["metadata"]["name"].startswith(job)]
        else:
            found = [self.named("Deployment", self._service)]
        for item in found:
            pod = item["spec"]["template"]["spec"]
            for each in (*pod["containers"], *pod.get("initContainers", ())):
                if each["name"] == container:
                    return {entry["name"]: entry.get("value", "") for entry in each["env"]}
        return {}


def _filled(asked: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    filled = {}
    for key, value in asked.items():
        if isinstance(value, Mapping):
            filled[key] = _filled(value, known.get(key) or {})
        else:
            filled[key] = known.get(key) or value
    return filled
