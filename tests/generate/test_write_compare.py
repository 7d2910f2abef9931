import subprocess
from pathlib import Path, PurePosixPath

import pytest

from skymason.generate.compare import Comparison, compare, difference
from skymason.generate.render import File

A, B, C = (PurePosixPath(name) for name in ("a.txt", "b/run", "c.txt"))
FILES = {A: File("one\ntwo\nthree\n"), B: File("#!/bin/sh", executable=True), C: File("")}


def test_nothing_is_there(tmp_path: Path) -> None:
    comparison = compare(FILES, tmp_path)
    assert comparison == Comparison(FILES, (), {})
    assert difference(FILES, comparison) == (
        "diff --git a/a.txt b/a.txt\nnew file mode 100644\n--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1,3 @@\n"
        "+one\n+two\n+three\n"
        "diff --git a/b/run b/b/run\nnew file mode 100755\n--- /dev/null\n+++ b/b/run\n@@ -0,0 +1 @@\n"
        "+#!/bin/sh\n\\ No newline at end of file\n"
        "diff --git a/c.txt b/c.txt\nnew file mode 100644\nindex 0000000..e69de29\n"
    )


def test_everything_is_there(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for path, file in FILES.items():
        (tmp_path / path).write_text(file.text)
    comparison = compare(FILES, tmp_path)
    assert comparison == Comparison({}, (A, B, C), {})
    assert difference(FILES, comparison) == ""


def test_something_else_is_there(tmp_path: Path) -> None:
    (tmp_path / A).write_text("one\n2\nthree\n")
    (tmp_path / B).mkdir(parents=True)
    (tmp_path / C).write_bytes(b"\xff")
    comparison = compare(FILES, tmp_path)
    assert comparison == Comparison({}, (), {A: "one\n2\nthree\n", B: None, C: None})
    assert difference(FILES, comparison) == (
        "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n one\n-2\n+two\n three\n"
        "diff --git a/b/run b/b/run\nBinary files a/b/run and b/b/run differ\n"
        "diff --git a/c.txt b/c.txt\nBinary files a/c.txt and b/c.txt differ\n"
    )


def test_a_link_that_leads_nowhere_is_there_too(tmp_path: Path) -> None:
    (tmp_path / A).symlink_to("gone")
    assert compare({A: FILES[A]}, tmp_path).different == {A: None}


@pytest.mark.parametrize("before", [None, "one\u2028still one\n", "no end"])
def test_git_applies_it(tmp_path: Path, before: str | None) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    if before is not None:
        (tmp_path / A).write_text(before)
    text = difference(FILES, compare(FILES, tmp_path))
    subprocess.run(["git", "apply"], cwd=tmp_path, input=text, text=True, check=True)
    assert compare(FILES, tmp_path) == Comparison({}, (A, B, C), {})
    assert (tmp_path / B).stat().st_mode & 0o100
