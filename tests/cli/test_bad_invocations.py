"""Command lines that cannot be done: exact words, exact exit codes, no traceback, nothing left behind."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

Run = Callable[..., tuple[int, str, str]]

COMMANDS = "validate, explain, plan, up, preview, refresh, destroy, outputs, offline, schema"
NAMES_STACK = ("plan", "up", "preview", "refresh", "destroy", "outputs", "validate")


class Bad(NamedTuple):
    """A command line, its exit code, and the first lines of what it says."""

    words: tuple[str, ...]
    code: int
    said: str


def usage(place: str, message: str) -> str:
    return f"error SM5002 {place}\n  {message}\n  fix: `{place} --help` lists what it takes\n"


NO_STACK = """\
error SM5005 tiny
  there is no stack 'prd': no file Pulumi.prd.yaml
  fix: did you mean 'prod'? allowed: dev, prod
"""

WRONG_WORDS = [
    Bad(
        ("valdate",),
        2,
        "error SM5001 sm\n  there is no command 'valdate'\n"
        f"  fix: did you mean 'validate'? allowed: {COMMANDS}\n",
    ),
    Bad(("xyzzy",), 2, f"error SM5001 sm\n  there is no command 'xyzzy'\n  fix: allowed: {COMMANDS}\n"),
    Bad(("--wrong",), 2, usage("sm", "no such option: --wrong (Possible options: --version)")),
    Bad(("up", "--stak", "dev"), 2, usage("sm up", "no such option: --stak (Possible options: --stack)")),
    Bad(("up", "--stack"), 2, usage("sm up", "option '--stack' requires an argument")),
    Bad(("up", "dev"), 2, usage("sm up", "got unexpected extra argument(s) (dev)")),
    Bad(
        ("up", "--cloud", "mars"),
        2,
        usage("sm up", "invalid value for '--cloud': 'mars' is not one of 'offline', 'real'"),
    ),
    Bad(
        ("validate", "--format", "xml"),
        2,
        usage(
            "sm validate", "invalid value for '--format' / '-f': 'xml' is not one of 'text', 'json', 'sarif'"
        ),
    ),
    Bad(("explain",), 2, usage("sm explain", "missing argument 'key'")),
    Bad(("explain", "scaling.max"), 2, usage("sm explain", "missing option '--service'")),
    Bad(("offline",), 2, usage("sm offline", "missing argument '-- COMMAND...'")),
    Bad(("offline", "--keep"), 2, usage("sm offline", "option '--keep' requires an argument")),
    Bad(("destroy", "--json=yes"), 2, usage("sm destroy", "option '--json' does not take a value")),
]

WRONG_PLACES = [
    *(Bad((name, "--stack", "prd"), 1, NO_STACK) for name in NAMES_STACK if name != "validate"),
    Bad(("explain", "scaling", "--service", "a", "--env", "prd"), 1, NO_STACK),
    *(
        Bad((name, "--cwd", "nowhere"), 1, "error SM5004 nowhere\n  there is no folder nowhere\n")
        for name in (*NAMES_STACK, "schema")
        if name != "validate"
    ),
    Bad(("plan", "--cwd", "__main__.py"), 1, "error SM5004 __main__.py\n  __main__.py is not a folder\n"),
    Bad(("offline", "--cwd", "nowhere", "--", "true"), 1, "error SM5004 nowhere\n"),
    Bad(
        ("outputs",),
        1,
        "error SM5008 stack dev\n  stack dev was not deployed to the offline cloud yet\n"
        "  fix: sm up --stack dev\n",
    ),
    *(
        Bad(
            (name, "--cloud", "real"),
            2,
            f"error SM5002 sm {name}\n"
            f"  {name} of a real cloud asks first, and there is no terminal to ask on\n"
            "  fix: give --yes\n",
        )
        for name in ("up", "refresh", "destroy")
    ),
]


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if "__pycache__" not in path.parts}


@pytest.mark.parametrize("bad", WRONG_WORDS, ids=lambda bad: " ".join(bad.words))
def test_words_that_cannot_be_understood(sm: Run, tiny: Path, bad: Bad) -> None:
    before = files(tiny)
    assert sm(*bad.words) == (bad.code, "", bad.said)
    assert files(tiny) == before


@pytest.mark.parametrize("bad", WRONG_PLACES, ids=lambda bad: " ".join(bad.words))
def test_names_of_what_is_not_there(sm: Run, tiny: Path, bad: Bad) -> None:
    before = files(tiny)
    code, out, err = sm(*bad.words)
    assert (code, out) == (bad.code, "")
    assert err.startswith(bad.said)
    assert "Traceback" not in err
    assert files(tiny) == before


@pytest.mark.parametrize("name", ["plan", "up", "outputs", "schema"])
def test_outside_of_a_project(sm: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert sm(name) == (
        1,
        "",
        f"error SM5003 {tmp_path.resolve()}\n"
        f"  no Pulumi.yaml in {tmp_path.resolve()} nor in any folder above it\n"
        "  fix: change to a project's folder, or name it with --cwd\n",
    )
    assert list(tmp_path.iterdir()) == []


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
