"""The typed keys of every pattern, one module each; read only when a service needs it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skymason.patterns.models.common import ServiceConfig


@cache
def model_of(pattern: str) -> type[ServiceConfig] | None:
    """The model of a pattern, by name: `web_api` is `web_api.WebApi`; None where there is none."""
    module = f"{__name__}.{pattern}"
    if not pattern.isidentifier() or find_spec(module) is None:
        return None
    model: type[ServiceConfig] | None = getattr(import_module(module), class_name(pattern), None)
    return model


def class_name(pattern: str) -> str:
    """`WebApi` for `web_api`."""
    return "".join(part.title() for part in pattern.split("_"))
