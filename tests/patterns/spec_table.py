"""What the tests of checks share: a spec in a few lines, and cases of one that trips a check and one that
nearly does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from skymason.diagnostics import Diagnostic
from skymason.patterns import engine as engine_module
from skymason.patterns.engine import InfrastructurePatternEngine
from skymason.patterns.resolution import Resolution
from skymason.patterns.specs import ServiceSpec, parse_spec
from skymason.settings import Settings
from skymason.yaml_source import parse_yaml

ROOT = Path(__file__).parents[2]
DIGEST = "sha256:" + 64 * "a"
FIRST = 5
"""Line of the first key under `overrides` in a spec of `spec_text`."""


@cache
def engine() -> InfrastructurePatternEngine:
    return InfrastructurePatternEngine.load(ROOT)


def spec_text(
    overrides: str = "{}",
    *,
    name: str = "orders",
    pattern: str = "web_api",
    identity: str = "",
    image: str = f'{{repository: orders, digest: "{DIGEST}"}}',
    tail: str = "",
) -> str:
    """A spec: service, pattern and image on a line each, then `overrides:`, whose keys begin on line 5."""
    return (
        f"service: {{name: {name}, owner: team-a{', ' if identity else ''}{identity}}}\n"
        f"pattern: {pattern}\n"
        f"image: {image}\n"
        f"overrides:\n{indent(overrides.strip(), '  ')}\n"
        f"{tail}"
    )


def spec(text: str, name: str = "orders") -> ServiceSpec:
    return parse_spec(parse_yaml(text, f"services/{name}.yaml"))


def settings(environment: str = "prod", **changes: Any) -> Settings:
    """A stack's settings with a /16 over three zones, a domain and no spot pool."""
    values: dict[str, Any] = {
        "project": "shop",
        "stack": environment,
        "environment": environment,
        "region": "eu-central-1",
        "owner": "platform",
        "cost_center": "it",
        "cloud": "aws",
        "aws": {
            "network": {"cidr": "10.0.0.0/16"},
            "cluster": {},
            "domain": {"name": "example.com"},
        },
        "existing": {
            "pictures": {"kind": "s3_bucket", "arn": "arn:aws:s3:::pictures"},
            "signing-key": {
                "kind": "secret",
                "arn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:signing-key-AbCdEf",
            },
        },
    }
    for path, value in changes.items():
        *above, last = path.split("__")
        target = values
        for step in above:
            target = target[step]
        target[last] = value
    return Settings.model_validate(values)


def resolve(
    *texts: str,
    environment: str = "prod",
    cloud: str | None = "aws",
    settings_changes: Mapping[str, Any] | None = None,
) -> Resolution:
    """Services named after their texts' order, all in one stack."""
    specs = [spec(text, f"s{index}" if len(texts) > 1 else "orders") for index, text in enumerate(texts)]
    changes = dict(settings_changes or {})
    if cloud != "aws":
        changes |= {"cloud": cloud, "aws": None}
    return engine().resolve(specs, environment, cloud, settings(environment, **changes))


@dataclass(frozen=True)
class Case:
    """code: the only finding of `trips`, with this message, at line and key. near: no finding at all.

    also: further specs of the same stack.
    """

    code: str
    trips: str
    near: str
    key: str
    message: str
    line: int = FIRST
    pattern: str = "web_api"
    identity: str = ""
    environment: str = "prod"
    cloud: str = "aws"
    severity: str = "error"
    settings: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.code}-{self.key}"

    def findings(self, overrides: str) -> list[Diagnostic]:
        text = spec_text(overrides, pattern=self.pattern, identity=self.identity)
        resolution = resolve(
            text,
            *self.also,
            environment=self.environment,
            cloud=self.cloud,
            settings_changes=self.settings,
        )
        return resolution.diagnostics

    def assert_trips(self) -> None:
        found = [
            (item.code.id, item.location.line, item.key, item.message, str(item.severity))
            for item in self.findings(self.trips)
        ]
        assert found == [(self.code, self.line, self.key, self.message, self.severity)]

    def assert_near_miss(self) -> None:
        assert [item.as_text() for item in self.findings(self.near)] == []


def every_component(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every pattern could be deployed to every cloud: what is missing is another test's matter."""
    monkeypatch.setattr(engine_module, "has_component", lambda cloud, pattern: True)
