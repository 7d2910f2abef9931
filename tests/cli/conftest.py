"""Runs `sm` in this process, as the entry point does."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from skymason.cli.main import main


class Said(NamedTuple):
    """What a command line came to."""

    code: int
    out: str
    err: str


@pytest.fixture
def sm(capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """A function that runs one command line."""

    def run(*words: str) -> Said:
        capfd.readouterr()
        code = main(list(words))
        return Said(code, *capfd.readouterr())

    return run


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Pulumi project of one resource, with stacks dev and prod, as the working directory."""
    root = tmp_path / "tiny"
    root.mkdir()
    (root / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    (root / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-central-1\n  tiny:size: '1'\n")
    (root / "Pulumi.prod.yaml").write_text("config:\n  aws:region: eu-central-1\n  tiny:size: '3'\n")
    (root / "__main__.py").write_text(
        "import pulumi\n"
        "from pulumi_aws import sqs\n"
        "size = pulumi.Config().require_int('size')\n"
        "queues = [sqs.Queue(f'q{i}', visibility_timeout_seconds=30 + size) for i in range(size)]\n"
        "pulumi.export('url', queues[0].url)\n"
        "pulumi.export('token', pulumi.Output.secret('hush'))\n"
    )
    monkeypatch.chdir(root)
    return root
