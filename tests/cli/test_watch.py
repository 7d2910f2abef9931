"""`sm validate --watch`: what starts a run, what is said first, and how it ends."""

import json
import os
import pty
import resource
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from skymason.cli import watch
from skymason.cli.validation import Validated, as_line, changed_first, findings_text
from skymason.diagnostics import Diagnostic, Location, Severity
from skymason.patterns.codes import UNKNOWN_KEY

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]
SM = Path(sys.executable).parent / "sm"
PATIENCE = 20.0


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped project's own files, with one service, as the working directory."""
    root = tmp_path / "shop"
    (root / "services").mkdir(parents=True)
    for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml"):
        shutil.copy(path, root)
    shutil.copy(ROOT / "services/catalogue.yaml", root / "services")
    shutil.copytree(ROOT / "schemas", root / "schemas")
    monkeypatch.chdir(root)
    return root


class Watching:
    """A `sm validate --watch` in a process of its own, whose runs are read line by line."""

    def __init__(self, *words: str) -> None:
        command = [str(SM), "validate", "--watch", "--format", "json", *words]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def next(self) -> Any:
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], PATIENCE)[0], "no run in time"
        return json.loads(self.process.stdout.readline())

    def nothing(self, seconds: float) -> bool:
        assert self.process.stdout is not None
        return not select.select([self.process.stdout], [], [], seconds)[0]

    def end(self) -> tuple[int, str, str]:
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


@pytest.fixture
def watching(shop: Path) -> Iterator[Watching]:
    found = Watching()
    yield found
    if found.process.poll() is None:
        found.process.kill()
        found.process.communicate()


def test_each_change_is_a_run(shop: Path, watching: Watching) -> None:
    spec, patterns = shop / "services/catalogue.yaml", shop / "infrastructure-patterns.yaml"
    text = spec.read_text()
    first = watching.next()
    assert (first["changed"], first["services"], first["errors"], first["stacks"]) == ([], 1, 0, ["dev"])

    spec.write_text(text.replace("pattern: data_api", "pattern: data_appi"))
    second = watching.next()
    assert (second["changed"], second["errors"]) == (["services/catalogue.yaml"], 1)
    assert second["diagnostics"][0]["code"] == "SM2001"

    spec.unlink()
    assert (gone := watching.next())["changed"] == ["services/catalogue.yaml"]
    assert gone["services"] == 0
    spec.write_text(text)
    assert (back := watching.next())["changed"] == ["services/catalogue.yaml"]
    assert (back["services"], back["errors"]) == (1, 0)

    settings = shop / "Pulumi.dev.yaml"
    settings.write_text(settings.read_text().replace("config:", "config:\n  skymason:nonsense: 1", 1))
    assert watching.next()["diagnostics"][0]["path"] == "Pulumi.dev.yaml"
    patterns.write_text(patterns.read_text() + "\nnonsense: 1\n")
    while (last := watching.next())["changed"] != ["infrastructure-patterns.yaml"]:
        pass  # a slow machine may tell of the file before once more
    # Findings of what has just changed come before those that were known.
    assert last["diagnostics"][0]["path"] == "infrastructure-patterns.yaml"
    assert "Pulumi.dev.yaml" in {item["path"] for item in last["diagnostics"]}
    assert watching.end() == (0, "", "")


def test_what_does_not_matter_is_no_run(shop: Path, watching: Watching) -> None:
    watching.next()
    (shop / "README.md").write_text("read me")
    (shop / "services/.catalogue.yaml.swp").write_text("an editor's own")
    (shop / "services/catalogue.yaml").chmod(0o600)
    assert watching.nothing(2.5)
    assert watching.end()[0] == 0


def test_a_save_that_removes_the_file_first_is_one_run(shop: Path, watching: Watching) -> None:
    spec = shop / "services/catalogue.yaml"
    text = spec.read_text()
    watching.next()
    spec.rename(shop / "services/catalogue.yaml~")
    spec.write_text(text + "\n# saved\n")
    (shop / "services/catalogue.yaml~").unlink()
    found = watching.next()
    assert (found["changed"], found["services"]) == (["services/catalogue.yaml"], 1)
    assert watching.nothing(1.5)


