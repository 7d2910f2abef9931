"""docs/requirements.md: every requirement once, and every file that it names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
COUNTS = {
    "PAT": 9,
    "CLI": 4,
    "WEB": 7,
    "WRK": 6,
    "DAT": 5,
    "EVT": 6,
    "AWS": 16,
    "AZR": 10,
    "K8S": 5,
    "SRV": 8,
    "ENV": 7,
    "CIC": 9,
    "MON": 12,
    "SEC": 12,
    "DBS": 10,
    "DEV": 8,
    "OPT": 4,
    "API": 4,
}


def test_every_requirement_has_one_row() -> None:
    wanted = [f"{group}-{number}" for group, count in COUNTS.items() for number in range(1, count + 1)]
    listed = re.findall(
        r"^\| ([A-Z0-9]{3}-\d+) \|", (ROOT / "docs/requirements.md").read_text(), re.MULTILINE
    )
    assert listed == wanted


def test_what_is_built_names_a_test_and_both_exist() -> None:
    for line in (ROOT / "docs/requirements.md").read_text().splitlines():
        targets = re.findall(r"\]\(\.\./([^)]+)\)", line)
        assert len(targets) in (0, 2), line
        assert [t for t in targets if not (ROOT / t).exists()] == []
