"""The project at another revision of its git history, evaluated beside the checkout, which is not touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from skymason.diagnostics import REGISTRY, Code, Diagnostic, DiagnosticError, Location, Severity
from skymason.driver import codes
from skymason.driver.project import Project
from skymason.plan.model import Plan

_PLACE = Location("--against")
_OF_A_HOOK = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_WORK_TREE")


@dataclass(frozen=True, slots=True)
class AtRevision:
    """What a revision of the project deploys.

    words: the revision for people. cloud: a folder with an offline cloud that holds what it deploys; it lives
    as long as the context. plan: None where the project or the stack was not there yet.
    """

    words: str
    commit: str
    cloud: Path
    plan: Plan | None = None


@contextmanager
def evaluated_at(project: Project, stack: str, revision: str) -> Iterator[AtRevision]:
    """Deploy the project's files of a revision to an offline cloud of its own, in a process of its own.

    Raises DiagnosticError: no git, no repository, no such revision, or a program there that fails.
    """
    commit, name = _commit(project.root, revision)
    words = f"{name} ({commit[:7]})"
    with tempfile.TemporaryDirectory(prefix="skymason-") as place:
        root, cloud = _files(project.root, commit, Path(place)), Path(place) / "cloud"
        if not (root / "Pulumi.yaml").is_file():
            yield AtRevision(f"{words}, where this project is not yet", commit, cloud)
        elif not (root / project.stack_file(stack).name).is_file():
            yield AtRevision(f"{words}, where stack {stack} is not yet", commit, cloud)
        else:
            plan = _plan(root, stack, cloud, Path(place) / "answer.json", name)
            yield AtRevision(words, commit, cloud, plan)


def _commit(folder: Path, revision: str) -> tuple[str, str]:
    """Full hash of a revision, and its name: that of the remote branch where there is no local one."""
    _git(folder, "rev-parse", "--git-dir")
    for name in (revision, f"origin/{revision}"):
        found = _run(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if not found.returncode:
            return found.stdout.strip(), name
    text = f"'{revision}' is neither a file nor a revision of this repository"
    known = _git(folder, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes").split()
    raise _error(codes.UNKNOWN_REVISION, text, _advice(folder, revision, known))


def _advice(folder: Path, revision: str, known: list[str]) -> str:
    from skymason.diagnostics import nearest

    near = nearest(revision, known)
    if near:
        return f"did you mean '{near}'?"
    shallow = _git(folder, "rev-parse", "--is-shallow-repository").strip() == "true"
    if shallow:
        return f"the clone is shallow: `git fetch --depth=1 origin {revision}:{revision}` gets it"
    return f"branches: {', '.join(known[:10])}" if known else "commit first: the repository has no revision"


def _files(folder: Path, commit: str, place: Path) -> Path:
    """Write the tree of a commit, through an index of its own; returns the project's folder in it."""
    prefix = _git(folder, "rev-parse", "--show-prefix").strip()
    top = Path(_git(folder, "rev-parse", "--show-toplevel").strip())
    index = {"GIT_INDEX_FILE": str(place / "index")}
    _git(top, "read-tree", commit, environment=index)
    _git(top, "checkout-index", "--all", f"--prefix={place / 'tree'}{os.sep}", environment=index)
    return place / "tree" / prefix


def _plan(root: Path, stack: str, cloud: Path, answer: Path, name: str) -> Plan:
    """Evaluate in a process of its own: the program's modules have the names of those loaded here."""
    library = str(Path(__file__).parents[2])
    paths = [library, *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "skymason.driver.evaluation", root, stack, cloud, answer],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    with process:
        import pulumi  # noqa: F401  the checkout needs it next, and nothing else is to be done meanwhile

        _, errors = process.communicate()
    if not answer.is_file():
        lines = errors.strip().splitlines() or [f"exit code {process.returncode}"]
        raise _error(codes.INVALID_REVISION, lines[-1], f"`git log {name}` shows what was done there")
    data = json.loads(answer.read_text(encoding="utf-8"))
    if "plan" in data:
        return Plan.from_json(data["plan"])
    fix = "compare with another revision, or with what is deployed (leave out --against)"
    first = Diagnostic(codes.INVALID_REVISION, f"the project at {name} has errors of its own", fix, _PLACE)
    raise DiagnosticError([first, *(_there(item, name) for item in data["diagnostics"])])


def _there(item: Mapping[str, Any], name: str) -> Diagnostic:
    """A finding of the other revision; its place as git writes it, `main:services/a.yaml`."""
    code = REGISTRY.get(item["code"]) or Code(item["code"], item["title"], "")
    place = Location(f"{name}:{item['path']}", item["line"])
    found = Diagnostic(code, item["message"], item["fix"], place, item["key"], tuple(item["set_by"]))
    return replace(found, severity=Severity(item["severity"]))


def _git(folder: Path, *words: str, environment: Mapping[str, str] | None = None) -> str:
    said = _run(folder, *words, environment=environment)
    if said.returncode:
        lines = said.stderr.strip().splitlines() or ["git failed"]
        text = lines[0].removeprefix("fatal: ")
        fix = lines[-1].strip() if len(lines) > 1 else "give a file, or leave out --against"
        raise _error(codes.NO_REPOSITORY, text, fix)
    return said.stdout


def _run(
    folder: Path, *words: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    program = shutil.which("git")
    if program is None:
        raise _error(codes.NO_GIT, "there is no git on the PATH", "install git, or give a file")
    # A hook of git's own names its repository here, which need not be this folder's.
    outside = {key: value for key, value in os.environ.items() if key not in _OF_A_HOOK}
    return subprocess.run(
        [program, *words],
        cwd=folder,
        env={**outside, "LC_ALL": "C", **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def _error(code: Code, text: str, fix: str) -> DiagnosticError:
    return DiagnosticError([Diagnostic(code, text, fix, _PLACE)])
