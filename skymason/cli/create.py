"""`sm create-microservice`: understand, generate, compare, write, and say what was done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from skymason.cli import asking
from skymason.cli.created import counted, headline, next_steps, tree
from skymason.cli.deploy import say
from skymason.cli.exits import FINE, INTERRUPTED, USAGE
from skymason.cli.wanted import Wanted, understand
from skymason.diagnostics import Diagnostic, DiagnosticError, Location, to_text
from skymason.driver.summary import number
from skymason.generate import codes
from skymason.generate.compare import Comparison, compare, difference
from skymason.generate.names import WORKFLOWS, Naming
from skymason.generate.render import Files, generate, render_spec
from skymason.generate.request import ServiceRequest
from skymason.generate.surroundings import Surroundings, surroundings
from skymason.generate.write import recover, write
from skymason.patterns.library import FILE


def create(root: Path, wanted: Wanted, *, dry_run: bool, may_ask: bool) -> int:
    """Run the command in a project; returns the exit code. Raises DiagnosticError and NoAnswerError."""
    if not (root / FILE).is_file():
        text = f"there is no {FILE} beside Pulumi.yaml"
        fix = "change to a Skymason project, or name it with --cwd"
        raise DiagnosticError([Diagnostic(codes.NO_PATTERNS, text, fix, Location(str(root)))])
    for sentence in recover(root):
        say(sentence)
    around = surroundings(root)
    understood = understand(wanted, around, may_ask=may_ask)
    request = understood.request
    try:
        generated = generate(request, around)
    except DiagnosticError:
        # Another service of that name tells more than what would be wrong with this one in its place.
        _refuse_difference(request, around, render_spec(request, around))
        raise
    files = generated.files
    if generated.outlook.diagnostics:
        say(to_text(generated.outlook.diagnostics))
    _refuse_difference(request, around, files)
    comparison = compare(files, root)
    said = [headline(request), *(f"  {reason}" for reason in understood.reasons)]
    if not comparison.new:
        print("\n".join([*said, f"nothing changes: {number(len(files), 'file')} as they would be written"]))
        return FINE
    if dry_run:
        print(difference(files, comparison), end="")
        said += [tree(files, comparison), f"dry run: {counted(comparison.new)} would be written"]
        print("\n".join(said))
        return FINE
    if understood.asked:
        say(tree(files, comparison))
        if not asking.confirm(f"Write {counted(comparison.new)}?"):
            say("nothing was done")
            return USAGE
    try:
        write(comparison.new, root, last=request.spec)
    except KeyboardInterrupt:
        whole = (root / request.spec).exists() and request.spec in comparison.new
        say(f"interrupted: {'everything' if whole else 'nothing'} was written")
        return INTERRUPTED
    if not understood.asked:
        said.append(tree(files, comparison))
    said += [f"wrote {counted(comparison.new)}", *_elsewhere(root), "", next_steps(request, generated)]
    print("\n".join(said))
    return FINE


def _elsewhere(root: Path) -> list[str]:
    """Where the workflow would not be found: GitHub reads those at the root of a repository alone."""
    if (root / ".git").exists():
        return []
    above = next((folder for folder in root.parents if (folder / ".git").exists()), None)
    return [f"move the workflow to {above / WORKFLOWS}: GitHub reads no other folder"] if above else []


def _refuse_difference(request: ServiceRequest, around: Surroundings, files: Files) -> None:
    """Show what is there and would be changed. Raises DiagnosticError where anything is."""
    comparison = compare(files, around.root)
    if comparison.different:
        print(difference(files, replace(comparison, new={})), end="")
        raise DiagnosticError([_differs(request, around, comparison)])


def _differs(request: ServiceRequest, around: Surroundings, comparison: Comparison) -> Diagnostic:
    paths = [str(path) for path in comparison.different]
    verb = "is there already, and differs" if len(paths) == 1 else "are there already, and differ"
    other = Naming.of(request, around).suggested(request.name)
    fix = f"bring in by hand what the difference shows, or make another service, such as '{other}'"
    text = f"{_listed(paths)} {verb}; nothing was written"
    return Diagnostic(codes.FILES_DIFFER, text, fix, Location(paths[0]))


def _listed(paths: list[str]) -> str:
    shown = ", ".join(paths[:3])
    return shown if len(paths) <= 3 else f"{shown} and {len(paths) - 3} more"
