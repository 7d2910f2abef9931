"""Writes `schemas/escape/<cloud>.<pattern>.json`: what `escape` can set, by short name of the resource.

`python -m components.patterns.escape_schema` writes the files; a test checks that they are current. The names
come from an evaluation of the component with everything switched on, the properties from the SDK. A name that
depends on the spec (of a port, host, task, topic or address range) has `*` in the place of that part.
"""

import json
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi

from components.aws.names import slug
from components.patterns.aws.background_worker import BackgroundWorker
from components.patterns.aws.data_api import DataApi
from components.patterns.aws.event_processor import EventProcessor
from components.patterns.aws.web_api import WebApi
from components.patterns.escape import is_child, parameters
from skymason.plan.evaluate import evaluate

FOLDER = Path(__file__).parent.parent.parent / "schemas" / "escape"

_PORT, _NUMBER, _HOST, _TASK, _CIDR = "any-port", 64_999, "anyhost.example.com", "any-task", "192.0.2.1/32"
_TOPIC = "any-topic"
_SCHEMA = Path(__file__).with_name("any-schema.json")
_VARIABLE = (_SCHEMA.stem, _PORT, str(_NUMBER), slug(_HOST), _TASK, slug(_CIDR), _TOPIC)
_ACCOUNT, _REGION = "123456789012", "eu-central-1"
_KEY = f"arn:aws:kms:{_REGION}:{_ACCOUNT}:key/11111111-2222-3333-4444-555555555555"

PLATFORM: dict[str, Any] = {
    "project": "any",
    "environment": "prod",
    "account_id": _ACCOUNT,
    "partition": "aws",
    "region": _REGION,
    "vpc_id": "vpc-0123456789abcdef0",
    "vpc_cidr": "10.0.0.0/16",
    "availability_zones": [f"{_REGION}{zone}" for zone in "abc"],
    **{
        f"{tier}_subnet_ids": [f"subnet-{index}{number}123456789abcdef" for number in range(3)]
        for index, tier in enumerate(("public", "private", "data"))
    },
    "public_subnet_cidrs": ["10.0.32.0/21", "10.0.96.0/21", "10.0.160.0/21"],
    "private_subnet_cidrs": ["10.0.0.0/19", "10.0.64.0/19", "10.0.128.0/19"],
    "cluster_name": "any",
    "cluster_security_group_id": "sg-0123456789abcdef0",
    "kubeconfig": "{}",
    "registry_host": f"{_ACCOUNT}.dkr.ecr.{_REGION}.amazonaws.com",
    "repository_prefix": "any-prod",
    "data_key_arn": _KEY,
    "logs_key_arn": _KEY,
    "alert_topic_arn": f"arn:aws:sns:{_REGION}:{_ACCOUNT}:any",
    "log_bucket": "any-logs",
    "hosted_zone_id": "Z0123456789ABCDEFGHIJ",
    "private_zone_id": "Z9876543210ABCDEFGHIJ",
    "pod_log_prefix": "/aws/eks/any/pods",
    "priority_class_prefix": "skymason",
    "scaler_role_arn": f"arn:aws:iam::{_ACCOUNT}:role/any-keda",
}
"""A platform that exists nowhere: ids in the right form, for an evaluation that looks none of them up."""

_COMMON: dict[str, Any] = {
    "platform": PLATFORM,
    "service": {"name": "any", "owner": "any"},
    "image": {"repository": "any", "digest": f"sha256:{'0' * 64}"},
    "tasks": [
        {"name": _TASK, "command": ["run"]},
        {"name": _TASK, "command": ["run"], "schedule": "0 3 * * *"},
    ],
    "bindings": [
        {
            "name": "any",
            "environment": {},
            "statements": [{"sid": "Any", "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::any/*"]}],
            "network": [],
        }
    ],
    "singleton": False,
}

_HTTP: dict[str, Any] = {
    **_COMMON,
    "ports": [{"name": _PORT, "port": _NUMBER}],
    "ingress": {
        "exposure": "both",
        "hosts": [_HOST],
        "routes": [{"path": "/", "port": _PORT}],
        "allowed_cidrs": [_CIDR],
        "waf": {"enabled": True},
    },
    "alarms": {"enabled": True, "no_traffic_minutes": 5},
}

_PUBLIC: dict[str, Any] = {**_HTTP, "ingress": {**_HTTP["ingress"], "exposure": "public"}}

