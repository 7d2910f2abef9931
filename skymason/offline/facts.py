"""What is known of a resource type: its id, physical name, computed outputs, and what replaces it.

First the data tables (`data/<package>.yaml`), then what the SDK's own documentation says: the identifier in
its import example, and 'forces replacement' in the description of a property.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml  # type: ignore[import-untyped]

from skymason.offline import sdk
from skymason.offline.hints import object_of
from skymason.offline.shapes import Property

NO_FACTS: Mapping[str, Any] = {}

_FORCES = re.compile(
    r"forces? (?:(?:a|the) )?(?:new|replacement|re-?creation|destroy)"
    r"|will (?:cause|force|trigger|result in)[^.]{0,60}"
    r"(?:replace|recreat|re-creat|destroy|new (?:resource|cluster))"
    r"|cannot be (?:changed|updated|modified)|can't be changed|field is immutable",
    re.IGNORECASE,
)
_IMPORT = re.compile(r"\$ pulumi import \S+ \S+ (.+)")
_HEX_ID = re.compile(r"([a-z]+(?:-[a-z]+)*)-[0-9a-f]{8,17}\Z")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-z]{3,4}){3}-[0-9a-z]{8,12}\Z", re.IGNORECASE)
_RANDOM = re.compile(r"(?=.*\d)[0-9a-f]{8,}\Z")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Naming:
    """How the provider makes a physical name that the program leaves out.

    property: where the name stands. max: longest name, 0 for no limit. digits: random hexadecimal digits put
    behind the logical name, after `separator`. lower: in lower case. prefix: put in front where it is
    missing. fifo: a property that, when true, asks for the ending `.fifo`.
    """

    property: str
    max: int = 0
    separator: str = "-"
    digits: int = 7
    lower: bool = False
    prefix: str = ""
    fifo: str = ""


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """Everything known of a type beside its contract.

    id, outputs, common: templates; `common` holds only for properties that the type promises. defaults:
    inputs that the provider fills in. replace, in_place, update: see the data tables. delete_first: never two
    side by side.
    """

    token: str
    service: str
    kind: str
    id: Any
    naming: Naming | None
    outputs: Mapping[str, Any]
    common: Mapping[str, Any]
    defaults: Mapping[str, Any]
    replace: tuple[str, ...]
    in_place: Mapping[str, Any]
    update: frozenset[str]
    delete_first: bool


@cache
def table(package: str) -> Mapping[str, Any]:
    """The data table of a package; empty for one that has none."""
    file = files("skymason.offline") / "data" / f"{package}.yaml"
    if not file.is_file():
        return NO_FACTS
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(yaml.load(file.read_text(encoding="utf-8"), loader))  # noqa: S506  a safe loader in C


def kebab(name: str) -> str:
    """`LoadBalancer` → `load-balancer`."""
    return _WORDS.sub("-", name).lower()


@cache
def facts(token: str) -> TypeFacts:
    """The facts of a resource type."""
    package, _, local = token.partition(":")
    tables = table(package)
    entry: Mapping[str, Any] = tables.get("types", {}).get(local, NO_FACTS)
    module, _, kind = local.rpartition(":")
    inputs = _inputs(token)
    return TypeFacts(
        token=token,
        service=module.partition("/")[0],
        kind=kebab(kind),
        id=entry.get("id") or _default_id(token, package, entry),
        naming=_naming(package, local, entry, inputs),
        outputs=entry.get("outputs", NO_FACTS),
        common={**tables.get("common", NO_FACTS), **_documented_arn(token, package)},
        defaults=entry.get("inputs", NO_FACTS),
        replace=tuple(entry.get("replace", ())),
        in_place=entry.get("in_place", NO_FACTS),
        update=frozenset(entry.get("update", ())),
        delete_first=bool(entry.get("delete_first", False)),
    )


def replacements(
    token: str, inputs: Mapping[str, Any] = NO_FACTS, config: Mapping[str, Any] = NO_FACTS
) -> tuple[str, ...]:
    """Paths of properties whose change makes a new resource; '*' stands for every property.

    inputs: the new ones. config: of the resource's provider, which may let some change in place.
    """
    found, allowed = _replacements(token), facts(token).in_place
    # Providers get their configuration as text.
    if not allowed or str(config.get(allowed["setting"])).lower() != "true" or inputs.get(allowed["unless"]):
        return found
    return tuple(path for path in found if path not in allowed["properties"])


@cache
def _replacements(token: str) -> tuple[str, ...]:
    known = facts(token)
    found = set(known.replace) | _documented(token)
    package = token.partition(":")[0]
    if known.naming is not None:
        found.add(known.naming.property)
    if package == "aws":
        found.add("region")
    elif package == "kubernetes":
        found |= {"metadata.name", "metadata.namespace", "kind", "apiVersion"}
    elif package == "azure-native":
        found |= set(path_properties(token)) | {"location"}
    return tuple(sorted(found - known.update))


def _inputs(token: str) -> Mapping[str, Property]:
    known = sdk.resource_class(token)
    return object_of(known.args).properties if known is not None and known.args is not None else {}


def _documented(token: str) -> set[str]:
    """Input properties that the SDK's documentation says cannot be changed in place."""
    known = sdk.resource_class(token)
    if known is None or known.args is None:
        return set()
    from pulumi import _types

    found = set()
    for _, name, item in _types._py_properties(known.args):
        if _FORCES.search(getattr(item.fget, "__doc__", None) or ""):
            found.add(name)
    return found


