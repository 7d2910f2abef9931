"""Record a real session of `sm`, as an asciinema cast and as pictures, into this folder.

    python docs/images/record.py

Works in a copy of the latest commit in a temporary folder, with no service but the one that the session
creates, and with the offline cloud. `asciinema play docs/images/session.cast` shows it; the pictures show
what each command prints at its end. Needs the Pulumi CLI and git; takes a minute.
"""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT = 118, 36
"""Columns and lines of the terminal."""
PER_CHARACTER = 0.035
"""Seconds between two characters of a command as it is typed."""
PAUSE = 1.2
"""Seconds after a command's output."""
LONGEST_WAIT = 1.0
"""Seconds; longer silences are cut to this."""
FONTS = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

CREATE = "sm create-microservice basket --pattern web_api --cloud aws --owner team-shop --yes"
SESSION = {
    "create": CREATE,
    "validate": "sm validate",
    "plan": "sm plan --against main",
    "up": "sm up",
}
"""Name of the picture → command."""


@dataclass
class Recording:
    """What was printed, and when. printed: by the latest command on stdout alone, without its progress."""

    events: list[tuple[float, str]] = field(default_factory=list)
    now: float = 0.0
    printed: bytes = b""

    def write(self, text: str, wait: float = 0.0) -> None:
        self.now += min(wait, LONGEST_WAIT)
        self.events.append((self.now, text))

    def type(self, command: str) -> None:
        self.write("\x1b[1;32m$\x1b[0m ", 0.3)
        for character in command:
            self.write(character, PER_CHARACTER)
        self.write("\r\n", 0.4)

    def cast(self) -> str:
        """The asciinema file, version 2."""
        header = {
            "version": 2,
            "width": WIDTH,
            "height": HEIGHT,
            "title": "From nothing to a running, tested microservice",
            "env": {"SHELL": "/bin/sh", "TERM": "xterm-256color"},
        }
        lines = [header, *([round(when, 3), "o", text] for when, text in self.events)]
        return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)


def run(command: str, folder: Path, environment: dict[str, str], recording: Recording) -> int:
    """Run a command on two terminals, one for its results and one for its progress; returns its exit code."""
    results, progress = pty.openpty(), pty.openpty()
    for _, inside in (results, progress):
        ioctl(inside, TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
    process = subprocess.Popen(  # noqa: S603
        command.split(),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=results[1],
        stderr=progress[1],
        start_new_session=True,
    )
    for _, inside in (results, progress):
        os.close(inside)
    recording.printed = b""
    open_ends, last, rest = {results[0], progress[0]}, time.monotonic(), b""
    while open_ends:
        for end in select.select(list(open_ends), [], [])[0]:
            data = _read(end)
            if not data:
                open_ends.discard(end)
                os.close(end)
                continue
            if end == results[0]:
                recording.printed += data
            text, rest = _decoded(rest + data)
            now = time.monotonic()
            recording.write(text, now - last)
            last = now
    return process.wait()


def _read(end: int) -> bytes:
    try:
        return os.read(end, 65_536)
    except OSError:  # what Linux says when the last writer has gone
        return b""


def _decoded(data: bytes) -> tuple[str, bytes]:
    """As much of it as is whole characters, and the rest."""
    for cut in range(min(4, len(data) + 1)):
        try:
            return data[: len(data) - cut].decode(), data[len(data) - cut :]
        except UnicodeDecodeError:
            continue
    return data.decode(errors="replace"), b""


def project(place: Path) -> Path:
    """A copy of the latest commit without the shipped services, as the first commit of `main`."""
    root = place / "shop"
    files = git(ROOT, "archive", "--format=tar", "HEAD")
    with tarfile.open(fileobj=io.BytesIO(files)) as archive:
        archive.extractall(root, filter="data")
    shutil.rmtree(root / "services")
    (root / "services").mkdir()
    (root / "services/.gitkeep").write_text("")
    (root / ".venv").symlink_to(sys.prefix)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "-c", "user.name=Dev", "-c", "user.email=dev@example.com", "commit", "--quiet", "-mFirst")
    return root


def git(folder: Path, *words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, check=True).stdout  # noqa: S603, S607


def picture(title: str, command: str, printed: bytes) -> str:
    """What a command printed, as SVG; fonts are those of the reader, nothing is fetched."""
    from rich._export_format import CONSOLE_SVG_FORMAT
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.assemble(("$ ", "bold green"), command))
    console.print(Text.from_ansi(printed.decode().replace("\r\n", "\n")))
    plain = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    plain = plain.replace("Fira Code, monospace", FONTS)
    return console.export_svg(title=title, code_format=plain, unique_id=title.replace(" ", "-"))


def record(
    session: dict[str, str], folder: Path, environment: dict[str, str], keep: Callable[[str, str], None]
) -> Recording:
    """Run the commands in turn; `keep` takes the name of each picture and its SVG. Stops at a failure."""
    recording = Recording()
    for name, command in session.items():
        begun = len(recording.events)
        recording.type(command)
        code = run(command, folder, environment, recording)
        if code:
            said = "".join(text for _, text in recording.events[begun:])
            raise SystemExit(f"{command}: exit code {code}\n{said}")
        recording.write("", PAUSE)
        keep(name, picture(f"sm {name}", command, recording.printed))
    return recording


def environment_of(own: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The user's environment, with this interpreter's `sm` first on the PATH and a terminal with colours."""
    kept = {key: value for key, value in own if key not in ("CI", "NO_COLOR", "FORCE_COLOR")}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return {**kept, "PATH": path, "TERM": "xterm-256color", "COLUMNS": str(WIDTH)}


def main() -> None:
    here = Path(__file__).parent
    with tempfile.TemporaryDirectory() as place:
        recording = record(
            SESSION,
            project(Path(place)),
            environment_of(os.environ.items()),
            lambda name, svg: (here / f"{name}.svg").write_text(svg, encoding="utf-8"),
        )
    (here / "session.cast").write_text(recording.cast(), encoding="utf-8")
    print(f"{recording.now:.0f} s recorded in {len(recording.events)} events")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(__doc__)
    else:
        main()
