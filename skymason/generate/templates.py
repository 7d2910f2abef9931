"""Where templates lie, and which of their folders a service is made of."""

from __future__ import annotations

from pathlib import Path

TEMPLATES = Path(__file__).parents[1] / "templates"


def layers(pattern: str, cloud: str, language: str) -> list[str]:
    """Folders of templates whose files go into the service folder; later ones win and add."""
    return [
        "common",
        f"{language}/common",
        f"{language}/{pattern}",
        f"{language}/{pattern}-{cloud}",
    ]
