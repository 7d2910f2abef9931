"""The Typer application over the table of commands."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command as click_command

from skymason.cli.table import COMMANDS

PLAIN: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
}
"""Rich costs 0.1 s to import and is kept for what runs longer than that; errors are rendered by `main`."""


class HelpfulCommand(TyperCommand):
    """A command whose help ends with examples and whatever else `skymason.cli.help` knows of it."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        from skymason.cli.help import examples, sections

        for title, rows in sections(self.name or "", Path.cwd()):
            with formatter.section(title):
                formatter.write_dl(rows)
        shown = examples(self.name or "")
        if shown:
            with formatter.section("Examples"):
                # Not wrapped: a line is to be copied.
                formatter.write("".join(f"  # {what}\n  {line}\n" for line, what in shown))


class LazyGroup(TyperGroup):
    """A group that takes its commands from the table, and imports only the one that is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        entry = COMMANDS.get(cmd_name)
        return load(entry.name) if entry else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(entry.name, entry.summary) for entry in COMMANDS.values()])


def load(name: str) -> Any:
    """The command of this name, ready to run. Its module has a function `command`, and may have `CONTEXT`."""
    module = import_module(COMMANDS[name].module)
    single = typer.Typer(**PLAIN)
    settings = getattr(module, "CONTEXT", None)
    single.command(name=name, cls=HelpfulCommand, context_settings=settings)(module.command)
    return click_command(single)


app = typer.Typer(cls=LazyGroup, **PLAIN)


def _version(wanted: bool) -> None:
    if wanted:
        from skymason import __version__

        typer.echo(f"sm {__version__}")
        raise typer.Exit


@app.callback()
def sm(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """From a short service spec to production-grade infrastructure on AWS and Azure, with Pulumi.

    Exit codes: 0 fine, 1 findings, 2 wrong usage, 3 differs, 130 interrupted.
    """
