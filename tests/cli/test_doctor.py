"""`sm doctor`: every check in one report, its forms and its exit code."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from skymason.cli import doctor
from skymason.doctor import checks
from skymason.doctor.checks import CHECKS, Result, examine, failed
from skymason.doctor.model import Case, Check, Finding, Machine, Status, fail, ok, warn

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped project's own files, and a home and an environment without credentials."""
    root = tmp_path / "shop"
    root.mkdir()
    for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml", ROOT / "__main__.py"):
        shutil.copy(path, root)
    (root / "services").mkdir()
    monkeypatch.chdir(root)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN", "SM_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return root


def test_every_check_is_in_the_report(sm: Run, shop: Path) -> None:
    code, out, err = sm("doctor", "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert list(dict.fromkeys(item["check"] for item in document["findings"])) == [
        item.name for item in CHECKS
    ]
    assert {"check", "group", "title", "status", "found", "fix"} == set(document["findings"][0])
    assert sum(document["counts"].values()) == len(document["findings"])
    for item in document["findings"]:
        assert bool(item["fix"]) == (item["status"] != "ok"), item


def test_as_text(sm: Run, shop: Path) -> None:
    code, out, err = sm("doctor")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")][:-1] == [
        "Machine",
        "Project",
        "State",
        "Clouds",
    ]
    assert "  Settings        ok    dev: aws, eu-central-1" in lines
    assert "                        fix: add requirements.txt, if the project is to have it" in lines
    assert max(map(len, lines)) <= 120 + len(str(shop))


def test_a_failure_makes_the_exit_code(sm: Run, shop: Path) -> None:
    (shop / "Pulumi.dev.yaml").write_text("config: [\n")
    code, out, _ = sm("doctor")
    assert code == 1
    assert "  Settings        fail  dev: SM1903 Pulumi.dev.yaml:" in out
    assert out.splitlines()[-1].endswith(", 1 wrong")
    assert sm("doctor", "--json")[0] == 1


def test_outside_of_a_project_and_in_no_folder(sm: Run, shop: Path) -> None:
    code, out, _ = sm("doctor", "--cwd", "..")
    assert code == 0
    assert "no Pulumi.yaml here nor above: only the machine is examined" in out
    assert sm("doctor", "--cwd", "nowhere")[2].startswith("error SM5004 nowhere\n")


def test_nothing_goes_to_the_network_unless_it_is_told_to(
    sm: Run, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("PULUMI_BACKEND_URL", "https://state.example.com")
    code, out, _ = sm("doctor")
    assert code == 0
    assert "the check itself failed" not in out
    code, out, _ = sm("doctor", "--online")
    assert (code, out.count("the check itself failed: AssertionError: the network was asked")) == (1, 2)


def broken(case: Case) -> Iterator[Finding]:
    raise RuntimeError("boom")


CASE = Case(Machine(environ={}), None)


def test_a_check_that_breaks_is_a_finding_and_the_others_still_run() -> None:
    table = (Check("a", "A", "G", broken), Check("b", "B", "G", lambda case: iter([ok("fine")])))
    first, second = examine(CASE, table)
    assert first.findings[0].found == "the check itself failed: RuntimeError: boom"
    assert second.findings == (Finding(Status.OK, "fine"),)
    assert failed([first, second])
    assert not failed([second])


def test_with_sm_debug_it_breaks() -> None:
    with pytest.raises(RuntimeError, match="boom"):
        list(examine(Case(Machine(environ={"SM_DEBUG": "1"}), None), (Check("a", "A", "G", broken),)))


def test_names_are_unique_and_every_check_says_what_it_does() -> None:
    assert len({item.name for item in CHECKS}) == len(CHECKS)
    assert all(item.look.__doc__ for item in checks.CHECKS)


def result(*findings: Finding) -> Result:
    return Result(Check("c", "Check", "Group", lambda case: iter(())), findings)


def test_long_findings_are_wrapped_under_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    text = doctor.as_text([result(warn("word " * 30, "mend " * 30), ok("fine"))])
    lines = text.splitlines()
    assert lines[0] == "Group"
    assert lines[1].startswith("  Check           warn  word word")
    assert lines[2].startswith(" " * 24 + "word")
    assert lines[3].startswith(" " * 24 + "fix: mend")
    assert lines[4].startswith(" " * 29 + "mend")
    assert lines[5] == "                  ok    fine"
    assert lines[-1] == "1 ok, 1 to look at, 0 wrong"


def test_colours_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.sys.stdout, "isatty", lambda: True, raising=False)
    text = doctor.as_text([result(ok("a"), warn("b", "c"), fail("d", "e"))])
    for code, status in (("32", "ok  "), ("33", "warn"), ("1;31", "fail")):
        assert f"\x1b[{code}m{status}\x1b[0m" in text
