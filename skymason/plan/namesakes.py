"""Keeps a program's modules apart from those loaded here that have the same names.

A project may bring its own copy of this package, or another version of it, as at another revision. The
program imports its own; what evaluates it goes on with what it has, also in imports that come later.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any


@contextmanager
def apart(root: Path, prepare: Callable[[], None]) -> Iterator[None]:
    """While a program in `root` runs, `import` finds its modules for it, and ours for us.

    prepare: called before, where there is anything to keep apart.
    """
    names = _names(root)
    if not _loaded(names, root, inside=False):
        yield
        return
    prepare()
    ours = _take(names, root, inside=False)
    before = builtins.__import__
    builtins.__import__ = _Import(before, names, ours)
    try:
        yield
    finally:
        builtins.__import__ = before
        _take(names, root, inside=True)
        sys.modules.update(ours)


def _names(root: Path) -> set[str]:
    """Top-level modules and packages in a folder."""
    modules = {path.stem for path in root.glob("*.py")} - {"__main__"}
    return modules | {path.parent.name for path in root.glob("*/__init__.py")}


def _loaded(names: set[str], root: Path, *, inside: bool) -> list[str]:
    """Loaded modules of these names: the program's own (inside), or all others."""
    return [
        name
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in names
        and (file := getattr(module, "__file__", None))
        and Path(file).is_relative_to(root) == inside
    ]


def _take(names: set[str], root: Path, *, inside: bool) -> dict[str, ModuleType]:
    return {name: sys.modules.pop(name) for name in _loaded(names, root, inside=inside)}


class _Import:
    """Stands in for `__import__`: asks who imports."""

    def __init__(self, before: Any, names: set[str], ours: dict[str, ModuleType]) -> None:
        self.before = before
        self.names = names
        self.ours = ours

    def __call__(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        importer = self.ours.get((globals or {}).get("__name__", ""))
        foreign = not level and name.partition(".")[0] not in self.names
        if foreign or importer is None or vars(importer) is not globals:
            return self.before(name, globals, locals, fromlist, level)  # type: ignore[no-any-return]
        known = None if level else self.ours.get(name)
        if known is not None and fromlist and all(hasattr(known, item) for item in fromlist):
            return known
        theirs = {key: sys.modules.pop(key) for key in list(sys.modules) if self._concerns(key)}
        sys.modules.update(self.ours)
        try:
            return self.before(name, globals, locals, fromlist, level)  # type: ignore[no-any-return]
        finally:
            self.ours.update({key: sys.modules.pop(key) for key in list(sys.modules) if self._concerns(key)})
            sys.modules.update(theirs)

    def _concerns(self, name: str) -> bool:
        return name.partition(".")[0] in self.names