def _naming(
    package: str, local: str, entry: Mapping[str, Any], inputs: Mapping[str, Property]
) -> Naming | None:
    given = entry.get("name")
    if given is not None:
        return None if given.get("none") else Naming(**given)
    if package == "aws":
        name = inputs.get("name")
        return Naming("name", max=255) if name is not None and not name.required else None
    if package == "azure-native":
        own = _own_name(local, inputs)
        return Naming(own, separator="", digits=8) if own else None
    return None


def _own_name(local: str, inputs: Mapping[str, Property]) -> str:
    """The property with an Azure resource's own name: of the optional `…Name`s the one most like its type."""
    kind = local.rpartition(":")[2]
    exact = kind[0].lower() + kind[1:] + "Name"
    if exact in inputs:
        return exact
    optional = [name for name, item in inputs.items() if name.endswith("Name") and not item.required]
    likely = [name for name in optional if name[:-4].lower() in kind.lower() or name == "resourceName"]
    return likely[0] if likely else ""


def path_properties(token: str) -> tuple[str, ...]:
    """Azure: the properties with names that make up a resource's id, outermost first, its own name last."""
    inputs = _inputs(token)
    own = facts(token).naming
    parents = [
        name
        for name, item in inputs.items()
        if item.required and (name.endswith("Name") or name == "scope") and name != "resourceGroupName"
    ]
    group = ["resourceGroupName"] if "resourceGroupName" in inputs else []
    last = [own.property] if own is not None and own.property not in parents + group else []
    return tuple(dict.fromkeys([*group, *sorted(parents), *last]))


def _default_id(token: str, package: str, entry: Mapping[str, Any]) -> Any:
    if package == "azure-native":
        return _azure_id(token, entry)
    if package == "aws":
        return _id_like(_import_example(token))
    return "{name}"


def _azure_id(token: str, entry: Mapping[str, Any]) -> str:
    # Filled in by the cloud, which knows the values of the path's properties.
    module, _, kind = token.partition(":")[2].rpartition(":")
    module = module.partition("/")[0]
    path = entry.get("path")
    if path is None:
        namespaces = table("azure-native")["namespaces"]
        provider = namespaces.get(module, f"Microsoft.{module[:1].upper()}{module[1:]}")
        path = f"{provider}/{plural(kind[0].lower() + kind[1:])}"
    return f"arm:{path}"


def plural(word: str) -> str:
    """`policy` → `policies`, `address` → `addresses`, `vault` → `vaults`."""
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch")) else f"{word}s"


@cache
def _import_example(token: str) -> str:
    """The identifier in the SDK's import example of a type, or ''."""
    known = sdk.resource_class(token)
    if known is None:
        return ""
    for overload in typing.get_overloads(vars(known.resource)["__init__"]):
        found = _IMPORT.search(overload.__doc__ or "")
        if found:
            return found.group(1).strip().strip("\"'")
    return ""


def _documented_arn(token: str, package: str) -> Mapping[str, str]:
    """A type that is imported by its ARN shows what its ARN looks like."""
    example = _import_example(token) if package == "aws" else ""
    return {"arn": _arn_like(example)} if example.startswith("arn:") and "," not in example else {}


def _id_like(example: str) -> str:
    """A template that makes ids such as the one in an example."""
    if example.startswith("arn:") and "," not in example:
        return _arn_like(example)
    prefixed = _HEX_ID.match(example)
    if prefixed:
        return f"{prefixed.group(1)}-{{hex:17}}"
    return "{uuid}" if _UUID.match(example) else "{name}"


def _arn_like(example: str) -> str:
    """The ARN of an example with its place, its account, its names and its random parts as templates."""
    _, _, service, region, account, *rest = example.split(":")
    parts = re.split(r"([/:])", ":".join(rest))
    words = [part for part in parts[::2] if part]
    result, named = [], False
    for index, part in enumerate(reversed(parts)):
        if part in "/:" or not part:
            result.append(part)
        elif _UUID.match(part):
            result.append("{uuid}")
        elif _RANDOM.match(part):
            result.append(f"{{hex:{max(len(part), 16)}}}")
        elif not named and (len(words) == 1 or index < len(parts) - 1):
            result.append("{name}")
            named = True
        else:
            result.append(part)
    place = f"{'{region}' if region else ''}:{'{account}' if account else ''}"
    return f"arn:{{partition}}:{service}:{place}:{''.join(reversed(result))}"
