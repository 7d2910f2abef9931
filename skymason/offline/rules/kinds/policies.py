"""Kinds about IAM policy documents and ARNs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from skymason.offline.rules.paths import MISSING, is_unknown, parsed_json, path
from skymason.offline.rules.subject import Check, Finding, Subject

_ACTION = re.compile(r"\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?_-]+")
_ARN = re.compile(r"arn:(aws[a-z-]*|\*):([a-z0-9*-]*):([a-z0-9*-]*):([^:]*):(.+)", re.S)
_ARN_PATTERN = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+", re.S)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _statements(document: Any) -> list[Mapping[str, Any]]:
    if not isinstance(document, Mapping):
        return []
    return [item for item in _as_list(document.get("Statement", [])) if isinstance(item, Mapping)]


def _texts(document: Any, *keys: str) -> Iterator[str]:
    for statement in _statements(document):
        for key in keys:
            yield from (text for text in _as_list(statement.get(key, [])) if isinstance(text, str))


def _not_json(document: Any) -> str | None:
    return "" if not isinstance(document, Mapping) or not document.get("Statement") else None


def _version(document: Any) -> str | None:
    version = document.get("Version", "2008-10-17") if isinstance(document, Mapping) else "2012-10-17"
    return None if version in ("2012-10-17", "2008-10-17") else str(version)


def _lacks(*keys: str) -> Callable[[Any], str | None]:
    return lambda document: next(
        ("" for statement in _statements(document) if not any(key in statement for key in keys)), None
    )


def _has(*keys: str) -> Callable[[Any], str | None]:
    return lambda document: next(
        (key for statement in _statements(document) for key in keys if key in statement), None
    )


def _effect(document: Any) -> str | None:
    effects = (statement.get("Effect") for statement in _statements(document))
    return next((str(effect) for effect in effects if effect not in ("Allow", "Deny")), None)


def _action(document: Any) -> str | None:
    texts = _texts(document, "Action", "NotAction")
    return next((text for text in texts if not _ACTION.fullmatch(text)), None)


def _resource(document: Any) -> str | None:
    texts = _texts(document, "Resource", "NotResource")
    return next((text for text in texts if not _ARN_PATTERN.fullmatch(text)), None)


def _sid_twice(document: Any) -> str | None:
    sids = [statement["Sid"] for statement in _statements(document) if statement.get("Sid")]
    return next((str(sid) for index, sid in enumerate(sids) if sid in sids[:index]), None)


def _sid_text(document: Any) -> str | None:
    sids = (statement.get("Sid", "") for statement in _statements(document))
    return next((str(sid) for sid in sids if not re.fullmatch(r"[A-Za-z0-9]*", str(sid))), None)


def _not_sts(document: Any) -> str | None:
    return next((text for text in _texts(document, "Action") if not text.startswith(("sts:", "*"))), None)


_TOPIC_ACTIONS = {
    "addpermission",
    "deletetopic",
    "getdataprotectionpolicy",
    "gettopicattributes",
    "listsubscriptionsbytopic",
    "listtagsforresource",
    "publish",
    "putdataprotectionpolicy",
    "receive",
    "removepermission",
    "settopicattributes",
    "subscribe",
}
"""What a topic policy may speak of, in small letters."""


def _not_topic_action(document: Any) -> str | None:
    for text in _texts(document, "Action"):
        service, _, action = text.lower().partition(":")
        if text != "*" and (service != "sns" or ("*" not in action and action not in _TOPIC_ACTIONS)):
            return text
    return None


def _key_lockout(document: Any) -> str | None:
    allowed = (statement for statement in _statements(document) if statement.get("Effect") == "Allow")
    actions = [action for statement in allowed for action in _as_list(statement.get("Action", []))]
    return None if any(fnmatchcase("kms:PutKeyPolicy", str(action)) for action in actions) else ""


_ASPECTS: Mapping[str, Callable[[Any], str | None]] = {
    "statements": _not_json,
    "version": _version,
    "effect": _effect,
    "has_action": _lacks("Action", "NotAction"),
    "has_resource": _lacks("Resource", "NotResource"),
    "has_principal": _lacks("Principal", "NotPrincipal"),
    "no_principal": _has("Principal", "NotPrincipal"),
    "no_resource": _has("Resource", "NotResource"),
    "action_prefix": _action,
    "resource_arn": _resource,
    "sts_only": _not_sts,
    "kms_admin": _key_lockout,
    "sns_actions": _not_topic_action,
    "sid_unique": _sid_twice,
    "sid_text": _sid_text,
}


def policy_document(property: str, aspect: str) -> Check:
    """One aspect of a policy document is right: statements, version, effect, has_action, has_resource,
    has_principal, no_principal, no_resource, action_prefix, resource_arn, sts_only, kms_admin, sns_actions,
    sid_unique or sid_text."""
    at, wrong = path(property), _ASPECTS[aspect]

    def check(subject: Subject) -> Iterator[Finding]:
        for found, value in at.find(subject.node):
            document = parsed_json(value)
            if is_unknown(document) or (document is MISSING and aspect != "statements"):
                continue
            if (part := wrong(document)) is not None:
                yield found, {"part": part}

    return check


def arn_shape(
    property: str, services: Sequence[str] = (), resource: str = "", also: Sequence[str] = ()
) -> Check:
    """A text is an ARN, of one of these services, its last part matching `resource`, or is one of `also`."""
    at, last = path(property), re.compile(resource) if resource else None

    def check(subject: Subject) -> Iterator[Finding]:
        for found, value in at.find(subject.node):
            if not isinstance(value, str) or is_unknown(value) or value in also:
                continue
            match = _ARN.fullmatch(value)
            if (
                match is None
                or (services and match[2] not in services)
                or (last is not None and not last.fullmatch(match[5]))
            ):
                yield found, {"value": value}

    return check
