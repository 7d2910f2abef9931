"""SQS queue: exact inputs, policies, and the ways it is refused."""

import pulumi
import pytest
from blocks import KEY, REFUSALS, Built, build, component_inputs, component_outputs, plain, unknown

from components.aws.queue import Queue, QueueArgs

TOPIC = "arn:aws:sns:eu-central-1:111111111111:sales"
SHARED = {"kmsMasterKeyId": KEY, "kmsDataKeyReusePeriodSeconds": 300, "maxMessageSize": 1_048_576}


@pytest.fixture(scope="module")
def standard() -> Built:
    return build(lambda: Queue("orders", {"key_arn": KEY}))


@pytest.fixture(scope="module")
def fifo() -> Built:
    args: QueueArgs = {
        "key_arn": KEY,
        "fifo": True,
        "content_deduplication": True,
        "visibility_seconds": 60.0,  # type: ignore[typeddict-item]  as a hosted component gets it
        "retention_seconds": 3600,
        "dead_letter_retention_seconds": 7200,
        "max_receives": 3,
        "delay_seconds": 5,
        "sources": [{"service": "events.amazonaws.com", "source_arn": f"{TOPIC}-rule"}],
        "subscriptions": [
            {"name": "sales", "topic_arn": TOPIC, "undelivered_arn": "arn:aws:sqs:eu-central-1:1:lost.fifo"},
            {
                "name": "refunds",
                "topic_arn": f"{TOPIC}-2",
                "filter_policy": {"kind": ["refund", "void"]},
                "filter_on_body": True,
                "enveloped": True,
            },
            {"name": "returns", "topic_arn": f"{TOPIC}-3", "filter_policy": {"kind": ["return"]}},
        ],
    }
    return build(lambda: Queue("orders", args))


def test_five_resources(standard: Built) -> None:
    assert standard.names() == [
        "orders-dlq",
        "orders-dlq-policy",
        "orders-policy",
        "orders-queue",
        "orders-redrive-allow",
    ]
    component = standard.one("orders")
    assert component.type == "skymason:aws:Queue"
    assert {item.parent for item in standard.deployed.resources if item.custom} == {component.urn}


def test_standard_queue(standard: Built) -> None:
    dead_letters = standard.one("orders-dlq").outputs["arn"]
    assert standard.inputs("orders-dlq") == {**SHARED, "messageRetentionSeconds": 1_209_600}
    assert standard.inputs("orders-queue") == {
        **SHARED,
        "messageRetentionSeconds": 345_600,
        "visibilityTimeoutSeconds": 180,
        "delaySeconds": 0,
        "receiveWaitTimeSeconds": 20,
        "redrivePolicy": f'{{"deadLetterTargetArn": "{dead_letters}", "maxReceiveCount": 5}}',
    }


def test_only_this_queue_uses_the_dead_letter_queue(standard: Built) -> None:
    queue, dead_letters = standard.one("orders-queue"), standard.one("orders-dlq")
    assert standard.inputs("orders-redrive-allow") == {
        "queueUrl": dead_letters.outputs["url"],
        "redriveAllowPolicy": (
            f'{{"redrivePermission": "byQueue", "sourceQueueArns": ["{queue.outputs["arn"]}"]}}'
        ),
    }


