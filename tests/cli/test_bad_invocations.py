"""Command lines that cannot be done: exact words, exact exit codes, no traceback, nothing left behind."""

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from skymason.cli.table import COMMANDS

Run = Callable[..., tuple[int, str, str]]

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data"


class Bad(NamedTuple):
    """A command line, where it is typed, its exit code, and every word that it says."""

    place: str
    run: str
    code: int
    says: str


TABLE = [
    Bad(row["in"], row["run"], row["code"], row["says"])
    for row in yaml.safe_load((DATA / "bad_invocations.yaml").read_text())
]


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if "__pycache__" not in path.parts}


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "nowhere"
    root.mkdir()
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def market(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "market"
    shutil.copytree(DATA / "market", root)
    shutil.copy(ROOT / "infrastructure-patterns.yaml", root)
    for path, text in {
        "schemas/x.json": "{}",
        "apps/taken/x": "",
        "nested/Pulumi.yaml": "name: nested\nruntime: python\n",
    }.items():
        (root / path).parent.mkdir(parents=True)
        (root / path).write_text(text)
    (root / "out").symlink_to(tmp_path)
    monkeypatch.chdir(root)
    return root


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: f"{bad.place}: {bad.run}")
def test_a_bad_invocation(
    sm: Run, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, bad: Bad
) -> None:
    monkeypatch.setenv("CI", "true")
    root: Path = request.getfixturevalue(bad.place)
    before = files(root.parent)
    code, out, err = sm(*shlex.split(bad.run)[1:])
    says = bad.says.replace("{root}", str(root.resolve())).replace("{commands}", ", ".join(COMMANDS))
    assert (code, out + err) == (bad.code, says)
    assert "Traceback" not in out + err
    assert files(root.parent) == before


def test_there_are_many_and_each_command_has_one() -> None:
    assert len({(bad.place, bad.run) for bad in TABLE}) == len(TABLE) >= 130
    assert {bad.code for bad in TABLE} == {1, 2}
    named = {word for bad in TABLE for word in shlex.split(bad.run)[1:2]}
    assert set(COMMANDS) <= named


def test_a_project_without_stacks(sm: Run, tiny: Path) -> None:
    for stack in ("dev", "prod"):
        (tiny / f"Pulumi.{stack}.yaml").unlink()
    code, _, err = sm("up")
    assert (code, err) == (
        1,
        "error SM5005 tiny\n  there is no stack 'dev': no file Pulumi.dev.yaml\n"
        "  fix: create Pulumi.<stack>.yaml next to Pulumi.yaml\n",
    )


def test_all_stacks_of_a_project_without_stacks(sm: Run, tiny: Path) -> None:
    for stack in ("dev", "prod"):
        (tiny / f"Pulumi.{stack}.yaml").unlink()
    code, out, _ = sm("validate", "--all-stacks")
    assert (code, out.splitlines()[0]) == (1, "error SM5005 tiny")


def test_a_project_file_that_does_not_parse(sm: Run, tiny: Path) -> None:
    (tiny / "Pulumi.yaml").write_text("name: [tiny\n")
    code, _, err = sm("up")
    assert (code, err.splitlines()[0]) == (1, "error SM1903 Pulumi.yaml:1")


def test_a_project_file_that_may_not_be_read(sm: Run, tiny: Path) -> None:
    (tiny / "Pulumi.yaml").write_bytes(b"name: \xff\n")
    code, _, err = sm("up")
    assert (code, err.splitlines()[:2]) == (1, ["error SM1902 Pulumi.yaml", "  byte 6 is not UTF-8"])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "No such file or directory"),
        ("{", "JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("[]", "TypeError"),
        ('{"resources": 3}', "TypeError"),
    ],
)
def test_plan_against_what_is_no_plan(sm: Run, tiny: Path, text: str | None, why: str) -> None:
    if text is not None:
        (tiny / "old.json").write_text(text)
    code, out, err = sm("plan", "--against", "old.json")
    assert (code, out) == (1, "")
    assert err.startswith(f"error SM5006 old.json\n  {why}")


def test_offline_with_an_unknown_program(sm: Run, tiny: Path) -> None:
    assert sm("offline", "--", "no-such-program", "--flag") == (
        1,
        "",
        "error SM5007 sm offline\n"
        "  there is no program 'no-such-program' on the PATH\n"
        "  fix: give the command as you would type it: sm offline -- pulumi preview\n",
    )


def test_a_real_cloud_needs_a_cli(sm: Run, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tiny / "empty"))
    code, _, err = sm("up", "--cloud", "real", "--yes")
    assert (code, err.splitlines()[1:]) == (
        1,
        [
            "error SM4106 stack dev",
            "  no Pulumi CLI on the PATH nor in .skymason/pulumi",
            "  fix: install it (https://www.pulumi.com/docs/install/), or leave out --cloud real",
        ],
    )


def test_errors_are_json_where_json_was_asked_for(sm: Run, tiny: Path) -> None:
    code, out, err = sm("plan", "--json", "--stack", "prd")
    (finding,) = json.loads(out)["diagnostics"]
    assert (code, err, finding["code"], finding["fix"]) == (
        1,
        "",
        "SM5005",
        "did you mean 'prod'? allowed: dev, prod",
    )


def test_validate_gives_its_errors_in_the_form_that_was_asked_for(sm: Run, tiny: Path) -> None:
    code, out, _ = sm("validate", "--stack", "prd", "--format", "json")
    assert (code, [item["code"] for item in json.loads(out)]) == (1, ["SM5005"])
    code, out, _ = sm("validate", "--cwd", "nowhere", "--format", "sarif")
    (run,) = json.loads(out)["runs"]
    assert (code, [item["ruleId"] for item in run["results"]]) == (1, ["SM5004"])


def test_an_unforeseen_error_is_one_line_with_how_to_see_more(
    sm: Run, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import skymason.cli.place as place

    def fail(folder: Path) -> Path:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(place, "find_root", fail)
    code, out, err = sm("up")
    assert (code, out) == (1, "")
    head, message, fix = err.splitlines()
    assert head.startswith("error SM4900 test_bad_invocations.py:")
    assert message == "  RuntimeError: two lines"
    assert fix == "  fix: run it again with SM_DEBUG=1 to see the traceback, and report it with that"
    monkeypatch.setenv("SM_DEBUG", "1")
    assert "Traceback (most recent call last):" in sm("up")[2]