def test_folders_that_come_and_go(shop: Path, watching: Watching) -> None:
    watching.next()
    shutil.rmtree(shop / "services")
    while (found := watching.next())["errors"] == 0:
        pass  # files went before their folder
    assert [item["code"] for item in found["diagnostics"]] == ["SM1901"]
    (shop / "services/schemas").mkdir(parents=True)
    shutil.copy(ROOT / "services/catalogue.yaml", shop / "services")
    while (found := watching.next())["services"] == 0:
        pass
    assert found["errors"] == 0
    (shop / "services/schemas/a.json").write_text("{}")
    assert watching.next()["changed"] == ["services/schemas/a.json"]


def test_all_stacks(shop: Path) -> None:
    watching = Watching("--all-stacks")
    assert watching.next()["stacks"] == ["dev", "prod", "staging"]
    assert watching.end() == (0, "", "")


def test_text_is_appended_on_a_pipe(shop: Path) -> None:
    command = [str(SM), "validate", "--watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        spec = shop / "services/catalogue.yaml"
        spec.write_text(spec.read_text() + "\nnonsense: 1\n")
        lines += [process.stdout.readline() for _ in range(5)]
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    bare = [line.rstrip() for line in lines]
    assert bare[0][8:] == "  watching; Ctrl-C ends"
    assert bare[1].startswith("stack dev: nothing wrong with 1 service, 0 warnings (")
    assert bare[2][8:] == "  services/catalogue.yaml changed"
    assert bare[3].startswith("error SM2002 services/catalogue.yaml:")
    assert bare[6].startswith("stack dev: 1 error, 0 warnings (")
    assert "\x1b" not in "".join(lines)


def test_on_a_terminal_each_run_takes_the_place_of_the_last(shop: Path) -> None:
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover - another process
        os.execv(SM, [str(SM), "validate", "--watch"])
    said = b""

    def until(mark: bytes, times: int) -> None:
        nonlocal said
        end = time.monotonic() + PATIENCE
        while said.count(mark) < times and time.monotonic() < end:
            if select.select([terminal], [], [], 0.2)[0]:
                said += os.read(terminal, 65536)
        assert said.count(mark) >= times, said

    until(b" warnings (", 1)
    spec = shop / "services/catalogue.yaml"
    spec.write_text(spec.read_text() + "\n# saved\n")
    until(b" warnings (", 2)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0
    assert said.count(watch.CLEAR.encode()) == 2
    assert b"Traceback" not in said


@pytest.mark.parametrize("format", ["sarif"])
def test_a_document_of_one_run_cannot_be_watched(sm: Run, shop: Path, format: str) -> None:
    assert sm("validate", "--watch", "--format", format) == (
        2,
        "",
        "error SM5002 sm validate\n"
        "  SARIF is a document of one run, and --watch makes many\n"
        "  fix: leave out --watch, or give --format json\n",
    )


def test_without_a_project_there_is_nothing_to_watch(
    sm: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = sm("validate", "--watch")
    assert (code, err.splitlines()[0]) == (1, f"error SM5003 {tmp_path.resolve()}")


def test_it_is_imported_only_when_it_is_asked_for() -> None:
    script = (
        "import sys; from skymason.cli.main import main; main(['validate'])\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "watchfiles" not in said.stderr.split()


# In this process, so that each branch is seen


def finding(path: str, line: int, severity: Severity = Severity.ERROR) -> Diagnostic:
    return Diagnostic(UNKNOWN_KEY, f"line {line}", "mend it", Location(path, line), severity=severity)


FOUND = (
    finding("a.yaml", 1),
    finding("b.yaml", 2, Severity.WARNING),
    finding("b.yaml", 1),
    finding("c.yaml", 3),
)


def test_findings_of_changed_files_come_first() -> None:
    assert [str(item.location) for item in changed_first(FOUND, {"b.yaml"})] == [
        "b.yaml:1",
        "b.yaml:2",
        "a.yaml:1",
        "c.yaml:3",
    ]
    heads = [line for line in findings_text(FOUND, {"b.yaml"}).splitlines() if line[0] != " "]
    assert [line.split()[2] for line in heads] == ["b.yaml:1", "b.yaml:2", "a.yaml:1", "c.yaml:3"]
    assert findings_text((), {"b.yaml"}) == ""


def test_one_line_of_json() -> None:
    line = as_line(Validated(("dev",), 3, FOUND, 0.1234), {"c.yaml", "b.yaml"}, "2026-11-21T07:00:00+01:00")
    found = json.loads(line)
    assert "\n" not in line
    assert {**found, "diagnostics": len(found["diagnostics"])} == {
        "at": "2026-11-21T07:00:00+01:00",
        "changed": ["b.yaml", "c.yaml"],
        "stacks": ["dev"],
        "services": 3,
        "errors": 3,
        "warnings": 1,
        "seconds": 0.123,
        "diagnostics": 4,
    }


def test_snapshots_tell_what_came_went_and_changed(shop: Path) -> None:
    before = watch.snapshot(shop)
    assert set(before) == {
        "Pulumi.yaml",
        *(f"Pulumi.{name}.yaml" for name in ("dev", "staging", "prod")),
        "infrastructure-patterns.yaml",
        "services/catalogue.yaml",
    }
    (shop / "services/new.yaml").write_text("a: 1\n")
    (shop / "Pulumi.prod.yaml").unlink()
    (shop / "Pulumi.dev.yaml").write_text("config: {}\n")
    assert watch.differing(before, watch.snapshot(shop)) == {
        "services/new.yaml",
        "Pulumi.prod.yaml",
        "Pulumi.dev.yaml",
    }
    assert watch.snapshot(shop / "nowhere") == {}


def test_a_run_in_this_process(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs: list[int] = []

    def run() -> Validated:
        runs.append(len(runs))
        if len(runs) == 1:
            threading.Timer(0.3, (shop / "services/later.yaml").write_text, ["a: 1\n"]).start()
        if len(runs) == 2:
            for number in range(5):
                (shop / f"services/more-{number}.yaml").write_text("a: 1\n")  # while it is at work
        if len(runs) == 3:
            raise KeyboardInterrupt
        return Validated(("dev",), 1, (), 0.5)

    assert watch.watch(run, shop, as_json=False, every_stack=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[8:] for line in lines[::2]] == ["  watching; Ctrl-C ends", "  services/later.yaml changed"]
    assert lines[1] == "stack dev: nothing wrong with 1 service, 0 warnings (0.50 s)"


def test_many_changes_are_named_in_short() -> None:
    page = watch._page(Validated(("a", "b"), 2, (), 0.1), {"1", "2", "3", "4", "5"}, every_stack=True)
    assert page.splitlines()[0][8:] == "  1, 2, 3 and 2 more changed"
    assert page.splitlines()[1] == "2 stacks: nothing wrong with 2 services, 0 warnings (0.10 s)"


def test_a_folder_that_goes_before_it_is_watched(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_folders", lambda root: [shop / "gone"])
    watch._wait(shop, watch.snapshot(shop))  # returns, and the caller looks again


def test_a_hundred_services_take_less_than_a_second(shop: Path) -> None:
    text = (ROOT / "services/telemetry-ingest.yaml").read_text()
    for number in range(99):
        copy = text.replace("telemetry-ingest", f"ingest-{number}").replace("telemetry.", f"i{number}.")
        (shop / f"services/ingest-{number}.yaml").write_text(copy)
    # What measures coverage makes every line slower; what else the machine does is not counted.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    best = 9.0
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        said = subprocess.run([SM, "validate"], capture_output=True, text=True, check=True, env=plain)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert said.stderr == "stack dev: nothing wrong with 100 services, 0 warnings\n"
    assert best < 1.0