@pytest.mark.parametrize(("policy", "queue"), [("policy", "queue"), ("dlq-policy", "dlq")])
def test_both_queues_deny_plain_transport_and_nothing_else(standard: Built, policy: str, queue: str) -> None:
    outputs = standard.one(f"orders-{queue}").outputs
    assert standard.inputs(f"orders-{policy}")["queueUrl"] == outputs["url"]
    assert standard.policy(f"orders-{policy}") == [
        {
            "Sid": "RefusePlainTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["sqs:*"],
            "Resource": [outputs["arn"]],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def test_first_in_first_out(fifo: Built) -> None:
    order = {
        "fifoQueue": True,
        "contentBasedDeduplication": True,
        "deduplicationScope": "messageGroup",
        "fifoThroughputLimit": "perMessageGroupId",
    }
    assert fifo.inputs("orders-dlq") == {**SHARED, **order, "messageRetentionSeconds": 7200}
    queue = fifo.inputs("orders-queue")
    redrive = queue.pop("redrivePolicy")
    assert redrive.endswith('"maxReceiveCount": 3}')
    assert queue == {
        **SHARED,
        **order,
        "messageRetentionSeconds": 3600,
        "visibilityTimeoutSeconds": 60,
        "delaySeconds": 5,
        "receiveWaitTimeSeconds": 20,
    }
    assert isinstance(queue["visibilityTimeoutSeconds"], int)


def test_order_over_the_whole_queue_where_high_throughput_is_off() -> None:
    built = build(lambda: Queue("one", {"key_arn": KEY, "fifo": True, "high_throughput": False}))
    inputs = built.inputs("one-queue")
    assert inputs["deduplicationScope"] == "queue"
    assert inputs["fifoThroughputLimit"] == "perQueue"
    assert inputs["contentBasedDeduplication"] is False


def test_each_sender_is_pinned_to_its_source(fifo: Built) -> None:
    arn = fifo.one("orders-queue").outputs["arn"]
    expected = [
        ("events.amazonaws.com", f"{TOPIC}-rule"),
        ("sns.amazonaws.com", TOPIC),
        ("sns.amazonaws.com", f"{TOPIC}-2"),
        ("sns.amazonaws.com", f"{TOPIC}-3"),
    ]
    assert fifo.policy("orders-policy")[1:] == [
        {
            "Sid": f"AllowSource{number}",
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnLike": {"aws:SourceArn": source}},
        }
        for number, (service, source) in enumerate(expected)
    ]


def test_subscriptions(fifo: Built) -> None:
    base = {"protocol": "sqs", "endpoint": fifo.one("orders-queue").outputs["arn"]}
    assert fifo.inputs("orders-sales-subscription") == {
        **base,
        "topic": TOPIC,
        "rawMessageDelivery": True,
        "redrivePolicy": '{"deadLetterTargetArn": "arn:aws:sqs:eu-central-1:1:lost.fifo"}',
    }
    assert fifo.inputs("orders-refunds-subscription") == {
        **base,
        "topic": f"{TOPIC}-2",
        "rawMessageDelivery": False,
        "filterPolicy": '{"kind": ["refund", "void"]}',
        "filterPolicyScope": "MessageBody",
    }
    assert fifo.inputs("orders-returns-subscription")["filterPolicyScope"] == "MessageAttributes"


def test_nothing_is_delivered_before_the_policy_lets_it_in(fifo: Built) -> None:
    policy = fifo.one("orders-policy").urn
    for name in ("sales", "refunds", "returns"):
        assert policy in fifo.one(f"orders-{name}-subscription").dependencies


def test_watchers_see_the_depth_and_no_message() -> None:
    role = "arn:aws:iam::111111111111:role/scaler"
    built = build(lambda: Queue("orders", {"key_arn": KEY, "watcher_arns": [role]}))
    _, allowed = built.policy("orders-policy")
    assert allowed == {
        "Sid": "AllowWatchers",
        "Effect": "Allow",
        "Principal": {"AWS": [role]},
        "Action": "sqs:GetQueueAttributes",
        "Resource": built.one("orders-queue").outputs["arn"],
    }
    assert len(built.policy("orders-dlq-policy")) == 1


def test_an_existing_queue_is_used_and_none_is_made() -> None:
    def program() -> None:
        arn = "arn:aws:sqs:eu-central-1:222222222222:theirs"
        url = "https://sqs.eu-central-1.amazonaws.com/222222222222/theirs"
        queue = Queue("theirs", {"existing": {"arn": arn, "url": url}})
        pulumi.export("outputs", [queue.arn, queue.url, queue.queue_name, queue.dead_letter_arn])

    built = build(program)
    assert built.names() == []
    assert plain(built.deployed, "outputs") == [
        "arn:aws:sqs:eu-central-1:222222222222:theirs",
        "https://sqs.eu-central-1.amazonaws.com/222222222222/theirs",
        "theirs",
        "",
    ]


@pytest.mark.parametrize(
    ("access", "actions", "key_actions"),
    [
        (
            "send",
            ["SendMessage", "GetQueueUrl", "GetQueueAttributes"],
            ["kms:Decrypt", "kms:GenerateDataKey"],
        ),
        (
            "receive",
            [
                "ReceiveMessage",
                "DeleteMessage",
                "ChangeMessageVisibility",
                "GetQueueUrl",
                "GetQueueAttributes",
            ],
            ["kms:Decrypt"],
        ),
    ],
)
def test_binding(access: str, actions: list[str], key_actions: list[str]) -> None:
    def program() -> None:
        queue = Queue("late-orders", {"key_arn": KEY})
        pulumi.export("binding", queue.binding(access))

    built = build(program)
    outputs = built.one("late-orders-queue").outputs
    sid = f"LateOrders{access.title()}"
    assert plain(built.deployed, "binding") == {
        "name": "late-orders",
        "environment": {"LATE_ORDERS_QUEUE_URL": outputs["url"]},
        "statements": [
            {
                "sid": sid,
                "actions": [f"sqs:{action}" for action in actions],
                "resources": [outputs["arn"]],
            },
            {
                "sid": f"{sid}Key",
                "actions": key_actions,
                "resources": [KEY],
                "conditions": {"StringEquals": {"kms:ViaService": "sqs.eu-central-1.amazonaws.com"}},
            },
        ],
        "network": [{"direction": "egress", "port": 443, "cidr": "0.0.0.0/0"}],
    }


def test_an_existing_queue_without_a_key_needs_none() -> None:
    def program() -> None:
        queue = Queue("theirs", {"existing": {"arn": TOPIC, "url": "https://there"}})
        pulumi.export("binding", queue.binding("send", alias="outbox"))

    binding = plain(build(program).deployed, "binding")
    assert binding["environment"] == {"OUTBOX_QUEUE_URL": "https://there"}
    assert [item["sid"] for item in binding["statements"]] == ["OutboxSend"]


def test_unknown_inputs_survive() -> None:
    def program() -> None:
        Queue(
            "later",
            {
                "key_arn": unknown(),
                "visibility_seconds": unknown(),
                "retention_seconds": unknown(),
                "dead_letter_retention_seconds": unknown(),
                "max_receives": unknown(),
                "delay_seconds": unknown(),
                "long_poll_seconds": unknown(),
                "max_message_bytes": unknown(),
                "sources": [{"service": "s3.amazonaws.com", "source_arn": unknown()}],
                "watcher_arns": [unknown()],
                "subscriptions": [{"name": "all", "topic_arn": unknown(), "undelivered_arn": unknown()}],
            },
        )
        theirs = Queue("theirs", {"existing": {"arn": unknown(), "url": unknown()}, "key_arn": unknown()})
        pulumi.export("binding", theirs.binding("send"))

    assert len(build(program).names()) == 6


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, "queue 'bad': give key_arn, or existing"),
        ({"key_arn": KEY, "retention_seconds": 1_209_600}, "dead_letters_outlive_messages"),
        ({"key_arn": KEY, "visibility_seconds": 43_201}, "visibility_seconds is 43201, SQS takes 0 to 43200"),
    ],
)
def test_refused(args: QueueArgs, message: str) -> None:
    with pytest.raises(REFUSALS, match=message):
        build(lambda: Queue("bad", args))


def test_names_of_any_length_fit() -> None:
    def program() -> None:
        Queue("q" * 70, {"key_arn": KEY})
        Queue("f" * 70, {"key_arn": KEY, "fifo": True})

    names = [queue.inputs["name"] for queue in build(program).deployed.of_type("aws:sqs/queue:Queue")]
    assert len(set(names)) == 4
    assert all(len(name) <= 80 for name in names)
    assert sorted(name.endswith(".fifo") for name in names) == [False, False, True, True]


def test_other_languages_can_use_it() -> None:
    inputs = component_inputs(Queue)
    assert len(inputs) == 15
    assert all(inputs.values())
    assert component_outputs(Queue) == {
        "arn",
        "url",
        "queueName",
        "deadLetterArn",
        "deadLetterUrl",
        "deadLetterName",
    }
