"""Which codes there are, that each is tested, and that a good part of the checks compare keys."""

import re
from importlib import import_module
from pathlib import Path

from spec_table import Case

from skymason.diagnostics import REGISTRY
from skymason.patterns import checks, codes

HERE = Path(__file__).parent
BETWEEN_SERVICES = {"SM2160", "SM2161", "SM2162", *(f"SM26{number:02}" for number in range(1, 9))}


def own_codes() -> list[str]:
    checks.register_all()
    assert codes.CONFLICT.id in REGISTRY
    return sorted(id for id in REGISTRY if id.startswith("SM2"))


def test_every_code_is_named_by_a_test() -> None:
    text = "".join(path.read_text() for path in HERE.glob("test_*.py") if path.name != Path(__file__).name)
    named = set(re.findall(r"SM2\d{3}", text))
    assert [id for id in own_codes() if id not in named] == []


def test_a_third_of_the_checks_compare_keys_or_services() -> None:
    cases: list[Case] = []
    for path in sorted(HERE.glob("test_check_*.py")):
        cases += getattr(import_module(path.stem), "CASES", [])
    comparing = {
        case.code for case in cases if any(len(item.set_by) > 1 for item in case.findings(case.trips))
    }
    found = [id for id in own_codes() if id >= "SM2101"]
    assert set(found) >= BETWEEN_SERVICES
    assert len(found) >= 75
    assert len(comparing | BETWEEN_SERVICES) > len(found) / 3
