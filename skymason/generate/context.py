"""What templates know of a new service: names, the pattern's own words, and its resolved config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from skymason.generate.request import ServiceRequest
from skymason.generate.surroundings import Surroundings
from skymason.patterns.access import SERVICE
from skymason.patterns.checks.image import PLACEHOLDER
from skymason.patterns.checks.schemas import schema_name
from skymason.patterns.resolved import ResolvedService
from skymason.patterns.specs import ServiceSpec

_KINDS_OF_SERVICE = frozenset(
    ("consumer", "event", "events", "handler", "ingest", "processor", "service", "stream", "worker")
)
"""Last words of names that say what a service does with an event, not what the event is about."""


def spec_context(request: ServiceRequest, around: Surroundings) -> dict[str, Any]:
    """What the templates of a spec know: everything that needs no resolved config."""
    entry = around.engine.library.entry(request.pattern)
    return {
        "name": request.name,
        "package": request.package,
        "title": request.name.replace("-", " ").capitalize(),
        "pattern": request.pattern,
        "pattern_title": _title(request.pattern),
        "description": entry.description,
        "when_to_use": entry.when_to_use,
        "creates": list(entry.creates.get(request.cloud, [])),
        "cloud": request.cloud,
        "language": request.language,
        "owner": request.owner,
        "tier": request.tier,
        "uses": [
            {
                "name": use.name,
                "kind": SERVICE if names_service(use.name, use.access, around) else "resource",
                "access": use.access,
                "prefix": prefix(use.name),
            }
            for use in request.uses
        ],
        "directory": request.folder.as_posix(),
        "environments": around.environments,
        "image_repository": request.name,
        "placeholder_digest": PLACEHOLDER,
        "event": event_of(request.name, around.specs),
        "project": around.project,
    }


def context(request: ServiceRequest, around: Surroundings, resolved: ResolvedService) -> dict[str, Any]:
    """What all other templates know. resolved: the service as it is in production."""
    config = dict(resolved.config)
    kinds = {edge.name: edge.kind for edge in resolved.edges}
    known = spec_context(request, around)
    return {
        **known,
        "uses": [{**use, "kind": kinds.get(use["name"], use["kind"])} for use in known["uses"]],
        "port": config["ports"][0]["port"],
        "user": config["container"]["user"],
        "grace_seconds": config["shutdown"]["grace_seconds"],
        "pre_stop_seconds": config["shutdown"]["pre_stop_seconds"],
        "config": config,
    }


def prefix(name: str) -> str:
    """What environment variables about a target of `uses` begin with: PRODUCT_IMAGES."""
    return name.upper().replace("-", "_")


def names_service(name: str, access: str, around: Surroundings) -> bool:
    """Whether `name` of `uses` is a service; one that is also the name of a resource goes by the access."""
    if name in around.services:
        return access == "invoke" or name not in around.resources
    return access == "invoke" and name not in around.resources


def event_of(name: str, specs: Sequence[ServiceSpec]) -> str:
    """The event that a processor of this name takes: `payment` for `payment-events`.

    It names the schema file; where another service has a schema of that name, it is the whole name.
    """
    words = name.split("-")
    while len(words) > 1 and words[-1] in _KINDS_OF_SERVICE:
        words.pop()
    words[-1] = _singular(words[-1])
    event = "_".join(words)
    return name.replace("-", "_") if event in _schemas_of_others(name, specs) else event


def _schemas_of_others(name: str, specs: Sequence[ServiceSpec]) -> set[str]:
    return {
        schema_name(file.rpartition("/")[2])
        for spec in specs
        if spec.document and spec.name != name
        for layer in (spec.document.overrides, *spec.document.environments.values())
        for file in _schema_files(layer)
    }


def _schema_files(layer: Mapping[str, Any]) -> list[str]:
    section = layer.get("schemas")
    files = section.get("files") if isinstance(section, dict) else None
    return [str(file) for file in files] if isinstance(files, list) else []


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "zes", "ches", "shes")) and len(word) > 4:
        return word[:-2]
    return (
        word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word
    )


def _title(pattern: str) -> str:
    words = pattern.replace("_", " ").replace("api", "API")
    return words[:1].upper() + words[1:]
