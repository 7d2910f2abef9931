import json
from pathlib import Path

import pytest
from spec_table import engine, spec, spec_text

from skymason.patterns import clouds
from skymason.patterns.clouds import AWS, AZURE, Choice, Detection, choose, detect

SIGNED_IN = {".azure/azureProfile.json": "\ufeff" + json.dumps({"subscriptions": [{"id": "1"}]})}
KEYS = {".aws/credentials": "[shop]\naws_access_key_id = x\naws_secret_access_key = y\n"}


def home_with(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


NOBODY: dict[str, tuple[str, ...]] = {}
SHOP = {"aws": ("profile shop in ~/.aws/credentials",)}
CLI = {"azure": ("the Azure CLI's sign-in in ~/.azure/azureProfile.json",)}


@pytest.mark.parametrize(
    ("environ", "files", "cloud", "evidence"),
    [
        ({}, {}, None, NOBODY),
        ({"AWS_PROFILE": "shop"}, {}, "aws", {"aws": ("AWS_PROFILE",)}),
        ({"AWS_PROFILE": ""}, {}, None, NOBODY),
        ({}, KEYS, "aws", SHOP),
        ({}, {".aws/credentials": "no profile = of any form"}, None, NOBODY),
        ({}, {".aws/config": "[default]\nregion = eu-central-1\n"}, None, NOBODY),
        (
            {},
            {
                ".aws/config": "[default]\nregion = x\n[profile dev]\nsso_session = corp\n[profile b]\nrole_arn = r\n"
            },
            "aws",
            {"aws": ("profile dev in ~/.aws/config",)},
        ),
        ({"ARM_CLIENT_ID": "x"}, {}, "azure", {"azure": ("ARM_CLIENT_ID",)}),
        ({"IDENTITY_ENDPOINT": "http://169.254.130.2"}, {}, "azure", {"azure": ("IDENTITY_ENDPOINT",)}),
        ({}, SIGNED_IN, "azure", CLI),
        ({}, {".azure/azureProfile.json": '{"subscriptions": []}'}, None, NOBODY),
        ({}, {".azure/azureProfile.json": "[]"}, None, NOBODY),
        ({}, {".azure/azureProfile.json": "{"}, None, NOBODY),
        ({"AWS_ACCESS_KEY_ID": "x"}, SIGNED_IN, None, {"aws": ("AWS_ACCESS_KEY_ID",), **CLI}),
        ({}, {**KEYS, **SIGNED_IN}, None, {**SHOP, **CLI}),
    ],
)
def test_credentials(
    tmp_path: Path,
    environ: dict[str, str],
    files: dict[str, str],
    cloud: str | None,
    evidence: dict[str, tuple[str, ...]],
) -> None:
    assert detect(environ, home_with(tmp_path, files), tmp_path / "machine") == Detection(cloud, evidence)


def test_files_that_lie_elsewhere(tmp_path: Path) -> None:
    home_with(tmp_path, {"keys": KEYS[".aws/credentials"], "az/azureProfile.json": '{"subscriptions": [1]}'})
    environ = {
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "keys"),
        "AZURE_CONFIG_DIR": str(tmp_path / "az"),
    }
    assert detect(environ, tmp_path / "home").evidence == {
        "aws": (f"profile shop in {tmp_path}/keys",),
        "azure": (f"the Azure CLI's sign-in in {tmp_path}/az/azureProfile.json",),
    }


@pytest.mark.parametrize("cloud", [AWS, AZURE])
def test_a_virtual_machine_counts_where_nothing_else_is_found(tmp_path: Path, cloud: str) -> None:
    path, mark = clouds.MACHINES[cloud]
    machine = home_with(tmp_path / "machine", {path: f"{mark}\n"})
    assert detect({}, tmp_path, machine) == Detection(cloud, {cloud: (f"a virtual machine of it (/{path})",)})
    assert detect({}, tmp_path) == Detection(None)
    other = {AWS: {"ARM_CLIENT_ID": "x"}, AZURE: {"AWS_PROFILE": "x"}}[cloud]
    assert detect(other, tmp_path, machine).cloud not in (cloud, None)


def test_a_file_that_may_not_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_bytes(b"[shop]\naws_access_key_id = \xff\n")
    assert detect({}, tmp_path) == Detection(None)


