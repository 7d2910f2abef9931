"""What a `uses` edge of a service grants: a Binding, made of the row of its kind and access.

Nothing else writes permissions for a resource that exists already.
"""

import re
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import pulumi

from components.aws.existing_grants import BY_FIELDS, ExistingLike
from components.aws.kinds import ANYWHERE, KINDS, Arn, Kind, queue_url, subscription
from components.binding import Binding, Statement, StreamSource
from skymason.diagnostics import suggestion
from skymason.patterns.access import ACCESS, SERVICE
from skymason.patterns.access import KINDS as KINDS_BY_CLOUD

AWS_KINDS = KINDS_BY_CLOUD["aws"]


class EdgeLike(Protocol):
    """`skymason.patterns.resolved.Edge`."""

    name: str
    kind: str
    access: str


class CalleeLike(Protocol):
    """`skymason.patterns.resolved.ResolvedService`."""

    config: Any


@runtime_checkable
class ProvidedLike(Protocol):
    """A building block that a service of the stack provides (`Queue`, `Database` …)."""

    def binding(self, access: str, alias: str | None = None) -> Binding: ...


@runtime_checkable
class SharedLike(Protocol):
    """A building block that keeps its clients apart, each by its name: a stream, of which each reads all."""

    def binding_for(self, client: str, access: str, alias: str) -> Binding: ...


def binding(
    edge: EdgeLike, target: ExistingLike | CalleeLike | ProvidedLike | SharedLike, client: str | None = None
) -> Binding:
    """What `edge` grants on `target`: an existing resource, one of another service, or a service itself.

    A building block knows more of itself than an ARN says (users of a database, addresses of brokers), and
    is asked. client: the service whose edge it is. Default: the edge's own name. Raises ValueError for a kind
    or an access that there is not.
    """
    if edge.kind == SERVICE:
        _known(edge.access, ACCESS[SERVICE], f"access of service '{edge.name}'")
        return _invoke(edge.name, target.config)
    _known(edge.kind, AWS_KINDS, f"kind of '{edge.name}'")
    _known(edge.access, ACCESS[edge.kind], f"access of {edge.kind} '{edge.name}'")
    if isinstance(target, SharedLike):
        return target.binding_for(client or edge.name, edge.access, edge.name)
    if isinstance(target, ProvidedLike):
        return target.binding(edge.access, edge.name)
    if (edge.kind, edge.access) == ("kinesis_stream", "subscribe"):
        return _channel(edge, target, client or edge.name)
    if edge.kind in BY_FIELDS:
        return BY_FIELDS[edge.kind](edge.name, edge.access, target, client or edge.name)
    kind = KINDS[edge.kind]
    return {
        "name": edge.name,
        "environment": {
            f"{_variable(edge.name)}_{setting}": _attribute(target, attribute)
            for setting, attribute in kind.settings
        },
        "statements": _statements(edge, kind, target),
        "network": [{"direction": "egress", "port": 443, "cidr": ANYWHERE}],
        **subscription(edge.access, target.arn),
        **_source(edge, target),
    }


def _source(edge: EdgeLike, target: ExistingLike) -> dict[str, StreamSource]:
    """What a binding holds beside the rest where it receives from a stream."""
    if (edge.kind, edge.access) != ("kinesis_stream", "receive"):
        return {}
    source: StreamSource = {"arn": target.arn}
    return {"stream": {**source, "key_arn": target.key_arn} if target.key_arn else source}


def _channel(edge: EdgeLike, target: ExistingLike, client: str) -> Binding:
    """A channel of the client's own is made, on a stream that was there before."""
    from components.aws.stream import Stream  # brings a provider's classes along, for this edge alone

    key = {"key_arn": target.key_arn} if target.key_arn else {}
    stream = Stream(f"{client}-{edge.name}", {"existing": {"arn": target.arn}, **key})
    return stream.binding_for("own", edge.access, edge.name)


def service_url(service: str, port: int) -> str:
    """Address of a service inside the cluster. Traffic to it never leaves the network."""
    return f"http://{service}.{service}.svc.cluster.local:{port}"


def _invoke(service: str, config: Any) -> Binding:
    port = int(config["ports"][0]["port"])
    return {
        "name": service,
        "environment": {f"{_variable(service)}_URL": service_url(service, port)},
        "statements": [],
        "network": [{"direction": "egress", "port": port, "service": service}],
    }


def _statements(edge: EdgeLike, kind: Kind, target: ExistingLike) -> list[Statement]:
    access = kind.accesses[edge.access]
    sid = "".join(part.title() for part in re.split(r"[^A-Za-z0-9]+", f"{edge.name}-{edge.access}"))
    made: list[Statement] = [
        {
            "sid": f"{sid}{index or ''}",
            "actions": [f"{kind.service}:{action}" for action in grant.actions],
            "resources": [_derived(target.arn, "{}{}".format, suffix) for suffix in grant.on],
        }
        for index, grant in enumerate(access.grants)
    ]
    if access.key and target.key_arn:
        through = _derived(target.key_arn, _endpoint, kind.service)
        made.append(
            {
                "sid": f"{sid}Key",
                "actions": list(access.key),
                "resources": [target.key_arn],
                "conditions": {"StringEquals": {"kms:ViaService": through}},
            }
        )
    return made


def _attribute(target: ExistingLike, attribute: str) -> pulumi.Input[str]:
    if attribute == "queue_url":
        return target.url or _derived(target.arn, queue_url)
    return target.arn if attribute == "arn" else _derived(target.arn, lambda text: Arn.parse(text).name)


def _endpoint(key_arn: str, service: str) -> str:
    key = Arn.parse(key_arn)
    return f"{service}.{key.region}.{key.suffix}"


def _derived(value: pulumi.Input[str], make: Callable[..., str], *more: str) -> pulumi.Input[str]:
    """What `make` says of a value, when it is known: plain stays plain."""
    return make(value, *more) if isinstance(value, str) else value.apply(lambda known: make(known, *more))


def _variable(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def _known(word: str, known: tuple[str, ...], what: str) -> None:
    if word not in known:
        raise ValueError(f"{what}: '{word}' is not known; {suggestion(word, known)}")
