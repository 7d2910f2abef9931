"""What a spec saves: counted as said, and against a program that makes the same."""

from pathlib import Path

import pytest

from benchmarks import lines
from benchmarks.__main__ import written
from benchmarks.lines import BY_HAND, LEAST, ROOT, SERVICES, STACK, Amount, amount_of, by_hand, resources_of
from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import Plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return evaluate_project(ROOT, STACK)


def test_comments_blank_lines_and_docstrings_are_not_counted(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        '"""What it is.\n\nAt length.\n"""\n\nimport os  # why\n\n\n# More.\ndef f():\n    """Says what."""\n'
        '    return """a\n\n# b"""\n'
    )
    assert lines.python_lines(program.read_text()) == [
        "import os  # why",
        "def f():",
        '    return """a',
        "",
        '# b"""',
    ]
    spec = tmp_path / "spec.yaml"
    spec.write_text("# What.\n\na: 1 # one\n  # two\nb:\n  - c d\n")
    assert amount_of(spec) == Amount(lines=3, signs=len("a:1#oneb:-cd"))


@pytest.mark.parametrize("pattern", sorted(BY_HAND))
def test_a_spec_saves_what_is_promised(pattern: str) -> None:
    spec = amount_of(ROOT / "services" / f"{SERVICES[pattern]}.yaml")
    saved = spec.saved(amount_of(BY_HAND[pattern]))
    assert min(saved) >= LEAST


@pytest.mark.parametrize("pattern", sorted(BY_HAND))
def test_the_program_by_hand_makes_the_same_resources(pattern: str, plan: Plan) -> None:
    made = resources_of(plan, SERVICES[pattern])
    assert by_hand(BY_HAND[pattern]) == made
    assert made.total() >= 50


def test_every_pattern_is_counted(plan: Plan) -> None:
    for pattern, name in SERVICES.items():
        spec = amount_of(ROOT / "services" / f"{name}.yaml")
        assert f"pattern: {pattern}" in (ROOT / "services" / f"{name}.yaml").read_text()
        made = resources_of(plan, name).total()
        assert made > 20, pattern
        assert spec.lines < 70, pattern


def test_the_table_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, plan: Plan
) -> None:
    monkeypatch.setattr(lines, "evaluate_project", lambda *_: plan)
    assert lines.main() == 0
    printed = capsys.readouterr().out
    assert all(f"{pattern} " in printed for pattern in SERVICES)
    assert "PASS  a spec saves at least 80% of the lines" in printed


def test_too_little_is_a_failure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, plan: Plan
) -> None:
    monkeypatch.setattr(lines, "evaluate_project", lambda *_: plan)
    monkeypatch.setattr(lines, "LEAST", 0.99)
    assert lines.main() == 1
    assert "FAIL" in capsys.readouterr().out


def test_it_is_one_of_the_bounds(tmp_path: Path) -> None:
    (bound,) = written(tmp_path)
    assert bound.kept
    assert 0 < bound.value < bound.limit == pytest.approx(20)
