"""Reading and running console blocks."""

import os
from pathlib import Path

import pytest
from console import Shell, Step, expected, steps

DOCUMENT = """# Title

```console
$ echo one
one
$ cat <<EOF
> two
> EOF
two
…
$ false
(exit code 1)
```

```yaml
$ not: a command
```
"""


def test_steps_of_a_document() -> None:
    assert steps(DOCUMENT) == [
        Step(4, "echo one", ["one"]),
        Step(6, "cat <<EOF\ntwo\nEOF", ["two", "…"]),
        Step(11, "false", [], 1),
    ]


@pytest.mark.parametrize(
    ("answer", "said", "matches"),
    [
        (["one"], "one\n", True),
        (["one"], "one\ntwo\n", False),
        (["one", "…"], "one\ntwo\nthree\n", True),
        (["…", "three"], "one\ntwo\nthree\n", True),
        (["took … s"], "took 1.5 s\n", True),
        (["took … s"], "took 1.5 minutes\n", False),
        (["a.b"], "axb\n", False),
        ([], "anything\n", True),
    ],
)
def test_answers(answer: list[str], said: str, matches: bool) -> None:
    assert bool(expected(answer).fullmatch(said)) is matches


def test_a_shell_keeps_its_folder_and_variables(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    with Shell(tmp_path, dict(os.environ)) as shell:
        assert shell.run("cd inner") == (0, "")
        assert shell.run("A=7") == (0, "")
        assert shell.run("pwd; echo $A; exit_code() { return 3; }; exit_code") == (
            3,
            f"{tmp_path}/inner\n7\n",
        )
        assert shell.run("cat <<EOF\nhere\nEOF") == (0, "here\n")
