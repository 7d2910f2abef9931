"""The helpers of building blocks are shared by all tests of components."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent.parent / folder) for folder in ("aws", "kubernetes")]


@pytest.fixture
def loop() -> Iterator[None]:
    """An event loop, for outputs that are made outside any evaluation."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    made.close()
    asyncio.set_event_loop(None)
