"""SNS topic: exact inputs, policies, and fan-out into queues."""

import pulumi
import pytest
from blocks import ACCOUNT, KEY, REFUSALS, Built, build, component_inputs, component_outputs, plain, unknown

from components.aws.queue import Queue
from components.aws.topic import Topic, TopicArgs, delivery_key_statement


@pytest.fixture(scope="module")
def standard() -> Built:
    return build(lambda: Topic("sales", {"key_arn": KEY}))


@pytest.fixture(scope="module")
def fan_out() -> Built:
    """One FIFO topic, two FIFO queues, one of them with a filter."""

    def program() -> None:
        args: TopicArgs = {
            "key_arn": KEY,
            "fifo": True,
            "content_deduplication": True,
            "archive_days": 30.0,  # type: ignore[typeddict-item]  as a hosted component gets it
            "publishers": [{"service": "s3.amazonaws.com", "source_arn": "arn:aws:s3:::uploads"}],
        }
        topic = Topic("sales", args)
        for name, filters in (("ledger", {}), ("refunds", {"filter_policy": {"kind": ["refund"]}})):
            subscription = {
                "name": "sales",
                "topic_arn": topic.arn,
                "undelivered_arn": topic.undelivered_arn,
                **filters,
            }
            Queue(name, {"key_arn": KEY, "fifo": True, "subscriptions": [subscription]})  # type: ignore[list-item]

    return build(program)


def test_four_resources(standard: Built) -> None:
    assert standard.names() == [
        "sales-policy",
        "sales-topic",
        "sales-undelivered",
        "sales-undelivered-policy",
    ]


def test_encrypted_and_signed_with_sha_256(standard: Built) -> None:
    inputs = standard.inputs("sales-topic")
    assert inputs == {"kmsMasterKeyId": KEY, "signatureVersion": 2}


def test_plain_transport_is_refused(standard: Built) -> None:
    assert standard.policy("sales-policy") == [
        {
            "Sid": "RefusePlainTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": [
                "sns:Publish",
                "sns:Subscribe",
                "sns:GetTopicAttributes",
                "sns:SetTopicAttributes",
            ],
            "Resource": [standard.one("sales-topic").outputs["arn"]],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def test_what_cannot_be_delivered_is_kept_encrypted(standard: Built) -> None:
    inputs = standard.inputs("sales-undelivered")
    assert inputs == {
        "kmsMasterKeyId": KEY,
        "kmsDataKeyReusePeriodSeconds": 300,
        "messageRetentionSeconds": 1_209_600,
        "redriveAllowPolicy": '{"redrivePermission": "denyAll"}',
    }
    refused, allowed = standard.policy("sales-undelivered-policy")
    arn = standard.one("sales-undelivered").outputs["arn"]
    assert (refused["Sid"], refused["Resource"]) == ("RefusePlainTransport", [arn])
    assert allowed == {
        "Sid": "AllowTopic",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": standard.one("sales-topic").outputs["arn"]}},
    }


def test_first_in_first_out_through_and_through(fan_out: Built) -> None:
    topic = fan_out.inputs("sales-topic")
    assert topic == {
        "kmsMasterKeyId": KEY,
        "signatureVersion": 2,
        "fifoTopic": True,
        "contentBasedDeduplication": True,
        "fifoThroughputScope": "MessageGroup",
        "archivePolicy": '{"MessageRetentionPeriod": 30}',
    }
    queues = fan_out.deployed.of_type("aws:sqs/queue:Queue")
    assert len(queues) == 5
    assert all(queue.inputs["fifoQueue"] and queue.inputs["kmsMasterKeyId"] == KEY for queue in queues)


def test_each_queue_lets_this_topic_in_and_no_other(fan_out: Built) -> None:
    topic = fan_out.one("sales-topic").outputs["arn"]
    undelivered = fan_out.one("sales-undelivered").outputs["arn"]
    for name in ("ledger", "refunds"):
        _, allowed = fan_out.policy(f"{name}-policy")
        assert allowed["Principal"] == {"Service": "sns.amazonaws.com"}
        assert allowed["Condition"] == {"ArnLike": {"aws:SourceArn": topic}}
        subscription = fan_out.inputs(f"{name}-sales-subscription")
        assert subscription["topic"] == topic
        assert subscription["redrivePolicy"] == f'{{"deadLetterTargetArn": "{undelivered}"}}'
    assert "filterPolicy" not in fan_out.inputs("ledger-sales-subscription")
    assert fan_out.inputs("refunds-sales-subscription")["filterPolicy"] == '{"kind": ["refund"]}'


def test_publishers_are_pinned_to_their_source(fan_out: Built) -> None:
    _, publisher = fan_out.policy("sales-policy")
    assert publisher == {
        "Sid": "AllowPublisher0",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": fan_out.one("sales-topic").outputs["arn"],
        "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::uploads"}},
    }


def test_what_a_key_must_allow() -> None:
    statement = delivery_key_statement(ACCOUNT)
    assert statement == {
        "Sid": "ServicesOfTheAccountDeliver",
        "Effect": "Allow",
        "Principal": {"Service": ["sns.amazonaws.com", "s3.amazonaws.com", "events.amazonaws.com"]},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    assert delivery_key_statement(ACCOUNT, ["210987654321"]) == {
        **statement,
        "Condition": {"StringEquals": {"aws:SourceAccount": [ACCOUNT, "210987654321"]}},
    }


def test_binding() -> None:
    def program() -> None:
        pulumi.export("binding", Topic("sales", {"key_arn": KEY}).binding("publish", alias="events"))

    built = build(program)
    arn = built.one("sales-topic").outputs["arn"]
    binding = plain(built.deployed, "binding")
    assert binding["environment"] == {"EVENTS_TOPIC_ARN": arn}
    publish, key = binding["statements"]
    assert publish["resources"] == [arn]
    assert "sns:Publish" in publish["actions"]
    assert key == {
        "sid": "EventsPublishKey",
        "actions": ["kms:Decrypt", "kms:GenerateDataKey"],
        "resources": [KEY],
        "conditions": {"StringEquals": {"kms:ViaService": "sns.eu-central-1.amazonaws.com"}},
    }


def test_an_existing_topic_is_used_and_none_is_made() -> None:
    def program() -> None:
        topic = Topic("theirs", {"existing": {"arn": "arn:aws:sns:eu-central-1:222222222222:theirs"}})
        pulumi.export("outputs", [topic.topic_name, topic.undelivered_arn, topic.undelivered_name])

    built = build(program)
    assert built.names() == []
    assert plain(built.deployed, "outputs") == ["theirs", "", ""]


def test_unknown_inputs_survive() -> None:
    def program() -> None:
        publishers = [{"service": "s3.amazonaws.com", "source_arn": unknown()}]
        args = {"key_arn": unknown(), "fifo": True, "archive_days": unknown(), "publishers": publishers}
        pulumi.export("binding", Topic("later", args).binding("publish"))  # type: ignore[arg-type]

    assert len(build(program).names()) == 4


def test_refused() -> None:
    with pytest.raises(REFUSALS, match="topic 'bad': give key_arn, or existing"):
        build(lambda: Topic("bad", {}))


def test_other_languages_can_use_it() -> None:
    assert set(component_inputs(Topic)) == {
        *("keyArn", "existing", "fifo", "contentDeduplication", "archiveDays", "publishers"),
    }
    assert component_outputs(Topic) == {"arn", "topicName", "undeliveredArn", "undeliveredName"}
