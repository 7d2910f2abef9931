"""The environment that attaches the offline cloud to a command."""

import socket
from pathlib import Path

import pytest

from skymason.offline import sdk
from skymason.offline.attach import PACKAGES, attached, environment

UNTOUCHED = ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE", PACKAGES,
             "PULUMI_SKIP_CHECKPOINTS", "PULUMI_EXPERIMENTAL")  # fmt: skip


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in UNTOUCHED:
        monkeypatch.delenv(name, raising=False)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_providers_listen_while_the_context_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PACKAGES, "cloudflare, datadog,")
    with attached(tmp_path / "cloud", ["aws", "vault"]) as variables:
        pairs = [pair.split(":") for pair in variables["PULUMI_DEBUG_PROVIDERS"].split(",")]
        assert {name for name, _ in pairs} == {*sdk.PACKAGES, "cloudflare", "datadog", "vault"}
        assert all(listens(int(port)) for _, port in pairs)
    assert not any(listens(int(port)) for _, port in pairs)
    assert (tmp_path / "cloud").is_dir()


def test_everything_is_kept_in_the_folder(tmp_path: Path) -> None:
    found = environment(tmp_path, {"aws": 1, "eks": 2})
    assert found == {
        "PULUMI_DEBUG_PROVIDERS": "aws:1,eks:2",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_SKIP_CHECKPOINTS": "true",
        "PULUMI_EXPERIMENTAL": "true",
        "PULUMI_BACKEND_URL": (tmp_path / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "",
    }
    assert (tmp_path / "state").is_dir()


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("PULUMI_BACKEND_URL", "PULUMI_BACKEND_URL"),
        ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE"),
        ("PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_CONFIG_PASSPHRASE"),
        ("PULUMI_SKIP_CHECKPOINTS", "PULUMI_SKIP_CHECKPOINTS"),
    ],
)
def test_what_the_user_has_set_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, left_out: str
) -> None:
    monkeypatch.setenv(name, "mine")
    assert left_out not in environment(tmp_path, {"aws": 1})
