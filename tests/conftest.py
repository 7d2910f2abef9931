"""Shared by all tests: the collector tuned as in the program, and the engine marker."""

import gc
import shutil

import pytest

gc.set_threshold(50_000, 20, 50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip engine tests where there is no Pulumi CLI, saying so."""
    gc.freeze()
    if shutil.which("pulumi"):
        return
    skip = pytest.mark.skip(reason="needs the Pulumi CLI on the PATH; none found")
    for item in items:
        if item.get_closest_marker("engine"):
            item.add_marker(skip)
