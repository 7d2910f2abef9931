"""`aws.iam.get_policy_document`, rendered as AWS wants it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_VERSION = "2012-10-17"


def policy_document(args: Mapping[str, Any]) -> str:
    """The policy as JSON. Later documents override statements of the same id, as the real function does."""
    statements: list[dict[str, Any]] = []
    for text in args.get("sourcePolicyDocuments") or []:
        statements = _merge(statements, _parsed(text))
    statements = _merge(statements, [_statement(item) for item in args.get("statements") or []])
    for text in args.get("overridePolicyDocuments") or []:
        statements = _merge(statements, _parsed(text))
    document: dict[str, Any] = {"Version": args.get("version") or _VERSION}
    if args.get("policyId"):
        document["Id"] = args["policyId"]
    document["Statement"] = statements
    return json.dumps(document, separators=(",", ":"))


def _parsed(text: Any) -> list[dict[str, Any]]:
    found = json.loads(text).get("Statement", []) if text else []
    return found if isinstance(found, list) else [found]


def _merge(base: list[dict[str, Any]], over: list[dict[str, Any]]) -> list[dict[str, Any]]:
    result = list(base)
    places = {item["Sid"]: index for index, item in enumerate(result) if item.get("Sid")}
    for item in over:
        if item.get("Sid") in places:
            result[places[item["Sid"]]] = item
        else:
            result.append(item)
    return result


def _statement(item: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if item.get("sid"):
        result["Sid"] = item["sid"]
    result["Effect"] = item.get("effect") or "Allow"
    for ours, theirs in (("actions", "Action"), ("notActions", "NotAction")):
        if item.get(ours):
            result[theirs] = _one_or_many(item[ours])
    for ours, theirs in (("resources", "Resource"), ("notResources", "NotResource")):
        if item.get(ours):
            result[theirs] = _one_or_many(item[ours])
    for ours, theirs in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if item.get(ours):
            result[theirs] = _principals(item[ours])
    if item.get("conditions"):
        result["Condition"] = _conditions(item["conditions"])
    return result


def _one_or_many(values: list[Any]) -> Any:
    unique = sorted(set(values))
    return unique[0] if len(unique) == 1 else unique


def _principals(items: list[Mapping[str, Any]]) -> Any:
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(str(item["type"]), []).extend(item.get("identifiers") or [])
    if found == {"*": ["*"]}:
        return "*"
    return {kind: _one_or_many(names) for kind, names in found.items()}


def _conditions(items: list[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        values = list(dict.fromkeys(item.get("values") or []))
        found.setdefault(str(item["test"]), {})[str(item["variable"])] = (
            values[0] if len(values) == 1 else values
        )
    return found
