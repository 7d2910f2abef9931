"""What every generated file must be, and that documents lead somewhere."""

import json
import re
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml
from check_jsonschema import main as check_jsonschema
from generated import ROOT, files_of, on_disk, requests, title

from skymason.generate.request import ServiceRequest

REQUESTS = list(requests())
every_service = pytest.mark.parametrize("request_", REQUESTS, ids=title)
on_aws = pytest.mark.parametrize("request_", [item for item in REQUESTS if item.cloud == "aws"], ids=title)
"""Where there are components, and so settings and alarms to compare with."""
WRITTEN = ("README.md", "RUNBOOK.md", "Makefile", "compose.yaml", "Dockerfile", ".gitignore", ".dockerignore")
TEMPLATE = re.compile(r"\[%|%\]|\[#\s|\s#\]|\[\[ [^\[\]]+ \]\]|__package__|__name__\b(?! ==)")
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")


def own(request_: ServiceRequest, name: str) -> str:
    """A file of the service folder."""
    return files_of(request_)[request_.folder / name].text


@every_service
def test_what_every_service_has_is_there(request_: ServiceRequest) -> None:
    files = files_of(request_)
    missing = [name for name in (*WRITTEN, ".editorconfig") if request_.folder / name not in files]
    assert missing == []
    assert PurePosixPath(".github/workflows") / f"{request_.name}.yml" in files
    assert (request_.folder / "chart/Chart.yaml" in files) == (request_.cloud == "aws")
    needs_namespace = request_.cloud == "azure" and request_.pattern in (
        "background_worker",
        "event_processor",
    )
    assert (request_.folder / ".env.example" in files) == needs_namespace


@every_service
def test_no_template_is_left_and_every_text_ends_in_one_newline(request_: ServiceRequest) -> None:
    for path, file in files_of(request_).items():
        if file.text or path.name not in ("py.typed", "__init__.py"):
            assert file.text.strip(), f"{path} is empty"
            assert file.text.endswith("\n"), path
            assert not file.text.endswith("\n\n"), path
        assert "\r" not in file.text, path
        if path.suffix not in (".py", ".ts", ".sh", ".js"):
            assert TEMPLATE.search(file.text) is None, path
        trailing = [line for line in file.text.splitlines() if line != line.rstrip()]
        assert trailing == [], path


@every_service
def test_every_document_with_a_form_can_be_read(request_: ServiceRequest) -> None:
    for path, file in files_of(request_).items():
        if "chart/templates" in str(path):
            continue
        if path.suffix in (".yaml", ".yml"):
            assert list(yaml.safe_load_all(file.text)), path
        elif path.suffix == ".json" and path.name not in ("tsconfig.json", "tsconfig.build.json"):
            assert json.loads(file.text), path
        elif path.suffix == ".toml":
            assert tomllib.loads(file.text), path


@every_service
def test_links_lead_to_files_and_headings(request_: ServiceRequest) -> None:
    folder = on_disk(request_) / request_.folder
    for name in ("README.md", "RUNBOOK.md"):
        targets = LINK.findall(own(request_, name))
        assert targets, name
        for target in targets:
            path, _, heading = target.partition("#")
            file = (folder / path).resolve()
            assert file.is_file(), f"{name}: {target}"
            if heading:
                assert heading in headings(file), f"{name}: {target}"


