"""Templates of the values that a cloud computes, as the data tables write them.

`{account}`, `{region}`, `{partition}`, `{dns_suffix}`, `{zone}`   where it is
`{id}`, `{name}`, `{kind}`, `{service}`, `{logical}`              what it is; `{name}` is the physical name
`{in.a.b}`, `{in.a[0].b}`                                        an input; alone, the value itself
`{hex:17}`, `{digits:12}`, `{upper:14}`, `{uuid}`                 random, but the same for the same resource;
                                                                 `{hex:17:label}` tells two of them apart
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from skymason.offline.values import digest
from skymason.plan.model import UNKNOWN
from skymason.plan.paths import lookup

_PART = re.compile(r"\{([A-Za-z_][\w.:\[\] -]*)\}")  # JSON text in a template has quotes in its braces
_ALPHABETS = {
    "hex": "0123456789abcdef",
    "digits": "0123456789",
    "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "letters": "abcdefghijklmnopqrstuvwxyz",
}


@dataclass(frozen=True, slots=True)
class Context:
    """What a template can name. seed: what random parts depend on."""

    words: Mapping[str, str]
    inputs: Mapping[str, Any]
    seed: str
    extra: Mapping[str, Any] = field(default_factory=dict)


def random_text(kind: str, length: int, seed: str, label: str = "") -> str:
    """`length` characters of 'hex', 'digits', 'upper' or 'letters', always the same for a seed."""
    alphabet = _ALPHABETS[kind]
    number = int(digest(seed, kind, label, length=128), 16)
    result = []
    for _ in range(length):
        number, index = divmod(number, len(alphabet))
        result.append(alphabet[index])
    return "".join(result)


def uuid_text(seed: str, label: str = "") -> str:
    """A version-4 UUID, always the same for a seed."""
    d = digest(seed, "uuid", label, length=32)
    return f"{d[:8]}-{d[8:12]}-4{d[13:16]}-a{d[17:20]}-{d[20:]}"


def render(template: Any, context: Context) -> Any:
    """The value of a template: text, or lists and maps of them; anything else stands for itself."""
    if isinstance(template, str):
        whole = _PART.fullmatch(template)
        if whole is not None:
            return _part(whole.group(1), context)
        unknown = False

        def replaced(match: re.Match[str]) -> str:
            nonlocal unknown
            value = _part(match.group(1), context)
            unknown = unknown or value == UNKNOWN
            return "" if value is None else str(value)

        text = _PART.sub(replaced, template)
        return UNKNOWN if unknown else text
    if isinstance(template, Mapping):
        return {key: render(item, context) for key, item in template.items()}
    if isinstance(template, list):
        return [render(item, context) for item in template]
    return template


def _part(expression: str, context: Context) -> Any:
    if expression.startswith("in."):
        return lookup(context.inputs, expression[3:])
    name, _, rest = expression.partition(":")
    if name in _ALPHABETS:
        length, _, label = rest.partition(":")
        return random_text(name, int(length), context.seed, label)
    if name == "uuid":
        return uuid_text(context.seed, rest)
    if expression in context.words:
        return context.words[expression]
    if expression in context.extra:
        return context.extra[expression]
    raise KeyError(f"a template names {{{expression}}}, which is not known")
