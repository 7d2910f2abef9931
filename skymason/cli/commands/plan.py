"""`sm plan`"""

from typing import Annotated

import typer

from skymason.cli.options import HERE, Cwd, Json, Stack


def command(
    stack: Stack = "dev",
    against: Annotated[
        str,
        typer.Option(
            "--against",
            help="Compare with what is deployed in the offline cloud (kept), or with a file: a plan, or the "
            "JSON of `pulumi preview` or `pulumi stack export`.",
        ),
    ] = "kept",
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown, for a pull request.")] = False,
    json: Json = False,
    cwd: Cwd = HERE,
) -> int:
    """Show what the next `up` would change, in process: no account, no Pulumi CLI.

    First all findings on settings and services; where there is none, what would be created, updated,
    replaced and why, or deleted. Properties that a spec's `escape` section sets are marked.
    """
    from skymason.cli.plan import as_json, as_markdown, as_text, plan

    found = plan(cwd, stack, against)
    render = as_json if json else as_markdown if markdown else as_text
    print(render(found))
    return 0
