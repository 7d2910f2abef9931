"""The reference of all settings, generated from the models into `docs/environments.md`.

`python -m skymason.settings.reference` brings the document up to date.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotated_types import Ge, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from skymason.settings.fields import keys_of, metadata_of, section_of, words
from skymason.settings.models import Settings
from skymason.settings.values import Change, Form

DOCUMENT = Path("docs/environments.md")
BEGIN, END = "<!-- settings: generated from the models -->", "<!-- settings: end -->"
_HEAD = ["| key | meaning | values | default | a change |", "|---|---|---|---|---|"]


def reference() -> str:
    """A table for each section: key, meaning, type and bounds, default, and what a change does."""
    return "\n\n".join(_sections(Settings, "")).strip() + "\n"


def updated(document: str) -> str:
    """The document with its generated part made anew."""
    before, rest = document.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{reference()}\n{END}{after}"


def _sections(model: type[BaseModel], path: str) -> list[str]:
    rows = [_row(name, model.model_fields[name]) for name in keys_of(model)]
    title = f"### `{path}`" if path else "### Top level (`skymason:<key>`)"
    about = [" ".join((model.__doc__ or "").split())] if path else []
    parts = ["\n\n".join([title, *about]), "\n".join([*_HEAD, *rows])]
    for name in keys_of(model):
        field = model.model_fields[name]
        inner = section_of(field.annotation)
        if inner is not None:
            kind = words(field.annotation)
            below = f"{path}.{name}" if path else name
            below += "[]" if kind.startswith("a list") else ".<name>" if kind.startswith("a map") else ""
            parts += _sections(inner, below)
    return parts


def _row(name: str, field: FieldInfo) -> str:
    meaning = " ".join((field.description or "").split())
    change = metadata_of(field, Change)
    effect = change.effect if change else "in place"
    cells = [f"`{name}`", meaning, _values(field), _default(field), effect]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _values(field: FieldInfo) -> str:
    kind, form = words(field.annotation), metadata_of(field, Form)
    low, high = metadata_of(field, Ge), metadata_of(field, Le)
    if low and high:
        return f"{low.ge} to {high.le}"
    if form is None or section_of(field.annotation):
        return kind
    return f"a list, each {form.words}" if kind.startswith("a list") else form.words


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    return _shown(field.default)


def _shown(value: Any) -> str:
    if isinstance(value, BaseModel):
        return "as below"
    if isinstance(value, list) and value and isinstance(value[0], BaseModel):
        return "; ".join(_shown_item(item) for item in value)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if value is None or value in ([], {}):
        return "none"
    return ", ".join(f"`{item}`" for item in value) if isinstance(value, list) else f"`{value}`"


def _shown_item(item: BaseModel) -> str:
    written = item.model_dump(exclude_unset=True)
    return ", ".join(f"{key} {', '.join(v) if isinstance(v, list) else v}" for key, v in written.items())


if __name__ == "__main__":
    DOCUMENT.write_text(updated(DOCUMENT.read_text()))
