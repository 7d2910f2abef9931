"""The project's files, its stacks, and what is left of earlier runs."""

import json
import os
import shutil
import socket
from pathlib import Path

import pytest
from case_of import case, said

from skymason.doctor import project
from skymason.engine_cli import failure_file

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The shipped project's own files."""
    root = tmp_path / "shop"
    root.mkdir()
    for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml", ROOT / "__main__.py"):
        shutil.copy(path, root)
    (root / "services").mkdir()
    (root / "requirements.txt").touch()
    return root


def test_a_whole_project(tmp_path: Path, shop: Path) -> None:
    assert said(project.files(case(tmp_path, shop))) == [
        (
            "ok",
            f"project skymason in {shop}: Pulumi.yaml, infrastructure-patterns.yaml, services, __main__.py, requirements.txt",
            "",
        )
    ]
    assert said(project.stacks(case(tmp_path, shop))) == [
        ("ok", f"{name}: aws, eu-central-1", "") for name in ("dev", "prod", "staging")
    ]
    assert said(project.left_behind(case(tmp_path, shop))) == [("ok", "nothing", "")]


def test_what_is_missing_is_said(tmp_path: Path, shop: Path) -> None:
    for name in ("infrastructure-patterns.yaml", "__main__.py"):
        (shop / name).unlink()
    _, *found = said(project.files(case(tmp_path, shop)))
    assert found == [
        (
            "warn",
            "no patterns: services cannot be described",
            "add infrastructure-patterns.yaml, if the project is to have it",
        ),
        ("warn", "no program: there is nothing to deploy", "add __main__.py, if the project is to have it"),
    ]


def test_outside_of_a_project(tmp_path: Path) -> None:
    outside = case(tmp_path)
    ((status, text, _),) = said(project.files(outside))
    assert (status, text) == ("warn", "no Pulumi.yaml here nor above: only the machine is examined")
    assert said(project.stacks(outside)) == said(project.left_behind(outside)) == []


def test_a_project_file_that_does_not_parse(tmp_path: Path, shop: Path) -> None:
    (shop / "Pulumi.yaml").write_text("name: [\n")
    ((status, text, _),) = said(project.files(case(tmp_path, shop)))
    assert status == "fail"
    assert text.startswith("SM1903 Pulumi.yaml:")
    (shop / ".skymason/offline/dev").mkdir(parents=True)
    assert said(project.left_behind(case(tmp_path, shop))) == [("ok", "nothing", "")]


def test_settings_that_are_wrong(tmp_path: Path, shop: Path) -> None:
    text = (shop / "Pulumi.dev.yaml").read_text()
    (shop / "Pulumi.dev.yaml").write_text(
        text.replace("config:", "config:\n  skymason:nonsense: 1\n  skymason:more: 2", 1)
    )
    (shop / "Pulumi.prod.yaml").write_text("config: [\n")
    dev, prod, staging = said(project.stacks(case(tmp_path, shop)))
    assert dev[0] == prod[0] == "fail"
    assert dev[1].startswith("dev: SM1")
    assert dev[1].endswith(", and 1 more")
    assert dev[2].startswith("sm validate --stack dev lists all; ")
    assert prod[1].startswith("prod: SM1903 Pulumi.prod.yaml:")
    assert staging == ("ok", "staging: aws, eu-central-1", "")


def test_settings_that_are_doubtful(tmp_path: Path, shop: Path) -> None:
    text = (shop / "Pulumi.staging.yaml").read_text()
    (shop / "Pulumi.staging.yaml").write_text(text.replace("10.20.0.0/16", "10.10.0.0/16"))
    found = {text.partition(":")[0]: status for status, text, _ in said(project.stacks(case(tmp_path, shop)))}
    assert found == {"dev": "warn", "prod": "ok", "staging": "warn"}


def test_a_project_without_stacks(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: a\n")
    assert said(project.stacks(case(tmp_path, tmp_path))) == [
        ("fail", "no stack: no file Pulumi.<stack>.yaml", "create Pulumi.dev.yaml next to Pulumi.yaml")
    ]


def lock(shop: Path, stack: str, pid: int, host: str) -> None:
    folder = shop / f".skymason/offline/{stack}/backend/.pulumi/locks/organization/skymason/{stack}"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text(json.dumps({"pid": pid, "hostname": host}))


def state(shop: Path, stack: str, text: str) -> None:
    file = shop / f".skymason/offline/{stack}/backend/.pulumi/stacks/skymason/{stack}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_what_earlier_runs_left(tmp_path: Path, shop: Path) -> None:
    (shop / ".skymason/offline/old").mkdir(parents=True)
    lock(shop, "dev", 4_000_000, socket.gethostname())
    lock(shop, "prod", os.getpid(), socket.gethostname())
    state(
        shop,
        "dev",
        json.dumps({"checkpoint": {"latest": {"pending_operations": [{"resource": {"urn": "u"}}]}}}),
    )
    state(shop, "staging", "{")
    failure_file(shop).write_text("{}")
    assert [(status, text) for status, text, _ in said(project.left_behind(case(tmp_path, shop)))][:-2] == [
        ("warn", f"a stale lock on offline stack dev of process 4000000 on {socket.gethostname()}"),
        ("warn", "offline stack dev has 1 operations of unknown outcome"),
        ("warn", "an offline cloud of stack 'old', which is gone"),
        (
            "warn",
            f"an update of offline stack prod is running: process {os.getpid()} on {socket.gethostname()}",
        ),
    ]
    damaged, install = said(project.left_behind(case(tmp_path, shop)))[-2:]
    assert damaged[0] == "fail"
    assert damaged[1].startswith("SM4107 ")
    assert install == (
        "warn",
        "an install of the Pulumi CLI failed, and is not tried again by itself",
        "sm up --retry-install",
    )


def test_the_size_of_what_is_kept(tmp_path: Path, shop: Path) -> None:
    (shop / ".skymason").mkdir()
    (shop / ".skymason/plan").write_bytes(b"x" * 2_500_000)
    assert said(project.left_behind(case(tmp_path, shop))) == [("ok", "nothing; .skymason holds 2.5 MB", "")]
