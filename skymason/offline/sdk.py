"""Resource tokens → the SDK's own classes, without importing more than the one module asked for."""

from __future__ import annotations

import importlib
import sys
from functools import cache
from typing import Any, NamedTuple

PACKAGES = {
    "aws": "pulumi_aws",
    "azure-native": "pulumi_azure_native",
    "eks": "pulumi_eks",
    "kubernetes": "pulumi_kubernetes",
    "random": "pulumi_random",
    "tls": "pulumi_tls",
}
"""Pulumi package → Python package. Another package that is installed needs one line here."""


class ResourceClass(NamedTuple):
    """A resource class and the class of its inputs (None where it has none of its own)."""

    resource: type
    args: type | None


def package_of(token: str) -> str:
    """The package of a resource or function token; for a provider's own type, the package it provides."""
    parts = token.split(":")
    return parts[2] if token.startswith("pulumi:providers:") and len(parts) == 3 else parts[0]


@cache
def version_of(package: str) -> str:
    """The version of the installed SDK, or '' where it is not installed."""
    module = _load(package)
    utilities = sys.modules.get(f"{module.__name__}._utilities") if module else None
    return str(utilities.get_version()) if utilities else ""


@cache
def _load(package: str) -> Any:
    name = PACKAGES.get(package)
    if name is None:
        return None
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


@cache
def tokens(package: str) -> dict[str, str]:
    """Every resource token of a package → the Python module that holds its class."""
    if _load(package) is None:
        return {}
    from pulumi.runtime import rpc

    result: dict[str, str] = {}
    for key, modules in rpc._RESOURCE_MODULES.items():
        if key.partition(":")[0] == package:
            for module in modules:
                result.update(dict.fromkeys(module.mod_info["classes"], module.mod_info["fqn"]))
    return result


@cache
def resource_class(token: str) -> ResourceClass | None:
    """The class that the SDK has for a token, or None for a type it does not know."""
    package = package_of(token)
    if token.startswith("pulumi:providers:"):
        module = _load(package)
        return _with_args(module.Provider, "Provider") if module else None
    fqn = tokens(package).get(token)
    if fqn is None:
        return None
    name = token.rpartition(":")[2]
    module = importlib.import_module(fqn)
    return _with_args(getattr(module, name), name)


def _with_args(resource: type, name: str) -> ResourceClass:
    # The class is re-exported by its package; its inputs stand in the module that defines it.
    home = sys.modules[resource.__module__]
    for suffix in ("InitArgs", "Args"):
        args = getattr(home, f"{name}{suffix}", None)
        if isinstance(args, type):
            return ResourceClass(resource, args)
    return ResourceClass(resource, None)
