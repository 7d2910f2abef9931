"""Evaluates a project in a process of its own: arguments are root, stack, folder of the cloud, and a file.

Writes {"plan": …} or {"diagnostics": […]} to that file, readable by its owner only: plans hold secrets.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path

from skymason.diagnostics import DiagnosticError


def main(root: Path, stack: str, cloud: Path, answer: Path) -> None:
    """Deploy a project's program to the offline cloud kept in `cloud`."""
    import pulumi  # noqa: F401  before a program stands in for __main__, which the SDK's import looks at

    from skymason.offline.cloud import Cloud
    from skymason.plan.evaluate import evaluate_project

    try:
        plan = evaluate_project(root, stack, preview=False, cloud=Cloud(cloud))
        text = json.dumps({"plan": plan.to_json()})
    except DiagnosticError as error:
        text = json.dumps({"diagnostics": [item.as_dict() for item in error.diagnostics]})
    with os.fdopen(os.open(answer, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)


if __name__ == "__main__":
    gc.set_threshold(50_000, 20, 50)
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    os._exit(0)  # nothing is left to do, and to take down what was imported would cost half a second