_QUEUE = f"arn:aws:sqs:{_REGION}:{_ACCOUNT}"
_SUBSCRIPTION: dict[str, Any] = {
    "name": _TOPIC,
    "environment": {},
    "statements": [],
    "network": [],
    "topic_arn": f"arn:aws:sns:{_REGION}:{_ACCOUNT}:any",
}

Variants = Mapping[str, Any] | Sequence[Mapping[str, Any]]

EVERYTHING: dict[str, Variants] = {
    "aws.background_worker": [
        {**_COMMON, "bindings": [_SUBSCRIPTION], "alarms": {"enabled": True}, "dashboard": True},
        {**_COMMON, "queue": {"existing": {"arn": f"{_QUEUE}:any", "dead_letter_arn": f"{_QUEUE}:dead"}}},
    ],
    "aws.data_api": [
        {
            **_HTTP,
            "database": {"read_replicas": 5, "backup_region": "eu-west-1", "snapshot": "any"},
            "cache": {"engine": "redis", "engine_version": "7.1"},
        },
        {**_PUBLIC, "database": {"runtime": "cluster"}, "pool": {"kind": "none"}},
    ],
    "aws.event_processor": [
        {
            **_COMMON,
            "alarms": {"enabled": True},
            "dashboard": True,
            "stream": {"enhanced_fan_out": True},
            "store": {"object_lock_days": 1},
            "schemas": {"files": [str(_SCHEMA)]},
        },
        {
            **_COMMON,
            "alarms": {"enabled": True},
            "stream": {"kind": "msk_provisioned", "broker_type": "kafka.m7g.large"},
        },
        {**_COMMON, "stream": {"kind": "msk_serverless"}},
    ],
    "aws.web_api": [_HTTP, _PUBLIC],
}
"""Cloud and pattern → arguments, or several, that together make every resource that there can be."""

COMPONENTS: dict[str, type[pulumi.ComponentResource]] = {
    "aws.background_worker": BackgroundWorker,
    "aws.data_api": DataApi,
    "aws.event_processor": EventProcessor,
    "aws.web_api": WebApi,
}


def schema(component: type[pulumi.ComponentResource], variants: Variants) -> dict[str, Any]:
    """Short name → type and properties of every resource that `component` makes of any of `variants`."""
    found: dict[str, Any] = {}
    for args in [variants] if isinstance(variants, Mapping) else variants:
        found |= _made(component, args)
    return {short: found[short] for short in sorted(found)}


def _made(component: type[pulumi.ComponentResource], args: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    name = args["service"]["name"]

    def look(made: pulumi.ResourceTransformationArgs) -> None:
        if is_child(made.resource):
            inputs = parameters(type(made.resource))
            found[general(made.name.removeprefix(f"{name}-"))] = {
                "type": made.type_,
                "properties": {key: json_type(inputs[key].annotation) for key in sorted(inputs)},
            }

    def program() -> None:
        component(name, args, pulumi.ResourceOptions(transformations=[look]))

    evaluate(program, project="any", stack="prod", preview=True)
    return found


def general(short: str) -> str:
    """A short name with `*` in place of what the spec names."""
    for part in _VARIABLE:
        short = short.replace(part, "*")
    return short


def json_type(annotation: Any) -> str:
    """The JSON type of an input: string, integer, number, boolean, array, object, or `any` for a choice."""
    found = _types(annotation)
    return found.pop() if len(found) == 1 else "any"


_SCALARS = {bool: "boolean", int: "integer", float: "number", str: "string"}


def _types(annotation: Any) -> set[str]:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return set().union(*map(_types, typing.get_args(annotation)))
    # A union of an input's plain type, an awaitable, an output and none: only the first one says anything.
    kind = origin or annotation
    if kind is Any:
        return set()
    if kind in _SCALARS:
        return {_SCALARS[kind]}
    if not isinstance(kind, type) or kind is type(None) or issubclass(kind, typing.Awaitable):
        return {"object"} if _is_input_class(annotation) else set()
    if issubclass(kind, str):
        return {"string"}
    return {"array"} if issubclass(kind, Sequence) else {"object"}


def _is_input_class(annotation: Any) -> bool:
    """A reference by name to a class of nested inputs or outputs: the SDK names all of them so."""
    return isinstance(annotation, typing.ForwardRef) and annotation.__forward_arg__ != "Output[T]"


def write() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, component in COMPONENTS.items():
        (FOLDER / f"{name}.json").write_text(text(component, EVERYTHING[name]))


def text(component: type[pulumi.ComponentResource], variants: Variants) -> str:
    """The content of a schema's file."""
    return json.dumps(schema(component, variants), indent=2) + "\n"


if __name__ == "__main__":
    write()
