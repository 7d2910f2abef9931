"""From messages of the engine and the program to diagnostics."""

from pathlib import Path

import pytest

from skymason.diagnostics import Severity
from skymason.driver.findings import findings

URN = "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::logs"

TRACEBACK = """Program failed with an unhandled exception:
Traceback (most recent call last):
  File "{root}/__main__.py", line 12, in <module>
    build()
  File "{root}/components/logs.py", line 7, in build
    raise ValueError("no owner")
  File "{root}/.venv/lib/python3.11/site-packages/pulumi/x.py", line 1, in x
ValueError: no owner"""


def test_an_error_of_a_resource_names_the_resource(tmp_path: Path) -> None:
    text = "aws:s3/bucket:Bucket resource 'logs' has a problem:\n\n  BucketAlreadyExists: taken"
    (finding,) = findings([("error", URN, text)], "dev", str(tmp_path))
    assert finding.as_text() == (
        "error SM4101 stack dev logs\n"
        "  aws:s3/bucket:Bucket resource 'logs' has a problem:\n"
        "    BucketAlreadyExists: taken\n"
        "  fix: mend the cause and run it again: it goes on from what is done"
    )


def test_a_traceback_becomes_its_last_line_at_the_projects_own_line(tmp_path: Path) -> None:
    (finding,) = findings([("error", "", TRACEBACK.format(root=tmp_path))], "dev", str(tmp_path))
    assert finding.as_text() == (
        "error SM4102 components/logs.py:7\n"
        "  ValueError: no owner\n"
        "  fix: mend the program; SM_DEBUG=1 shows the whole traceback"
    )


def test_the_whole_traceback_is_shown_on_demand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SM_DEBUG", "1")
    (finding,) = findings([("error", "", TRACEBACK.format(root=tmp_path))], "dev", str(tmp_path))
    assert "Traceback (most recent call last):" in finding.message


def test_a_traceback_of_none_of_the_projects_files_stands_for_the_stack(tmp_path: Path) -> None:
    (finding,) = findings([("error", "", TRACEBACK.format(root="/elsewhere"))], "dev", str(tmp_path))
    assert str(finding.location) == "stack dev"


def test_diagnostics_that_the_program_raised_are_found_in_the_traceback(tmp_path: Path) -> None:
    text = (
        "Program failed with an unhandled exception:\nTraceback (most recent call last):\n  …\n"
        "skymason.diagnostics.DiagnosticError: error SM1101 Pulumi.dev.yaml:3 owner\n  unset\n  fix: set it"
    )
    (finding,) = findings([("error", "", text)], "dev", str(tmp_path))
    assert finding.as_text() == "error SM1101 Pulumi.dev.yaml:3 owner\n  unset\n  fix: set it"


def test_diagnostics_of_the_program_are_passed_on_as_they_are(tmp_path: Path) -> None:
    text = (
        "error SM2110 services/orders.yaml:14 environments.prod.spot\n"
        "  spot cannot be combined with singleton\n"
        "  set by: service environment (prod)\n"
        "  fix: remove line 14\n"
        "warning SM2111 services/orders.yaml scaling.max\n"
        "  one\n"
        "  two\n"
        "  fix: more"
    )
    first, second = findings([("error", "", text)], "dev", str(tmp_path))
    assert first.as_text() + "\n" + second.as_text() == text
    assert (first.location.line, second.severity) == (14, Severity.WARNING)


@pytest.mark.parametrize(
    "text", ["update failed", "Update canceled", "preview failed", "deployment exited with errors"]
)
def test_consequences_of_a_cause_are_left_out(tmp_path: Path, text: str) -> None:
    assert findings([("error", "", text)], "dev", str(tmp_path)) == []


def test_only_errors_and_warnings_are_findings_and_each_once(tmp_path: Path) -> None:
    messages = [("info", "", "hello"), ("warning", "", "old"), ("warning", "", "old"), ("debug", "", "x")]
    (finding,) = findings(messages, "dev", str(tmp_path))
    assert (finding.severity, finding.fix) == (Severity.WARNING, "nothing has to be done for this run")
