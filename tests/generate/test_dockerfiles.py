"""Every generated Dockerfile: hadolint, pinned bases, no root, a health check, one version everywhere."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from generated import files_of, on_disk, requests, title

from skymason.generate.request import ServiceRequest

HADOLINT = Path(sys.executable).parent / "hadolint"
SECONDS = re.compile(r"--(interval|timeout|start-period)=(\d+)s")
every_service = pytest.mark.parametrize("request_", list(requests()), ids=title)


def dockerfile(request_: ServiceRequest) -> str:
    return files_of(request_)[request_.folder / "Dockerfile"].text


@every_service
def test_hadolint_finds_nothing(request_: ServiceRequest) -> None:
    found = subprocess.run(
        [HADOLINT, "--no-color", "--format", "json", "--failure-threshold", "ignore", "Dockerfile"],
        cwd=on_disk(request_) / request_.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(found.stdout) == []


@every_service
def test_no_finding_is_silenced(request_: ServiceRequest) -> None:
    assert "hadolint ignore" not in dockerfile(request_)
    assert not any(path.name.startswith(".hadolint") for path in files_of(request_))


@every_service
def test_every_base_is_pinned_by_digest_and_says_its_version(request_: ServiceRequest) -> None:
    text = dockerfile(request_)
    bases = re.findall(r"^FROM (?:--\S+ )?(\S+)", text, re.M)
    stages = set(re.findall(r"^FROM .+ AS (\S+)$", text, re.M))
    assert len(bases) >= 2, "one stage"
    outside = [base for base in bases if base not in stages]
    assert outside
    for base in outside:
        assert re.fullmatch(r"[a-z./-]+:[\w.-]+@sha256:[0-9a-f]{64}", base), base


@every_service
def test_it_runs_as_the_user_of_the_spec_and_never_as_root(request_: ServiceRequest) -> None:
    final = last_stage(request_)
    users = re.findall(r"^USER (\S+)$", final, re.M)
    assert users == ["10001:10001"]
    before, _, after = final.partition("USER ")
    assert "RUN" not in after, "what is done as this user could be done by what breaks in"
    assert "chown" not in before, "what runs could change its own programs"


@every_service
def test_its_health_is_asked_without_a_tool_from_outside(request_: ServiceRequest) -> None:
    final = last_stage(request_).replace("\\\n", " ")
    (check,) = re.findall(r"^HEALTHCHECK (.+)$", final, re.M)
    options = {name: int(value) for name, value in SECONDS.findall(check)}
    assert options.keys() == {"interval", "timeout", "start-period"}
    assert options["timeout"] < options["interval"]
    command = json.loads(check[check.index("[") :])
    assert command[0] == {"python": "python", "typescript": "node"}[request_.language]
    assert not {"curl", "wget"} & set(" ".join(command).split())


@every_service
def test_it_is_started_by_its_entry_point_without_a_shell(request_: ServiceRequest) -> None:
    final = last_stage(request_)
    (entry,) = re.findall(r"^ENTRYPOINT (.+)$", final, re.M)
    assert isinstance(json.loads(entry), list), "a shell would not pass signals on"
    assert re.findall(r"^WORKDIR (\S+)$", final, re.M) == ["/app"]
    programs = {"data_api": "/app/migrate", "event_processor": "/app/replay"}
    program = programs.get(request_.pattern)
    if program:
        assert re.search(rf"^COPY --chmod=0?755 \S+ (?:{program}|\./{program[5:]})$", final, re.M)


@every_service
def test_the_version_is_the_one_that_the_pipeline_tests_with(request_: ServiceRequest) -> None:
    (version,) = set(re.findall(r"^FROM (?:python|node):(\d+(?:\.\d+)?)", dockerfile(request_), re.M))
    workflow = yaml.safe_load(
        next(file.text for path, file in files_of(request_).items() if path.suffix == ".yml")
    )
    steps = workflow["jobs"]["check"]["steps"]
    (setup,) = (step["with"] for step in steps if "/setup-" in step.get("uses", ""))
    assert version == setup[{"python": "python-version", "typescript": "node-version"}[request_.language]]


def last_stage(request_: ServiceRequest) -> str:
    return re.split(r"^FROM ", dockerfile(request_), flags=re.M)[-1]
