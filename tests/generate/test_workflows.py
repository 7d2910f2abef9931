"""Every generated workflow: actionlint, zizmor, pinned actions, least permissions, and the step that pins."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from built_tools import tool
from generated import ROOT, files_of, on_disk, requests, title

from skymason.generate.request import ServiceRequest

BIN = Path(sys.executable).parent
REQUESTS = list(requests())
every_service = pytest.mark.parametrize("request_", REQUESTS, ids=title)
DIGEST = "sha256:" + "ab" * 32


def text_of(request_: ServiceRequest) -> str:
    return next(file.text for path, file in files_of(request_).items() if path.suffix == ".yml")


def workflow(request_: ServiceRequest) -> dict[Any, Any]:
    parsed: dict[Any, Any] = yaml.safe_load(text_of(request_))
    return parsed


def file_of(request_: ServiceRequest) -> Path:
    return on_disk(request_) / ".github/workflows" / f"{request_.name}.yml"


@every_service
def test_actionlint_and_shellcheck_find_nothing(request_: ServiceRequest) -> None:
    command = [tool("actionlint"), "-shellcheck", BIN / "shellcheck", "-pyflakes", "", file_of(request_)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.stdout + found.stderr == ""
    assert found.returncode == 0


def test_zizmor_finds_nothing() -> None:
    """In its strictest persona but for those that ask people to look. All at once: it starts slowly."""
    command = [BIN / "zizmor", "--offline", "--persona", "pedantic", "--format", "json", "--quiet"]
    found = subprocess.run(
        [*command, *(file_of(request_) for request_ in REQUESTS)], capture_output=True, text=True, check=False
    )
    assert json.loads(found.stdout) == []
    assert found.returncode == 0


@every_service
def test_every_action_is_pinned_by_commit_with_its_version_beside_it(request_: ServiceRequest) -> None:
    used = re.findall(r"uses: (.+)$", text_of(request_), re.M)
    assert len(used) >= 10
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action
    images = re.findall(r"image: (\S+/\S+)$", text_of(request_), re.M)
    assert [image for image in images if not re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", image)] == []


@every_service
def test_each_job_may_do_what_it_must_and_is_over_in_time(request_: ServiceRequest) -> None:
    parsed = workflow(request_)
    assert parsed["permissions"] == {}
    assert {name: job["permissions"] for name, job in parsed["jobs"].items()} == {
        "check": {"contents": "read"},
        "image": {"contents": "read"},
        "publish": {"id-token": "write"},
        "pin": {"contents": "write", "pull-requests": "write"},
    }
    assert all(job["timeout-minutes"] <= 20 for job in parsed["jobs"].values())
    assert parsed["concurrency"]["group"] == "${{ github.workflow }}-${{ github.ref }}"
    assert "secrets." not in text_of(request_), "a long-lived key"


@every_service
def test_it_runs_for_its_own_files_and_not_for_the_spec_that_it_writes(request_: ServiceRequest) -> None:
    triggers = workflow(request_)[True]  # YAML reads `on` as true
    paths = triggers["push"]["paths"]
    assert paths == triggers["pull_request"]["paths"]
    assert f"{request_.folder}/**" in paths
    assert f".github/workflows/{request_.name}.yml" in paths
    assert f"services/{request_.name}.yaml" not in paths
    assert ("services/schemas/parcel.*" in paths) == (request_.pattern == "event_processor")


@every_service
def test_tests_have_the_servers_that_the_pattern_needs(request_: ServiceRequest) -> None:
    job = workflow(request_)["jobs"]["check"]
    needs = {
        "web_api": {"aws": set(), "azure": set()},
        "background_worker": {"aws": {"moto"}, "azure": set()},
        "data_api": {"aws": {"postgres", "redis"}, "azure": {"postgres", "redis"}},
        "event_processor": {"aws": {"moto"}, "azure": set()},
    }[request_.pattern][request_.cloud]
    assert set(job.get("services", {})) == needs
    given = {"postgres": "TEST_DATABASE_URL", "redis": "TEST_REDIS_URL", "moto": "TEST_AWS_ENDPOINT"}
    assert set(job.get("env", {})) == {given[server] for server in needs}
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert commands == ["make lint", "make unit", "make integration"]


@every_service
def test_what_is_published_is_what_was_scanned(request_: ServiceRequest) -> None:
    jobs = workflow(request_)["jobs"]
    build = next(s for s in jobs["image"]["steps"] if "build-push-action" in s.get("uses", ""))["with"]
    scan = next(s for s in jobs["image"]["steps"] if "trivy-action" in s.get("uses", ""))["with"]
    assert build["outputs"] == "type=oci,dest=${{ runner.temp }}/image,tar=false"
    assert (build["sbom"], build["provenance"]) == (True, "mode=max")
    assert scan["input"] == "${{ runner.temp }}/image"
    assert scan["exit-code"] == "1"
    publish = jobs["publish"]
    assert publish["needs"] == ["check", "image"]
    assert publish["strategy"]["matrix"]["environment"] == ["dev", "staging", "prod"]
    copy = publish["steps"][-1]
    assert copy["run"].startswith("skopeo copy --all --preserve-digests oci:image ")
    project = "skymason-${{ matrix.environment }}"
    assert copy["env"]["TARGET"] == f"${{{{ vars.REGISTRY }}}}/{project}/{request_.name}"


@every_service
def test_the_digest_is_written_into_the_spec_and_nothing_else_changes(request_: ServiceRequest) -> None:
    step = workflow(request_)["jobs"]["pin"]["steps"][-1]
    (command,) = re.findall(r"^sed .+$", step["run"], re.M)
    folder = on_disk(request_)
    spec = folder / step["env"]["SPEC"]
    before = spec.read_text()
    subprocess.run(
        ["bash", "-ec", command],
        cwd=folder,
        env={"DIGEST": DIGEST, "SPEC": str(spec.relative_to(folder)), "PATH": "/usr/bin:/bin"},
        check=True,
    )
    after = spec.read_text()
    spec.write_text(before)
    changed = [
        (old, new) for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new
    ]
    assert changed == [("  digest: sha256:" + 64 * "0", f"  digest: {DIGEST}")]


def test_shipped_specs_would_be_changed_in_one_line_too(tmp_path: Path) -> None:
    step = workflow(REQUESTS[0])["jobs"]["pin"]["steps"][-1]
    (command,) = re.findall(r"^sed .+$", step["run"], re.M)
    for spec in sorted((ROOT / "services").glob("*.yaml")):
        (tmp_path / "spec.yaml").write_text(spec.read_text())
        environment = {"DIGEST": DIGEST, "SPEC": "spec.yaml", "PATH": "/usr/bin:/bin"}
        subprocess.run(["bash", "-ec", command], cwd=tmp_path, env=environment, check=True)
        found = yaml.safe_load((tmp_path / "spec.yaml").read_text())
        expected = yaml.safe_load(spec.read_text())
        expected["image"]["digest"] = DIGEST
        assert found == expected, spec.name
