"""Entry point of `sm`: runs the command line, and turns every error into one form and one exit code."""

from __future__ import annotations

import atexit
import gc
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from skymason.cli.exits import FINDINGS, FINE, INTERRUPTED, USAGE

if TYPE_CHECKING:
    from skymason.diagnostics import Diagnostic

WRONG_USAGE = "SM5002"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code. Prints a traceback only where SM_DEBUG is set."""
    if arguments is None and "SM_COMPLETE" in os.environ:
        from skymason.cli.completion import respond

        return respond(os.environ)
    # Evaluation makes many long-lived objects: the default thresholds cost half of its time.
    gc.set_threshold(50_000, 20, 50)
    if arguments is None:
        # The process ends with this command: to look for garbage once more would take 0.9 s after `sm plan`.
        atexit.register(gc.freeze)
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = _run(words)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe went away (`sm plan | head`): nothing is left to say, also at shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return FINDINGS
    except Exception as error:
        return _unexpected(error, words)


def _run(words: list[str]) -> int:
    from typer.exceptions import Exit, TyperException

    from skymason.cli.app import app
    from skymason.diagnostics import DiagnosticError

    try:
        code = app(words or ["--help"], standalone_mode=False, prog_name="sm")
    except Exit as stop:
        return stop.exit_code
    except TyperException as error:
        from skymason.cli.usage import diagnostic

        return _report([diagnostic(error, words)], words, USAGE)
    except DiagnosticError as error:
        wrong = any(item.code.id == WRONG_USAGE for item in error.diagnostics)
        return _report(error.diagnostics, words, USAGE if wrong else FINDINGS)
    if not words:
        return USAGE
    return code if isinstance(code, int) else FINE


def _report(diagnostics: Sequence[Diagnostic], words: list[str], code: int) -> int:
    from skymason.diagnostics import ordered, to_text

    if wants_json(words):
        print(json.dumps({"diagnostics": [item.as_dict() for item in ordered(diagnostics)]}, indent=2))
    else:
        print(to_text(diagnostics), file=sys.stderr)
    return code


def wants_json(words: Sequence[str]) -> bool:
    """Whether a command line asks for JSON; what follows `--` belongs to another command."""
    own = words[: words.index("--")] if "--" in words else words
    return "--json" in own


def _unexpected(error: Exception, words: list[str]) -> int:
    from skymason.diagnostics import Diagnostic, Location
    from skymason.driver.codes import UNEXPECTED

    if os.environ.get("SM_DEBUG"):
        import traceback

        traceback.print_exception(error)
    text = " ".join(f"{type(error).__name__}: {error}".split())
    fix = "run it again with SM_DEBUG=1 to see the traceback, and report it with that"
    place = Location(_raised_at(error))
    return _report([Diagnostic(UNEXPECTED, text, fix, place)], words, FINDINGS)


def _raised_at(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return "sm"
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


if __name__ == "__main__":
    sys.exit(main())
