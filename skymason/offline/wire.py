"""Between protobuf Structs, as the engine's protocol has them, and plain JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from google.protobuf import struct_pb2

from skymason.plan.model import UNKNOWN
from skymason.plan.paths import child, head

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  the protocol's mark, not a secret
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

_UNKNOWN_MARKS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


class Decoded(NamedTuple):
    """Plain values of a Struct, and the paths of what was secret and of what is not known yet."""

    value: dict[str, Any]
    secrets: tuple[str, ...]
    unknowns: tuple[str, ...]


def heads(paths: Iterable[str]) -> set[str]:
    """The top-level properties of paths."""
    return {head(path) for path in paths}


def decode(struct: struct_pb2.Struct, *, keep_references: bool = False) -> Decoded:
    """Plain values: secrets unwrapped, unknowns as UNKNOWN, nulls left out of maps, whole numbers as int.

    A resource reference becomes the resource's id (the URN of a component), unless it is to be kept as a map.
    """
    found = _Found([], [], keep_references)
    value = _map(struct.fields, "", found)
    return Decoded(value, tuple(found.secrets), tuple(found.unknowns))


class _Found(NamedTuple):
    secrets: list[str]
    unknowns: list[str]
    keep_references: bool


def _map(fields: Any, path: str, found: _Found) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key in sorted(fields):
        value = fields[key]
        if value.WhichOneof("kind") != "null_value":
            result[key] = _value(value, child(path, key), found)
    return result


def _value(value: struct_pb2.Value, path: str, found: _Found) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        if text in _UNKNOWN_MARKS:
            found.unknowns.append(path)
            return UNKNOWN
        return text
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE in fields:
            return _special(fields, path, found)
        return _map(fields, path, found)
    if kind == "list_value":
        items = value.list_value.values
        return [_value(item, f"{path}[{i}]", found) for i, item in enumerate(items)]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return value.bool_value if kind == "bool_value" else None


def _special(fields: Any, path: str, found: _Found) -> Any:
    signature = fields[SIGNATURE].string_value
    if signature == SECRET:
        found.secrets.append(path)
        return _value(fields["value"], path, found)
    if signature == OUTPUT:
        if fields["secret"].bool_value if "secret" in fields else False:
            found.secrets.append(path)
        if "value" in fields:
            return _value(fields["value"], path, found)
        found.unknowns.append(path)
        return UNKNOWN
    if signature == RESOURCE and not found.keep_references:
        return _value(fields["id" if "id" in fields else "urn"], path, found) or _unknown(path, found)
    # Assets, archives and resource references stay maps with their mark, and the first two with the engine's
    # hash: from its state it sends no content, so the hash alone tells of another one.
    return _map(fields, path, found)


def _unknown(path: str, found: _Found) -> str:
    found.unknowns.append(path)
    return UNKNOWN


def encode(value: Mapping[str, Any], secrets: Iterable[str] = ()) -> struct_pb2.Struct:
    """A Struct of plain values; top-level properties named in `secrets` are marked secret."""
    struct = struct_pb2.Struct()
    _fill(struct.fields, value)
    for key in secrets:
        if key in struct.fields:
            plain = struct_pb2.Value()
            plain.CopyFrom(struct.fields[key])
            wrapped = struct.fields[key].struct_value.fields
            wrapped[SIGNATURE].string_value = SECRET
            wrapped["value"].CopyFrom(plain)
    return struct


def _fill(fields: Any, value: Mapping[str, Any]) -> None:
    for key, item in value.items():
        _set(fields[key], item)


def _set(target: struct_pb2.Value, item: Any) -> None:
    if isinstance(item, str):
        target.string_value = item
    elif isinstance(item, bool):
        target.bool_value = item
    elif isinstance(item, (int, float)):
        target.number_value = item
    elif item is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif isinstance(item, Mapping):
        target.struct_value.SetInParent()
        _fill(target.struct_value.fields, item)
    else:
        target.list_value.SetInParent()
        for entry in item:
            _set(target.list_value.values.add(), entry)
