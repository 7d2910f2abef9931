"""Diagnostic codes of the offline cloud."""

from __future__ import annotations

from skymason.diagnostics import define

REFUSED = define(
    "SM4001",
    "The cloud refuses the resource",
    "A real cloud refuses the same configuration, with the same code, in the middle of a deployment.",
)
REFUSED_DELETE = define(
    "SM4002",
    "The cloud refuses the deletion",
    "Something still uses the resource; a real cloud keeps it, and the deployment fails.",
)
NOT_FOUND = define(
    "SM4003",
    "The resource does not exist",
    "The program reads or imports something that the cloud does not have.",
)
NO_FUNCTION = define(
    "SM4004",
    "The provider's function has no answer",
    "The program calls a data source that does not exist, or that finds nothing.",
)
NO_STACK = define(
    "SM4005",
    "The stack that is referred to has no outputs here",
    "A stack reference reads what another stack exported; that stack has not been deployed to this cloud.",
)
NO_SERVER = define(
    "SM4010",
    "The offline cloud cannot be attached",
    "The stand-in providers listen on loopback ports, which could not be opened.",
)
