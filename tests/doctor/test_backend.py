"""Backends and passphrases."""

import os
from pathlib import Path

import pytest
from case_of import case, said

from skymason.doctor import backend
from skymason.doctor.model import Answer

NONE = (
    "warn",
    "no backend for real stacks; the offline cloud needs none",
    "before a real cloud: pulumi login s3://BUCKET, or set PULUMI_BACKEND_URL",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    found = tmp_path / "project"
    found.mkdir()
    (found / "Pulumi.yaml").write_text("name: a\n")
    return found


def test_none(tmp_path: Path, root: Path) -> None:
    assert said(backend.backend(case(tmp_path))) == [NONE]
    assert said(backend.backend(case(tmp_path, root))) == [NONE]
    (tmp_path / ".pulumi").mkdir()
    for text in ("[", "[]", "{}"):
        (tmp_path / ".pulumi/credentials.json").write_text(text)
        assert said(backend.backend(case(tmp_path))) == [NONE]


def test_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "my state"
    address = folder.as_uri()
    found = case(tmp_path, environ={"PULUMI_BACKEND_URL": address})
    shown = f"{address} (from PULUMI_BACKEND_URL)"
    assert said(backend.backend(found)) == [
        ("fail", f"{shown}: there is no such folder", f"mkdir -p {folder}")
    ]
    folder.mkdir()
    assert said(backend.backend(found)) == [("ok", shown, "")]
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert said(backend.backend(found)) == [
        ("fail", f"{shown}: it cannot be written to", f"chmod u+rwx {folder}")
    ]


def test_without_online_nothing_is_asked(tmp_path: Path) -> None:
    found = case(tmp_path, environ={"PULUMI_BACKEND_URL": "s3://state"})
    assert said(backend.backend(found)) == [
        ("ok", "s3://state (from PULUMI_BACKEND_URL); whether it answers is asked with --online", "")
    ]


@pytest.mark.parametrize(
    ("address", "asked", "answer", "status", "words"),
    [
        ("s3://state", "https://state.s3.amazonaws.com", Answer(403), "ok", "it answers"),
        ("s3://state", "https://state.s3.amazonaws.com", Answer(404), "fail", "there is no such bucket"),
        ("gs://state/a", "https://storage.googleapis.com/state", Answer(200), "ok", "it answers"),
        ("https://api.pulumi.com", "https://api.pulumi.com", Answer(404), "ok", "it answers"),
        (
            "https://api.pulumi.com",
            "https://api.pulumi.com",
            Answer(0, problem="timed out"),
            "fail",
            "timed out",
        ),
        ("azblob://state", "", Answer(0), "ok", "cannot be asked without its own tools"),
    ],
)
def test_online(tmp_path: Path, address: str, asked: str, answer: Answer, status: str, words: str) -> None:
    environ = {"PULUMI_BACKEND_URL": address}
    found = case(tmp_path, environ=environ, online=True, answers={asked: answer})
    ((how, text, _),) = said(backend.backend(found))
    assert how == status
    assert text.startswith(f"{address} (from PULUMI_BACKEND_URL)")
    assert text.endswith(words)


def test_who_encrypts_secrets(tmp_path: Path, root: Path) -> None:
    (root / "Pulumi.a.yaml").write_text("config: {}\n")
    (root / "Pulumi.b.yaml").write_text("secretsprovider: awskms://alias/pulumi?region=eu-central-1\n")
    (root / "Pulumi.c.yaml").write_text("encryptionsalt: v1:abc\n")
    (root / "Pulumi.d.yaml").write_text("[")
    assert said(backend.secrets(case(tmp_path, root))) == [
        ("ok", "a: not chosen yet; the backend's own, or `pulumi stack init --secrets-provider`", ""),
        ("ok", "b: awskms://alias/pulumi", ""),
        (
            "warn",
            "c: a passphrase is needed with a real cloud and none is set; the offline cloud needs none",
            "export PULUMI_CONFIG_PASSPHRASE=…, or PULUMI_CONFIG_PASSPHRASE_FILE=FILE",
        ),
        ("ok", "d: not chosen yet; the backend's own, or `pulumi stack init --secrets-provider`", ""),
    ]
    assert said(backend.secrets(case(tmp_path))) == []


def test_passphrases(tmp_path: Path, root: Path) -> None:
    (root / "Pulumi.c.yaml").write_text("secretsprovider: passphrase\n")
    secret = tmp_path / "secret"

    def found(**environ: str) -> tuple[str, str, str]:
        (only,) = said(backend.secrets(case(tmp_path, root, environ=environ)))
        return only

    assert found(PULUMI_CONFIG_PASSPHRASE="") == ("ok", "c: a passphrase, in PULUMI_CONFIG_PASSPHRASE", "")
    assert found(PULUMI_CONFIG_PASSPHRASE_FILE=str(secret))[:2] == (
        "fail",
        f"c: PULUMI_CONFIG_PASSPHRASE_FILE names {secret}, which is not there",
    )
    secret.write_text("hush")
    shown = found(PULUMI_CONFIG_PASSPHRASE_FILE=str(secret))
    assert shown == ("ok", f"c: a passphrase, in the file {secret}", "")
    assert "hush" not in str(shown)
