"""`sm plan`"""

from enum import StrEnum
from typing import Annotated

import typer

from skymason.cli.options import HERE, Cwd, Json, Stack


class FailOn(StrEnum):
    """What makes the exit code 3."""

    CHANGE = "change"
    REPLACE = "replace"


def command(
    stack: Stack = "dev",
    against: Annotated[
        str,
        typer.Option(
            "--against",
            help="Compare with what is deployed in the offline cloud (kept); with a file: a plan, or the "
            "JSON of `pulumi preview` or `pulumi stack export`; or with the project's own files at a branch, "
            "tag or commit, such as main.",
        ),
    ] = "kept",
    service: Annotated[str, typer.Option("--service", help="Show the changes of this service only.")] = "",
    fail_on: Annotated[
        FailOn | None,
        typer.Option(
            "--fail-on",
            help="Exit with 3 where anything would change, or only where something would be replaced or "
            "deleted (replace).",
        ),
    ] = None,
    markdown: Annotated[
        bool,
        typer.Option("--markdown", help="Print Markdown for a pull request, short enough for a comment."),
    ] = False,
    json: Json = False,
    cwd: Cwd = HERE,
) -> int:
    """Show what the next `up` would change, in process: no account, no Pulumi CLI.

    First all findings on settings and services; where there is no error, what would be created, updated,
    replaced or deleted. Each property is shown with its value before and after, secret ones hidden; what
    forces a replacement is marked, and so is what a spec's `escape` section sets. Changes that only follow
    from a replacement are kept apart, and what holds data and would be lost stands first. `--json` prints
    the document that docs/plan.schema.json describes.
    """
    from skymason.cli.exits import DIFFERENT, FINE
    from skymason.cli.plan import plan
    from skymason.cli.plan_markdown import as_markdown
    from skymason.cli.plan_text import as_json, as_text
    from skymason.driver.colours import paint_for
    from skymason.driver.model import ChangeKind

    found = plan(cwd, stack, against, service)
    if json:
        print(as_json(found))
    elif markdown:
        print(as_markdown(found))
    else:
        print(as_text(found, paint_for()))
    grave = {ChangeKind.REPLACE, ChangeKind.DELETE}
    counts = grave if fail_on is FailOn.REPLACE else set(ChangeKind) - {ChangeKind.SAME}
    return DIFFERENT if fail_on and any(item.kind in counts for item in found.changes) else FINE
