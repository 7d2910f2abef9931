"""What the tests of web APIs share: a platform, arguments, and a count of resources by type."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi
from blocks import Built, unknown

from components.patterns.aws.web_api import WebApi
from components.patterns.escape_schema import PLATFORM as ANY_PLATFORM
from skymason.plan.evaluate import evaluate
from skymason.plan.model import Plan

PLATFORM: dict[str, Any] = {**ANY_PLATFORM, "domain": "example.com"}
CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
IMAGE = {"repository": "orders", "digest": "sha256:" + "a" * 64}
SERVICE = {"name": "orders", "owner": "team-a", "tier": "critical"}


def args(**changed: Any) -> dict[str, Any]:
    return {"platform": PLATFORM, "service": SERVICE, "image": IMAGE, **changed}


def build(program: Callable[[], Any]) -> Built:
    """As for building blocks, but the id of a provider may be known after deployment only."""
    deployed = evaluate(program, project="skymason", stack="test")
    preview = evaluate(program, project="skymason", stack="test", preview=True)
    assert registered(deployed) == registered(preview)
    return Built(deployed, preview)


def registered(plan: Plan) -> list[tuple[str, Any]]:
    return [
        (item.urn, replace(item.options, provider=item.options.provider.rsplit("::", 1)[0]))
        for item in plan.resources
    ]


def make(**changed: Any) -> Built:
    """A web API called orders, with some of its arguments changed, deployed and previewed."""
    return build(lambda: WebApi("orders", args(**changed)))


def later(platform: dict[str, Any] = PLATFORM) -> dict[str, Any]:
    """The platform of a stack that is not deployed yet: nothing of it is known. For use in a program."""
    return {key: unknown() for key in platform}


def kinds(built: Built) -> Counter[str]:
    """How many resources there are of each type, by the last part of the type."""
    return Counter(item.type.rsplit(":", 1)[-1] for item in built.deployed.resources if item.custom)


def provider() -> pulumi.ProviderResource:
    import pulumi_kubernetes as kubernetes

    return kubernetes.Provider("shared", kubeconfig="{}")
