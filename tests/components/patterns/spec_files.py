"""Specs that several tests deploy: those of the shipped stack, and those of tests/data."""

from pathlib import Path

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "services"
OTHERS = ROOT / "tests" / "data" / "services"


def spec_file(name: str) -> Path:
    (found,) = [file for folder in (SHIPPED, OTHERS) if (file := folder / f"{name}.yaml").is_file()]
    return found
