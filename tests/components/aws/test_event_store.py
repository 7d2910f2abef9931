"""Event store: exact inputs, least privilege, ages that hold together."""

import json
from typing import Any

import pulumi
import pytest
from blocks import (
    ACCOUNT,
    KEY,
    LOGS_KEY,
    REFUSALS,
    Built,
    build,
    component_inputs,
    component_outputs,
    plain,
    unknown,
)

from components.aws.bucket import RetentionMode
from components.aws.event_store import EventPartition, EventStore, EventStoreArgs

STREAM = "arn:aws:kinesis:eu-central-1:111111111111:stream/telemetry"
STREAM_KEY = "arn:aws:kms:eu-central-1:111111111111:key/33333333-2222-3333-4444-555555555555"
CLUSTER = "arn:aws:kafka:eu-central-1:111111111111:cluster/events/aaaa-bbbb-1"
BASE: Any = {"account_id": ACCOUNT, "key_arn": KEY, "logs_key_arn": LOGS_KEY, "log_bucket": "logs"}


@pytest.fixture(scope="module")
def simple() -> Built:
    def program() -> None:
        store = EventStore("telemetry", {**BASE, "stream_arn": STREAM, "stream_key_arn": STREAM_KEY})
        pulumi.export("binding", store.binding("read", alias="history"))

    return build(program)


@pytest.fixture(scope="module")
def kept() -> Built:
    args: EventStoreArgs = {
        **BASE,
        "kafka": {"cluster_arn": CLUSTER, "topic": "readings"},
        "partition_by": EventPartition.DAY,
        "buffer_seconds": 60,
        "retention_days": 3650,
        "archive_days": 90,
        "lock": {"mode": RetentionMode.COMPLIANCE, "days": 365},
        "protect": True,
    }
    return build(lambda: EventStore("telemetry", args))


def test_resources(simple: Built) -> None:
    assert simple.names() == [
        "telemetry-delivery",
        "telemetry-delivery-logs",
        "telemetry-delivery-role",
        "telemetry-delivery-role-policy",
        "telemetry-envelope-failures",
        "telemetry-envelope-failures-policy",
        "telemetry-envelope-function",
        "telemetry-envelope-function-logs",
        "telemetry-envelope-role",
        "telemetry-envelope-role-policy",
        "telemetry-log-stream",
        "telemetry-store-bucket",
        "telemetry-store-encryption",
        "telemetry-store-lifecycle",
        "telemetry-store-logging",
        "telemetry-store-ownership",
        "telemetry-store-policy",
        "telemetry-store-public-access",
        "telemetry-store-versioning",
    ]


def test_delivery(simple: Built) -> None:
    role = simple.one("telemetry-delivery-role").outputs["arn"]
    function = simple.one("telemetry-envelope-function").outputs["arn"]
    day = "year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/"
    assert simple.inputs("telemetry-delivery") == {
        "destination": "extended_s3",
        "kinesisSourceConfiguration": {"kinesisStreamArn": STREAM, "roleArn": role},
        "extendedS3Configuration": {
            "bucketArn": simple.one("telemetry-store-bucket").outputs["arn"],
            "roleArn": role,
            "kmsKeyArn": KEY,
            "prefix": f"events/{day}",
            "errorOutputPrefix": f"errors/!{{firehose:error-output-type}}/{day}",
            "bufferingSize": 64,
            "bufferingInterval": 300,
            "compressionFormat": "GZIP",
            "fileExtension": ".jsonl.gz",
            "processingConfiguration": {
                "enabled": True,
                "processors": [
                    {
                        "type": "Lambda",
                        "parameters": [
                            {"parameterName": "LambdaArn", "parameterValue": f"{function}:$LATEST"},
                            {"parameterName": "BufferSizeInMBs", "parameterValue": "1"},
                            {"parameterName": "BufferIntervalInSeconds", "parameterValue": "60"},
                        ],
                    }
                ],
            },
            "cloudwatchLoggingOptions": {
                "enabled": True,
                "logGroupName": simple.one("telemetry-delivery-logs").outputs["name"],
                "logStreamName": simple.one("telemetry-log-stream").outputs["name"],
            },
        },
    }
    assert simple.one("telemetry-delivery-role-policy").urn in simple.one("telemetry-delivery").dependencies


def statement(sid: str, actions: list[str], *resources: str, via: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": list(resources)}
    if via:
        made["Condition"] = {"StringEquals": {"kms:ViaService": f"{via}.eu-central-1.amazonaws.com"}}
    return made


def to_store(built: Built) -> list[dict[str, Any]]:
    bucket = built.one("telemetry-store-bucket").outputs["arn"]
    function = built.one("telemetry-envelope-function").outputs["arn"]
    logs = built.one("telemetry-delivery-logs").outputs["arn"]
    return [
        statement(
            "FindStore",
            ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            bucket,
        ),
        statement("WriteStore", ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], f"{bucket}/*"),
        statement("StoreKey", ["kms:Decrypt", "kms:GenerateDataKey"], KEY, via="s3"),
        statement(
            "MakeEnvelopes",
            ["lambda:InvokeFunction", "lambda:GetFunctionConfiguration"],
            function,
            f"{function}:$LATEST",
        ),
        statement("WriteLogs", ["logs:PutLogEvents"], f"{logs}:log-stream:*"),
    ]


