"""A rule: an entry of a rule file, compiled into a function that finds what breaks it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from skymason.offline.rules.conditions import Condition, condition
from skymason.offline.rules.kinds import KINDS
from skymason.offline.rules.paths import Path, join, path, shown
from skymason.offline.rules.subject import Check, Subject
from skymason.offline.view import CloudView, StoredResource
from skymason.plan.model import UNKNOWN

Example: TypeAlias = Mapping[str, Any]

_OWN_KEYS = frozenset(
    "id type kind operations each when code message source given reject accept".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that the real cloud would refuse.

    rule_id: id of the rule. code: the cloud's own error code. message: the cloud's own words, without the
    code. property: path of the offending input, '' for the resource as a whole. str() gives 'code: message'.
    """

    rule_id: str
    code: str
    message: str
    property: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of a rule file.

    types: Pulumi token → path of the part of the inputs that the rule speaks of, '' for all of it.
    kind, params: what must hold. operations: when it is asked. each: path of the items that the rule is asked
    for, one by one. when: conditions on the part; all must hold. given: other resources of the examples.
    reject, accept: example inputs. Source and examples are left out where rules are asked.
    """

    id: str
    types: Mapping[str, str]
    kind: str
    params: Mapping[str, Any]
    operations: frozenset[str]
    each: str
    when: Mapping[str, Any]
    code: str
    message: str
    source: str = ""
    given: tuple[Mapping[str, Any], ...] = ()
    reject: Example = field(default_factory=dict)
    accept: Example = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Rule:
        """A rule from its entry. Raises KeyError for a key that is missing."""
        types = data["type"]
        if isinstance(types, str):
            types = {types: ""}
        elif not isinstance(types, Mapping):
            types = dict.fromkeys(types, "")
        kind = data["kind"]
        return cls(
            id=data["id"],
            types=types,
            kind=kind,
            params={key: value for key, value in data.items() if key not in _OWN_KEYS},
            operations=frozenset(data.get("operations", KINDS[kind].operations)),
            each=data.get("each", ""),
            when=data.get("when", {}),
            code=data["code"],
            message=data["message"],
            source=data.get("source", ""),
            given=tuple(data.get("given", ())),
            reject=data.get("reject", {}),
            accept=data.get("accept", {}),
        )


class CompiledRule:
    """A rule for one of its types."""

    __slots__ = ("_check", "_conditions", "_each", "_root", "rule")

    def __init__(self, rule: Rule, token: str) -> None:
        self.rule = rule
        self._root: Path | None = path(rule.types[token]) if rule.types[token] else None
        self._each: Path | None = path(rule.each) if rule.each else None
        self._conditions: list[Condition] = [condition(key, value) for key, value in rule.when.items()]
        try:
            self._check: Check = KINDS[rule.kind].make(**rule.params)
        except TypeError as error:
            raise ValueError(f"rule {rule.id}: {error}") from error

    def violations(self, resource: StoredResource, view: CloudView) -> Iterator[Violation]:
        for at, node in self._parts(resource.inputs):
            if node == UNKNOWN or not all(holds(node) for holds in self._conditions):
                continue
            for found, values in self._check(Subject(resource, view, node)):
                property = join(at, found)
                yield Violation(
                    self.rule.id,
                    self.rule.code,
                    self.rule.message.format_map(_Words(resource, view, property, node, values)),
                    property,
                )

    def _parts(self, inputs: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
        if self._root is None:
            return self._each.find(inputs) if self._each else (("", inputs),)
        return self._below_root(inputs)

    def _below_root(self, inputs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for at, node in (self._root or path("")).find(inputs):
            if self._each is None or node == UNKNOWN:
                yield at, node
            else:
                for below, item in self._each.find(node):
                    yield join(at, below), item


class _Words(dict[str, str]):
    """The words of a message: what the kind found, then the resource and its cloud, then inputs by path."""

    def __init__(
        self,
        resource: StoredResource,
        view: CloudView,
        property: str,
        node: Any,
        values: Mapping[str, Any],
    ) -> None:
        super().__init__({key: _short(shown(value)) for key, value in values.items()})
        self.setdefault("property", property)
        self._resource, self._view, self._node = resource, view, node

    def __missing__(self, key: str) -> str:
        if key in ("account", "region"):
            return str(getattr(self._view, key))
        if key in ("id", "type"):
            return str(getattr(self._resource, key))
        if key == "object":
            return _kubernetes_object(self._resource)
        for place in (self._node, self._resource.inputs, self._resource.outputs):
            value = path(key.replace("/", ".")).first(place)
            if isinstance(value, (str, int, float, bool)):
                return shown(value)
        return ""


def _short(text: str, most: int = 200) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _kubernetes_object(resource: StoredResource) -> str:
    """As the API server names an object: `Deployment.apps "orders"`."""
    _, module, kind = resource.type.split(":")
    group = module.split("/")[0]
    name = path("metadata.name").first(resource.inputs)
    label = kind if group == "core" else f"{kind}.{group}"
    return f'{label} "{name if isinstance(name, str) else resource.name}"'
