"""Files that are generated from the code and committed: written or checked by `sm schema`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

Producer = Callable[[], str]


def producers(root: Path) -> Mapping[str, Producer]:
    """Path in the project → what the file must hold.

    Schemas belong into every project; reference documents are brought up to date where a project keeps them.
    """
    from skymason.cli.command_line import FILE as COMMAND_LINE
    from skymason.cli.command_line import text as command_line
    from skymason.cli.plan_schema import text as plan_schema
    from skymason.cli.reference import render
    from skymason.offline.rules.document import page
    from skymason.patterns.schema import generated

    found = {
        **generated(root),
        **dict(_escapes()),
        "docs/cli.md": render,
        COMMAND_LINE: command_line,
        "docs/environments.md": lambda: _settings(root),
        "docs/offline-rules.md": page,
        "docs/plan.schema.json": plan_schema,
    }
    return {
        path: produce
        for path, produce in found.items()
        if path.startswith("schemas/") or (root / path).is_file()
    }


def _settings(root: Path) -> str:
    from skymason.settings.reference import DOCUMENT, updated

    return updated((root / DOCUMENT).read_text(encoding="utf-8"))


def _escapes() -> Iterator[tuple[str, Producer]]:
    """What `escape` may set, a file for each pattern component."""
    from components.patterns.escape_schema import COMPONENTS, EVERYTHING, text

    for name, component in COMPONENTS.items():
        yield f"schemas/escape/{name}.json", partial(text, component, EVERYTHING[name])


def stale(root: Path) -> dict[str, str]:
    """Generated files that are missing or differ from what the code says: path → what they must hold."""
    wanted = {path: produce() for path, produce in producers(root).items()}
    return {path: text for path, text in wanted.items() if _text(root / path) != text}


def write(root: Path) -> list[str]:
    """Bring all of them up to date; returns those that changed."""
    changed = stale(root)
    for path, text in changed.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return list(changed)


def _text(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None
