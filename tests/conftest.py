"""Shared by all tests: the collector tuned as in the program, and the engine marker."""

import gc
import os
import shutil
import sys
from pathlib import Path

import pytest

gc.set_threshold(50_000, 20, 50)
# Programs of tests that name no virtual environment run in this one.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip engine tests where there is no Pulumi CLI, saying so."""
    gc.freeze()
    if shutil.which("pulumi"):
        return
    skip = pytest.mark.skip(reason="needs the Pulumi CLI on the PATH; none found")
    for item in items:
        if item.get_closest_marker("engine"):
            item.add_marker(skip)