def headings(file: Path) -> set[str]:
    """Anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", file.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", text).strip().lower().replace(" ", "-") for text in titles}


@every_service
def test_folders_and_files_that_the_readme_names_are_there(request_: ServiceRequest) -> None:
    text = own(request_, "README.md")
    table = text.partition("## Folders")[2].partition("## Settings")[0]
    folder = on_disk(request_) / request_.folder
    named = [
        name for row in re.findall(r"^\| (`.+?) \|", table, re.M) for name in re.findall(r"`([^`]+)`", row)
    ]
    assert len(named) >= 7
    assert [name for name in named if not (folder / name).exists()] == []


@every_service
def test_examples_that_the_readme_names_are_there(request_: ServiceRequest) -> None:
    text = own(request_, "README.md").partition("## Make it yours")[2].partition("## Folders")[0]
    named = [name for name in re.findall(r"`([\w/.-]+/[\w.-]+)`", text) if not name.startswith("services/")]
    root, folder = on_disk(request_), request_.folder
    assert [name for name in named if not (root / folder / name).exists()] == []
    specs = re.findall(r"`(services/[\w/.-]+)`", text)
    assert [name for name in specs if not (root / name).exists()] == []


@on_aws
def test_settings_that_the_readme_names_are_those_of_the_stack(request_: ServiceRequest) -> None:
    """Every setting that Helm's values know, which a test compares with the component's, is in the table."""
    files = files_of(request_)
    table = own(request_, "README.md").partition("## Settings")[2].partition("## Deploy")[0]
    known: set[str] = set()
    for path, file in files.items():
        if path.match("chart/values*.yaml"):
            values = yaml.safe_load(file.text)
            known |= {*values.get("settings", {}), *values.get("cloud", {}).get("settings", {})}
    prefixes = tuple(f"{use.name.upper().replace('-', '_')}_" for use in request_.uses)
    unnamed = [key for key in sorted(known) if not key.startswith(prefixes or "-") and not named(key, table)]
    assert unnamed == [key for key in unnamed if key.endswith(("_REGION", "_CACHE"))]


def named(setting: str, table: str) -> bool:
    """Whether a table names a setting in full, or by its end behind one that begins as it does."""
    if f"`{setting}`" in table:
        return True
    rows = [re.findall(r"`([A-Z_]+)`", row) for row in table.splitlines()]
    ends = [part for row in rows if row for part in row[1:] if setting.startswith(row[0].partition("_")[0])]
    return any(part.startswith("_") and setting.endswith(part) for part in ends)


@every_service
def test_compose_file_is_valid(request_: ServiceRequest, capsys: pytest.CaptureFixture[str]) -> None:
    file = on_disk(request_) / request_.folder / "compose.yaml"
    with pytest.raises(SystemExit) as ended:
        check_jsonschema(["--builtin-schema", "vendor.compose-spec", str(file)])
    assert ended.value.code == 0, capsys.readouterr().out
    services: dict[str, Any] = yaml.safe_load(file.read_text())["services"]
    for name, service in services.items():
        if "build" not in service:
            assert re.search(r":[\w.-]+@sha256:[0-9a-f]{64}$", service["image"]), name
        for needed in service.get("depends_on", {}):
            assert needed in services
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name} is reachable from outside of this machine"


def test_compose_settings_are_those_of_the_component() -> None:
    """Names that the container is told on this machine are names that it is told in the cloud."""
    local = {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"}
    for request_ in REQUESTS:
        if request_.cloud != "aws":
            continue
        given = set(yaml.safe_load(own(request_, "compose.yaml"))["x-settings"])
        values = [
            yaml.safe_load(file.text)
            for path, file in files_of(request_).items()
            if path.match("chart/values*.yaml")
        ]
        known = {
            key
            for item in values
            for key in (*item.get("settings", {}), *item.get("cloud", {}).get("settings", {}))
        }
        assert given - known - local == set(), title(request_)


@every_service
def test_compose_settings_are_read_by_the_application(request_: ServiceRequest) -> None:
    given = yaml.safe_load(own(request_, "compose.yaml"))["x-settings"]
    source = "\n".join(
        file.text
        for path, file in files_of(request_).items()
        if path.suffix in (".py", ".ts") and "tests" not in path.parts
    ).upper()
    sdk = ("AWS_", "AZURE_")  # read by the clouds' own libraries
    unread = [name for name in given if not name.startswith(sdk) and name not in source]
    # Told everywhere, for what each service may make of it.
    assert set(unread) <= {"CACHE_READ_HOST", "STREAM_LANES"}


@every_service
def test_make_targets_are_the_same_everywhere(request_: ServiceRequest) -> None:
    makefile = own(request_, "Makefile")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    expected = {"help", "run", "stop", "lint", "unit", "integration", "test", "format", "image", "clean"}
    assert targets == expected | ({"chart"} if request_.cloud == "aws" else set())
    recipes = [line for line in makefile.splitlines() if line.startswith(" ")]
    assert recipes == []


@on_aws
def test_the_runbook_names_every_alarm_of_the_pattern(request_: ServiceRequest) -> None:
    """Every shared runbook of the pattern whose alarm this service can have is linked."""
    text = own(request_, "RUNBOOK.md")
    linked = {Path(target).stem for target in LINK.findall(text) if "/runbooks/" in target}
    begin = {
        "web_api": ("web-api-",),
        "background_worker": ("background-worker-",),
        "data_api": ("web-api-", "data-api-"),
        "event_processor": ("event-processor-",),
    }[request_.pattern]
    shared = {path.stem for path in (ROOT / "docs/runbooks").glob("*.md") if path.stem.startswith(begin)}
    # Alarms that this service has not: asked for by a key, of burstable classes, of replicas, of brokers.
    absent = {
        *("web-api-no-traffic", "data-api-database-credits", "data-api-database-lag"),
        "event-processor-throttled-brokers",
    }
    assert shared - absent <= linked
    assert request_.owner in text
