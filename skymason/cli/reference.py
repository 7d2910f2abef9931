"""docs/cli.md: every command with its options, generated from the code."""

from __future__ import annotations

from typing import Any

from skymason.cli.exits import MEANING
from skymason.cli.table import COMMANDS

_WIDTH = 100

_HEAD = """\
# The command line

Generated from the code by `sm schema`; do not edit.

`sm` works on the project around the current folder, the nearest folder with a `Pulumi.yaml`, or on the one
that `--cwd` names. `python -m skymason` is the same. Results are on stdout; progress and errors of the run
are on stderr, so `sm plan --json | jq` works.

Errors have one form: a code, file and line, what is wrong, and a fix. With `--json` they are one document,
`{"diagnostics": [...]}`. `docs/diagnostics.md` lists all codes.

## Exit codes

| code | meaning |
|---|---|
"""

_VARIABLES = """
## Environment variables

| variable | effect |
|---|---|
| `SM_DEBUG=1` | print the traceback of an unexpected error, and whole tracebacks of a program |
| `CI` | plain lines of progress instead of a live table |
| `PULUMI_STACK` | the stack that `sm offline` uses where the command names none |

`sm up`, `preview`, `refresh` and `destroy` on the offline cloud, and `sm offline`, never use your Pulumi
login, your `PULUMI_BACKEND_URL` or your selected stack. With `--cloud real` your environment is left as it
is.

## Which engine runs

The Pulumi CLI on the PATH; else the one in `.skymason/pulumi`; else the SDK's installer puts it there: one
try of at most 18 seconds. A failure is remembered in `.skymason/pulumi-install-failed.json`; `sm up
--retry-install` tries again with more time, and so does the next run when that file is deleted. Without a
CLI the program is evaluated in process: the offline cloud only, compared with the plan that is kept in
`.skymason/plans`.

## Interrupting

Ctrl-C once: operations in flight finish, nothing new begins, and the state holds everything that was done.
Twice: the engine stops at once, and what was in flight is pending. Three times: it is killed. For the
offline cloud the next run mends whatever is left, and says so. For a real one: `pulumi cancel`, then
`pulumi refresh --clear-pending-creates`.

## Commands
"""


def render() -> str:
    """The whole document."""
    codes = "".join(f"| {code} | {meaning} |\n" for code, meaning in MEANING.items())
    parts = [_HEAD + codes, _VARIABLES]
    parts += [f"\n### `sm {name}`\n\n```\n{help_of(name)}\n```\n" for name in COMMANDS]
    return "".join(parts)


def help_of(name: str) -> str:
    """What `sm NAME --help` prints, at a fixed width."""
    from skymason.cli.app import load

    command: Any = load(name)
    with command.make_context(f"sm {name}", [], resilient_parsing=True, terminal_width=_WIDTH) as context:
        return "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
