"""What each edge grants: exact actions, resources, settings and traffic."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pulumi
import pytest
import yaml
from blocks import build, unknown
from edge_targets import (
    ARNS,
    BLOCKS,
    BY_ARN,
    KEY,
    PAIRS,
    Edge,
    Existing,
    Replica,
    block,
    document,
    of_blocks,
    of_existing,
    of_settings,
)

from components.aws.edges import AWS_KINDS, binding, service_url
from components.aws.existing_grants import BY_FIELDS
from components.aws.kinds import KINDS, Arn
from skymason.patterns.access import ACCESS
from skymason.plan.model import UNKNOWN
from skymason.settings.models import ResourceKind

POLICIES = Path(__file__).parents[2] / "data" / "edge_policies.yaml"
"""(kind, access) → settings, traffic and the document of a role that is bound to nothing else."""
BUCKET, TABLE = ARNS["s3_bucket"], ARNS["dynamodb_table"]
CHANNEL = ("kinesis_stream", "subscribe")
HTTPS = [{"direction": "egress", "port": 443, "cidr": "0.0.0.0/0"}]


@dataclass
class Callee:
    config: Any


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    return yaml.safe_load(POLICIES.read_text())


@pytest.fixture(scope="module")
def asked() -> dict[tuple[str, str], Any]:
    return of_blocks()


@pytest.fixture(scope="module")
def listed() -> dict[tuple[str, str], Any]:
    return of_settings()


def test_every_pair_that_a_spec_may_name_is_written_down(expected: dict[str, Any]) -> None:
    assert list(expected) == [f"{kind} {access}" for kind, access in PAIRS]
    assert len(PAIRS) == 23


@pytest.mark.parametrize(("kind", "access"), PAIRS)
def test_what_an_edge_grants_and_nothing_else(
    kind: str,
    access: str,
    expected: dict[str, Any],
    asked: dict[tuple[str, str], Any],
    listed: dict[tuple[str, str], Any],
) -> None:
    made = [listed[kind, access], *([asked[kind, access]] if kind in BLOCKS else [])]
    for item in made:
        assert item["name"] == "their-thing"
        found = {key: item[key] for key in ("environment", "network")} | {"policy": document(item)}
        assert found == expected[f"{kind} {access}"]


@pytest.mark.parametrize(("kind", "access"), PAIRS)
def test_no_edge_reaches_beyond_its_target(kind: str, access: str, expected: dict[str, Any]) -> None:
    entry = expected[f"{kind} {access}"]
    sids = [item["Sid"] for item in entry["policy"]["Statement"]]
    assert len(set(sids)) == len(sids)
    for item in entry["policy"]["Statement"]:
        assert re.fullmatch(r"[A-Za-z0-9]+", item["Sid"])
        assert not [action for action in item["Action"] if "*" in action]
        if item["Action"] != ["glue:GetSchemaVersion"]:  # its ids name no resource
            assert not [arn for arn in item["Resource"] if arn.split(":", 5)[5] in ("*", "")]
        if item["Sid"].endswith("Key"):
            assert item["Condition"]["StringEquals"]["kms:ViaService"].endswith(".eu-central-1.amazonaws.com")
    assert all(name.startswith("THEIR_THING_") for name in entry["environment"])


@pytest.mark.parametrize(
    ("kind", "access"), [pair for pair in PAIRS if pair[0] in BY_ARN and pair != CHANNEL]
)
def test_without_a_key_of_the_customer_no_key_is_used(kind: str, access: str) -> None:
    statements = of_existing(kind, access, key=None)["statements"]
    assert not [item for item in statements if "conditions" in item]


def test_the_tables_answer_all_that_a_spec_can_name_and_nothing_else() -> None:
    assert {kind: tuple(row.accesses) for kind, row in KINDS.items()} == {
        # Who subscribes to a stream gets a channel, which is made.
        kind: tuple(access for access in ACCESS[kind] if (kind, access) != CHANNEL)
        for kind in BY_ARN
    }
    assert {*KINDS, *BY_FIELDS} == {*get_args(ResourceKind)} == {*AWS_KINDS}
    assert {*BY_FIELDS} & {*KINDS} == set()


def test_stores_that_say_more_of_themselves() -> None:
    replica = Replica("r.example", "db-R")
    database = Existing(
        ARNS["rds_database"], host="h.example", resource_id="cluster-C", port=6432, database="crm",
        user="reports", replicas=[replica], cidr="10.9.0.0/16",
    )  # fmt: skip
    cache = Existing(ARNS["elasticache"], host="h", read_host="r", port=6380, user="u", cidr="10.9.0.0/16")
    brokers = Existing(
        ARNS["msk_cluster"], bootstrap_servers="b1.x:9198,b2.x:9198", topic="orders-*", cidr="0.0.0.0/0"
    )

    def program() -> None:
        for name, kind, target in (
            ("crm", "rds_database", database),
            ("store", "elasticache", cache),
            ("events", "msk_cluster", brokers),
        ):
            pulumi.export(name, binding(Edge(name, kind, ACCESS[kind][-1]), target, "mailer"))

    made = build(program).deployed.outputs
    crm = made["crm"]
    assert crm["environment"] == {
        "CRM_HOST": "h.example",
        "CRM_PORT": "6432",
        "CRM_DATABASE": "crm",
        "CRM_USER": "reports",
        "CRM_SSL_MODE": "verify-full",
        "CRM_READ_HOSTS": "r.example",
        "CRM_READ_USER": "reports",
    }
    place = "arn:aws:rds-db:eu-central-1:123456789012:dbuser:"
    assert crm["statements"][0]["resources"] == [f"{place}cluster-C/reports", f"{place}db-R/reports"]
    assert crm["network"] == [{"direction": "egress", "port": 6432, "cidr": "10.9.0.0/16"}]
    store = made["store"]
    assert store["environment"]["STORE_READ_HOST"] == "r"
    assert store["environment"]["STORE_PORT"] == "6380"
    assert store["network"] == [{"direction": "egress", "port": 6380, "cidr": "10.9.0.0/16"}]
    events = made["events"]
    assert events["environment"] == {
        "EVENTS_BOOTSTRAP_SERVERS": "b1.x:9198,b2.x:9198",
        "EVENTS_SECURITY_PROTOCOL": "SASL_SSL",
        "EVENTS_GROUP": "mailer",
    }
    assert events["network"] == [{"direction": "egress", "port": 9198, "cidr": "0.0.0.0/0"}]
    assert events["statements"][1]["resources"] == [
        "arn:aws:kafka:eu-central-1:123456789012:topic/events/aaaa-bbbb-1/orders-*"
    ]


def test_a_building_block_is_asked_under_the_name_of_the_edge() -> None:
    def program() -> None:
        queue = block("sqs_queue")
        assert binding(Edge("jobs", "sqs_queue", "send"), queue)["name"] == "jobs"
        for edge, message in (
            (Edge("jobs", "sqs_queue", "purge"), "access of sqs_queue 'jobs': 'purge' is not known"),
            (Edge("jobs", "queue", "send"), "kind of 'jobs': 'queue' is not known"),
        ):
            with pytest.raises(ValueError, match=message):
                binding(edge, queue)

    build(program)


def test_whoever_subscribes_learns_the_topic(asked: dict[tuple[str, str], Any]) -> None:
    for access, known in (("subscribe", ARNS["sns_topic"]), ("publish", None)):
        assert of_existing("sns_topic", access).get("topic_arn") == known
        assert asked["sns_topic", access].get("topic_arn") == known


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
        ("dynamodb_table", Existing(TABLE), {"X_TABLE": "orders", "X_TABLE_ARN": TABLE}),
        (
            "kinesis_stream",
            Existing(ARNS["kinesis_stream"]),
            {"X_STREAM": "telemetry", "X_STREAM_ARN": ARNS["kinesis_stream"]},
        ),
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
    assert built.preview.outputs["unknown"]["environment"] == {
        "JOBS_TABLE": UNKNOWN,
        "JOBS_TABLE_ARN": UNKNOWN,
    }


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
