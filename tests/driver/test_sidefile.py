"""The settings that the offline cloud gets, and the project's own file, which stays as it is."""

import json
from pathlib import Path

import pytest

from skymason.driver.project import Project, open_project
from skymason.driver.sidefile import side_folder, write_side

SETTINGS = """\
# kept as it is
secretsprovider: awskms://alias/real
encryptedkey: AAAA
environment: [shared]
config:
  shop:zones: 3
  shop:token: {secure: v1:abc}
  shop:deep:
    list: [{secure: v1:def}, plain]
    secure: not a secret, it has neighbours
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(SETTINGS)
    return open_project(tmp_path)


def test_secrets_are_replaced_and_encryption_left_out(project: Project, tmp_path: Path) -> None:
    copy = write_side(project, "dev", tmp_path / "place")
    assert copy == tmp_path / "place/project/Pulumi.dev.yaml"
    assert json.loads(copy.read_text()) == {
        "config": {
            "shop:zones": 3,
            "shop:token": "offline-token",
            "shop:deep": {
                "list": ["offline-list", "plain"],
                "secure": "not a secret, it has neighbours",
            },
        }
    }
    description = json.loads((side_folder(tmp_path / "place") / "Pulumi.yaml").read_text())
    assert description == {"name": "shop", "runtime": "python"}
    assert project.stack_file("dev").read_text() == SETTINGS


def test_a_salt_that_the_engine_wrote_is_kept(project: Project, tmp_path: Path) -> None:
    copy = write_side(project, "dev", tmp_path / "place")
    copy.write_text(copy.read_text()[:-1] + ', "encryptionsalt": "v1:mine"}')
    project.stack_file("dev").write_text("config: {shop:zones: 2}\nencryptionsalt: v1:theirs\n")
    derived = json.loads(write_side(project, "dev", tmp_path / "place").read_text())
    assert derived == {"config": {"shop:zones": 2}, "encryptionsalt": "v1:mine"}


def test_a_stack_without_a_file_has_no_settings(project: Project, tmp_path: Path) -> None:
    assert json.loads(write_side(project, "new", tmp_path / "place").read_text()) == {}
