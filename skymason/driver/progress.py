"""Shows how an operation goes: a live table on a terminal, plain lines elsewhere. Always on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from skymason.driver.model import ChangeKind
from skymason.driver.tally import Row, Step, Tally

if TYPE_CHECKING:
    from rich.table import Table

_VERBS = {
    ChangeKind.CREATE: ("creating", "created"),
    ChangeKind.UPDATE: ("updating", "updated"),
    ChangeKind.REPLACE: ("replacing", "replaced"),
    ChangeKind.DELETE: ("deleting", "deleted"),
    ChangeKind.SAME: ("reading", "unchanged"),
}
_DRY_VERBS = {
    ChangeKind.CREATE: ("comparing", "to create"),
    ChangeKind.UPDATE: ("comparing", "to update"),
    ChangeKind.REPLACE: ("comparing", "to replace"),
    ChangeKind.DELETE: ("comparing", "to delete"),
    ChangeKind.SAME: ("comparing", "unchanged"),
}
_READ_VERBS = {
    **_VERBS,
    ChangeKind.UPDATE: ("reading", "changed"),
    ChangeKind.DELETE: ("reading", "gone"),
}


class Display(Protocol):
    """What an operation tells while it runs. Called from the thread that receives the engine's events."""

    def began(self, step: Step) -> None: ...
    def ended(self, step: Step) -> None: ...
    def said(self, severity: str, text: str) -> None: ...
    def note(self, text: str) -> None: ...
    def __enter__(self) -> Display: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class PlainDisplay:
    """One line for each resource that changed: for logs, pipes and tests."""

    def __init__(
        self, tally: Tally, stream: TextIO | None = None, *, dry: bool = False, reads: bool = False
    ) -> None:
        self._tally = tally
        self._verbs = _READ_VERBS if reads else _DRY_VERBS if dry else _VERBS
        self._stream = stream if stream is not None else sys.stderr

    def began(self, step: Step) -> None:
        pass

    def ended(self, step: Step) -> None:
        if not step.counted or (step.kind is ChangeKind.SAME and not step.failed):
            return
        verb = "failed" if step.failed else self._verbs[step.kind][1]
        self._line(f"{self._tally.seconds:6.1f} s  {verb:<10} {step.type} {step.name}")

    def said(self, severity: str, text: str) -> None:
        self._line(f"{self._tally.seconds:6.1f} s  {severity}: {text}")

    def note(self, text: str) -> None:
        self._line(text)

    def __enter__(self) -> PlainDisplay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def _line(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


class LiveDisplay(PlainDisplay):
    """A table of components with counters, and what is in progress, redrawn in place four times a second."""

    def __init__(
        self, tally: Tally, stream: TextIO | None = None, *, dry: bool = False, reads: bool = False
    ) -> None:
        super().__init__(tally, stream, dry=dry, reads=reads)
        from rich.console import Console
        from rich.live import Live

        self._live = Live(
            console=Console(file=self._stream, highlight=False),
            get_renderable=self.table,
            refresh_per_second=4,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def ended(self, step: Step) -> None:
        pass  # the table counts it

    def table(self) -> Table:
        from rich.table import Table

        rows = self._tally.rows()
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", expand=True)
        table.add_column(f"{self._tally.seconds:.0f} s", min_width=5, no_wrap=True)
        kinds = [kind for kind in ChangeKind if any(row.done[kind] for row in rows)]
        for kind in kinds:
            table.add_column(self._verbs[kind][1], justify="right", no_wrap=True)
        table.add_column("in progress" if rows else "the program starts", ratio=1, no_wrap=True)
        for row in rows:
            numbers = [str(row.done[kind] or "") for kind in kinds]
            table.add_row(row.name or "(no component)", *numbers, in_progress(row, self._verbs))
        return table

    def __enter__(self) -> LiveDisplay:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def _line(self, text: str) -> None:
        self._live.console.print(text, markup=False, soft_wrap=True)


def in_progress(row: Row, verbs: Mapping[ChangeKind, tuple[str, str]] = _VERBS) -> str:
    """What a component waits for: the two steps that run longest, and how many more there are."""
    running = sorted(row.running, key=lambda step: step.started)
    parts = [f"{verbs[step.kind][0]} {step.name}" for step in running[:2]]
    if len(running) > 2:
        parts.append(f"{len(running) - 2} more")
    if row.failed:
        parts.append(f"{row.failed} failed")
    return ", ".join(parts)


def choose(
    tally: Tally,
    stream: Any = None,
    environment: Mapping[str, str] | None = None,
    *,
    dry: bool = False,
    reads: bool = False,
) -> Display:
    """A live table where a person watches, else plain lines: in CI, in a pipe, on a dumb terminal.

    dry: nothing is done, only shown. reads: the cloud is read, and what differs is told.
    """
    environment = os.environ if environment is None else environment
    stream = sys.stderr if stream is None else stream
    watched = stream.isatty() and not environment.get("CI") and environment.get("TERM") != "dumb"
    return (LiveDisplay if watched else PlainDisplay)(tally, stream, dry=dry, reads=reads)
