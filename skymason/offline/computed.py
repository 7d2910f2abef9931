"""What the cloud itself sets: the id and the computed outputs of a resource, from the facts of its type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skymason.offline import contract, values
from skymason.offline.facts import facts, path_properties, table
from skymason.offline.shapes import Object, Property
from skymason.offline.templates import Context, render, uuid_text
from skymason.offline.values import digest
from skymason.offline.words import SUBSCRIPTION, Place, Words
from skymason.plan.model import UNKNOWN
from skymason.plan.paths import lookup


def identify(token: str, name: str, inputs: Mapping[str, Any], place: Place, seed: str) -> str:
    """The id of a new resource. name: its logical name. seed: what its random parts depend on."""
    known = facts(token)
    template = known.id
    if token.startswith("kubernetes:") and template == "{name}":
        return _kubernetes_id(token, inputs)
    if isinstance(template, str) and template.startswith("arm:"):
        return _arm_id(token, template[4:], inputs, place)
    return str(render(template, _context(token, name, inputs, place, seed, "")))


def outputs(
    token: str, name: str, id: str, inputs: Mapping[str, Any], place: Place, seed: str
) -> dict[str, Any]:
    """All outputs of a resource. An empty id: it does not exist yet, and what is computed is unknown."""
    known = facts(token)
    shape = contract.outputs_of(token)
    result = dict(inputs)
    if shape is None:
        return _kubernetes(token, result, id, seed) if token.startswith("kubernetes:") else result
    context = _context(token, name, inputs, place, seed, id)
    for key, template in known.outputs.items():
        item = shape.properties.get(key)
        if item is not None:
            _fill(result, key, item, template, context if id else None)
    for key, template in known.common.items():
        item = shape.properties.get(key)
        if item is not None and item.required and key not in known.outputs:
            _fill(result, key, item, template, context if id else None)
    if token.startswith("aws:") and "tagsAll" in shape.properties and "tagsAll" not in result:
        result["tagsAll"] = _all_tags(inputs, place)
    if token.startswith("kubernetes:"):
        return _kubernetes(token, result, id, seed)
    found = values.complete(shape, result, "", seed if id else "")
    for key, template in known.outputs.items():
        if template is None and key not in result:
            found.pop(key, None)  # promised by the type, but absent from a resource that does not ask for it
    return found


def _fill(result: dict[str, Any], key: str, item: Property, template: Any, context: Context | None) -> None:
    """Set an output that the inputs leave open, or what is missing inside of one that they do not."""
    if result.get(key) is None:
        if context is None:
            result[key] = UNKNOWN
        else:
            value = render(template, context)
            if value is not None:
                result[key] = value
    elif (
        isinstance(template, Mapping) and isinstance(result[key], Mapping) and isinstance(item.shape, Object)
    ):
        inner = dict(result[key])
        for name, nested in item.shape.properties.items():
            if name in template:
                _fill(inner, name, nested, template[name], context)
        result[key] = inner


def _context(token: str, name: str, inputs: Mapping[str, Any], place: Place, seed: str, id: str) -> Context:
    known = facts(token)
    physical = inputs.get(known.naming.property) if known.naming is not None else inputs.get("name")
    words = {
        "account": SUBSCRIPTION if token.startswith("azure-native:") else place.account,
        "region": place.region,
        "partition": place.partition,
        "dns_suffix": place.dns_suffix,
        "service": known.service,
        "kind": known.kind,
        "logical": name,
        "name": str(physical) if physical is not None else f"{name}-{digest(seed, 'name', length=7)}",
        "id": id,
    }
    return Context(words, inputs, seed, Words(place, inputs, seed))


def _all_tags(inputs: Mapping[str, Any], place: Place) -> Any:
    """The resource's tags over the default tags of its provider."""
    own = inputs.get("tags")
    if own == UNKNOWN:
        return UNKNOWN
    shared = lookup(place.config, "defaultTags.tags")
    return {
        **(shared if isinstance(shared, Mapping) else {}),
        **(own if isinstance(own, Mapping) else {}),
    }


def _kubernetes_id(token: str, inputs: Mapping[str, Any]) -> str:
    """`namespace/name`, or the name alone for a kind without namespaces."""
    name, space = lookup(inputs, "metadata.name"), lookup(inputs, "metadata.namespace")
    if token.rpartition(":")[2] in table("kubernetes")["cluster_scoped"]:
        return str(name)
    return f"{space or 'default'}/{name}"


def _kubernetes(token: str, result: dict[str, Any], id: str, seed: str) -> dict[str, Any]:
    """What the API server adds to every object."""
    given = result.get("metadata")
    if given == UNKNOWN or token.startswith("kubernetes:helm.sh"):
        return result
    metadata = dict(given) if isinstance(given, Mapping) else {}
    scoped = token.rpartition(":")[2] in table("kubernetes")["cluster_scoped"]
    if not scoped and metadata.get("namespace") is None:
        metadata["namespace"] = "default"
    added = {"uid": uuid_text(seed), "resourceVersion": "1", "generation": 1}
    if id:
        added["creationTimestamp"] = "2025-01-01T00:00:00Z"
    for key, value in added.items():
        metadata.setdefault(key, value if id else UNKNOWN)
    result["metadata"] = metadata
    return result


def _arm_id(token: str, path: str, inputs: Mapping[str, Any], place: Place) -> str:
    """`/subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/a/subnets/b`."""
    names = list(path_properties(token))
    base = f"/subscriptions/{SUBSCRIPTION}"
    if names[:1] == ["resourceGroupName"]:
        base += f"/resourceGroups/{inputs.get('resourceGroupName')}"
        names = names[1:]
    provider, *kinds = path.split("/")
    parents = [name.removesuffix("Name") for name in names[:-1]]
    if len(kinds) < len(names):
        kinds = [f"{parent}s" if not parent.endswith("s") else parent for parent in parents] + kinds[-1:]
    steps = [f"{kind}/{inputs.get(name)}" for kind, name in zip(kinds, names, strict=False)]
    return "/".join([base, "providers", provider, *steps])
