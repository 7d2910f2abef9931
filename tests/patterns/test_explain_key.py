import pytest
from spec_table import engine, resolve, spec_text

from skymason.diagnostics import DiagnosticError


def test_a_value() -> None:
    found = engine().explain(resolve(spec_text("scaling: {max: 20}")), "orders", "scaling.max")
    assert (found.service, found.key, found.value) == ("orders", "scaling.max", 20)
    assert (found.type, found.meaning) == ("a whole number", "Replicas that there are at most.")
    assert found.layer is not None
    assert str(found.layer.location) == "services/orders.yaml:5"
    assert [value for _, value in found.history] == [12, 20]
    assert found.inside == ()


def test_a_section() -> None:
    found = engine().explain(resolve(spec_text()), "orders", "probes.liveness")
    assert found.layer is None
    assert found.value == {
        "path": "/livez",
        "period_seconds": 10,
        "timeout_seconds": 2,
        "failure_threshold": 6,
    }
    assert found.meaning == "Restarts the container when it fails."
    assert sorted(found.inside) == [
        f"probes.liveness.{key}" for key in ("failure_threshold", "path", "period_seconds", "timeout_seconds")
    ]


def test_inside_lists_and_maps() -> None:
    resolution = resolve(spec_text("container: {environment: {COLOUR: blue}}"))
    assert engine().explain(resolution, "orders", "ports.0.port").value == 8080
    assert engine().explain(resolution, "orders", "container.environment.COLOUR").value == "blue"


def test_a_key_without_a_value() -> None:
    found = engine().explain(resolve(spec_text()), "orders", "alarms.no_traffic_minutes")
    assert (found.value, found.layer, found.history) == (None, None, ())


@pytest.mark.parametrize(
    ("service", "key", "code", "fix"),
    [
        ("order", "scaling.max", "SM2015", "did you mean 'orders'? allowed: orders"),
        ("orders", "scaling.maxx", "SM2002", "did you mean 'scaling.max'?"),
        ("orders", "container.environment.NOTHING", "SM2002", ""),
        ("orders", "", "SM2002", ""),
    ],
)
def test_what_is_not_there(service: str, key: str, code: str, fix: str) -> None:
    with pytest.raises(DiagnosticError) as error:
        engine().explain(resolve(spec_text()), service, key)
    (found,) = error.value.diagnostics
    assert found.code.id == code
    assert found.fix.startswith(fix)