def test_credentials_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (name for names in clouds.VARIABLES.values() for name in names):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(clouds, "MACHINES", {})
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert clouds.detect_here() == Detection(None)
    home_with(tmp_path, KEYS)
    assert clouds.detect_here() == Detection("aws", SHOP)


BOTH = Detection(None, {"aws": ("AWS_PROFILE",), "azure": ("ARM_CLIENT_ID",)})


@pytest.mark.parametrize(
    ("given", "stacks", "credentials", "choice"),
    [
        ("azure", {"dev": "aws"}, BOTH, Choice("azure", "as given")),
        (
            None,
            {"dev": "aws", "prod": "aws", "lab": None},
            BOTH,
            Choice("aws", "the cloud of Pulumi.dev.yaml, Pulumi.prod.yaml"),
        ),
        (
            None,
            {"dev": "aws", "prod": "aws", "west": "azure"},
            BOTH,
            Choice(
                None,
                "no cloud is given, and the stacks have more than one (aws: Pulumi.dev.yaml, Pulumi.prod.yaml; "
                "azure: Pulumi.west.yaml)",
            ),
        ),
        (
            None,
            {"dev": None},
            Detection("azure", {"azure": ("ARM_CLIENT_ID",)}),
            Choice("azure", "azure is chosen, since there are credentials of it alone: ARM_CLIENT_ID"),
        ),
        (
            None,
            {},
            BOTH,
            Choice(
                None,
                "no cloud is given, and there are credentials of more than one (aws: AWS_PROFILE; azure: "
                "ARM_CLIENT_ID)",
            ),
        ),
        (None, {}, Detection(None), Choice(None, "no cloud is given, and no credentials of one are found")),
    ],
)
def test_choice(
    given: str | None, stacks: dict[str, str | None], credentials: Detection, choice: Choice
) -> None:
    assert choose(given, stacks, credentials) == choice


def test_credentials_are_looked_for_only_where_it_comes_to_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clouds, "detect_here", lambda: BOTH)
    assert choose(None, {"dev": "aws"}).cloud == "aws"
    assert choose(None, {}).why == BOTH.message


ALONE = Detection("aws", {"aws": ("AWS_PROFILE",)})
AZURE_SPEC = spec_text().replace("pattern:", "cloud: azure\npattern:")


def test_the_spec_comes_first() -> None:
    resolution = engine().resolve([spec(AZURE_SPEC)], "prod", None, None, ALONE)
    assert [service.cloud for service in resolution.services] == ["azure"]


def test_then_the_stack() -> None:
    resolution = engine().resolve([spec(spec_text())], "prod", "azure", None, ALONE)
    assert [service.cloud for service in resolution.services] == ["azure"]


def test_then_credentials_which_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    resolution = engine().resolve([spec(spec_text())], "prod", None, None, ALONE)
    assert [service.cloud for service in resolution.services] == ["aws"]
    (found,) = resolution.diagnostics
    assert (found.code.id, str(found.severity), str(found.location), found.message) == (
        "SM2017",
        "note",
        "services/orders.yaml:1",
        "aws is chosen, since there are credentials of it alone: AWS_PROFILE",
    )
    monkeypatch.setattr("skymason.patterns.engine.detect_here", lambda: ALONE)
    resolution = engine().resolve([spec(spec_text())], "prod", None, None)
    assert [service.cloud for service in resolution.services] == ["aws"]


def test_nothing_to_go_by() -> None:
    (found,) = engine().resolve([spec(spec_text())], "prod", None, None, Detection(None)).diagnostics
    assert (found.code.id, found.message) == (
        "SM2012",
        "no cloud is given, and no credentials of one are found",
    )


def test_two_clouds_are_both_named() -> None:
    resolution = engine().resolve([spec(spec_text())], "prod", None, None, BOTH)
    assert resolution.services == []
    (found,) = resolution.diagnostics
    assert (found.code.id, str(found.location), found.message) == (
        "SM2012",
        "services/orders.yaml:1",
        "no cloud is given, and there are credentials of more than one (aws: AWS_PROFILE; azure: "
        "ARM_CLIENT_ID)",
    )
