"""What each edge grants: exact actions, resources, settings and traffic."""

import re
from dataclasses import dataclass
from typing import Any, get_args

import pulumi
import pytest
from blocks import build, unknown

from components.aws.edges import KINDS, Arn, binding, service_url
from skymason.patterns.access import ACCESS
from skymason.plan.model import UNKNOWN
from skymason.settings.models import ResourceKind

KEY = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
REGIONAL = "eu-central-1:123456789012"
ARNS = {
    "s3_bucket": "arn:aws:s3:::product-images",
    "sqs_queue": f"arn:aws:sqs:{REGIONAL}:jobs",
    "sns_topic": f"arn:aws:sns:{REGIONAL}:sales",
    "dynamodb_table": f"arn:aws:dynamodb:{REGIONAL}:table/orders",
    "kinesis_stream": f"arn:aws:kinesis:{REGIONAL}:stream/telemetry",
    "secret": f"arn:aws:secretsmanager:{REGIONAL}:secret:prod/token-q9ZvT5",
    "kms_key": KEY,
}
BUCKET, TABLE = ARNS["s3_bucket"], ARNS["dynamodb_table"]
HTTPS = [{"direction": "egress", "port": 443, "cidr": "0.0.0.0/0"}]


@dataclass
class Edge:
    name: str
    kind: str
    access: str


@dataclass
class Existing:
    arn: Any
    key_arn: Any = None
    url: str | None = None


@dataclass
class Callee:
    config: Any


PAIRS = [(kind, access) for kind in get_args(ResourceKind) for access in ACCESS[kind]]


@pytest.mark.parametrize(("kind", "access"), PAIRS)
def test_every_pair_that_a_spec_may_name_is_answered(kind: str, access: str) -> None:
    made = binding(Edge("their-thing", kind, access), Existing(ARNS[kind]))
    assert made["name"] == "their-thing"
    assert made["network"] == HTTPS
    assert all(name.startswith("THEIR_THING_") for name in made["environment"])
    for statement in made["statements"]:
        assert re.fullmatch(r"[A-Za-z0-9]+", statement["sid"])
        assert all(re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action) for action in statement["actions"])
        assert all(resource.startswith(ARNS[kind]) for resource in statement["resources"])
        assert "conditions" not in statement
    sids = [statement["sid"] for statement in made["statements"]]
    assert len(set(sids)) == len(sids)


def test_the_table_answers_nothing_that_no_spec_can_name() -> None:
    assert {kind: tuple(row.accesses) for kind, row in KINDS.items()} == {
        kind: ACCESS[kind] for kind in get_args(ResourceKind)
    }


def test_bucket() -> None:
    made = binding(Edge("product-images", "s3_bucket", "readwrite"), Existing(BUCKET, KEY))
    assert made["environment"] == {"PRODUCT_IMAGES_BUCKET": "product-images"}
    assert made["statements"] == [
        {
            "sid": "ProductImagesReadwrite",
            "actions": ["s3:ListBucket", "s3:GetBucketLocation"],
            "resources": [BUCKET],
        },
        {
            "sid": "ProductImagesReadwrite1",
            "actions": ["s3:GetObject", "s3:GetObjectVersion"],
            "resources": [f"{BUCKET}/*"],
        },
        {
            "sid": "ProductImagesReadwrite2",
            "actions": ["s3:ListBucketMultipartUploads", "s3:GetBucketLocation"],
            "resources": [BUCKET],
        },
        {
            "sid": "ProductImagesReadwrite3",
            "actions": [
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
            ],
            "resources": [f"{BUCKET}/*"],
        },
        {
            "sid": "ProductImagesReadwriteKey",
            "actions": ["kms:Decrypt", "kms:GenerateDataKey"],
            "resources": [KEY],
            "conditions": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}},
        },
    ]


def test_a_reader_of_a_bucket_cannot_write_or_encrypt() -> None:
    statements = binding(Edge("x", "s3_bucket", "read"), Existing(BUCKET, KEY))["statements"]
    actions = [action for statement in statements for action in statement["actions"]]
    assert actions == [
        *("s3:ListBucket", "s3:GetBucketLocation", "s3:GetObject", "s3:GetObjectVersion", "kms:Decrypt"),
    ]


