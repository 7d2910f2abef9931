"""The scripts in automation/, run as a pipeline runs them, in a copy beside a small project."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(path.name for path in (ROOT / "automation").glob("*.py"))
Script = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "tiny"
    root.mkdir()
    shutil.copytree(ROOT / "automation", root / "automation")
    (root / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    for stack in ("dev", "prod"):
        (root / f"Pulumi.{stack}.yaml").write_text("config:\n  aws:region: eu-central-1\n")
    (root / "__main__.py").write_text("from pulumi_aws import sqs\nsqs.Queue('jobs')\n")
    (root / ".skymason").mkdir()
    (root / ".skymason/pulumi-install-failed.json").write_text('{"at": "noon", "why": "no network"}')
    return root


@pytest.fixture
def script(project: Path, request: pytest.FixtureRequest) -> Script:
    """Runs a script; without a Pulumi CLI, except in engine tests."""
    engine = request.node.get_closest_marker("engine")
    path = os.environ["PATH"] if engine else str(Path(sys.executable).parent)

    def run(name: str, *words: str) -> tuple[int, str, str]:
        said = subprocess.run(
            [sys.executable, str(project / "automation" / name), *words],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={**os.environ, "PATH": path},
        )
        return said.returncode, said.stdout, said.stderr

    return run


def test_deploy_deploys_and_proves_it_and_destroy_takes_it_away(script: Script, project: Path) -> None:
    code, out, _ = script("deploy.py", "--stack", "prod")
    assert code == 0
    assert [line.split(" s, ")[1] for line in out.splitlines() if line.startswith("tiny, stack prod: ")] == [
        "1 created",
        "no changes, 1 resource",
    ]
    code, out, _ = script("drift.py", "--stack", "prod")
    assert (code, "nothing drifted, 1 resource" in out) == (0, True)
    code, out, _ = script("destroy.py", "--stack", "prod")
    assert (code, "1 deleted" in out) == (0, True)
    assert not (project / ".skymason/plans/prod.json").exists()


def test_a_failure_is_a_diagnostic_and_an_exit_code(script: Script, project: Path) -> None:
    (project / "__main__.py").write_text("import pulumi\nraise ValueError('no owner')\n")
    code, out, err = script("deploy.py")
    assert (code, out) == (1, "")
    assert "__main__.py:2\n  ValueError: no owner\n" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_explains_itself(script: Script, name: str) -> None:
    code, out, _ = script(name, "--help")
    assert code == 0
    assert f"python automation/{name} --stack dev" in out


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_unknown_option_is_wrong_usage(script: Script, name: str) -> None:
    code, _, err = script(name, "--stak", "dev")
    assert code == 2
    assert "unrecognized arguments: --stak dev" in err


@pytest.mark.engine
def test_drift_is_found_and_left_as_it_is(script: Script, project: Path) -> None:
    assert script("deploy.py")[0] == 0
    drift = project / ".skymason/offline/dev/cloud/drift.json"
    drift.write_text('[{"name": "jobs", "set": {"visibilityTimeoutSeconds": 99}}]')
    code, out, _ = script("drift.py")
    assert code == 3
    assert "  ~ changed  aws:sqs/queue:Queue jobs\n      visibilityTimeoutSeconds: + 99\n" in out
    assert script("drift.py")[0] == 3
