"""All files or none, whatever happens in between."""

import errno
import json
import os
import resource
import signal
import stat
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from skymason.diagnostics import DiagnosticError
from skymason.generate import journal as journal_module
from skymason.generate.journal import JOURNAL, Journal, Part
from skymason.generate.render import File
from skymason.generate.write import PREFIX, recover, write

SPEC = PurePosixPath("services/a.yaml")
FILES = {
    PurePosixPath(".github/workflows/a.yml"): File("on: push\n"),
    PurePosixPath("apps/a/run"): File("#!/bin/sh\n", executable=True),
    PurePosixPath("apps/a/src/main.py"): File("one\r\ntwo"),
    SPEC: File("service: {name: a}\n"),
    PurePosixPath("services/schemas/a.v1.json"): File("{}\n"),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project that has services and workflows, and no `apps`."""
    root = tmp_path / "shop"
    (root / "services").mkdir(parents=True)
    (root / "services/wallet.yaml").write_text("old\n")
    (root / ".github/workflows").mkdir(parents=True)
    return root


Content = dict[str, bytes | None]


def content(root: Path) -> Content:
    """Path → bytes of each file, None for folders; without what git does not see."""
    return {
        path.relative_to(root).as_posix(): None if path.is_dir() else path.read_bytes()
        for path in sorted(root.rglob("*"))
        if ".skymason" not in path.parts
    }


def with_files(before: Content) -> Content:
    after = dict(before)
    for path, file in FILES.items():
        after |= {above.as_posix(): None for above in path.parents if above.parts}
        after[path.as_posix()] = file.text.encode()
    return dict(sorted(after.items()))


def test_everything_is_in_its_place_and_nothing_else(root: Path) -> None:
    before = content(root)
    write(FILES, root, last=SPEC)
    assert dict(sorted(content(root).items())) == with_files(before)
    assert not (root / ".skymason").exists()
    modes = {path: stat.S_IMODE((root / path).stat().st_mode) & 0o111 for path in FILES}
    assert {path for path, mode in modes.items() if mode} == {PurePosixPath("apps/a/run")}
    assert modes[PurePosixPath("apps/a/run")] == 0o111 & ~_umask()
    assert (root / SPEC).stat().st_nlink == 1


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_the_projects_own_folder_stays_where_it_was(root: Path) -> None:
    (root / ".skymason/plans").mkdir(parents=True)
    write(FILES, root, last=SPEC)
    assert sorted(path.name for path in (root / ".skymason").iterdir()) == [".gitignore", "plans"]


@pytest.mark.parametrize("path", [path.as_posix() for path in FILES])
def test_what_is_there_is_never_overwritten(root: Path, path: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("mine")
    before = content(root)
    with pytest.raises(DiagnosticError) as raised:
        write(FILES, root, last=SPEC)
    (found,) = raised.value.diagnostics
    assert (found.code.id, found.message, found.fix) == (
        "SM5046",
        "File exists; nothing was written",
        "something came to stand there in the meantime: run it again",
    )
    assert content(root) == before
    assert not (root / ".skymason").exists()


def test_a_folder_that_came_in_the_meantime(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = Journal.record

    def then_somebody_comes(journal: Journal) -> None:
        record(journal)
        (root / "apps").mkdir()

    monkeypatch.setattr(Journal, "record", then_somebody_comes)
    with pytest.raises(DiagnosticError) as raised:
        write(FILES, root, last=SPEC)
    assert str(raised.value.diagnostics[0].location) == "apps"
    assert sorted(content(root)) == [
        ".github",
        ".github/workflows",
        "apps",
        "services",
        "services/wallet.yaml",
    ]


def test_a_file_system_without_hard_links(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted", str(source), None, str(target))

    monkeypatch.setattr(journal_module.os, "link", no_links)
    before = content(root)
    write(FILES, root, last=SPEC)
    assert dict(sorted(content(root).items())) == with_files(before)


@pytest.mark.parametrize(
    ("number", "message", "fix"),
    [
        (errno.ENOSPC, "No space left on device", "free some space on the disk, and run it again"),
        (errno.EDQUOT, "Disk quota exceeded", "free some of your quota, and run it again"),
        (
            errno.EROFS,
            "Read-only file system",
            "the file system is read-only: work in a copy of the project that you may write",
        ),
        (errno.EACCES, "Permission denied", "make the folder one that you may write, and run it again"),
        (
            errno.EXDEV,
            "Invalid cross-device link",
            "the folder lies on another file system than the project: choose another --directory",
        ),
        (errno.EIO, "Input/output error", "see to it, and run it again"),
    ],
)
def test_a_failure_says_what_to_do(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int, message: str, fix: str
) -> None:
    def fail(source: Path, target: Path) -> None:
        raise OSError(number, os.strerror(number), str(source), None, str(target))

    monkeypatch.setattr(journal_module.os, "link", fail)
    before = content(root)
    with pytest.raises(DiagnosticError) as raised:
        write(FILES, root, last=SPEC)
    (found,) = raised.value.diagnostics
    assert (found.code.id, found.message, found.fix) == ("SM5046", f"{message}; nothing was written", fix)
    assert str(found.location) == ".github/workflows/a.yml"
    assert content(root) == before
    assert not (root / ".skymason").exists()


FAILED, INTERRUPTED = 3, 4


def in_child(root: Path, prepare: Callable[[], None]) -> int:
    """Write in a process of its own, and how it ended: exit code, or minus the signal."""
    child = os.fork()
    if not child:
        code = 0
        try:
            prepare()
            write(FILES, root, last=SPEC)
        except DiagnosticError as error:
            code = FAILED if error.diagnostics[0].code.id == "SM5046" else 5
        except KeyboardInterrupt:
            code = INTERRUPTED
        except BaseException:
            code = 6
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


TOUCHES = (
    "open",
    "os.mkdir",
    "os.rename",
    "os.link",
    "os.remove",
    "os.rmdir",
    "os.chmod",
    "shutil.rmtree",
    "tempfile.mkdtemp",
)


def at_touch(number: int, act: Callable[[], None]) -> Callable[[], None]:
    """Act in place of the operation on files of this number, counted from 1."""

    def prepare() -> None:
        seen = 0

        def hook(event: str, args: tuple[object, ...]) -> None:
            nonlocal seen
            if event in TOUCHES:
                seen += 1
                if seen == number:
                    act()

        sys.addaudithook(hook)

    return prepare


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def interrupt() -> None:
    raise KeyboardInterrupt


def run_full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("act", [kill, interrupt, run_full], ids=["killed", "interrupted", "full disk"])
def test_ended_at_any_operation_it_leaves_all_or_nothing(root: Path, act: Callable[[], None]) -> None:
    before = content(root)
    whole = with_files(before)
    ends: dict[int, int] = {}
    for number in range(1, 500):
        code = in_child(root, at_touch(number, act))
        ends[code] = ends.get(code, 0) + 1
        assert code in (0, FAILED, INTERRUPTED, -signal.SIGKILL)
        recover(root)
        found = dict(sorted(content(root).items()))
        assert found in (before, whole), number
        assert not list((root / ".skymason").glob(f"{PREFIX}*")), number
        if found == whole:
            for path in FILES:
                (root / path).unlink()
            for folder in ("services/schemas", "apps/a/src", "apps/a", "apps"):
                (root / folder).rmdir()
            if code == 0 and number > 60:
                break
    assert sum(ends.values()) > 40
    assert ends[{kill: -signal.SIGKILL, interrupt: INTERRUPTED, run_full: FAILED}[act]] > 25


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_polite_end_is_an_interrupt(root: Path, number: signal.Signals) -> None:
    before = content(root)
    code = in_child(root, at_touch(12, lambda: os.kill(os.getpid(), number)))
    assert (code, content(root)) == (INTERRUPTED, before)
    assert not (root / ".skymason").exists()


def test_a_disk_that_takes_no_more(root: Path) -> None:
    """A real refusal of the system: files may not grow beyond four bytes."""
    before = content(root)
    code = in_child(root, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4, 4)))
    assert (code, content(root)) == (FAILED, before)
    assert not (root / ".skymason").exists()


def become_nobody() -> None:
    if os.getuid() == 0:  # who may write everywhere
        os.setuid(65534)


@pytest.mark.parametrize("place", [".", "services", ".github/workflows"])
def test_a_folder_that_may_not_be_written(root: Path, place: str) -> None:
    for path in (root, *root.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
    above = root.parents
    for path in list(above)[: above.index(Path(tempfile.gettempdir()))]:
        path.chmod(0o755)
    (root / place).chmod(0o555)
    before = content(root)
    code = in_child(root, become_nobody)
    assert (code, content(root)) == (FAILED, before)
    assert not (root / ".skymason").exists()


def test_outside_of_the_main_thread_signals_are_left_alone(root: Path) -> None:
    thread = threading.Thread(target=write, args=(FILES, root), kwargs={"last": SPEC})
    thread.start()
    thread.join()
    assert (root / SPEC).exists()


def killed_after(root: Path, parts: int) -> Path:
    """What a run leaves that is killed when so many parts have been moved."""
    moved = Part.move

    def prepare() -> None:
        done = 0

        def move(part: Part, root: Path) -> None:
            nonlocal done
            if done == parts:
                kill()
            done += 1
            moved(part, root)

        Part.move = move  # type: ignore[method-assign]

    assert in_child(root, prepare) == -signal.SIGKILL
    (aside,) = (root / ".skymason").glob(f"{PREFIX}*")
    return aside


def test_the_next_run_says_what_it_took_back(root: Path) -> None:
    before = content(root)
    killed_after(root, 2)
    assert content(root) != before
    assert recover(root) == ["took back what an interrupted run left: apps, .github/workflows/a.yml"]
    assert content(root) == before
    assert recover(root) == []


def test_what_somebody_has_changed_since_stays(root: Path) -> None:
    aside = killed_after(root, 2)
    (root / "apps/a/src/main.py").write_text("hours of work")
    assert recover(root) == [
        "took back what an interrupted run left: .github/workflows/a.yml",
        "an interrupted run left apps, changed since: remove it, if you may",
    ]
    assert (root / "apps/a/src/main.py").read_text() == "hours of work"
    assert not aside.exists()


def test_what_somebody_has_put_in_its_place_stays(root: Path) -> None:
    killed_after(root, 1)
    (root / ".github/workflows/a.yml").unlink()
    (root / ".github/workflows/a.yml").write_text("mine")
    recover(root)
    assert (root / ".github/workflows/a.yml").read_text() == "mine"


def test_a_run_that_still_goes_on_is_left_alone(root: Path) -> None:
    aside = root / ".skymason" / f"{PREFIX}other"
    aside.mkdir(parents=True)
    with Journal.begin(aside, []):
        assert recover(root) == []
        assert aside.is_dir()
    assert recover(root) == []
    assert not aside.exists()


@pytest.mark.parametrize("text", ["{", "[{}]", '{"path": 1}', "[3]"])
def test_a_journal_that_makes_no_sense_moves_nothing(root: Path, text: str) -> None:
    before = content(root)
    aside = root / ".skymason" / f"{PREFIX}odd"
    aside.mkdir(parents=True)
    (aside / JOURNAL).write_text(text)
    assert recover(root) == []
    assert (content(root), aside.exists()) == (before, False)


def test_what_cannot_be_cleaned_up_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_after(root, 1)

    def fail(part: Part, root: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Part, "take_back", fail)
    (said,) = recover(root)
    assert said.startswith("what an interrupted run left in .skymason/create-")
    assert said.endswith(" cannot be removed: Permission denied")
    monkeypatch.undo()
    assert recover(root) == ["took back what an interrupted run left: .github/workflows/a.yml"]


def test_the_spec_is_moved_last(root: Path) -> None:
    aside = killed_after(root, 3)
    parts = [item["path"] for item in json.loads((aside / JOURNAL).read_text())]
    assert parts == [".github/workflows/a.yml", "apps", "services/schemas", "services/a.yaml"]
    assert not (root / SPEC).exists()
