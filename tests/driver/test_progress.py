"""The two displays: what they print, and which one is chosen."""

import io
from typing import Any

import pytest

from skymason.driver.model import ChangeKind
from skymason.driver.progress import LiveDisplay, PlainDisplay, choose, in_progress
from skymason.driver.tally import Row, Step, Tally

TYPE = "aws:s3/bucket:Bucket"


def step(name: str, kind: ChangeKind = ChangeKind.CREATE, **more: Any) -> Step:
    return Step(f"urn:pulumi:dev::shop::{TYPE}::{name}", TYPE, "", True, kind, 0.0, **more)


@pytest.fixture
def tally() -> Tally:
    tally = Tally(lambda: 7.0)
    tally.begin("urn:p::skymason:aws:Logs::logs", "skymason:aws:Logs", "create", custom=False)
    for name in ("a", "b", "c", "d"):
        tally.begin(f"urn:p::{TYPE}::{name}", TYPE, "create", parent="urn:p::skymason:aws:Logs::logs")
    tally.end(f"urn:p::{TYPE}::a")
    return tally


def test_plain_lines_tell_each_change_once(tally: Tally) -> None:
    stream = io.StringIO()
    with PlainDisplay(tally, stream) as display:
        display.began(step("a"))
        display.ended(step("a"))
        display.ended(step("b", ChangeKind.SAME))
        display.ended(step("c", ChangeKind.DELETE))
        display.ended(step("d", ChangeKind.SAME, failed=True))
        display.said("warning", "old version")
        display.note("engine: pulumi")
    assert stream.getvalue().splitlines() == [
        f"   0.0 s  created    {TYPE} a",
        f"   0.0 s  deleted    {TYPE} c",
        f"   0.0 s  failed     {TYPE} d",
        "   0.0 s  warning: old version",
        "engine: pulumi",
    ]


def test_the_live_table_has_a_row_for_each_component(tally: Tally) -> None:
    from rich.console import Console

    stream = io.StringIO()
    Console(file=stream, width=90).print(LiveDisplay(tally, io.StringIO()).table())
    lines = [line.rstrip() for line in stream.getvalue().splitlines()]
    assert lines == ["0 s    created  in progress", "logs         1  creating b, creating c, 1 more"]


def test_the_live_display_clears_itself_and_keeps_what_was_said(tally: Tally) -> None:
    stream = io.StringIO()
    with LiveDisplay(tally, stream) as display:
        display.ended(step("a"))
        display.said("error", "[no markup]")
    assert "error: [no markup]" in stream.getvalue()
    assert "created   " not in stream.getvalue()


def test_failures_stand_with_what_is_in_progress() -> None:
    row = Row("logs", running=[step("a")], failed=2)
    assert in_progress(row) == "creating a, 2 failed"
    assert in_progress(Row("logs")) == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "kind"),
    [
        (Terminal(), {"TERM": "xterm"}, LiveDisplay),
        (Terminal(), {"TERM": "dumb"}, PlainDisplay),
        (Terminal(), {"CI": "true"}, PlainDisplay),
        (io.StringIO(), {}, PlainDisplay),
    ],
)
def test_the_live_table_is_for_people(stream: io.StringIO, environment: dict[str, str], kind: type) -> None:
    assert type(choose(Tally(), stream, environment)) is kind
