"""Every resource of the shipped stacks carries all six tags, if its type can carry any."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from components.tags import TAG_KEYS
from skymason.offline.sdk import resource_class
from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import UNKNOWN, Plan, PlannedResource
from skymason.settings import load_stack

ROOT = Path(__file__).parents[2]
STACKS = [(stack, preview) for stack in ("dev", "staging", "prod") for preview in (False, True)]
WITHOUT_METADATA = {"kubernetes:helm.sh/v3:Release", "pulumi:providers:kubernetes"}


@pytest.fixture(scope="module", params=STACKS, ids=lambda it: f"{it[0]}-{'preview' if it[1] else 'deployed'}")
def plan(request: pytest.FixtureRequest) -> Plan:
    stack, preview = request.param
    return evaluate_project(ROOT, stack, preview=preview)


def _of(plan: Plan, *packages: str) -> Iterator[PlannedResource]:
    """Resources of some packages; `remote` components such as the EKS cluster take tags too."""
    for resource in plan.resources:
        if resource.type.partition(":")[0] in packages and (resource.custom or resource.remote):
            yield resource


def _takes_tags(token: str) -> bool:
    """By the class of inputs in the SDK, which `components.tags` does not read."""
    found = resource_class(token)
    assert found is not None, token
    return hasattr(found.args or found.resource, "tags")


def _expected(plan: Plan) -> dict[str, str]:
    return load_stack(ROOT, plan.stack).tags


def _six(tags: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tags[key] for key in TAG_KEYS if key in tags}


def test_every_taggable_resource_has_all_tags(plan: Plan) -> None:
    expected, kinds = _expected(plan), set()
    for resource in _of(plan, "aws", "eks"):
        if not _takes_tags(resource.type):
            assert "tags" not in resource.inputs, resource.urn
            continue
        kinds.add(resource.type)
        tags = resource.inputs["tags"]
        assert tags != UNKNOWN, resource.urn
        assert set(TAG_KEYS) <= tags.keys(), resource.urn
        assert {key: tags[key] for key in TAG_KEYS[:3]} == {key: expected[key] for key in TAG_KEYS[:3]}
    assert len(kinds) >= 25


def test_resources_outside_services_have_the_tags_of_the_stack(plan: Plan) -> None:
    expected = _expected(plan)
    vpc, *_ = plan.of_type("aws:ec2/vpc:Vpc")
    assert _six(vpc.inputs["tags"]) == expected


def test_resources_of_a_service_name_its_owner(plan: Plan) -> None:
    owners = {
        resource.inputs["tags"]["owner"]
        for resource in _of(plan, "aws")
        if f"{plan.project}-{plan.stack}-wallet-" in resource.name and "tags" in resource.inputs
    }
    assert owners == {"team-payments"}


def test_what_is_launched_has_the_tags_of_the_stack(plan: Plan) -> None:
    templates = plan.of_type("aws:ec2/launchTemplate:LaunchTemplate")
    assert templates
    for template in templates:
        specifications = template.inputs["tagSpecifications"]
        kinds = {item["resourceType"] for item in specifications}
        assert kinds == {"instance", "volume", "network-interface"}
        for item in specifications:
            assert _six(item["tags"]) == _expected(plan)


def test_every_kubernetes_object_has_all_labels(plan: Plan) -> None:
    objects = [item for item in _of(plan, "kubernetes") if item.type not in WITHOUT_METADATA]
    assert len({item.type for item in objects}) >= 8
    for item in objects:
        labels = item.inputs["metadata"]["labels"]
        assert set(TAG_KEYS) <= labels.keys(), item.urn
        assert labels["environment"] == plan.stack


def test_pods_have_all_labels(plan: Plan) -> None:
    templates = [template for item in _of(plan, "kubernetes") for template in _pod_templates(item.inputs)]
    assert len(templates) >= 3
    for template in templates:
        assert set(TAG_KEYS) <= template["metadata"]["labels"].keys()


def _pod_templates(value: Any) -> Iterator[Mapping[str, Any]]:
    """Anything that has containers below `spec`, wherever it is."""
    if isinstance(value, Mapping):
        template = value.get("template")
        if isinstance(template, Mapping) and "containers" in template.get("spec", {}):
            yield template
        for item in value.values():
            yield from _pod_templates(item)
