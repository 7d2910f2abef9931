"""Writes rules from the services' own models: `python -m skymason.offline.rules.import_models`.

A development tool: it needs botocore, which holds every AWS service model. Which input is which member of
which request is in models.yaml; enums, lengths, ranges and patterns become `aws/models/<service>.yaml`.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import yaml  # type: ignore[import-untyped]

Entry: TypeAlias = dict[str, Any]

FOLDER = Path(__file__).parent
_HEADER = "# Written by skymason.offline.rules.import_models from models.yaml; do not edit.\n"
_ACCEPTED = ("orders", "orders-dev", "alias/orders", "/orders/")
_REJECTED = ("not allowed!", "-", "?", "%\u0000")
_LONGEST_TEXT = 2100

_MESSAGES = {
    "length": "1 validation error detected: Value '{value}' at '%s' failed to satisfy constraint: "
    "Member must have length less than or equal to {max}",
    "length both": "1 validation error detected: Value '{value}' at '%s' failed to satisfy constraint: "
    "Member must have length between {min} and {max}, inclusive",
    "range": "1 validation error detected: Value '{value}' at '%s' failed to satisfy constraint: "
    "Member must have value greater than or equal to {min}",
    "range both": "1 validation error detected: Value '{value}' at '%s' failed to satisfy constraint: "
    "Member must be between {min} and {max}, inclusive",
    "pattern": "1 validation error detected: Value '{value}' at '%s' failed to satisfy constraint: "
    "Member must satisfy regular expression pattern: {pattern}",
    "enum": "1 validation error detected: Value '{value}' at '%s' failed to satisfy constraint: "
    "Member must satisfy enum value set: [{allowed}]",
    "count": "1 validation error detected: Value at '%s' failed to satisfy constraint: "
    "Member must have length less than or equal to {max}",
}


@lru_cache(maxsize=64)
def service_model(service: str) -> Mapping[str, Any]:
    """The newest model of a service that the installed botocore has."""
    import botocore

    folder = Path(botocore.__file__).parent / "data" / service
    newest = max(path for path in folder.iterdir() if path.is_dir())
    model: Mapping[str, Any] = json.loads(gzip.decompress((newest / "service-2.json.gz").read_bytes()))
    return model


def member_shape(service: str, operation: str, member: str) -> tuple[str, str, Mapping[str, Any]]:
    """Own path, name and content of the shape of a member (`a.b[].c`, letter case ignored) of a request."""
    model = service_model(service)
    shapes = model["shapes"]
    name, path = model["operations"][operation]["input"]["shape"], ""
    for step in re.findall(r"[^.\[\]]+|\[\]", member):
        shape = shapes[name]
        if step == "[]":
            name = shape["member"]["shape"]
        else:
            known = {key.lower(): key for key in shape["members"]}
            key = known[step.lower()]
            name, path = shape["members"][key]["shape"], f"{path}.{key}" if path else key
    return path, name, shapes[name]


def rules_of_property(entry: Mapping[str, Any], key: str, hints: Mapping[str, Any]) -> Iterator[Entry]:
    """The rules that the model has for one property."""
    property, _, member = key.partition(" = ")
    service, operation = entry["operation"].split("/")
    member = member or property.replace("[*]", "[]")
    at, shape_name, shape = member_shape(service, operation, member)
    version = service_model(service)["metadata"]["apiVersion"]
    for kind, params, rejected, accepted in _constraints(shape, hints):
        both = " both" if kind in ("length", "range") and {"min", "max"} <= set(params) else ""
        yield {
            "id": _rule_id(entry["type"], property, kind),
            "type": entry["type"],
            "kind": kind,
            "property": property,
            **params,
            "code": entry["code"],
            "message": _MESSAGES[kind + both] % _lower(at),
            "source": f"botocore service model {service} {version}, {operation}, shape {shape_name}",
            "reject": example(property, rejected),
            "accept": example(property, accepted),
        }


def _constraints(shape: Mapping[str, Any], hints: Mapping[str, Any]) -> Iterator[tuple[str, Entry, Any, Any]]:
    """Kind, parameters, rejected and accepted value of each constraint of a shape."""
    if "enum" in shape:
        allowed = [*hints.get("allowed", shape["enum"]), *hints.get("allowed_also", [])]
        params = {"allowed": allowed, "ignore_case": True} if "ignore_case" in hints else {"allowed": allowed}
        yield "enum", params, "not-one-of-them", allowed[0]
    least, most = hints.get("min", shape.get("min", 0)), hints.get("max", shape.get("max"))
    if shape["type"] in ("integer", "long") and ("min" in shape or "min" in hints):
        if most is None:
            yield "range", {"min": least}, least - 1, least
        else:
            yield "range", {"min": least, "max": most}, most + 1, most
    elif shape["type"] == "list" and most is not None:
        yield (
            "count",
            {"max": most},
            {"$list": "item-{n}", "times": most + 1},
            {"$list": "item-{n}", "times": most},
        )
    elif shape["type"] == "string" and "enum" not in shape and most is not None and most <= _LONGEST_TEXT:
        bounds = {"min": least, "max": most} if least > 1 else {"max": most}
        start = _accepted(shape, hints)[:most]
        yield "length", bounds, {"$pad": start, "to": most + 1}, {"$pad": start, "to": most}
    pattern = shape.get("pattern", "")
    if pattern and "\\p{" not in pattern and "constraints" not in hints:
        rejected = hints.get("reject") or next(text for text in _REJECTED if not re.fullmatch(pattern, text))
        yield "pattern", {"pattern": pattern}, rejected, _accepted(shape, hints)


def _accepted(shape: Mapping[str, Any], hints: Mapping[str, Any]) -> str:
    pattern = shape.get("pattern", "") if "constraints" not in hints else ""
    candidates = [hints["accept"]] if "accept" in hints else list(_ACCEPTED)
    if not pattern or "\\p{" in pattern:
        return str(candidates[0])
    return str(next(text for text in candidates if re.fullmatch(pattern, text)))


def example(property: str, value: Any) -> Any:
    """Inputs in which a property has a value: `a[*].b` gives {a: [{b: value}]}."""
    for step in reversed(re.findall(r"[^.\[\]]+|\[\*\]", property)):
        value = [value] if step == "[*]" else {step: value}
    return value


def _rule_id(token: str, property: str, kind: str) -> str:
    package, module, name = token.split(":")
    words = [package, module.split("/")[0], name, *re.findall(r"[A-Za-z0-9]+", property), kind]
    return "-".join(_kebab(word) for word in words)


def _kebab(word: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", word).lower()


def _lower(path: str) -> str:
    return ".".join(part[:1].lower() + part[1:] for part in path.split("."))


def documents() -> dict[str, str]:
    """The text of every file to write, by its service."""
    entries: dict[str, list[Entry]] = {}
    for item in yaml.safe_load((FOLDER / "models.yaml").read_text()):
        service = item["type"].split(":")[1].split("/")[0]
        for key, hints in item["properties"].items():
            entries.setdefault(service, []).extend(rules_of_property(item, key, hints or {}))
    return {
        service: _HEADER + yaml.safe_dump(rules, sort_keys=False, width=110, allow_unicode=True)
        for service, rules in sorted(entries.items())
    }


def main() -> int:
    folder = FOLDER / "aws" / "models"
    folder.mkdir(exist_ok=True)
    for service, text in documents().items():
        (folder / f"{service}.yaml").write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
