"""What the scripts in automation/ share: their arguments, the run of several operations, the exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from skymason.diagnostics import DiagnosticError, to_text
from skymason.driver import drift
from skymason.driver.api import perform, project_of
from skymason.driver.model import CloudKind, Request, Result
from skymason.driver.summary import as_text


def run_script(
    doc: str,
    folder: Path,
    requests: Callable[[str, CloudKind], Sequence[Request]],
    arguments: Sequence[str] | None = None,
) -> int:
    """Run operations in turn on the stack that the command line names, until one fails.

    doc: the script's docstring, for --help. folder: lies in the project. Returns the exit code: 0, 1 for a
    failure, 130 interrupted.
    """
    words = _parser(doc).parse_args(arguments)
    for request in requests(words.stack, CloudKind(words.cloud)):
        try:
            outcome = perform(project_of(folder), request)
        except DiagnosticError as error:
            print(to_text(error.diagnostics), file=sys.stderr)
            return 1
        print(as_text(outcome, request), end="\n\n", flush=True)
        if outcome.result is Result.INTERRUPTED:
            return 130
        if outcome.result is not Result.SUCCEEDED:
            return 1
    return 0


def run_drift(doc: str, folder: Path, arguments: Sequence[str] | None = None) -> int:
    """Look for drift on the stack that the command line names. Returns the exit code, that of `sm drift`."""
    parser = _parser(doc)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    words = parser.parse_args(arguments)
    try:
        outcome = drift.look(project_of(folder), words.stack, CloudKind(words.cloud))
    except DiagnosticError as error:
        print(to_text(error.diagnostics), file=sys.stderr)
        return drift.FAILED
    print(drift.as_json(outcome) if words.json else drift.as_text(outcome))
    return drift.exit_code(outcome)


def _parser(doc: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--stack", default="dev", help="its settings are Pulumi.<stack>.yaml [dev]")
    kinds = [str(kind) for kind in CloudKind]
    parser.add_argument("--cloud", default=kinds[0], choices=kinds, help=f"[{kinds[0]}]")
    return parser
