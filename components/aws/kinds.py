"""What can be used, and what each access grants: one table of (kind, access), and the types of its rows."""

import re
from dataclasses import dataclass
from typing import Any

import pulumi

ANYWHERE = "0.0.0.0/0"
"""AWS answers at public addresses, or inside the network where there is an interface endpoint. A policy by
address cannot tell its services from others on port 443; the role's statements do that."""


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


def subscription(access: str, arn: pulumi.Input[str]) -> dict[str, Any]:
    """What a binding holds beside the rest where its access is to subscribe."""
    return {"topic_arn": arn} if access == "subscribe" else {}


def queue_url(text: str) -> str:
    """The usual address of the queue of an ARN."""
    arn = Arn.parse(text)
    return f"https://sqs.{arn.region}.{arn.suffix}/{arn.account}/{arn.name}"
