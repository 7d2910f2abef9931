"""Bindings of building blocks: rows of the table of edges, on ARNs that may not be known yet."""

import re
from collections.abc import Mapping

import pulumi

from components.aws.kinds import ANYWHERE, Arn, Kind
from components.binding import Binding, NetworkRule, Statement
from skymason.diagnostics import suggestion

HTTPS: NetworkRule = {"direction": "egress", "port": 443, "cidr": ANYWHERE}


def grant(
    kind: Kind,
    name: str,
    access: str,
    *,
    arn: pulumi.Input[str],
    key_arn: pulumi.Input[str] | None = None,
    targets: Mapping[str, list[pulumi.Input[str]]] | None = None,
    environment: Mapping[str, pulumi.Input[str]],
    network: list[NetworkRule] | None = None,
) -> Binding:
    """What one access of `kind` grants.

    name: what the workload calls the resource; starts the names of its settings. arn: the resource's.
    key_arn: the customer-managed key of the resource, if any. targets: word in a row's `on` → ARNs, where
    a statement is not about the resource's own ARN with a suffix. environment: setting → value, without
    the name in front. network: left out, AWS's own HTTPS endpoints. Raises ValueError for an access that
    the kind does not have.
    """
    if access not in kind.accesses:
        known = suggestion(access, tuple(kind.accesses))
        raise ValueError(f"access of '{name}': '{access}' is not known; {known}")
    row = kind.accesses[access]
    named = targets or {}
    sid = statement_id(f"{name}-{access}")
    statements: list[Statement] = [
        {
            "sid": f"{sid}{index or ''}",
            "actions": [f"{kind.service}:{action}" for action in item.actions],
            "resources": [
                target for word in item.on for target in named.get(word, [_with_suffix(arn, word)])
            ],
        }
        for index, item in enumerate(row.grants)
    ]
    if row.key and key_arn is not None:
        statements.append(key_statement(f"{sid}Key", row.key, key_arn, kind.service))
    prefix = re.sub(r"[^A-Z0-9]", "_", name.upper())
    return {
        "name": name,
        "environment": {f"{prefix}_{setting}": value for setting, value in environment.items()},
        "statements": statements,
        "network": [HTTPS] if network is None else network,
    }


def key_statement(sid: str, actions: tuple[str, ...], key_arn: pulumi.Input[str], service: str) -> Statement:
    """Use of a key, only through the one service that encrypts with it."""
    through = pulumi.Output.from_input(key_arn).apply(lambda text: _through(service, text))
    return {
        "sid": sid,
        "actions": list(actions),
        "resources": [key_arn],
        "conditions": {"StringEquals": {"kms:ViaService": through}},
    }


def statement_id(text: str) -> str:
    """Letters and digits of the text, each word with a capital, as a statement id may be."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text))


def _through(service: str, key_arn: str) -> str:
    key = Arn.parse(key_arn)
    return f"{service}.{key.region}.{key.suffix}"


def _with_suffix(arn: pulumi.Input[str], suffix: str) -> pulumi.Input[str]:
    return pulumi.Output.concat(arn, suffix) if suffix else arn