def test_table_with_its_indexes() -> None:
    (statement,) = binding(Edge("orders", "dynamodb_table", "read"), Existing(TABLE))["statements"]
    assert statement["resources"] == [TABLE, f"{TABLE}/index/*"]
    assert not [action for action in statement["actions"] if re.search("Put|Update|Delete|Write", action)]


@pytest.mark.parametrize(
    ("kind", "existing", "environment"),
    [
        ("sqs_queue", Existing(ARNS["sqs_queue"], url="https://sqs/q"), {"X_QUEUE_URL": "https://sqs/q"}),
        (
            "sqs_queue",
            Existing("arn:aws-cn:sqs:cn-north-1:123456789012:jobs"),
            {"X_QUEUE_URL": "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/jobs"},
        ),
        ("sns_topic", Existing(ARNS["sns_topic"]), {"X_TOPIC_ARN": ARNS["sns_topic"]}),
        ("dynamodb_table", Existing(TABLE), {"X_TABLE": "orders"}),
        ("kinesis_stream", Existing(ARNS["kinesis_stream"]), {"X_STREAM": "telemetry"}),
        ("secret", Existing(ARNS["secret"]), {"X_SECRET_ARN": ARNS["secret"]}),
        ("kms_key", Existing(KEY), {"X_KEY_ARN": KEY}),
    ],
)
def test_environment(kind: str, existing: Existing, environment: dict[str, str]) -> None:
    assert binding(Edge("x", kind, ACCESS[kind][0]), existing)["environment"] == environment


def test_the_key_of_another_partition() -> None:
    key = "arn:aws-cn:kms:cn-north-1:123456789012:key/k"
    made = binding(Edge("t", "secret", "read"), Existing("arn:aws-cn:secretsmanager:r:1:secret:t", key))
    assert made["statements"][1]["conditions"] == {
        "StringEquals": {"kms:ViaService": "secretsmanager.cn-north-1.amazonaws.com.cn"}
    }


def test_a_resource_that_is_not_made_yet() -> None:
    def program() -> None:
        arn, key = pulumi.Output.from_input(ARNS["sqs_queue"]), pulumi.Output.from_input(KEY)
        made = binding(Edge("jobs", "sqs_queue", "send"), Existing(arn, key))
        pulumi.export("known", made)
        pulumi.export("unknown", binding(Edge("jobs", "dynamodb_table", "read"), Existing(unknown())))

    built = build(program)
    known = built.deployed.outputs["known"]
    assert known == binding(Edge("jobs", "sqs_queue", "send"), Existing(ARNS["sqs_queue"], KEY))
    assert built.preview.outputs["unknown"]["environment"] == {"JOBS_TABLE": UNKNOWN}


def test_a_key_needs_no_way_through_a_service() -> None:
    (statement,) = binding(Edge("k", "kms_key", "decrypt"), Existing(KEY))["statements"]
    assert statement == {
        "sid": "KDecrypt",
        "actions": ["kms:Decrypt", "kms:DescribeKey"],
        "resources": [KEY],
    }


def test_calling_a_service() -> None:
    callee = Callee({"ports": [{"name": "http", "port": 8080}, {"name": "admin", "port": 9090}]})
    assert binding(Edge("wallet-api", "service", "invoke"), callee) == {
        "name": "wallet-api",
        "environment": {"WALLET_API_URL": "http://wallet-api.wallet-api.svc.cluster.local:8080"},
        "statements": [],
        "network": [{"direction": "egress", "port": 8080, "service": "wallet-api"}],
    }
    assert service_url("a", 1) == "http://a.a.svc.cluster.local:1"


@pytest.mark.parametrize(
    ("edge", "message"),
    [
        (Edge("x", "service", "read"), "access of service 'x': 'read' is not known; allowed: invoke"),
        (Edge("x", "s3_buckets", "read"), "kind of 'x': 's3_buckets' is not known; did you mean 's3_bucket'"),
        (Edge("x", "secret", "write"), "access of secret 'x': 'write' is not known; allowed: read"),
    ],
)
def test_refused(edge: Edge, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        binding(edge, Existing(BUCKET))


def test_arn_parts() -> None:
    arn = Arn.parse("arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/token-q9")
    assert (arn.partition, arn.region, arn.account) == ("aws", "eu-central-1", "123456789012")
    assert (arn.resource, arn.name) == ("secret:prod/token-q9", "token-q9")
