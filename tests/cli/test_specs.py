"""`sm validate`, `sm explain` on a project of services: a copy of the shipped one, with mistakes put in."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped project's own files, as the working directory."""
    root = tmp_path / "shop"
    root.mkdir()
    for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml"):
        shutil.copy(path, root)
    shutil.copytree(ROOT / "services", root / "services")
    shutil.copytree(ROOT / "schemas", root / "schemas")
    monkeypatch.chdir(root)
    return root


def mistake(shop: Path, service: str, before: str, after: str) -> None:
    path = shop / "services" / f"{service}.yaml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_the_shipped_project_is_fine_in_all_stacks(sm: Run, shop: Path) -> None:
    assert sm("validate", "--all-stacks") == (0, "", "3 stacks: nothing wrong with 9 services, 0 warnings\n")


def test_one_stack(sm: Run, shop: Path) -> None:
    assert sm("validate", "--stack", "prod") == (
        0,
        "",
        "stack prod: nothing wrong with 9 services, 0 warnings\n",
    )


def test_all_findings_of_all_files_come_in_one_run(sm: Run, shop: Path) -> None:
    mistake(shop, "storefront", "pattern: web_api", "pattern: web_appi")
    (shop / "services/broken.yaml").write_text("service: [\n")
    code, out, err = sm("validate", "--format", "json")
    found = json.loads(out)
    assert code == 1
    assert {item["path"] for item in found} >= {"services/storefront.yaml", "services/broken.yaml"}
    assert any("did you mean 'web_api'" in item["fix"] for item in found)
    assert "Traceback" not in out + err


def test_the_text_ends_with_a_count(sm: Run, shop: Path) -> None:
    mistake(shop, "storefront", "pattern: web_api", "pattern: web_appi")
    code, out, err = sm("validate")
    assert [line.startswith("error SM") for line in out.splitlines()].count(True) == 1
    assert (code, err) == (1, "stack dev: 1 error, 0 warnings\n")


def test_sarif_names_file_and_line(sm: Run, shop: Path) -> None:
    (shop / "services/broken.yaml").write_text("service: {name: a}\n# more\npattern: [\n")
    code, out, _ = sm("validate", "--format", "sarif")
    results = json.loads(out)["runs"][0]["results"]
    places = [item["locations"][0]["physicalLocation"] for item in results]
    assert code == 1
    assert [(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places] == [
        ("services/broken.yaml", 3)
    ]


def test_settings_and_specs_are_told_in_one_run(sm: Run, shop: Path) -> None:
    file = shop / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace("config:", "config:\n  skymason:nonsense: 1", 1))
    mistake(shop, "storefront", "pattern: web_api", "pattern: web_appi")
    _, out, _ = sm("validate", "--format", "json")
    assert {item["path"] for item in json.loads(out)} >= {"Pulumi.dev.yaml", "services/storefront.yaml"}


@pytest.mark.parametrize("missing", ["services", "infrastructure-patterns.yaml"])
def test_a_missing_part_is_a_finding(sm: Run, shop: Path, missing: str) -> None:
    path = shop / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    code, out, _ = sm("validate", "--format", "json")
    (finding,) = json.loads(out)
    assert (code, finding["code"], finding["path"]) == (1, "SM1901", missing)


def test_deployments_stop_where_specs_are_wrong(sm: Run, shop: Path) -> None:
    mistake(shop, "storefront", "pattern: web_api", "pattern: web_appi")
    for command in ("plan", "up", "preview", "refresh"):
        code, out, err = sm(command)
        assert (code, out) == (1, "")
        assert "did you mean 'web_api'" in err
    assert not (shop / ".skymason").exists()


def test_a_hundred_services_in_one_run(sm: Run, shop: Path) -> None:
    text = (shop / "services/telemetry-ingest.yaml").read_text()
    for number in range(91):
        copy = text.replace("telemetry-ingest", f"ingest-{number}").replace("telemetry.", f"i{number}.")
        (shop / f"services/ingest-{number}.yaml").write_text(copy)
    code, out, err = sm("validate")
    assert (code, err) == (0, "stack dev: nothing wrong with 100 services, 0 warnings\n"), out


def test_explain_shows_every_layer_and_marks_the_one_that_won(sm: Run, shop: Path) -> None:
    code, out, err = sm("explain", "scaling.max", "--service", "storefront", "--env", "prod")
    assert (code, err) == (0, "")
    head, _, value, meaning, *layers = out.splitlines()
    assert head == "storefront in prod"
    assert value.startswith("scaling.max = ")
    assert meaning.endswith(" (a whole number)")
    assert [line[2] for line in layers] == [*" " * (len(layers) - 1), "→"]
    assert "services/storefront.yaml:" in layers[-1]


def test_explain_a_section_lists_its_keys(sm: Run, shop: Path) -> None:
    _, out, _ = sm("explain", "scaling", "--service", "storefront", "--json")
    keys = [item["key"] for item in json.loads(out)]
    assert {"scaling.min", "scaling.max"} <= set(keys)
    assert all(key.startswith("scaling.") for key in keys)


def test_explain_as_json(sm: Run, shop: Path) -> None:
    _, out, _ = sm("explain", "scaling.max", "--service", "storefront", "--env", "prod", "--json")
    (entry,) = json.loads(out)
    assert entry["value"] == entry["history"][-1]["value"]
    assert entry["layer"] == entry["history"][-1]["layer"] == "service environment prod"
    assert entry["location"].startswith("services/storefront.yaml:")


@pytest.mark.parametrize(
    ("key", "service", "message", "fix"),
    [
        ("scaling.max", "storefrnt", "there is no service 'storefrnt'", "did you mean 'storefront'?"),
        ("scalin.max", "storefront", "there is no key 'scalin.max'", "did you mean 'scaling.max'?"),
        ("nonsense.x.y", "storefront", "there is no key 'nonsense.x.y'", "allowed: "),
        ("", "storefront", "there is no key ''", "allowed: "),
    ],
)
def test_explain_of_what_is_not_there(
    sm: Run, shop: Path, key: str, service: str, message: str, fix: str
) -> None:
    code, out, err = sm("explain", key, "--service", service)
    assert (code, out) == (1, "")
    _, said, mend = err.splitlines()[:3]
    assert said == f"  {message}"
    assert mend.startswith(f"  fix: {fix}")


def test_explain_of_a_service_whose_spec_is_wrong_says_what_is_wrong(sm: Run, shop: Path) -> None:
    mistake(shop, "storefront", "pattern: web_api", "pattern: web_appi")
    code, _, err = sm("explain", "scaling.max", "--service", "storefront")
    assert code == 1
    assert "there is no pattern 'web_appi'" in err
