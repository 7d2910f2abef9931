import pytest

from skymason.patterns.quantities import mebibytes, millicores, share


@pytest.mark.parametrize(("cpu", "expected"), [("250m", 250), ("1", 1000), ("0.001", 1), ("1.5", 1500)])
def test_cpu(cpu: str, expected: int) -> None:
    assert millicores(cpu) == expected


@pytest.mark.parametrize(("memory", "expected"), [("512Ki", 0.5), ("64Mi", 64), ("2Gi", 2048)])
def test_memory(memory: str, expected: float) -> None:
    assert mebibytes(memory) == expected


@pytest.mark.parametrize(
    ("value", "replicas", "up", "expected"),
    [
        ("2", 10, True, 2),
        ("25%", 3, True, 1),
        ("25%", 3, False, 0),
        ("100%", 3, False, 3),
        ("0%", 9, True, 0),
    ],
)
def test_share(value: str, replicas: int, up: bool, expected: int) -> None:
    assert share(value, replicas, up=up) == expected
