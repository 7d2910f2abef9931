"""What a deployment to a real cloud needs."""

import json
from pathlib import Path

import pytest

from skymason.driver.project import Project
from skymason.driver.real import missing

KEY = {"AWS_ACCESS_KEY_ID": "x"}
CLOUD = {"PULUMI_ACCESS_TOKEN": "pul-x"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "project"
    root.mkdir()
    (root / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (root / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-central-1\n")
    return Project(root, "shop")


def said(project: Project, environ: dict[str, str], stack: str = "dev") -> list[tuple[str, str]]:
    home = project.root.parent / "home"
    found = missing(project, stack, environ=environ, home=home, machine=project.root.parent / "machine")
    return [(item.code.id, item.message) for item in found]


def log_in(project: Project, **data: object) -> None:
    folder = project.root.parent / "home/.pulumi"
    folder.mkdir(parents=True)
    (folder / "credentials.json").write_text(json.dumps(data))


def test_nothing_at_all(project: Project) -> None:
    assert said(project, {}) == [
        (
            "SM4127",
            "no backend is chosen: neither a login, nor PULUMI_BACKEND_URL, nor `backend` in Pulumi.yaml",
        ),
        ("SM4128", "the stack deploys to aws, and no credentials of it are found"),
    ]


def test_everything_is_there(project: Project) -> None:
    assert said(project, {**CLOUD, **KEY}) == []
    assert said(project, {**CLOUD, **KEY}, "org/shop/dev") == []


@pytest.mark.parametrize("data", ["no json", "[]", '{"current": ""}'])
def test_a_login_that_says_nothing(project: Project, data: str) -> None:
    log_in(project)
    (project.root.parent / "home/.pulumi/credentials.json").write_text(data)
    assert [code for code, _ in said(project, KEY)] == ["SM4127"]


def test_a_login(project: Project) -> None:
    url = "https://api.pulumi.com"
    log_in(project, current=url, accounts={url: {"accessToken": "pul-x"}})
    assert said(project, KEY) == []


def test_a_login_of_an_older_cli(project: Project) -> None:
    url = "https://pulumi.example.com"
    log_in(project, current=url, accessTokens={url: "pul-x"})
    assert said(project, KEY) == []


def test_a_login_without_a_token(project: Project) -> None:
    log_in(project, current="https://pulumi.example.com")
    assert said(project, KEY) == [("SM4127", "there is no access token for https://pulumi.example.com")]
    assert said(project, {**KEY, **CLOUD}) == []


def test_the_login_stands_where_the_environment_says(project: Project, tmp_path: Path) -> None:
    url = "https://api.pulumi.com"
    (tmp_path / "credentials.json").write_text(json.dumps({"current": url, "accessTokens": {url: "x"}}))
    for variable in ("PULUMI_HOME", "PULUMI_CREDENTIALS_PATH"):
        assert said(project, {**KEY, variable: str(tmp_path)}) == []


def test_a_backend_of_the_project_and_its_passphrase(project: Project, tmp_path: Path) -> None:
    (project.root / "Pulumi.yaml").write_text("name: shop\nbackend: {url: s3://state}\n")
    lack = [("SM4129", "the stack's secrets are encrypted with a passphrase, and none is given")]
    assert said(project, KEY) == lack
    assert said(project, {**KEY, "PULUMI_CONFIG_PASSPHRASE": ""}) == []
    assert said(project, {**KEY, "PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "none")}) == lack
    (tmp_path / "phrase").write_text("x")
    assert said(project, {**KEY, "PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "phrase")}) == []
    (project.root / "Pulumi.dev.yaml").write_text("secretsprovider: awskms://alias/x\nconfig: {}\n")
    assert said(project, KEY) == []


def test_a_folder_that_is_the_backend(project: Project, tmp_path: Path) -> None:
    environ = {**KEY, "PULUMI_CONFIG_PASSPHRASE": "x", "PULUMI_BACKEND_URL": f"file://{tmp_path}/state"}
    assert said(project, environ) == [("SM4127", f"the backend's folder {tmp_path}/state does not exist")]
    (tmp_path / "state").mkdir()
    assert said(project, environ) == []


@pytest.mark.parametrize(
    ("settings", "environ", "lacking"),
    [
        ("config: {aws:region: x, aws:profile: me}", {}, []),
        ("config: {aws:region: x}", {"AWS_PROFILE": "me"}, []),
        ("config: {'shop:aws': {network: {}}}", {}, ["aws"]),
        ("config: {azure-native:location: x}", {}, ["azure"]),
        ("config: {azure-native:location: x}", {"ARM_CLIENT_ID": "x"}, []),
        ("config: {azure-native:location: x, azure-native:useOidc: 'true'}", {}, []),
        ("config: {azure-native:location: x, aws:region: x}", KEY, ["azure"]),
        ("config: {shop:size: 1}", {}, []),
        ("{}", {}, []),
    ],
)
def test_credentials_of_the_clouds_that_a_stack_is_about(
    project: Project, settings: str, environ: dict[str, str], lacking: list[str]
) -> None:
    (project.root / "Pulumi.dev.yaml").write_text(settings)
    assert said(project, {**CLOUD, **environ}) == [
        ("SM4128", f"the stack deploys to {cloud}, and no credentials of it are found") for cloud in lacking
    ]


def test_a_virtual_machine_of_the_cloud_has_an_identity(project: Project) -> None:
    file = project.root.parent / "machine/sys/class/dmi/id/sys_vendor"
    file.parent.mkdir(parents=True)
    file.write_text("Amazon EC2\n")
    assert said(project, CLOUD) == []
    # Credentials of the other cloud do not take it away.
    assert said(project, {**CLOUD, "ARM_CLIENT_ID": "x"}) == []


def test_a_stack_without_a_file(project: Project) -> None:
    assert said(project, CLOUD, "prod") == []
