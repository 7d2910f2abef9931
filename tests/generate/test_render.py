import json
from pathlib import Path, PurePosixPath

import pytest
import yaml

from skymason.diagnostics import DiagnosticError
from skymason.generate import render as module
from skymason.generate import templates
from skymason.generate.render import File, generate, render
from skymason.generate.request import LANGUAGES, ServiceRequest, Use
from skymason.generate.surroundings import surroundings

PATTERNS = ("web_api", "background_worker", "data_api", "event_processor")


def request(pattern: str = "web_api", cloud: str = "aws", language: str = "python") -> ServiceRequest:
    return ServiceRequest("order-intake", pattern, cloud, language, owner="team-shop")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Templates of this test, with the shipped specs."""
    folder = tmp_path / "templates"
    (folder / "spec/schemas").mkdir(parents=True)
    for path in (templates.TEMPLATES / "spec").rglob("*.jinja"):
        (folder / path.relative_to(templates.TEMPLATES)).write_text(path.read_text())
    monkeypatch.setattr(module, "TEMPLATES", folder)
    module._engine.cache_clear()
    module._templates.cache_clear()
    monkeypatch.setattr(module, "values_files", lambda services, settings: {})
    yield folder
    module._engine.cache_clear()
    module._templates.cache_clear()


def put(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


SPEC = PurePosixPath("services/order-intake.yaml")
APP = PurePosixPath("apps/order-intake")


def test_names_of_files_say_what_is_done_with_them(own: Path, shared_project: Path) -> None:
    put(
        own,
        {
            "common/a.txt.jinja": "[[ name ]] {{ kept }}[# gone #]!\n",
            "common/b.txt": "[[ name ]]\n",
            "common/run.exec": "#!/bin/sh\n",
            "common/go.sh.exec.jinja": "#!/bin/sh\necho [[ port ]]\n",
            "common/_part.jinja": "[[ name ]]",
            "common/__init__.py.jinja": '"""[[ title ]]."""\n',
            "common/empty.txt": "",
            "common/blank.txt.jinja": "[% if pattern == 'data_api' %]\nyes\n[% endif %]\n \n",
            "common/node_modules/x.js": "left over",
            "common/__pycache__/x.pyc": "left over",
            "chart/Chart.yaml.jinja": "name: [[ name ]]\n",
            "python/common/__package__/__name__.txt": "code\n",
            "repository/.github/workflows/__name__.yml.jinja": "name: ${{ github.ref }} [[ name ]]\n",
        },
    )
    files = render(request(), shared_project)
    spec = files.pop(SPEC)
    assert files == {
        APP / "a.txt": File("order-intake {{ kept }}!\n"),
        APP / "b.txt": File("[[ name ]]\n"),
        APP / "run": File("#!/bin/sh\n", executable=True),
        APP / "go.sh": File("#!/bin/sh\necho 8080\n", executable=True),
        APP / "__init__.py": File('"""Order intake."""\n'),
        APP / "empty.txt": File(""),
        APP / "chart/Chart.yaml": File("name: order-intake\n"),
        APP / "order_intake/order-intake.txt": File("code\n"),
        PurePosixPath(".github/workflows/order-intake.yml"): File("name: ${{ github.ref }} order-intake\n"),
    }
    assert list(files) == sorted(files)
    assert spec.text.startswith("# yaml-language-server: $schema=../schemas/service.schema.json\n")


def test_later_layers_win_and_add(own: Path, shared_project: Path) -> None:
    layers = ("common", "python/common", "python/web_api", "python/web_api-aws")
    for count, layer in enumerate(layers, 1):
        put(own, {f"{layer}/{number}.txt": layer for number in range(count, 5)})
    put(
        own,
        {"python/web_api-azure/1.txt": "no", "python/data_api/1.txt": "no", "typescript/common/1.txt": "no"},
    )
    files = render(request(), shared_project)
    assert {path.name: file.text for path, file in files.items() if path.parent == APP} == {
        f"{number}.txt": layer for number, layer in enumerate(layers, 1)
    }


def test_values_of_the_chart_go_into_the_service_folder(
    own: Path, shared_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def values(services: dict[str, object], settings: dict[str, object]) -> dict[PurePosixPath, str]:
        return {PurePosixPath("chart/values.yaml"): f"{list(services)} {list(settings)}"}

    monkeypatch.setattr(module, "values_files", values)
    files = render(
        ServiceRequest("order-intake", "web_api", "aws", owner="a", directory="src/x"), shared_project
    )
    environments = "['dev', 'staging', 'prod']"
    assert files[PurePosixPath("src/x/chart/values.yaml")] == File(f"{environments} {environments}")


def test_a_template_that_asks_for_what_is_not_there_fails(own: Path, shared_project: Path) -> None:
    put(own, {"common/a.jinja": "[[ no_such_thing ]]"})
    with pytest.raises(Exception, match="'no_such_thing' is undefined"):
        render(request(), shared_project)


def test_values_in_json(own: Path, shared_project: Path) -> None:
    put(own, {"common/a.json.jinja": "[[ 'ä\"<' | json ]]"})
    assert render(request(), shared_project)[APP / "a.json"].text == '"ä\\"<"'


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("cloud", ["aws", "azure"])
def test_what_is_shipped_renders(shared_project: Path, pattern: str, cloud: str, language: str) -> None:
    files = render(request(pattern, cloud, language), shared_project)
    assert files == render(request(pattern, cloud, language), shared_project)
    assert {SPEC, PurePosixPath(".github/workflows/order-intake.yml")} <= set(files)
    tops = {path.parts[0] for path in files}
    assert tops == {"apps", "services", ".github"}
    assert {path.parts[1] for path in files if path.parts[0] == "apps"} == {"order-intake"}
    for path, file in files.items():
        assert not set(path.parts) & {"__package__", "__name__", "__pycache__"}
        assert path.suffix not in (".jinja", ".exec")
        assert "__package__" not in file.text
        if path.suffix in (".yml", ".yaml") and "templates" not in path.parts:
            list(yaml.safe_load_all(file.text))
        if path.suffix == ".json":
            json.loads(file.text)


def test_other_services_do_not_change_what_is_written(project: Path) -> None:
    first = render(request("data_api"), project)
    (project / "services/zoo.yaml").write_text(
        "service: {name: zoo, owner: a}\npattern: web_api\nimage: {repository: zoo, tag: x}\n"
    )
    assert render(request("data_api"), project) == first


def test_a_spec_that_is_wrong_renders_nothing(shared_project: Path) -> None:
    wrong = ServiceRequest(
        "order-intake",
        "web_api",
        "aws",
        owner="a",
        uses=(
            Use("walet", "invoke"),
            Use("product-images", "raed"),
            Use("nothing", "read"),
            Use("wallet", "read"),
        ),
    )
    with pytest.raises(DiagnosticError) as raised:
        render(wrong, shared_project)
    assert [
        (str(item.location), item.code.id, item.key, item.message) for item in raised.value.diagnostics
    ] == [
        ("sm create-microservice", "SM2601", "--uses walet:invoke", "there is no service 'walet'"),
        (
            "sm create-microservice",
            "SM2602",
            "--uses product-images:raed",
            "s3_bucket 'product-images' does not offer 'raed'",
        ),
        ("sm create-microservice", "SM2601", "--uses nothing:read", "there is no resource 'nothing'"),
        ("sm create-microservice", "SM2602", "--uses wallet:read", "service 'wallet' does not offer 'read'"),
    ]
    assert raised.value.diagnostics[0].fix.startswith("did you mean 'wallet'?")


def test_what_is_wrong_elsewhere_only_since_it_is_there(project: Path) -> None:
    (project / "services/zoo.yaml").write_text(
        "service: {name: zoo, owner: a}\npattern: web_api\nimage: {repository: zoo, digest: "
        f"'sha256:{64 * 'a'}'}}\nenvironments: {{prod: {{ingress: {{hosts: [order-intake.example.com]}}}}}}\n"
    )
    with pytest.raises(DiagnosticError) as raised:
        render(request(), project)
    (found,) = raised.value.diagnostics
    assert (found.code.id, found.location.path) == ("SM2160", "services/zoo.yaml")


def test_what_was_wrong_before_does_not_keep_a_service_away(project: Path) -> None:
    (project / "services/zoo.yaml").write_text("service: {name: zoo, owner: a}\npattern: zoological\n")
    assert SPEC in render(request(), project)


def test_outlook_on_the_stacks(shared_project: Path) -> None:
    around = surroundings(shared_project)
    outlook = generate(request(), around).outlook
    assert list(outlook.by_environment) == list(outlook.settings) == ["dev", "staging", "prod"]
    assert (outlook.stacks, outlook.diagnostics) == (("dev", "staging", "prod"), ())
    assert outlook.production.environment == "prod"
    azure = generate(request(cloud="azure"), around).outlook
    assert (azure.stacks, azure.diagnostics, azure.production.cloud) == ((), (), "azure")


def test_a_project_without_stacks(project: Path) -> None:
    for path in project.glob("Pulumi.*.yaml"):
        path.unlink()
    around = surroundings(project)
    outlook = generate(request(), around).outlook
    assert (list(outlook.by_environment), outlook.stacks) == (["dev", "staging", "prod"], ())


def test_production_is_the_last_environment_where_there_is_no_prod(project: Path) -> None:
    for stack in ("staging", "prod"):
        (project / f"Pulumi.{stack}.yaml").unlink()
    assert generate(request(), surroundings(project)).outlook.production.environment == "dev"


def test_what_is_wrong_is_placed_at_the_word_that_said_it(shared_project: Path) -> None:
    with pytest.raises(DiagnosticError) as raised:
        render(ServiceRequest("kube-orders", "web_api", "aws", owner="a", tier="gold"), shared_project)
    assert [(str(item.location), item.code.id, item.key) for item in raised.value.diagnostics] == [
        ("sm create-microservice", "SM2146", "kube-orders"),
        ("sm create-microservice", "SM2007", "--tier"),
    ]
