"""Charts of services in a project, rendered by Helm, and the objects of a plan to compare them with."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from skymason.generate.chart import values, values_files
from skymason.generate.chart_cloud import cloud_values
from skymason.patterns.engine import InfrastructurePatternEngine
from skymason.patterns.resolved import ResolvedService
from skymason.plan.model import Plan
from skymason.settings import Settings, load_stack

ROOT = Path(__file__).parents[2]
CHART = ROOT / "skymason" / "templates" / "chart"
KUBERNETES = "1.35.0"
STACKS = ("dev", "staging", "prod")
HELM = ("helm.sh/", "meta.helm.sh/")
"""Annotations that say what Helm does with an object and when; they change nothing of what it is."""
PULUMI = ("pulumi.com/",)
OWNERS = ("app.kubernetes.io/managed-by", "managed-by")
"""Labels that name the tool which owns an object."""
CHECKSUM = "skymason.dev/config-checksum"

Key = tuple[str, str]
Object = dict[str, Any]


class Charts:
    """The charts of all services of a project, in a folder beside it."""

    def __init__(self, project: Path, folder: Path, generated: Mapping[str, Path]) -> None:
        """generated: service → folder of the chart that the generator has written for it."""
        self._generated = generated
        engine = InfrastructurePatternEngine.load(project)
        specs = engine.load_services(project / "services")
        self._folder = folder
        self._settings: dict[str, Settings] = {stack: load_stack(project, stack) for stack in STACKS}
        resolutions = {
            stack: engine.resolve(specs, item.environment, item.cloud, item)
            for stack, item in self._settings.items()
        }
        self.services: dict[str, dict[str, ResolvedService]] = {}
        self._callers = {stack: found.callers for stack, found in resolutions.items()}
        for stack, found in resolutions.items():
            for service in found.services:
                self.services.setdefault(service.name, {})[stack] = service

    def values(self, stack: str, service: str) -> dict[str, Any]:
        callers = self._callers[stack].get(service, ())
        return values(self.services[service][stack], self._settings[stack], callers)

    def chart(self, service: str) -> Path:
        """Folder of a service's chart, written once."""
        folder = self._folder / service / "chart"
        if folder.is_dir():
            return folder
        if service in self._generated:
            shutil.copytree(self._generated[service], folder)
            return folder
        shutil.copytree(CHART, folder)
        template = folder / "Chart.yaml.jinja"
        known = {"name": service, "title": service, "pattern_title": "Pattern", "owner": "team"}
        text = re.sub(r"\[\[ (\w+) \]\]", lambda match: known[match[1]], template.read_text())
        (folder / "Chart.yaml").write_text(text)
        template.unlink()
        callers = {stack: found.get(service, ()) for stack, found in self._callers.items()}
        for path, content in values_files(self.services[service], self._settings, callers).items():
            (folder.parent / path).write_text(content)
        return folder

    def cloud(self, plan: Plan, service: str) -> Path:
        """A values file with what the stack knows."""
        known = cloud_values(plan, service, self.values(plan.stack, service)["cloud"])
        path = self._folder / service / f"cloud-{plan.stack}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump({"cloud": known}))
        return path


def render(helm: Path, chart: Path, *values_of: Path, arguments: Iterable[str] = ()) -> list[Object]:
    """Every object that `helm template` makes of a chart."""
    return [item for item in yaml.safe_load_all(output(helm, chart, *values_of, arguments=arguments)) if item]


def output(helm: Path, chart: Path, *values_of: Path, arguments: Iterable[str] = ()) -> str:
    """What `helm template` prints. Raises AssertionError with its errors where it fails."""
    run = subprocess.run(
        [
            *(helm, "template", "release", chart, "--namespace", "releases"),
            *("--kube-version", KUBERNETES, "--set", "namespace.create=true"),
            *(part for path in values_of for part in ("--values", path)),
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def planned(plan: Plan, service: str) -> list[Object]:
    """The objects of a service that its component makes in the cluster, but for the database that may be
    among them: what keeps data is no part of a chart."""
    found = []
    for resource in plan.resources:
        metadata = resource.inputs.get("metadata") or {}
        if resource.type.startswith("kubernetes:") and metadata:
            inside = metadata.get("namespace") == service
            namespace = resource.inputs["kind"] == "Namespace" and metadata["name"] == service
            labels = metadata.get("labels", {})
            stores = labels.get("app.kubernetes.io/component") in ("database", "database-backup")
            if (inside or namespace) and not stores:
                found.append(dict(resource.inputs))
    return found


def by_name(objects: Iterable[Object]) -> dict[Key, Object]:
    """Objects in the form in which both sides are compared, by kind and name.

    Left out is only who owns an object and when it is made: the labels `managed-by`, annotations of Helm and
    Pulumi. The checksum of the settings and the name of the Job `database-setup-…` are digests of texts that
    each side writes in its own way: that there is one is what is compared. The entries of a policy have no
    order.
    """
    plain = [_plain(item) for item in objects]
    found = {(item["kind"], item["metadata"]["name"]): item for item in plain}
    assert len(found) == len(plain), "two objects of one name"
    return found


def _plain(item: Mapping[str, Any]) -> Object:
    copied: Object = json.loads(json.dumps(item))
    for metadata in _metadata(copied):
        labels, annotations = metadata.get("labels", {}), metadata.get("annotations", {})
        for owner in OWNERS:
            labels.pop(owner, None)
        for name in [*annotations]:
            if name.partition("/")[0] + "/" in (*HELM, *PULUMI):
                del annotations[name]
        if CHECKSUM in annotations:
            assert re.fullmatch(r"[0-9a-f]{16}", annotations[CHECKSUM])
            annotations[CHECKSUM] = "digest"
        if not annotations:
            metadata.pop("annotations", None)
    name = copied["metadata"]["name"]
    copied["metadata"]["name"] = re.sub(r"^(database-setup)-[0-9a-f]{12}$", r"\1-digest", name)
    if copied["kind"] == "NetworkPolicy":
        for side in ("ingress", "egress"):
            if side in copied["spec"]:
                copied["spec"][side].sort(key=lambda entry: json.dumps(entry, sort_keys=True))
    return copied


def _metadata(value: Any) -> Iterable[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("metadata"), dict):
            yield value["metadata"]
        for item in value.values():
            yield from _metadata(item)
    elif isinstance(value, list):
        for item in value:
            yield from _metadata(item)
