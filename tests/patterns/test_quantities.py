import pytest

from skymason.patterns.quantities import mebibytes, millicores, ready_seconds, rollout_steps, share


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


@pytest.mark.parametrize(
    ("surge", "unavailable", "replicas", "expected"),
    [
        ("25%", "0", 1, 1),
        ("25%", "0", 4, 4),
        ("25%", "0", 5, 3),
        ("25%", "0", 100, 4),
        ("1", "0", 7, 7),
        ("0", "1", 3, 3),
        ("0", "25%", 3, 3),  # Kubernetes takes one then, or nothing would ever move
        ("1", "50%", 6, 2),
        ("100%", "0", 9, 1),
    ],
)
def test_steps_of_a_rollout(surge: str, unavailable: str, replicas: int, expected: int) -> None:
    assert rollout_steps(surge, unavailable, replicas) == expected


@pytest.mark.parametrize(
    ("minutes", "surge", "low", "high", "expected"),
    [
        (0, "25%", 3, 12, 0),
        (15, "25%", 3, 12, 300),  # 3 replicas: 3 steps; 5 of them as well
        (15, "25%", 1, 1, 900),
        (15, "1", 7, 9, 129),
        (30, "1", 3, 12, 600),
    ],
)
def test_seconds_of_a_step(minutes: int, surge: str, low: int, high: int, expected: int) -> None:
    assert ready_seconds(minutes, surge, "0", low, high) == expected
