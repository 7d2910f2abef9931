"""`sm chart-values`: what a deployed stack knows of a service's chart."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from skymason.cli import chart
from skymason.driver.kept import keep
from skymason.driver.model import CloudKind
from skymason.driver.project import open_project
from skymason.plan.evaluate import evaluate_project

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped project, whose stack dev is deployed to the offline cloud without the service `wallet`."""
    root = tmp_path_factory.mktemp("shipped")
    for file in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml", ROOT / "__main__.py"):
        shutil.copy(file, root)
    (root / "services").mkdir()
    for name in ("ledger", "order-fulfilment"):
        spec = yaml.safe_load((ROOT / "services" / f"{name}.yaml").read_text())
        spec["uses"] = []
        (root / "services" / f"{name}.yaml").write_text(yaml.safe_dump(spec))
    keep(open_project(root), evaluate_project(root, "dev"))
    spec = yaml.safe_load((ROOT / "services" / "wallet.yaml").read_text()) | {"uses": []}
    (root / "services" / "wallet.yaml").write_text(yaml.safe_dump(spec))
    return root


def test_every_value_is_filled(sm: Callable[..., Any], shipped: Path) -> None:
    said = sm("chart-values", "ledger", "--stack", "dev", "--cwd", str(shipped))
    assert (said.code, said.err) == (0, "")
    cloud = yaml.safe_load(said.out)["cloud"]
    assert cloud["registry"] == "123456789012.dkr.ecr.eu-central-1.amazonaws.com/skymason-dev"
    assert cloud["roles"].keys() == {"service", "database_setup", "migrations"}
    assert all(role.startswith("arn:aws:iam::123456789012:role/") for role in cloud["roles"].values())
    assert cloud["database"]["host"].endswith(".eu-central-1.rds.amazonaws.com")
    assert cloud["target_groups"]["internal-http"]["load_balancer"].startswith("app/skymason-dev-ledger")
    assert [path for path, value in _leaves(cloud) if value in ("", [])] == []


def _leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        return [(path, value)]
    return [leaf for key, item in value.items() for leaf in _leaves(item, f"{path}.{key}")]


def test_a_worker_is_told_its_queue(sm: Callable[..., Any], shipped: Path) -> None:
    said = sm("chart-values", "order-fulfilment", "-C", str(shipped))
    cloud = yaml.safe_load(said.out)["cloud"]
    assert list(cloud["settings"]) == ["QUEUE_URL"]
    assert cloud["settings"]["QUEUE_URL"].startswith("https://sqs.eu-central-1.amazonaws.com/123456789012/")


@pytest.mark.parametrize(
    ("words", "code", "text", "fix"),
    [
        (("walet",), "SM5010", "there is no service 'walet' in stack dev", "did you mean 'wallet'?"),
        (("wallet",), "SM5008", "stack dev was deployed without the service 'wallet'", "sm up --stack dev"),
        (
            ("ledger", "--stack", "prod"),
            "SM5008",
            "stack prod was not deployed to the offline cloud",
            "sm up",
        ),
    ],
)
def test_what_cannot_be_told_is_a_diagnostic(
    sm: Callable[..., Any], shipped: Path, words: tuple[str, ...], code: str, text: str, fix: str
) -> None:
    said = sm("chart-values", *words, "--cwd", str(shipped))
    assert said.code == 1
    assert said.out == ""
    for part in (code, text, fix):
        assert part in said.err


def test_a_real_stack_is_read_from_its_state(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def exported(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        asked.append(command[1:])
        return subprocess.CompletedProcess(command, 255, "", "error: no stack named 'dev' found\n")

    monkeypatch.setattr(chart.subprocess, "run", exported)
    monkeypatch.setattr("skymason.engine_cli.find", lambda *_, **__: _Engine())
    with pytest.raises(Exception, match="no stack named 'dev' found"):
        chart.values_of(open_project(shipped), "dev", "ledger", CloudKind.REAL)
    assert asked == [["stack", "export", "--non-interactive", "--stack", "dev"]]


def test_without_a_cli_there_is_no_real_stack(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skymason.engine_cli.find", lambda *_, **__: _Engine(found=False))
    with pytest.raises(Exception, match="nothing found"):
        chart.values_of(open_project(shipped), "dev", "ledger", CloudKind.REAL)


class _Engine:
    """What looking for the Pulumi CLI finds."""

    def __init__(self, found: bool = True) -> None:
        self.found, self.executable, self.reason = found, "/usr/bin/pulumi", "nothing found"
