"""Comparing two terms: properties of a resource, of the resources that it refers to, or constants."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from skymason.offline.rules.kinds.formats import quantity_of
from skymason.offline.rules.kinds.relations import lookup, pairs
from skymason.offline.rules.kinds.values import number
from skymason.offline.rules.paths import MISSING, is_unknown, path
from skymason.offline.rules.subject import Check, Finding, Subject

Term: TypeAlias = Callable[[Subject], Any]

_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
}


def compare(
    left: Any, op: str, right: Any, factor: float = 1, unit: str = "number", property: str = ""
) -> Check:
    """left op right × factor holds. A term is a property, `{value: …}`, or `{through: property with an id,
    to: {type: its key}, its: property there, default: …}`, a number `times` a further term; `unit` is number
    or quantity. ops: <= < >= > == != in, contains."""
    first, second = _term(left), _term(right)
    at = property or (left if isinstance(left, str) else left.get("through", left.get("own", "")))

    def check(subject: Subject) -> Iterator[Finding]:
        one, two = first(subject), second(subject)
        if MISSING in (one, two) or is_unknown(one) or is_unknown(two):
            return
        if not _holds(one, op, two, factor, unit):
            yield at, {"value": one, "left": one, "right": two}

    return check


def _holds(one: Any, op: str, two: Any, factor: float, unit: str) -> bool:
    if op in ("==", "!="):
        return bool((one == two) == (op == "=="))
    if op == "in":
        return one in two
    if op == "contains":
        return str(two) in str(one)
    convert: Callable[[Any], Any] = quantity_of if unit == "quantity" else number
    first, second = convert(one), convert(two)
    if first is None or second is None:
        return True
    return _ORDER[op](first, second * type(second)(factor) if factor != 1 else second)


def _term(given: Any) -> Term:
    if isinstance(given, str):
        given = {"own": given}
    if "times" in given:
        return _product(_term({key: given[key] for key in given if key != "times"}), _term(given["times"]))
    default = given.get("default", MISSING)
    if "value" in given:
        return lambda subject: given["value"]
    if "own" in given:
        own = path(given["own"])
        return lambda subject: _or(own.first(subject.node), default)
    through, its, keys = path(given["through"]), path(given["its"]), pairs(given["to"])

    def referred(subject: Subject) -> Any:
        key = through.first(subject.node)
        if key is MISSING or is_unknown(key):
            return MISSING
        other = lookup(subject.view, keys, key)
        if other is None:
            return MISSING
        value = its.first(other.inputs)
        return _or(its.first(other.outputs) if value is MISSING else value, default)

    return referred


def _product(first: Term, second: Term) -> Term:
    def product(subject: Subject) -> Any:
        one, two = number(first(subject)), number(second(subject))
        return MISSING if one is None or two is None else one * two

    return product


def _or(value: Any, default: Any) -> Any:
    return default if value is MISSING else value
