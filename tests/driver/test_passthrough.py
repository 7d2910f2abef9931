"""Any command with the offline cloud attached, in any folder."""

import json
import sys
from pathlib import Path

import pytest

from skymason.driver.passthrough import run_offline

SHOW = [
    sys.executable,
    "-c",
    "import json, os; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('PULUMI')}))",
]


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Pulumi project that knows nothing of Skymason, with a user who is logged in elsewhere."""
    root = tmp_path / "foreign"
    (root / "deep").mkdir(parents=True)
    (root / "Pulumi.yaml").write_text("name: foreign\nruntime: python\n")
    (root / "__main__.py").write_text(
        "import pulumi\nfrom pulumi_aws import s3\n"
        "bucket = s3.Bucket('assets')\n"
        "pulumi.export('name', bucket.bucket)\n"
        "pulumi.export('token', pulumi.Output.secret('hush'))\n"
    )
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://real-state")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "pul-real")
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    return root


def environment(capfd: pytest.CaptureFixture[str]) -> dict[str, str]:
    return dict(json.loads(capfd.readouterr().out))


def test_a_command_sees_the_offline_cloud_and_nothing_of_the_users_own(
    foreign: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_offline(SHOW, foreign / "deep", None) == 0
    seen = environment(capfd)
    place = foreign / ".skymason/offline/dev"
    assert seen["PULUMI_BACKEND_URL"] == (place / "backend").as_uri()
    assert seen["PULUMI_HOME"] == str(place / "home")
    assert seen["PULUMI_STACK"] == "dev"
    assert "aws:" in seen["PULUMI_DEBUG_PROVIDERS"]
    assert "PULUMI_ACCESS_TOKEN" not in seen
    assert (foreign / ".skymason/.gitignore").read_text() == "*\n"


@pytest.mark.parametrize(
    ("words", "files", "chosen", "stack"),
    [
        ([], [], "", "dev"),
        ([], ["qa"], "", "qa"),
        ([], ["qa", "prod"], "", "dev"),
        ([], ["qa"], "org/foreign/prod", "prod"),
        (["--stack", "team/prod"], ["qa"], "other", "prod"),
        (["--stack=prod"], ["qa"], "", "prod"),
        (["-s", "prod"], ["qa"], "", "prod"),
        (["-s"], ["qa"], "", "qa"),
    ],
)
def test_which_stack_is_meant(
    foreign: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    files: list[str],
    chosen: str,
    stack: str,
) -> None:
    for name in files:
        (foreign / f"Pulumi.{name}.yaml").write_text("config: {}\n")
    if chosen:
        monkeypatch.setenv("PULUMI_STACK", chosen)
    run_offline([*SHOW, *words], foreign, None)
    assert environment(capfd)["PULUMI_STACK"] == stack


def test_state_is_kept_where_it_was_asked_for(
    foreign: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run_offline(SHOW, foreign, tmp_path / "kept")
    assert environment(capfd)["PULUMI_HOME"] == str(tmp_path / "kept/home")
    assert not (foreign / ".skymason").exists()


def test_a_folder_without_a_project(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_offline(SHOW, tmp_path, None) == 0
    assert environment(capfd)["PULUMI_HOME"] == str(tmp_path / ".skymason/offline/dev/home")


def test_exit_codes_are_the_commands_own(foreign: Path) -> None:
    assert run_offline(["sh", "-c", "exit 7"], foreign, None) == 7
    assert run_offline(["sh", "-c", "kill -9 $$"], foreign, None) == 137


def test_an_unknown_program_leaves_nothing_behind(foreign: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        run_offline(["no-such-program"], foreign, None)
    assert sorted(path.name for path in foreign.iterdir()) == ["Pulumi.yaml", "__main__.py", "deep"]


def test_the_projects_own_cli_is_found_behind_the_path(foreign: Path, tmp_path: Path) -> None:
    own = foreign / ".skymason/pulumi/bin/only-here"
    own.parent.mkdir(parents=True)
    own.write_text("#!/bin/sh\nexit 5\n")
    own.chmod(0o755)
    assert run_offline(["only-here"], foreign, None) == 5


@pytest.mark.parametrize(
    ("before", "written", "after"),
    [
        ("config: {}\n", "config: {}\nencryptionsalt: v1:x\n", "config: {}\n"),
        (None, "encryptionsalt: v1:x\n", None),
        (None, "config:\n  a: b\nencryptionsalt: v1:x\n", "config:\n  a: b\n"),
        ("encryptionsalt: v1:mine\n", "encryptionsalt: v1:x\n", "encryptionsalt: v1:x\n"),
    ],
)
def test_the_offline_salt_does_not_stay_in_the_projects_settings(
    foreign: Path, before: str | None, written: str, after: str | None
) -> None:
    file = foreign / "Pulumi.dev.yaml"
    if before is not None:
        file.write_text(before)
    command = [sys.executable, "-c", f"open('Pulumi.dev.yaml', 'w').write({written!r})"]
    assert run_offline(command, foreign, None) == 0
    assert (file.read_text() if file.exists() else None) == after


@pytest.mark.engine
def test_a_foreign_project_on_the_real_engine(foreign: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def pulumi(*words: str) -> str:
        assert run_offline(["pulumi", "--non-interactive", *words], foreign, None) == 0
        return capfd.readouterr().out

    assert "+ 2 to create" in pulumi("preview")
    pulumi("up", "--yes", "--skip-preview", "--suppress-progress")
    outputs = json.loads(pulumi("stack", "output", "--json"))
    assert outputs["name"].startswith("assets-")
    assert outputs["token"] == "[secret]"
    assert "hush" in pulumi("stack", "export", "--show-secrets")
    pulumi("preview", "--expect-no-changes")
    pulumi("--cwd", str(foreign), "destroy", "--yes", "--skip-preview")
    assert sorted(path.name for path in foreign.iterdir()) == [
        ".skymason",
        "Pulumi.yaml",
        "__main__.py",
        "deep",
    ]


@pytest.mark.engine
def test_a_stack_can_be_made_by_hand(foreign: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_offline(["pulumi", "--non-interactive", "stack", "init", "qa"], foreign, None) == 0
    assert not (foreign / "Pulumi.qa.yaml").exists()
    assert run_offline(["pulumi", "stack", "rm", "--nonsense"], foreign, None) != 0
    capfd.readouterr()
