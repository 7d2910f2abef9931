"""What `sm create-microservice` shows: the tree, and what to do next."""

from __future__ import annotations

import io
import sys
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from skymason.driver.summary import number
from skymason.generate.compare import Comparison
from skymason.generate.render import Files, Generated
from skymason.generate.request import ServiceRequest

if TYPE_CHECKING:
    from rich.tree import Tree

NEW, SAME, DIFFERENT = "+", "=", "~"
_STYLES = {NEW: "green", SAME: "dim", DIFFERENT: "yellow"}
_WIDE = 200
"""Columns where there is no terminal: nothing is wrapped or cut."""


def tree(files: Files, comparison: Comparison) -> str:
    """Files as a tree, each with its mark and its number of lines; in colour on a terminal."""
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    top = Tree(f"{NEW} new   {SAME} there already   {DIFFERENT} there, and different")
    folders: dict[PurePosixPath, Tree] = {PurePosixPath(): top}
    for path in sorted(files):
        mark = NEW if path in comparison.new else DIFFERENT if path in comparison.different else SAME
        lines = number(files[path].text.count("\n"), "line")
        runs = ", executable" if files[path].executable else ""
        label = Text(f"{mark} {path.name}", _STYLES[mark]).append(f"  {lines}{runs}", "dim")
        _folder(folders, path.parent).add(label)
    stream = io.StringIO()
    colour = sys.stdout.isatty()
    console = Console(file=stream, force_terminal=colour, width=None if colour else _WIDE, soft_wrap=True)
    console.print(top)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def _folder(folders: dict[PurePosixPath, Tree], path: PurePosixPath) -> Tree:
    if path not in folders:
        folders[path] = _folder(folders, path.parent).add(f"{path.name}/")
    return folders[path]


def headline(request: ServiceRequest) -> str:
    """What was asked for, in a line."""
    return (
        f"{request.name}: {request.pattern} on {request.cloud}, in {request.language}, tier {request.tier}, "
        f"owned by {request.owner}"
    )


def counted(files: Files) -> str:
    lines = sum(file.text.count("\n") for file in files.values())
    return f"{number(len(files), 'file')}, {number(lines, 'line')}"


def next_steps(request: ServiceRequest, generated: Generated) -> str:
    """Three commands, and what cannot be done yet."""
    folder, stacks = request.folder, generated.outlook.stacks
    commands = [f"make -C {folder} test", "sm validate --all-stacks"]
    lines = []
    if stacks:
        stack = "dev" if "dev" in stacks else stacks[0]
        commands.append(f"sm plan --stack {stack}")
    else:
        commands.insert(1, f"make -C {folder} run")
        lines += [
            f"No stack can deploy it yet: {_why_not(request)}. Its spec is checked against the pattern's "
            "data, and the application runs.",
            "",
        ]
    return "\n".join([*lines, "Next:", *(f"  {command}" for command in commands)])


def _why_not(request: ServiceRequest) -> str:
    from skymason.patterns.apply import has_component

    if has_component(request.cloud, request.pattern):
        return f"none is set up for {request.cloud}"
    return f"there is no component for {request.pattern} on {request.cloud}"
