import pytest
from spec_table import every_component


@pytest.fixture(autouse=True)
def _every_component(monkeypatch: pytest.MonkeyPatch) -> None:
    every_component(monkeypatch)
