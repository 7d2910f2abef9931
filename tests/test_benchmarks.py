"""The benchmarks measure what they say, and say what they measure."""

import sys
from pathlib import Path

import pytest
import yaml

from benchmarks import __main__ as bench
from benchmarks import cdk, evaluation
from benchmarks.measure import Cost, best, measure
from benchmarks.projects import make, specs
from skymason.settings import check_stack


def _cost(wall: float, code: int = 0) -> Cost:
    return Cost(wall, wall, 10, code, "", "no such thing\n")


def test_a_run_is_measured_with_its_children(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(3_000_000))']); print(1)"
    )
    cost = measure([sys.executable, "-c", program], tmp_path, {"PYTHONDONTWRITEBYTECODE": "1"})
    assert (cost.code, cost.output, cost.errors) == (0, "1\n", "")
    assert cost.wall > 0.02
    assert cost.cpu > 0.02
    assert cost.memory > 5  # no upper bound: until it runs the program, a child counts as its parent


def test_a_failing_run_keeps_what_it_said(tmp_path: Path) -> None:
    cost = measure([sys.executable, "-c", "import sys; sys.exit('broken')"], tmp_path)
    assert (cost.code, cost.errors) == (1, "broken\n")


def test_the_fastest_run_counts_unless_one_fails() -> None:
    assert best([_cost(2), _cost(1), _cost(3)]).wall == 1
    assert best([_cost(2), _cost(1), _cost(3, code=1)]).code == 1
    with pytest.raises(bench.BrokenError, match="exit code 1\n        no such thing"):
        bench._best(lambda: _cost(1, code=1))


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (0.061, "PASS  sm --help                                     0.06 s     (bound 0.3 s)  noted"),
        (0.5, "FAIL  sm --help                                     0.50 s     (bound 0.3 s)  noted"),
    ],
)
def test_lines_say_whether_a_bound_is_kept(value: float, line: str) -> None:
    assert bench.Bound("sm --help", value, 0.3, "s", "  noted").line() == line


def test_help_is_measured_against_its_bound() -> None:
    (bound,) = bench.help_text(Path())
    assert (bound.name, bound.limit, bound.unit) == ("sm --help", 0.3, "s")
    assert bound.value > 0


def test_a_program_has_about_as_many_resources_as_asked_for() -> None:
    resources, seconds = evaluation.measure(100)
    assert resources == 100
    assert seconds > 0


@pytest.mark.parametrize(("services", "pattern"), [(7, None), (13, None), (20, "web_api")])
def test_projects_hold_as_many_services_as_asked_for(
    tmp_path: Path, services: int, pattern: str | None
) -> None:
    project = make(tmp_path / "project", services, pattern)
    files = sorted((project / "services").glob("*.yaml"))
    assert len(files) == services
    assert check_stack(project, "dev") == []
    names = {path.stem for path in files}
    for path in files:
        spec = yaml.safe_load(path.read_text())
        assert spec["service"]["name"] == path.stem
        assert pattern in (None, spec["pattern"])
        assert {use["service"] for use in spec.get("uses", []) if "service" in use} <= names


def test_no_two_services_share_a_host() -> None:
    hosts = [
        host
        for spec in specs(30)
        for section in spec.get("environments", {}).values()
        for host in section.get("ingress", {}).get("hosts", [])
    ]
    assert hosts
    assert len(hosts) == len(set(hosts))


def test_the_comparison_says_why_it_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(cdk.shutil, "which", lambda name: None)
    bench.comparison(tmp_path)
    assert capsys.readouterr().out == (
        "\nThe comparison with CDK Python is left out: there is no Node.js, which CDK runs on.\n"
    )


def test_a_command_that_fails_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(scratch: Path) -> list[bench.Bound]:
        raise bench.BrokenError("exit code 1")

    kept = bench.Bound("a", 1, 2, "s")
    missed = bench.Bound("b", 3, 2, "s")
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--own"])
    for bounds, code in (([kept], 0), ([kept, missed], 1)):
        for name in ("help_text", "validation", "plan", "evaluation"):
            monkeypatch.setattr(bench, name, lambda scratch, found=bounds: found)
        assert bench.main() == code
    monkeypatch.setattr(bench, "plan", broken)
    assert bench.main() == 1
    assert "FAIL  broken: exit code 1" in capsys.readouterr().out
