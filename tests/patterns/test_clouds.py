from pathlib import Path

import pytest
from spec_table import engine, spec, spec_text

from skymason.patterns import clouds
from skymason.patterns.clouds import Detection, detect


@pytest.mark.parametrize(
    ("environ", "files", "cloud", "evidence"),
    [
        ({}, [], None, {}),
        ({"AWS_PROFILE": "shop"}, [], "aws", {"aws": ("AWS_PROFILE",)}),
        ({"AWS_PROFILE": ""}, [], None, {}),
        ({}, [".aws/credentials"], "aws", {"aws": ("~/.aws/credentials",)}),
        ({"ARM_CLIENT_ID": "x"}, [], "azure", {"azure": ("ARM_CLIENT_ID",)}),
        ({}, [".azure/azureProfile.json"], "azure", {"azure": ("~/.azure/azureProfile.json",)}),
        (
            {"AWS_ACCESS_KEY_ID": "x"},
            [".azure/azureProfile.json"],
            None,
            {"aws": ("AWS_ACCESS_KEY_ID",), "azure": ("~/.azure/azureProfile.json",)},
        ),
    ],
)
def test_credentials(
    environ: dict[str, str], files: list[str], cloud: str | None, evidence: dict[str, tuple[str, ...]]
) -> None:
    assert detect(environ, files) == Detection(cloud, evidence)


def test_credentials_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for names in clouds.VARIABLES.values():
        for name in names:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert clouds.detect_here() == Detection(None, {})
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").touch()
    assert clouds.detect_here() == Detection("aws", {"aws": ("~/.aws/config",)})


AWS = Detection("aws", {"aws": ("AWS_PROFILE",)})
AZURE_SPEC = spec_text().replace("pattern:", "cloud: azure\npattern:")


def test_the_spec_comes_first() -> None:
    resolution = engine().resolve([spec(AZURE_SPEC)], "prod", None, None, AWS)
    assert [service.cloud for service in resolution.services] == ["azure"]


def test_then_the_stack() -> None:
    resolution = engine().resolve([spec(spec_text())], "prod", "azure", None, AWS)
    assert [service.cloud for service in resolution.services] == ["azure"]


def test_then_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    resolution = engine().resolve([spec(spec_text())], "prod", None, None, AWS)
    assert [service.cloud for service in resolution.services] == ["aws"]
    monkeypatch.setattr("skymason.patterns.engine.detect_here", lambda: AWS)
    resolution = engine().resolve([spec(spec_text())], "prod", None, None)
    assert [service.cloud for service in resolution.services] == ["aws"]


def test_nothing_to_go_by() -> None:
    (found,) = engine().resolve([spec(spec_text())], "prod", None, None, Detection(None, {})).diagnostics
    assert (found.code.id, found.message) == (
        "SM2012",
        "no cloud is given, and no credentials of one are found",
    )


def test_two_clouds_are_both_named() -> None:
    both = Detection(None, {"aws": ("AWS_PROFILE",), "azure": ("ARM_CLIENT_ID",)})
    resolution = engine().resolve([spec(spec_text())], "prod", None, None, both)
    assert resolution.services == []
    (found,) = resolution.diagnostics
    assert (found.code.id, str(found.location), found.message) == (
        "SM2012",
        "services/orders.yaml:1",
        "no cloud is given, and there are credentials of more than one (aws: AWS_PROFILE; azure: "
        "ARM_CLIENT_ID)",
    )
