"""Where templates lie, and which of their folders a service is made of."""

from __future__ import annotations

from pathlib import Path

TEMPLATES = Path(__file__).parents[1] / "templates"


def has_templates(pattern: str) -> bool:
    """Whether services of a pattern can be generated; a project may have patterns of its own."""
    return (TEMPLATES / "spec" / f"{pattern}.yaml.jinja").is_file()


def layers(pattern: str, cloud: str, language: str) -> list[str]:
    """Folders of templates whose files go into the service folder; later ones win and add."""
    return [
        "common",
        f"{language}/common",
        f"{language}/{pattern}",
        f"{language}/{pattern}-{cloud}",
    ]
