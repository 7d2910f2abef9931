"""Where a service folder may lie."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from skymason.diagnostics import Diagnostic, Location
from skymason.generate import codes
from skymason.generate.request import APPS, ServiceRequest
from skymason.generate.resolving import COMMAND
from skymason.generate.surroundings import SERVICES

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def normalised(directory: str, root: Path) -> str:
    """A folder as given on a command line, from the project's root with forward slashes."""
    path = Path(directory)
    if path.is_absolute() and path.is_relative_to(root):
        path = path.relative_to(root)
    return path.as_posix()


def folder_findings(request: ServiceRequest, root: Path) -> list[Diagnostic]:
    """Everything that keeps the service folder from lying there, with one where it could."""
    usual = f"{APPS}/{request.name}"
    fix = f"leave --directory out for {usual}, or name a folder of the project that is not there yet"
    key = f"--directory {request.folder}"
    return [
        Diagnostic(codes.BAD_FOLDER, text, fix, Location(COMMAND), key) for text in _problems(request, root)
    ]


def _problems(request: ServiceRequest, root: Path) -> Iterator[str]:
    folder = request.folder
    if folder.is_absolute() or ".." in folder.parts or not folder.parts:
        yield f"'{folder}' is not a folder inside the project"
        return
    odd = next((part for part in folder.parts if not _PART.fullmatch(part)), None)
    if odd is not None:
        yield f"'{odd}' is not made of letters, digits, dots, dashes and underscores, a letter or digit first"
        return
    if folder.parts[0] == SERVICES:
        yield f"{SERVICES} holds specs, and nothing else"
    if not (root / folder).resolve().is_relative_to(root.resolve()):
        yield f"'{folder}' leads out of the project"
        return
    for above in reversed([folder, *folder.parents][:-1]):
        place = root / above
        if place.exists() and not place.is_dir():
            yield f"{above} is a file"
            return
        if (place / "Pulumi.yaml").exists():
            yield f"{above} is a project of its own"
            return
    there = root / folder
    new = not (root / PurePosixPath(request.spec)).exists()
    if request.directory and new and there.is_dir() and any(there.iterdir()):
        yield f"{folder} is there already, and not empty"
