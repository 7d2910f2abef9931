"""Kinesis stream: exact inputs, consumers and bindings."""

from typing import Any

import pulumi
import pytest
from blocks import KEY, REFUSALS, Built, build, component_inputs, component_outputs, plain, unknown

from components.aws.stream import Stream, StreamArgs, StreamMode

METRICS = [
    "IncomingBytes",
    "IncomingRecords",
    "IteratorAgeMilliseconds",
    "ReadProvisionedThroughputExceeded",
    "WriteProvisionedThroughputExceeded",
]


@pytest.fixture(scope="module")
def on_demand() -> Built:
    return build(lambda: Stream("telemetry", {"key_arn": KEY}))


@pytest.fixture(scope="module")
def provisioned() -> Built:
    def program() -> None:
        args: StreamArgs = {
            "key_arn": KEY,
            "stream_name": "prod-telemetry",
            "shards": 4.0,  # type: ignore[typeddict-item]  as a hosted component gets it
            "retention_hours": 168,
            "max_record_kib": 2048,
            "shard_metrics": False,
            "consumers": ["billing", "alerts"],
            "protect": True,
        }
        stream = Stream("telemetry", args)
        pulumi.export("send", stream.binding("send"))
        pulumi.export("receive", stream.binding("receive", alias="events"))
        pulumi.export("billing", stream.binding("receive", consumer="billing"))
        pulumi.export("consumers", stream.consumer_arns)

    return build(program)


def test_on_demand(on_demand: Built) -> None:
    assert on_demand.names() == ["telemetry-stream"]
    assert on_demand.inputs("telemetry-stream") == {
        "streamModeDetails": {"streamMode": "ON_DEMAND"},
        "retentionPeriod": 24,
        "encryptionType": "KMS",
        "kmsKeyId": KEY,
        "shardLevelMetrics": METRICS,
        "enforceConsumerDeletion": True,
    }
    assert not on_demand.one("telemetry-stream").options.protect


def test_provisioned_and_protected(provisioned: Built) -> None:
    inputs = provisioned.inputs("telemetry-stream")
    assert inputs.pop("shardLevelMetrics", []) == []
    assert inputs == {
        "name": "prod-telemetry",
        "streamModeDetails": {"streamMode": "PROVISIONED"},
        "shardCount": 4,
        "retentionPeriod": 168,
        "maxRecordSizeInKib": 2048,
        "encryptionType": "KMS",
        "kmsKeyId": KEY,
        "enforceConsumerDeletion": False,
    }
    options = provisioned.one("telemetry-stream").options
    assert options.protect
    assert options.retain_on_delete


def test_each_consumer_has_a_channel(provisioned: Built) -> None:
    arn = provisioned.one("telemetry-stream").outputs["arn"]
    for name in ("billing", "alerts"):
        assert provisioned.inputs(f"telemetry-{name}-consumer") == {"streamArn": arn}
    assert plain(provisioned.deployed, "consumers") == {
        name: provisioned.one(f"telemetry-{name}-consumer").outputs["arn"] for name in ("billing", "alerts")
    }


def key(sid: str, *actions: str) -> dict[str, Any]:
    return {
        "sid": sid,
        "actions": [f"kms:{action}" for action in actions],
        "resources": [KEY],
        "conditions": {"StringEquals": {"kms:ViaService": "kinesis.eu-central-1.amazonaws.com"}},
    }


def test_bindings(provisioned: Built) -> None:
    arn = provisioned.one("telemetry-stream").outputs["arn"]
    send = plain(provisioned.deployed, "send")
    assert send["environment"] == {"TELEMETRY_STREAM": "prod-telemetry", "TELEMETRY_STREAM_ARN": arn}
    assert send["statements"] == [
        {
            "sid": "TelemetrySend",
            "actions": [
                "kinesis:DescribeStreamSummary",
                "kinesis:ListShards",
                "kinesis:PutRecord",
                "kinesis:PutRecords",
            ],
            "resources": [arn],
        },
        key("TelemetrySendKey", "GenerateDataKey"),
    ]
    assert plain(provisioned.deployed, "receive")["statements"] == [
        {
            "sid": "EventsReceive",
            "actions": [
                "kinesis:DescribeStreamSummary",
                "kinesis:ListShards",
                "kinesis:GetShardIterator",
                "kinesis:GetRecords",
            ],
            "resources": [arn],
        },
        key("EventsReceiveKey", "Decrypt"),
    ]


def test_a_consumer_with_its_own_channel_reads_by_it_alone(provisioned: Built) -> None:
    arn = provisioned.one("telemetry-stream").outputs["arn"]
    consumer = provisioned.one("telemetry-billing-consumer").outputs["arn"]
    binding = plain(provisioned.deployed, "billing")
    assert binding["environment"]["TELEMETRY_CONSUMER_ARN"] == consumer
    assert binding["statements"] == [
        {
            "sid": "TelemetryReceive",
            "actions": ["kinesis:DescribeStreamSummary", "kinesis:ListShards"],
            "resources": [arn],
        },
        {
            "sid": "TelemetryReceive1",
            "actions": ["kinesis:SubscribeToShard", "kinesis:DescribeStreamConsumer"],
            "resources": [consumer],
        },
        key("TelemetryReceiveKey", "Decrypt"),
    ]


def test_an_existing_stream_is_used_and_none_is_made() -> None:
    arn = "arn:aws:kinesis:eu-central-1:222222222222:stream/theirs"

    def program() -> None:
        consumers: Any = [{"name": "billing", "arn": f"{arn}/consumer/billing:1"}]
        stream = Stream("theirs", {"existing": {"arn": arn, "consumers": consumers}})
        pulumi.export("name", stream.stream_name)
        pulumi.export("binding", stream.binding("receive", consumer="billing"))

    built = build(program)
    assert built.names() == []
    assert plain(built.deployed, "name") == "theirs"
    statements = plain(built.deployed, "binding")["statements"]
    assert [item["resources"] for item in statements] == [[arn], [f"{arn}/consumer/billing:1"]]


def test_unknown_inputs_survive() -> None:
    def program() -> None:
        args: Any = {
            key: unknown()
            for key in ("key_arn", "stream_name", "shards", "retention_hours", "max_record_kib")
        }
        stream = Stream("later", {**args, "consumers": ["billing"]})
        pulumi.export("binding", stream.binding("receive", consumer="billing"))

    assert len(build(program).names()) == 2


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, "stream 'bad': give key_arn, or existing"),
        ({"key_arn": KEY, "mode": StreamMode.PROVISIONED}, "mode PROVISIONED goes with shards"),
        ({"key_arn": KEY, "mode": StreamMode.ON_DEMAND, "shards": 2}, "mode ON_DEMAND goes without shards"),
    ],
)
def test_refused(args: StreamArgs, message: str) -> None:
    with pytest.raises(REFUSALS, match=message):
        build(lambda: Stream("bad", args))


def test_a_consumer_that_there_is_not() -> None:
    with pytest.raises(REFUSALS, match="stream 'a': there is no consumer 'billing'"):
        build(lambda: Stream("a", {"key_arn": KEY}).binding("receive", consumer="billing"))


def test_other_languages_can_use_it() -> None:
    inputs = component_inputs(Stream)
    assert len(inputs) == 10
    assert all(inputs.values())
    assert component_outputs(Stream) == {"arn", "streamName", "consumerArns"}
