"""`python -m benchmarks`: measures, prints a line for each bound and peer, fails where a bound is missed."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import cdk, lines
from benchmarks.measure import Cost, best, measure
from benchmarks.projects import ROOT, make

SM = Path(sys.executable).parent / "sm"
RUNS = 3
SIZES = (100, 1000, 3000)
SERVICES = (1, 20)
PLAN_SECONDS = {"dev": 3.0, "prod": 4.0}


@dataclass(frozen=True, slots=True)
class Bound:
    """A promise: a figure stays under its limit. note: what else is worth knowing about it."""

    name: str
    value: float
    limit: float
    unit: str
    note: str = ""

    @property
    def kept(self) -> bool:
        return self.value <= self.limit

    def line(self) -> str:
        verdict = "PASS" if self.kept else "FAIL"
        figures = f"{self.value:8.2f} {self.unit:<5} (bound {self.limit:g} {self.unit})".rstrip(" )") + ")"
        return f"{verdict}  {self.name:<42}{figures}{self.note}"


class BrokenError(Exception):
    """A command that is measured failed; the text is what it said."""


def main() -> int:
    """Measure everything and return 0, or 1 where a bound is missed or a command failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--own", action="store_true", help="leave the comparison with CDK out")
    options = parser.parse_args()
    kept = True
    with tempfile.TemporaryDirectory() as scratch:
        for measurement in (help_text, validation, plan, evaluation, written):
            try:
                bounds = measurement(Path(scratch))
            except BrokenError as error:
                print(f"FAIL  {measurement.__name__}: {error}", flush=True)
                kept = False
                continue
            for bound in bounds:
                print(bound.line(), flush=True)
                kept = kept and bound.kept
        if not options.own:
            comparison(Path(scratch))
    return 0 if kept else 1


def _best(run: Callable[[], Cost]) -> Cost:
    """The best of some runs, after one that fills the caches of files and bytecode."""
    run()
    cost = best([run() for _ in range(RUNS)])
    if cost.code:
        said = (cost.errors or cost.output).strip().splitlines()
        raise BrokenError("\n        ".join([f"exit code {cost.code}", *said[-8:]]))
    return cost


def _note(cost: Cost) -> str:
    return f"  CPU {cost.cpu:.2f} s, {cost.memory:.0f} MiB"


def help_text(scratch: Path) -> list[Bound]:
    """`sm --help`."""
    cost = _best(lambda: measure([SM, "--help"], ROOT))
    return [Bound("sm --help", cost.wall, 0.3, "s", _note(cost))]


def validation(scratch: Path) -> list[Bound]:
    """`sm validate` of a hundred services."""
    project = make(scratch / "hundred", 100)
    cost = _best(lambda: measure([SM, "validate", "--stack", "dev"], project))
    return [Bound("sm validate, 100 services", cost.wall, 1.0, "s", _note(cost))]


def plan(scratch: Path) -> list[Bound]:
    """`sm plan` of the shipped stacks, which hold services of all patterns."""
    bounds = []
    for stack, limit in PLAN_SECONDS.items():
        cost = _best(lambda stack=stack: measure([SM, "plan", "--stack", stack], ROOT))
        bounds.append(Bound(f"sm plan --stack {stack}", cost.wall, limit, "s", _note(cost)))
    return bounds


def evaluation(scratch: Path) -> list[Bound]:
    """CPU a resource of programs of three sizes, and how it grows."""
    each = {}
    for size in SIZES:
        command = [sys.executable, "-m", "benchmarks.evaluation", str(size)]
        each[size] = min(_evaluated(command) for _ in range(RUNS))
        print(f"      evaluation, {size:>5} resources{'':<17}{each[size]:8.2f} ms CPU a resource", flush=True)
    _, middle, large = SIZES
    growth = each[large] / each[middle]
    return [
        Bound(f"evaluation, CPU a resource at {middle:,}", each[middle], 1.5, "ms"),
        Bound(f"growth a resource, {middle:,} to {large:,}", growth, 1.3, "times"),
    ]


def written(scratch: Path) -> list[Bound]:
    """Lines of a spec, as a share of those of the same resources by hand."""
    pattern, file = next(iter(lines.BY_HAND.items()))
    spec = lines.amount_of(lines.ROOT / "services" / f"{lines.SERVICES[pattern]}.yaml")
    manual = lines.amount_of(file)
    share, limit = 100 * spec.lines / manual.lines, 100 * (1 - lines.LEAST)
    note = f"  {spec.lines} lines for {manual.lines}; all patterns: python -m benchmarks.lines"
    return [Bound(f"lines of a spec, of those by hand ({pattern})", share, limit, "%", note)]


def _evaluated(command: list[str]) -> float:
    cost = measure(command, ROOT)
    if cost.code:
        raise BrokenError("\n        ".join(cost.errors.strip().splitlines()[-8:]))
    found = json.loads(cost.output.splitlines()[-1])
    return float(found["cpu"] / found["resources"] * 1000)


def comparison(scratch: Path) -> None:
    """The whole process of ours and of CDK Python for the same architecture, as ratios."""
    try:
        interpreter = cdk.python()
    except cdk.UnavailableError as reason:
        print(f"\nThe comparison with CDK Python is left out: {reason}.")
        return
    print("\nNext to CDK Python: whole process, CDK's validation off; ratios are CDK ÷ Skymason\n")
    print(_row("", "services", "resources", "wall s", "CPU s", "MiB", "ms CPU each"))
    for services in SERVICES:
        project = make(scratch / f"services-{services}", services, "web_api")
        try:
            own = _best(lambda at=project: measure([SM, "plan", "--stack", "dev", "--json"], at))
            theirs = _best(lambda n=services: cdk.synthesise(interpreter, n, scratch / "cdk"))
        except BrokenError as error:
            print(f"{services} services are left out: {error}")
            continue
        ours = _figures(own, len(json.loads(own.output)["changes"]))
        others = _figures(theirs, json.loads(theirs.output.splitlines()[-1])["resources"])
        ratios = [other / mine for mine, other in zip(ours, others, strict=True)]
        for name, figures in (("Skymason", ours), ("CDK Python", others), ("ratio", ratios)):
            count = f"{figures[0]:.2f}" if name == "ratio" else f"{figures[0]:.0f}"
            rest = (f"{figure:.2f}" for figure in figures[1:])
            print(_row(name, str(services), count, *rest), flush=True)


def _figures(cost: Cost, resources: int) -> list[float]:
    return [resources, cost.wall, cost.cpu, cost.memory, cost.cpu / resources * 1000]


def _row(name: str, *cells: str) -> str:
    return f"{name:<12}" + "".join(f"{cell:>12}" for cell in cells)


if __name__ == "__main__":
    sys.exit(main())
