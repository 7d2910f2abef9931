"""Which backend is chosen, and by what."""

import json
from pathlib import Path

import pytest

from skymason.driver.backend import Backend, backend_of, login

VARIABLE = {"PULUMI_BACKEND_URL": "s3://variable"}
PROJECT = {"backend": {"url": "s3://project"}}
TOKEN = {"PULUMI_ACCESS_TOKEN": "t"}


def test_in_the_order_of_the_cli(tmp_path: Path) -> None:
    assert backend_of({}, tmp_path, {}) == Backend("", "")
    assert backend_of(TOKEN, tmp_path, {}) == ("https://api.pulumi.com", "PULUMI_ACCESS_TOKEN")
    (tmp_path / ".pulumi").mkdir()
    (tmp_path / ".pulumi/credentials.json").write_text(json.dumps({"current": "s3://login"}))
    assert backend_of(TOKEN, tmp_path, {}) == ("s3://login", "pulumi login")
    assert backend_of(TOKEN, tmp_path, PROJECT) == ("s3://project", "Pulumi.yaml")
    assert backend_of(TOKEN | VARIABLE, tmp_path, PROJECT) == ("s3://variable", "PULUMI_BACKEND_URL")


@pytest.mark.parametrize("variable", ["PULUMI_HOME", "PULUMI_CREDENTIALS_PATH"])
def test_a_login_kept_elsewhere(tmp_path: Path, variable: str) -> None:
    (tmp_path / "credentials.json").write_text(json.dumps({"current": "s3://login"}))
    assert login({variable: str(tmp_path)}, tmp_path / "home") == {"current": "s3://login"}
    assert login({}, tmp_path / "home") == {}


@pytest.mark.parametrize("text", ["[", "[]", ""])
def test_a_login_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "credentials.json").write_text(text)
    assert login({"PULUMI_HOME": str(tmp_path)}, tmp_path) == {}
    assert backend_of({}, tmp_path, {"backend": "s3"}) == Backend("", "")
