"""Targets of every kind that a service on AWS may use, and the documents that their edges make."""

import json
import re
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pulumi
from blocks import build

from components.aws.bucket import Bucket
from components.aws.cache import Cache
from components.aws.database import Database
from components.aws.edges import binding
from components.aws.iam import allowing
from components.aws.kafka import Kafka
from components.aws.queue import Queue
from components.aws.schema_registry import SchemaRegistry
from components.aws.secret import Secret
from components.aws.stream import Stream
from components.aws.table import Table
from components.aws.topic import Topic
from components.patterns.aws.event_processor_stream import EventTopic
from skymason.patterns.access import ACCESS, KINDS

NAME = "their-thing"
PLACE = "eu-central-1:123456789012"
KEY = f"arn:aws:kms:{PLACE}:key/11111111-2222-3333-4444-555555555555"
ARNS = {
    "s3_bucket": "arn:aws:s3:::product-images",
    "sqs_queue": f"arn:aws:sqs:{PLACE}:jobs",
    "sns_topic": f"arn:aws:sns:{PLACE}:sales",
    "dynamodb_table": f"arn:aws:dynamodb:{PLACE}:table/orders",
    "kinesis_stream": f"arn:aws:kinesis:{PLACE}:stream/telemetry",
    "secret": f"arn:aws:secretsmanager:{PLACE}:secret:prod/token-q9ZvT5",
    "kms_key": KEY,
    "msk_cluster": f"arn:aws:kafka:{PLACE}:cluster/events/aaaa-bbbb-1",
    "schema_registry": f"arn:aws:glue:{PLACE}:registry/contracts",
    "rds_database": f"arn:aws:rds:{PLACE}:db:ledger",
    "elasticache": f"arn:aws:elasticache:{PLACE}:replicationgroup:sessions",
}
QUEUE_URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs"
CONSUMER = (
    r"example/consumer/(?:b|their-reader-their-thing)-(?:their-reader|own)-consumer-[0-9a-f]+:[0-9a-f]+"
)
PAIRS = [(kind, access) for kind in KINDS["aws"] for access in ACCESS[kind]]


@dataclass
class Edge:
    name: str
    kind: str
    access: str


@dataclass
class Existing:
    """As the settings of a stack have it."""

    arn: Any
    key_arn: Any = None
    url: str | None = None
    host: str | None = None
    read_host: str | None = None
    port: int | None = None
    resource_id: str | None = None
    replicas: list[Any] = field(default_factory=list)
    database: str | None = None
    user: str | None = None
    bootstrap_servers: str | None = None
    topic: str | None = None
    cidr: str | None = "10.0.0.0/16"


@dataclass
class Replica:
    host: str
    resource_id: str


STORES: dict[str, dict[str, Any]] = {
    "msk_cluster": {"bootstrap_servers": "b-1.events:9098", "topic": "orders"},
    "rds_database": {
        "host": "ledger.example",
        "resource_id": "db-LEDGER",
        "replicas": [Replica("replica.example", "db-REPLICA")],
    },
    "elasticache": {"host": "sessions.example", "user": "app"},
}
"""What the settings say of stores beside their ARN."""


def block(kind: str) -> Any:
    """A building block of the kind, on a resource that exists. For use in a program."""
    cidr = {"vpc_cidr": "10.0.0.0/16"}
    made: dict[str, Any] = {
        "s3_bucket": lambda: Bucket(
            "b", {"existing": {"arn": ARNS[kind], "name": "product-images"}, "key_arn": KEY}
        ),
        "sqs_queue": lambda: Queue("b", {"existing": {"arn": ARNS[kind], "url": QUEUE_URL}, "key_arn": KEY}),
        "sns_topic": lambda: Topic("b", {"existing": {"arn": ARNS[kind]}, "key_arn": KEY}),
        "dynamodb_table": lambda: Table("b", {"existing": {"arn": ARNS[kind]}, "key_arn": KEY}),
        "kinesis_stream": lambda: Stream("b", {"existing": {"arn": ARNS[kind]}, "key_arn": KEY}),
        "secret": lambda: Secret("b", {"existing": {"arn": ARNS[kind]}, "key_arn": KEY}),
        "msk_cluster": lambda: EventTopic(
            Kafka("b", {**cidr, "existing": {"arn": ARNS[kind], "bootstrap_servers": "b-1.events:9098"}}),
            "orders",
        ),
        "schema_registry": lambda: SchemaRegistry("b", {"existing": {"arn": ARNS[kind]}}),
        "rds_database": lambda: Database(
            "b",
            {
                **cidr,
                "account_id": "123456789012",
                "partition": "aws",
                "region": "eu-central-1",
                "existing": {
                    "host": "ledger.example",
                    "resource_id": "db-LEDGER",
                    "master_secret_arn": ARNS["secret"],
                    "master_user": "postgres",
                    "replicas": [{"host": "replica.example", "resource_id": "db-REPLICA"}],
                },
            },
        ),
        "elasticache": lambda: Cache(
            "b",
            {
                **cidr,
                "existing": {
                    "arn": ARNS[kind],
                    "host": "sessions.example",
                    "user_id": "app",
                    "user_arn": f"arn:aws:elasticache:{PLACE}:user:app",
                },
            },
        ),
    }
    return made[kind]()


BLOCKS = tuple(kind for kind in KINDS["aws"] if kind != "kms_key")
"""Kinds of which there is a building block."""
BY_ARN = tuple(kind for kind in KINDS["aws"] if kind not in (*STORES, "schema_registry"))
"""Kinds of which an ARN says all."""


def existing(kind: str, key: str | None = KEY) -> Existing:
    """A resource of the kind, as the settings have it."""
    return Existing(ARNS[kind], None if kind == "kms_key" else key, **STORES.get(kind, {}))


def of_existing(kind: str, access: str, key: str | None = KEY) -> dict[str, Any]:
    """The binding of a resource that is known by its ARN."""
    return json.loads(json.dumps(binding(Edge(NAME, kind, access), existing(kind, key))))


def evaluated(targets: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """The bindings of a target of each kind, all of them from one evaluation. targets: of a program."""
    pairs = [pair for pair in PAIRS if pair[0] in targets]

    def program() -> None:
        made = {kind: make() for kind, make in targets.items()}
        for kind, access in pairs:
            bound = binding(Edge(NAME, kind, access), made[kind], "their-reader")
            pulumi.export(f"{kind} {access}", bound)

    built = build(program)
    made = [item.type for item in built.deployed.resources if item.custom]
    assert made == ["aws:kinesis/streamConsumer:StreamConsumer"]
    # The id of what is made is the cloud's to choose.
    outputs = json.loads(re.sub(CONSUMER, "telemetry/consumer/theirs:1", json.dumps(built.deployed.outputs)))
    return {(kind, access): outputs[f"{kind} {access}"] for kind, access in pairs}


def of_blocks() -> dict[tuple[str, str], dict[str, Any]]:
    """The bindings of building blocks."""
    return evaluated({kind: partial(block, kind) for kind in BLOCKS})


def of_settings() -> dict[tuple[str, str], dict[str, Any]]:
    """The bindings of what a stack's settings list."""
    return evaluated({kind: partial(existing, kind) for kind in KINDS["aws"]})


def document(binding: Any) -> dict[str, Any]:
    """The policy of a role that is bound to nothing else."""
    return {"Version": "2012-10-17", "Statement": [allowing(item) for item in binding["statements"]]}
