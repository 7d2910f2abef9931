"""Types that have several spellings, and where the rules of a type are kept."""

from __future__ import annotations

import re
from functools import lru_cache

_MODULES = {"aws:alb/": "aws:lb/"}
"""Modules of one SDK that are the same under two names."""

_SHARED = {
    ("aws", "vpc"): ("aws/ec2",),
    ("kubernetes", "apps"): ("kubernetes/pods",),
    ("kubernetes", "batch"): ("kubernetes/pods",),
    ("kubernetes", "core"): ("kubernetes/pods",),
}
"""Services whose types are spoken of in another file, too."""

_AZURE_VERSION = re.compile(r"^(azure-native:\w+)/v\w+:")


@lru_cache(maxsize=4096)
def canonical(token: str) -> str:
    """The spelling of a type that rules use: without an Azure API version, in its main module."""
    for other, main in _MODULES.items():
        if token.startswith(other):
            return main + token.removeprefix(other)
    return _AZURE_VERSION.sub(r"\1:", token)


@lru_cache(maxsize=4096)
def spellings(token: str) -> tuple[str, ...]:
    """Every spelling of a type under which resources may be stored, the canonical one first."""
    main = canonical(token)
    others = [other + main.removeprefix(start) for other, start in _MODULES.items() if main.startswith(start)]
    return tuple(dict.fromkeys([main, *others, token]))


@lru_cache(maxsize=4096)
def files_of(token: str) -> tuple[str, ...]:
    """Rule files (without suffix) that may speak of a type: of its package, its service, and what is shared.

    `aws:ec2/subnet:Subnet` → aws/all, aws/ec2 and aws/models/ec2; `kubernetes:apps/v1:Deployment` →
    kubernetes/all, kubernetes/pods and kubernetes/apps.
    """
    package, module = canonical(token).split(":")[:2]
    service = re.split(r"[/.]", module)[0]
    shared = _SHARED.get((package, service), ())
    return (f"{package}/all", f"{package}/{service}", f"{package}/models/{service}", *shared)
