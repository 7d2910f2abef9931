"""Which codes there are, and that each is tested."""

import re
from pathlib import Path

from skymason.diagnostics import REGISTRY
from skymason.patterns import checks, codes

HERE = Path(__file__).parent


def own_codes() -> list[str]:
    checks.register_all()
    assert codes.CONFLICT.id in REGISTRY
    return sorted(id for id in REGISTRY if id.startswith("SM2"))


def test_every_code_is_named_by_a_test() -> None:
    text = "".join(path.read_text() for path in HERE.glob("test_*.py") if path.name != Path(__file__).name)
    named = set(re.findall(r"SM2\d{3}", text))
    assert [id for id in own_codes() if id not in named] == []


def test_there_are_many_checks_and_a_third_of_them_compare() -> None:
    """A check compares where its finding names more than one key, or lies between services."""
    ids = own_codes()
    found = [id for id in ids if id >= "SM2101"]
    assert len(found) >= 75
    sources = "".join(path.read_text() for path in Path(checks.__file__).parent.glob("*.py"))
    names = {id: re.search(rf'(\w+) = define\(\s*"{id}"', sources) for id in found}
    crossing = 0
    for match in names.values():
        if match is None:
            continue
        name = match.group(1)
        calls = re.findall(rf"finding\(\s*{name},(.*?)\n        +\)", sources, flags=re.S)
        keys = max(
            (len(re.findall(r'^\s+f?"[a-z_{{}}.]+",$', call, flags=re.M)) for call in calls), default=0
        )
        crossing += keys > 1
    assert crossing >= len(found) / 3
