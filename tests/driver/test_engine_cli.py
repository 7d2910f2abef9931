"""Which Pulumi CLI is used, and what is said of one that cannot be had. All CLIs here are small scripts."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from skymason import engine_cli
from skymason.engine_cli import EngineCli, failure_file, find, ignored_folder


def make_cli(folder: Path, body: str = "echo v3.260.0") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "pulumi"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without any CLI, whose installer must not be reached unless a test allows it."""
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(engine_cli, "_INSTALL", "raise SystemExit('the installer was reached')")
    return root


def test_the_one_on_the_path_comes_first(project: Path, tmp_path: Path) -> None:
    make_cli(tmp_path / "path")
    make_cli(project / ".skymason/pulumi/bin", "echo v1.0.0")
    found = find(project)
    assert found == EngineCli(True, "Pulumi CLI 3.260.0 on the PATH", None, "3.260.0")
    assert (found.name, found.executable) == ("pulumi 3.260.0", "pulumi")


def test_then_the_one_in_the_ignored_folder(project: Path) -> None:
    folder = project / ".skymason/pulumi"
    make_cli(folder / "bin", "echo v3.272.0")
    found = find(project)
    assert found == EngineCli(True, "Pulumi CLI 3.272.0 in .skymason/pulumi", folder, "3.272.0")
    assert found.executable == str(folder / "bin/pulumi")


def test_one_that_does_not_run_is_not_used(project: Path, tmp_path: Path) -> None:
    make_cli(tmp_path / "path", "exit 1")
    found = find(project, install=False)
    assert found == EngineCli(False, "the Pulumi CLI on the PATH does not run")
    assert found.name == "in-process"


def test_looking_only_leaves_nothing_behind(project: Path) -> None:
    assert find(project, install=False).reason == "no Pulumi CLI on the PATH nor in .skymason/pulumi"
    assert list(project.iterdir()) == []


def test_the_installer_puts_it_into_the_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installer = """
import os, pathlib, sys
file = pathlib.Path(sys.argv[1], "bin", "pulumi")
file.parent.mkdir(parents=True)
file.write_text("#!/bin/sh\\necho v3.272.0\\n")
file.chmod(0o755)
"""
    monkeypatch.setattr(engine_cli, "_INSTALL", installer)
    found = find(project)
    assert found.reason == "Pulumi CLI 3.272.0, installed in .skymason/pulumi"
    assert find(project).reason == "Pulumi CLI 3.272.0 in .skymason/pulumi"


def test_a_failed_install_is_remembered_and_not_tried_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_cli, "_INSTALL", "raise OSError('no network')")
    first = find(project)
    assert first.reason == (
        "no Pulumi CLI on the PATH, and installing it failed (OSError: no network); "
        "`sm up --retry-install` tries again"
    )
    kept = json.loads(failure_file(project).read_text())
    assert kept["why"] == "OSError: no network"
    monkeypatch.setattr(engine_cli, "_install", lambda *_: pytest.fail("tried again"))
    second = find(project)
    assert second.reason == (
        f"no Pulumi CLI on the PATH, and installing it failed on {kept['at']} (OSError: no network); "
        "`sm up --retry-install` tries again"
    )


def test_a_retry_is_tried_with_a_longer_limit(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = []

    def install(folder: Path, limit: float) -> str:
        limits.append(limit)
        return "no network"

    monkeypatch.setattr(engine_cli, "_install", install)
    find(project)
    find(project)
    find(project, retry_install=True)
    assert limits == [18.0, 300.0]


def test_deleting_the_file_makes_it_try_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []
    monkeypatch.setattr(engine_cli, "_install", lambda *words: tries.append(words) or "no network")
    find(project)
    failure_file(project).unlink()
    find(project)
    assert len(tries) == 2


def test_a_damaged_note_still_counts_as_a_failure(project: Path) -> None:
    ignored_folder(project)
    failure_file(project).write_text("{")
    assert "and installing it failed before;" in find(project).reason


def test_an_install_that_hangs_is_stopped_with_all_that_it_started(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = """
import pathlib, subprocess, sys
pathlib.Path(sys.argv[1]).mkdir(parents=True)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(sys.argv[1]).parent.joinpath("child").write_text(str(child.pid))
child.wait()
"""
    monkeypatch.setattr(engine_cli, "_INSTALL", hanging)
    monkeypatch.setattr(engine_cli, "FIRST_TRY_SECONDS", 1.5)
    began = time.monotonic()
    found = find(project)
    assert time.monotonic() - began < 10
    assert "installing it failed (no result within 2 s)" in found.reason
    child = int((project / ".skymason/child").read_text())
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _runs(child):
        time.sleep(0.02)
    assert not _runs(child)
    assert not (project / ".skymason/pulumi").exists()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


@pytest.mark.parametrize(
    ("raised", "shown"),
    [
        ("urllib.error.URLError(OSError(-2, 'Name or service not known'))", "Name or service not known"),
        ("urllib.error.URLError('timed out')", "timed out"),
        ("subprocess.CalledProcessError(1, 'x')", "CalledProcessError: Command 'x' returned non-zero exit"),
        ("OSError('disk full')", "OSError: disk full"),
    ],
)
def test_why_an_install_failed_is_said_shortly(
    project: Path, monkeypatch: pytest.MonkeyPatch, raised: str, shown: str
) -> None:
    monkeypatch.setattr(engine_cli, "_INSTALL", f"import subprocess, urllib.error; raise {raised}")
    assert f"installing it failed ({shown}" in find(project).reason


def test_an_installer_that_says_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_cli, "_INSTALL", "raise SystemExit(7)")
    assert "failed (exit code 7)" in find(project).reason


def test_an_install_that_leaves_no_working_cli(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_cli, "_INSTALL", "pass")
    assert "failed (it was installed but does not run)" in find(project).reason


def test_the_installer_is_the_sdks_own() -> None:
    assert "PulumiCommand.install(root=sys.argv[1])" in engine_cli._INSTALL
    assert sys.executable


def test_the_ignored_folder_ignores_itself_and_is_private(tmp_path: Path) -> None:
    folder = ignored_folder(tmp_path)
    assert (folder / ".gitignore").read_text() == "*\n"
    assert folder.stat().st_mode & 0o777 == 0o700
    (folder / ".gitignore").write_text("mine\n")
    assert (ignored_folder(tmp_path) / ".gitignore").read_text() == "mine\n"
