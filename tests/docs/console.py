"""Console blocks of a document: what is typed and what is answered, and a shell that runs them in order.

In a block, a line that starts with `$ ` is typed, and so are lines after it that start with `> `; the lines
below are the answer. In an answer `…` stands for anything within a line, a line with nothing but `…` for any
lines, and `(exit code N)` for the code that is expected instead of 0. An answer may be left out.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXIT_CODE = re.compile(r"^\(exit code (\d+)\)$")
MARK = "--- end of the answer, exit code"
ANYTHING = "…"


@dataclass
class Step:
    """One command. line: in the document. answer: lines, as they stand there."""

    line: int
    command: str
    answer: list[str] = field(default_factory=list)
    code: int = 0


def steps(text: str) -> list[Step]:
    """All commands of a document, in order."""
    found: list[Step] = []
    for block in FENCE.finditer(text):
        first = text.count("\n", 0, block.start(1)) + 1
        typing = False
        for number, line in enumerate(block.group(1).splitlines(), first):
            if line.startswith("$ "):
                found.append(Step(number, line[2:]))
                typing = True
            elif typing and line.startswith("> "):
                found[-1].command += f"\n{line[2:]}"
            elif said := EXIT_CODE.match(line):
                found[-1].code = int(said.group(1))
            else:
                found[-1].answer.append(line)
                typing = False
    return found


def expected(answer: list[str]) -> re.Pattern[str]:
    """What an answer must match as a whole; blanks at the ends of lines do not count."""
    parts = []
    for line in answer:
        if line.strip() == ANYTHING:
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(map(re.escape, line.rstrip().split(ANYTHING))) + r"\n")
    return re.compile("".join(parts) or r"(?:.*\n)*")


class Shell:
    """One bash for all steps, so that folders and variables last."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._bash = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, *_: object) -> None:
        self._bash.communicate(timeout=30)

    def run(self, command: str) -> tuple[int, str]:
        """Exit code and all that was printed, blanks at the ends of lines and blank lines at the ends left out."""
        assert self._bash.stdin
        assert self._bash.stdout
        self._bash.stdin.write(f"{{ {command}\n}} </dev/null\nprintf '\\n{MARK} %s\\n' $?\n")
        self._bash.stdin.flush()
        printed: list[str] = []
        for line in self._bash.stdout:
            if line.startswith(MARK):
                text = "\n".join(said.rstrip() for said in "".join(printed).strip("\n").splitlines())
                return int(line.removeprefix(MARK)), text + "\n" if text else ""
            printed.append(line)
        raise AssertionError(f"the shell is gone after {command!r}:\n{''.join(printed)}")
