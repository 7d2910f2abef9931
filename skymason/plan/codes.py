"""Diagnostic codes of plans and evaluations."""

from __future__ import annotations

from skymason.diagnostics import define

PROGRAM_FAILED = define(
    "SM3001",
    "The program stopped with an exception",
    "Nothing behind the line that raised was registered, so the plan would be incomplete.",
)
DUPLICATE_URN = define(
    "SM3002",
    "Two resources have the same URN",
    "The engine tells resources apart by type, parent and name; the second of two would overwrite the first.",
)
UNKNOWN_TYPE = define(
    "SM3010",
    "The resource type does not exist",
    "The installed SDK has no such type, so no provider could make it.",
)
UNKNOWN_INPUT = define(
    "SM3011",
    "The input does not exist",
    "Providers drop what they do not know: a misspelt input is silently without effect.",
)
MISSING_INPUT = define(
    "SM3012",
    "A required input is missing",
    "The provider refuses the resource without it.",
)
WRONG_TYPE = define(
    "SM3013",
    "The input has the wrong type",
    "The provider refuses the value, or turns it into something else.",
)
NOT_ALLOWED = define(
    "SM3014",
    "The value is not one of those allowed",
    "The property takes one of a closed set of values.",
)
NAME_TOO_LONG = define(
    "SM3015",
    "The generated physical name is too long",
    "Providers add random digits to a name where no physical one is given; services limit the length.",
)
PROTECTED = define(
    "SM3020",
    "A protected resource would be deleted or replaced",
    "`protect` keeps data from being lost by a change of the program; it has to be lifted on purpose.",
)
NO_PROJECT = define(
    "SM3030",
    "The folder holds no Pulumi project that can be evaluated",
    "An evaluation needs Pulumi.yaml with a name, and a Python program in __main__.py.",
)
UNREADABLE = define(
    "SM3031",
    "The engine's output cannot be read",
    "A plan is made from `pulumi preview --json` or `pulumi stack export`; the text given is neither.",
)

BY_KIND = {
    "token": UNKNOWN_TYPE,
    "unknown": UNKNOWN_INPUT,
    "missing": MISSING_INPUT,
    "type": WRONG_TYPE,
    "enum": NOT_ALLOWED,
    "name": NAME_TOO_LONG,
}
"""The code of each kind of breach of a contract."""
