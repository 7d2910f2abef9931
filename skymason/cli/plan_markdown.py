"""A plan as a comment on a pull request: never longer than code hosts take, and it says what it left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from skymason.cli.plan import Planned
from skymason.driver.model import Change, ChangeKind
from skymason.driver.show import (
    SIGNS,
    after_of,
    by_gravity,
    endangered,
    kind_of,
    marked,
    text_of,
)
from skymason.driver.summary import number
from skymason.plan.details import PropertyChange

LIMIT = 65_536
"""GitHub's limit of a comment, in characters; counted in bytes here, of which there are never fewer."""

_RESERVE = 400
"""For the closing tags of a section and the note on what was left out."""
_HEAD = ["| | resource | changes | why replaced |", "|---|---|---|---|"]


def as_markdown(found: Planned, limit: int = LIMIT) -> str:
    """A summary line, what is in danger, a table of changes, and what is long in collapsed sections."""
    page = _Page(limit)
    page.add([f"### {_text(found.headline)}", "", f"Compared with {_text(found.against)}."])
    ordered = by_gravity(found.changes)
    own = [item for item in ordered if not item.consequence]
    following = [item for item in ordered if item.consequence]
    _warn(page, endangered(found.changes))
    if own:
        shown = [item for item in own if item.kind is not ChangeKind.CREATE]
        created = [item for item in own if item.kind is ChangeKind.CREATE]
        if shown:
            page.table("changes", _HEAD, (_row(item) for item in shown))
        if created:
            title = f"{len(created)} created"
            page.section(title, ["| resource | type |", "|---|---|"], (_new(item) for item in created))
    if following:
        title = f"{len(following)} more because of the replacements above"
        page.section(title, _HEAD, (_row(item) for item in following))
    valued = [item for item in own if item.details]
    if valued:
        count = sum(len(item.details) for item in valued)
        title = f"Values of {count} propert{'y' if count == 1 else 'ies'}"
        page.section(title, ["```diff"], _values(valued), ["```"])
    if found.diagnostics:
        lines = (
            f"- {_text(' '.join(' '.join(item.as_text().splitlines()[:2]).split()))}"
            for item in found.diagnostics
        )
        page.section(number(len(found.diagnostics), "finding"), [], lines)
    return page.text()


class _Page:
    """Lines with a limit: what does not fit is left out, counted, and named at the end."""

    def __init__(self, limit: int) -> None:
        self._room = limit - _RESERVE
        self._lines: list[str] = []
        self._left_out: list[str] = []

    def add(self, lines: Sequence[str]) -> bool:
        size = sum(len(line.encode()) + 1 for line in lines)
        if size > self._room:
            return False
        self._room -= size
        self._lines += lines
        return True

    def table(self, what: str, head: Sequence[str], rows: Iterable[str]) -> None:
        self._fill(what, ["", *head], rows, [])

    def section(self, title: str, head: Sequence[str], rows: Iterable[str], tail: Sequence[str] = ()) -> None:
        """Collapsed until it is clicked."""
        opening = ["", "<details>", f"<summary>{title}</summary>", "", *head]
        self._fill(f"of “{title}”", opening, rows, [*tail, "", "</details>"])

    def _fill(self, what: str, opening: Sequence[str], rows: Iterable[str], closing: Sequence[str]) -> None:
        all_rows = list(rows)
        if not self.add([*opening, *closing, all_rows[0]]):
            self._left_out.append(f"all {len(all_rows)} lines {what}")
            return
        del self._lines[-1 - len(closing) :]
        self._lines.append(all_rows[0])
        taken = 1
        while taken < len(all_rows) and self.add([all_rows[taken]]):
            taken += 1
        if taken < len(all_rows):
            self._left_out.append(f"{len(all_rows) - taken} of {len(all_rows)} lines {what}")
        self._lines += closing

    def text(self) -> str:
        if self._left_out:
            what = "; ".join(self._left_out)
            note = f"Left out, to keep to the length of a comment: {what}. `sm plan --json` has all."
            self._lines += ["", note]
        return "\n".join(self._lines)


def _warn(page: _Page, found: Sequence[Change]) -> None:
    if not found:
        return
    lines = ["", "> [!CAUTION]"]
    lines += [f"> {_code(item.type)} **{_text(item.name)}** holds data and would be {item.kind}d."
              for item in found[:20]]  # fmt: skip
    if len(found) > 20:
        lines.append(f"> And {len(found) - 20} more.")
    page.add(lines)


def _row(item: Change) -> str:
    paths = [detail.path for detail in item.details] or list(item.properties)
    shown = ", ".join(_code(marked(path, item.escaped)) for path in paths[:6])
    shown += f" and {len(paths) - 6} more" if len(paths) > 6 else ""
    forced = [_code(detail.path) for detail in item.details if detail.forces]
    reasons = ", ".join(forced or [_code(reason) for reason in item.reasons])
    return f"| {SIGNS[item.kind]} {item.kind} | {_place(item)} | {shown} | {reasons} |"


def _new(item: Change) -> str:
    return f"| {_place(item)} | {_code(item.type)} |"


def _place(item: Change) -> str:
    where = f" <sub>in {_text(item.components[-1])}</sub>" if item.components else ""
    return f"{_text(item.name)} {_code(kind_of(item.type))}{where}"


def _values(changes: Iterable[Change]) -> Iterator[str]:
    for item in changes:
        yield f"# {item.kind} {item.type} {item.name}"
        for detail in item.details:
            yield from _value(detail)


def _value(item: PropertyChange) -> Iterator[str]:
    yield f"{'!' if item.forces else ' '} {item.path}"
    if item.kind != "add":
        yield f"-   {_fenced(text_of(item.before))}"
    if item.kind != "delete":
        yield f"+   {_fenced(after_of(item))}"


def _fenced(text: str) -> str:
    """Text that cannot end the fence around it."""
    return text.replace("```", "` ` `")


def _code(text: str) -> str:
    """Inline code inside of a table's cell."""
    return f"`{text.replace('`', chr(39)).replace('|', chr(92) + '|')}`"


def _text(text: str) -> str:
    """Words that Markdown and HTML leave as they are."""
    for mark in "\\`*_[]<>|":
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", " ")
