import json

import pytest

from skymason import diagnostics as d
from skymason.diagnostics import Code, Diagnostic, DiagnosticError, Location, Severity

ONE = Code("SM9001", "One", "Because of one.")
TWO = Code("SM9002", "Two", "Because of two.")


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(d, "REGISTRY", {ONE.id: ONE, TWO.id: TWO})


def finding(code: Code = ONE, line: int = 3, key: str = "a.b", **more: object) -> Diagnostic:
    return Diagnostic(code, "it is wrong", "mend it", Location("x.yaml", line), key, **more)  # type: ignore[arg-type]


def test_a_code_is_defined_once() -> None:
    made = d.define("SM9003", "Three", "Because of three.")
    assert d.REGISTRY["SM9003"] is made
    with pytest.raises(ValueError, match="SM9003 is defined twice"):
        d.define("SM9003", "Other", "Why not.")


def test_as_text() -> None:
    assert finding(set_by=("a.b: service", "c: locked")).as_text() == (
        "error SM9001 x.yaml:3 a.b\n  it is wrong\n  set by: a.b: service; c: locked\n  fix: mend it"
    )
    whole = finding(line=0, key="", severity=Severity.WARNING)
    assert whole.as_text() == "warning SM9001 x.yaml\n  it is wrong\n  fix: mend it"


def test_as_json() -> None:
    (item,) = json.loads(d.to_json([finding(set_by=("a.b: service",))]))
    assert item == {
        "code": "SM9001",
        "severity": "error",
        "title": "One",
        "path": "x.yaml",
        "line": 3,
        "key": "a.b",
        "message": "it is wrong",
        "set_by": ["a.b: service"],
        "fix": "mend it",
    }


def test_as_sarif() -> None:
    report = json.loads(d.to_sarif([finding(TWO, 0), finding(severity=Severity.NOTE)], "1.2.3"))
    (run,) = report["runs"]
    assert report["version"] == "2.1.0"
    assert run["tool"]["driver"]["version"] == "1.2.3"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["SM9001", "SM9002"]
    first, second = run["results"]
    assert (first["ruleId"], first["level"], first["message"]["text"]) == (
        "SM9002",
        "error",
        "it is wrong\nfix: mend it",
    )
    # A finding about the whole file is shown at its first line.
    place = first["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "x.yaml"}, "region": {"startLine": 1}}
    assert second["level"] == "note"


def test_order_does_not_depend_on_who_found_it_first() -> None:
    items = [finding(TWO, 9), finding(TWO, 3), finding(ONE, 3, "b"), finding(ONE, 3, "a"), finding(TWO, 9)]
    expected = [finding(ONE, 3, "a"), finding(ONE, 3, "b"), finding(TWO, 3), finding(TWO, 9)]
    assert d.ordered(items) == d.ordered(reversed(items)) == expected
    assert d.to_text(items).count("SM9002") == 2


def test_only_errors_stop() -> None:
    assert d.has_errors([finding(severity=Severity.WARNING), finding()])
    assert not d.has_errors([finding(severity=Severity.WARNING), finding(severity=Severity.NOTE)])


def test_an_error_carries_every_finding() -> None:
    error = DiagnosticError([finding(), finding(TWO)])
    assert [item.code for item in error.diagnostics] == [ONE, TWO]
    assert str(error).count("fix: mend it") == 2


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("scalin", ["scaling", "spot"], "did you mean 'scaling'? allowed: scaling, spot"),
        ("xyz", ["scaling", "spot"], "allowed: scaling, spot"),
    ],
)
def test_suggestions(word: str, known: list[str], expected: str) -> None:
    assert d.suggestion(word, known) == expected
