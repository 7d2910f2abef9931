"""What a `uses` edge of a service grants: one table of (kind, access), and a Binding made of its row.

Pure data: no resource is made here, and nothing else writes permissions for a resource that exists already.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import pulumi

from components.binding import Binding, Statement
from skymason.diagnostics import suggestion
from skymason.patterns.access import ACCESS, SERVICE

ANYWHERE = "0.0.0.0/0"
"""AWS answers at public addresses, or inside the network where there is an interface endpoint. A policy by
address cannot tell its services from others on port 443; the role's statements do that."""


class EdgeLike(Protocol):
    """`skymason.patterns.resolved.Edge`."""

    name: str
    kind: str
    access: str


class ExistingLike(Protocol):
    """`skymason.settings.ExistingResource`, or what another service says of a resource of its own."""

    arn: pulumi.Input[str]
    key_arn: pulumi.Input[str] | None
    url: pulumi.Input[str] | None


class CalleeLike(Protocol):
    """`skymason.patterns.resolved.ResolvedService`."""

    config: Any


@runtime_checkable
class ProvidedLike(Protocol):
    """A building block that a service of the stack provides (`Queue`, `Database` …)."""

    def binding(self, access: str, alias: str | None = None) -> Binding: ...


@dataclass(frozen=True)
class Arn:
    """The parts of an ARN."""

    partition: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> "Arn":
        _, partition, _, region, account, resource = text.split(":", 5)
        return cls(partition, region, account, resource)

    @property
    def name(self) -> str:
        """The last part: `orders` of `table/orders`."""
        return re.split(r"[/:]", self.resource)[-1]

    @property
    def suffix(self) -> str:
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"


@dataclass(frozen=True)
class Grant:
    """One statement: actions of the kind's service on the resource's ARN with each of these suffixes."""

    actions: tuple[str, ...]
    on: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Access:
    """What an access grants. key: actions on the customer-managed key, where the resource has one."""

    grants: tuple[Grant, ...]
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """A kind of resource. service: prefix of its actions. settings: of one that exists already, what each is
    called, and which attribute of the resource it holds; empty where its ARN says too little to reach it."""

    service: str
    accesses: dict[str, Access]
    settings: tuple[tuple[str, str], ...] = ()


_READ_OBJECTS = (
    Grant(("ListBucket", "GetBucketLocation")),
    Grant(("GetObject", "GetObjectVersion"), ("/*",)),
)
_WRITE_OBJECTS = (
    Grant(("ListBucketMultipartUploads", "GetBucketLocation")),
    Grant(("PutObject", "DeleteObject", "AbortMultipartUpload", "ListMultipartUploadParts"), ("/*",)),
)
_READ_ITEMS = Grant(
    ("DescribeTable", "GetItem", "BatchGetItem", "ConditionCheckItem", "Query", "Scan"), ("", "/index/*")
)
_WRITE_ITEMS = Grant(("DescribeTable", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"))
_SEND = Grant(("SendMessage", "GetQueueUrl", "GetQueueAttributes"))
_RECEIVE = Grant(
    ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueUrl", "GetQueueAttributes")
)
_CONSUME = Grant(("DescribeStreamSummary", "ListShards", "GetShardIterator", "GetRecords"))
_PRODUCE = Grant(("DescribeStreamSummary", "ListShards", "PutRecord", "PutRecords"))
_ENCRYPT, _DECRYPT = ("kms:GenerateDataKey",), ("kms:Decrypt",)
# Uploads in parts, queues and topics read back what they encrypted with the data key.
_BOTH = (*_DECRYPT, *_ENCRYPT)

KINDS: dict[str, Kind] = {
    "s3_bucket": Kind(
        "s3",
        {
            "read": Access(_READ_OBJECTS, _DECRYPT),
            "write": Access(_WRITE_OBJECTS, _BOTH),
            "readwrite": Access((*_READ_OBJECTS, *_WRITE_OBJECTS), _BOTH),
        },
        (("BUCKET", "name"),),
    ),
    "sqs_queue": Kind(
        "sqs",
        {"send": Access((_SEND,), _BOTH), "receive": Access((_RECEIVE,), _DECRYPT)},
        (("QUEUE_URL", "queue_url"),),
    ),
    "sns_topic": Kind(
        "sns",
        {
            "publish": Access((Grant(("Publish", "GetTopicAttributes")),), _BOTH),
            "subscribe": Access((Grant(("Subscribe", "GetTopicAttributes")),)),
        },
        (("TOPIC_ARN", "arn"),),
    ),
    "dynamodb_table": Kind(
        "dynamodb",
        {
            "read": Access((_READ_ITEMS,), _DECRYPT),
            "write": Access((_WRITE_ITEMS,), _BOTH),
            "readwrite": Access((_READ_ITEMS, _WRITE_ITEMS), _BOTH),
        },
        (("TABLE", "name"), ("TABLE_ARN", "arn")),
    ),
    "kinesis_stream": Kind(
        "kinesis",
        {"send": Access((_PRODUCE,), _ENCRYPT), "receive": Access((_CONSUME,), _DECRYPT)},
        (("STREAM", "name"), ("STREAM_ARN", "arn")),
    ),
    "secret": Kind(
        "secretsmanager",
        {"read": Access((Grant(("GetSecretValue", "DescribeSecret")),), _DECRYPT)},
        (("SECRET_ARN", "arn"),),
    ),
    "kms_key": Kind(
        "kms",
        {
            "encrypt": Access((Grant(("Encrypt", "GenerateDataKey", "DescribeKey")),)),
            "decrypt": Access((Grant(("Decrypt", "DescribeKey")),)),
        },
        (("KEY_ARN", "arn"),),
    ),
}


def binding(edge: EdgeLike, target: ExistingLike | CalleeLike | ProvidedLike) -> Binding:
    """What `edge` grants on `target`: an existing resource, one of another service, or a service itself.

    A building block knows more of itself than an ARN says (users of a database, addresses of brokers), and
    is asked. Raises ValueError for a kind or an access that there is not.
    """
    if edge.kind == SERVICE:
        _known(edge.access, ACCESS[SERVICE], f"access of service '{edge.name}'")
        return _invoke(edge.name, target.config)
    if isinstance(target, ProvidedLike):
        _known(edge.kind, tuple(ACCESS), f"kind of '{edge.name}'")
        _known(edge.access, ACCESS[edge.kind], f"access of {edge.kind} '{edge.name}'")
        return target.binding(edge.access, edge.name)
    _known(edge.kind, tuple(KINDS), f"kind of '{edge.name}'")
    kind = KINDS[edge.kind]
    _known(edge.access, tuple(kind.accesses), f"access of {edge.kind} '{edge.name}'")
    return {
        "name": edge.name,
        "environment": {
            f"{_variable(edge.name)}_{setting}": _attribute(target, attribute)
            for setting, attribute in kind.settings
        },
        "statements": _statements(edge, kind, target),
        "network": [{"direction": "egress", "port": 443, "cidr": ANYWHERE}],
        **subscription(edge.access, target.arn),
    }


def subscription(access: str, arn: pulumi.Input[str]) -> dict[str, Any]:
    """What a binding holds beside the rest where its access is to subscribe."""
    return {"topic_arn": arn} if access == "subscribe" else {}


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
        return target.url or _derived(target.arn, _queue_url)
    return target.arn if attribute == "arn" else _derived(target.arn, lambda text: Arn.parse(text).name)


def _queue_url(text: str) -> str:
    arn = Arn.parse(text)
    return f"https://sqs.{arn.region}.{arn.suffix}/{arn.account}/{arn.name}"


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