def test_the_delivery_reads_one_stream_and_writes_one_bucket(simple: Built) -> None:
    reads = ["DescribeStream", "GetRecords", "GetShardIterator", "ListShards"]
    assert simple.policy("telemetry-delivery-role-policy") == [
        *to_store(simple),
        statement("ReadStream", [f"kinesis:{action}" for action in reads], STREAM),
        statement("StreamKey", ["kms:Decrypt"], STREAM_KEY, via="kinesis"),
    ]
    (trust,) = json.loads(simple.inputs("telemetry-delivery-role")["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "firehose.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_from_kafka(kept: Built) -> None:
    inputs = kept.inputs("telemetry-delivery")
    role = kept.one("telemetry-delivery-role").outputs["arn"]
    assert "kinesisSourceConfiguration" not in inputs
    assert inputs["mskSourceConfiguration"] == {
        "mskClusterArn": CLUSTER,
        "topicName": "readings",
        "authenticationConfiguration": {"connectivity": "PRIVATE", "roleArn": role},
    }
    inside = CLUSTER.split(":cluster/")
    assert kept.policy("telemetry-delivery-role-policy") == [
        *to_store(kept),
        statement(
            "FindCluster",
            [
                "kafka:DescribeCluster",
                "kafka:DescribeClusterV2",
                "kafka:GetBootstrapBrokers",
                "kafka-cluster:Connect",
            ],
            CLUSTER,
        ),
        statement(
            "ReadTopic",
            [
                "kafka-cluster:DescribeTopic",
                "kafka-cluster:DescribeTopicDynamicConfiguration",
                "kafka-cluster:ReadData",
            ],
            f"{inside[0]}:topic/{inside[1]}/readings",
        ),
        statement("ReadGroup", ["kafka-cluster:DescribeGroup"], f"{inside[0]}:group/{inside[1]}/*"),
    ]


def test_kept_for_years_immutable_and_cheaper_with_age(kept: Built) -> None:
    rule = kept.inputs("telemetry-store-lifecycle")["rules"][0]
    assert rule["expiration"] == {"days": 3650}
    assert rule["transitions"] == [{"days": 90, "storageClass": "GLACIER_IR"}]
    assert kept.inputs("telemetry-store-lock")["rule"] == {
        "defaultRetention": {"mode": "COMPLIANCE", "days": 365}
    }
    assert kept.one("telemetry-store-bucket").options.protect
    destination = kept.inputs("telemetry-delivery")["extendedS3Configuration"]
    assert destination["bufferingInterval"] == 60
    assert destination["prefix"] == "events/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/"


def test_a_replay_reads_and_cannot_write(simple: Built) -> None:
    binding = plain(simple.deployed, "binding")
    bucket = simple.one("telemetry-store-bucket").outputs
    assert binding["environment"] == {"HISTORY_BUCKET": bucket["bucket"], "HISTORY_PREFIX": "events/"}
    assert [item["sid"] for item in binding["statements"]] == [
        "HistoryRead",
        "HistoryRead1",
        "HistoryReadKey",
    ]


def test_unknown_inputs_survive() -> None:
    def program() -> None:
        args: Any = {key: unknown() for key in (*BASE, "stream_arn", "buffer_seconds", "retention_days")}
        lock = {"mode": RetentionMode.GOVERNANCE, "days": unknown()}
        EventStore("later", {**args, "lock": lock, "archive_days": unknown()})
        kafka = {"cluster_arn": unknown(), "topic": unknown()}
        EventStore("kafka", {**BASE, "kafka": kafka})

    assert len(build(program).names()) == 39


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "event store 'bad': give stream_arn or kafka, one of them"),
        (
            {"stream_arn": STREAM, "kafka": {"cluster_arn": CLUSTER, "topic": "a"}},
            "event store 'bad': give stream_arn or kafka, one of them",
        ),
        (
            {
                "stream_arn": STREAM,
                "retention_days": 30,
                "lock": {"mode": RetentionMode.GOVERNANCE, "days": 31},
            },
            "lock_within_retention",
        ),
        ({"stream_arn": STREAM, "retention_days": 30, "archive_days": 30}, "archive_within_retention"),
    ],
)
def test_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(REFUSALS, match=message):
        build(lambda: EventStore("bad", {**BASE, **change}))


def test_nobody_but_the_delivery_writes() -> None:
    with pytest.raises(REFUSALS, match="access of 'a': 'write' is not known; allowed: read"):
        build(lambda: EventStore("a", {**BASE, "stream_arn": STREAM}).binding("write"))


def test_other_languages_can_use_it() -> None:
    inputs = component_inputs(EventStore)
    required = [name for name, optional in inputs.items() if not optional]
    assert required == ["accountId", "keyArn", "logsKeyArn", "logBucket"]
    assert len(inputs) == 14
    assert component_outputs(EventStore) == {"bucketName", "bucketArn", "prefix", "deliveryName"}
