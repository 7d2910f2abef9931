"""From a request to the files of a service: templates in layers, later ones win and add.

Templates are files under `skymason/templates`. `x.jinja` is rendered and loses the suffix, any other file is
copied as it is, and `_x.jinja` is a part that others include. `x.exec` and `x.exec.jinja` lose `.exec`, and
are executable. `__package__`, `__name__` and `__event__` in a path become the values of these names. What
renders to nothing but white space is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from skymason.generate.chart import CLOUDS as CHARTED
from skymason.generate.chart import values_files
from skymason.generate.context import context, spec_context
from skymason.generate.request import ServiceRequest
from skymason.generate.resolving import Outlook, examine
from skymason.generate.surroundings import Surroundings, surroundings
from skymason.generate.templates import TEMPLATES, layers

if TYPE_CHECKING:
    from jinja2 import Environment


RENDERED, EXECUTABLE = ".jinja", ".exec"
PLACES = ("package", "name", "event")
LEFTOVERS = frozenset(
    ("__pycache__", "node_modules", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".coverage")
)
"""What trying out a template leaves in its folder."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a new service."""

    text: str
    executable: bool = False


Files = dict[PurePosixPath, File]


@dataclass(frozen=True, slots=True)
class Generated:
    """files: path from the project's root → file. outlook: what the service is in each stack."""

    files: Files
    outlook: Outlook


def render(request: ServiceRequest, root: Path) -> Files:
    """Every file of a new service, by its path from the project's root. Raises DiagnosticError as `generate`
    does."""
    return generate(request, surroundings(root)).files


def generate(request: ServiceRequest, around: Surroundings) -> Generated:
    """Every file of a new service, once its spec is fine among the project's other services in all stacks.

    Raises DiagnosticError with everything that is wrong with the spec.
    """
    spec = render_spec(request, around)
    outlook = examine(request, {str(path): file.text for path, file in spec.items()}, around)
    everything = context(request, around, outlook.production)
    files = Files()
    for layer, target in _layers(request):
        files |= _rendered(TEMPLATES / layer, target, everything)
    for path, text in values_files(outlook.by_environment, outlook.settings).items():
        files[request.folder / path] = File(text)
    return Generated(dict(sorted({**files, **spec}.items())), outlook)


def _layers(request: ServiceRequest) -> Iterator[tuple[str, PurePosixPath]]:
    """Folder of templates, and the folder of the project that it goes to."""
    for layer in layers(request.pattern, request.cloud, request.language):
        yield layer, request.folder
    if request.cloud in CHARTED:
        yield "chart", request.folder / "chart"
    yield "repository", PurePosixPath()


def render_spec(request: ServiceRequest, around: Surroundings) -> Files:
    """The spec, and the schemas that it names; nothing is checked."""
    known = spec_context(request, around)
    template = TEMPLATES / "spec" / f"{request.pattern}.yaml{RENDERED}"
    files = {request.spec: File(_text(template, known))}
    if request.pattern == "event_processor":
        files |= _rendered(TEMPLATES / "spec/schemas", request.spec.parent / "schemas", known)
    return files


def _rendered(folder: Path, target: PurePosixPath, known: Mapping[str, Any]) -> Files:
    files = Files()
    for path in _templates(folder):
        name = path.relative_to(folder).as_posix()
        rendered = name.endswith(RENDERED)
        name = name.removesuffix(RENDERED)
        executable = name.endswith(EXECUTABLE)
        for place in PLACES:
            name = name.replace(f"__{place}__", str(known[place]))
        text = _text(path, known) if rendered else path.read_bytes().decode()
        if text.strip() or not rendered:
            files[target / name.removesuffix(EXECUTABLE)] = File(text, executable)
    return files


@cache
def _templates(folder: Path) -> tuple[Path, ...]:
    found = sorted(folder.rglob("*")) if folder.is_dir() else []
    return tuple(path for path in found if path.is_file() and not _is_left_out(path))


def _is_left_out(path: Path) -> bool:
    """Leftovers, and parts that other templates include: `_head.jinja`."""
    part = path.name.startswith("_") and not path.name.startswith("__") and path.suffix == RENDERED
    return part or not LEFTOVERS.isdisjoint(path.parts)


def _text(template: Path, known: Mapping[str, Any]) -> str:
    return _engine().get_template(template.relative_to(TEMPLATES).as_posix()).render(known)


@cache
def _engine() -> Environment:
    """Delimiters are square brackets, since `{{ }}` belongs to GitHub's and Helm's own templates."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    engine = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - files, not pages
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[[",
        variable_end_string="]]",
        comment_start_string="[#",
        comment_end_string="#]",
    )
    engine.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    return engine
