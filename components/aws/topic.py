"""SNS topic for fan-out: one message, many queues."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import sns, sqs

from components.aws.grants import grant
from components.aws.iam import document, refusing_plain_transport
from components.aws.kinds import KINDS, subscription
from components.aws.queue import queue_name
from components.binding import Binding
from components.inputs import last_segment, whole

UNDELIVERED_SECONDS = 14 * 24 * 3600
# SNS takes no wildcard here: "Policy statement action out of service scope".
DELIVERING = ("sns.amazonaws.com", "s3.amazonaws.com", "events.amazonaws.com")
"""What may put messages into queues on behalf of a topic, a bucket or a rule."""
REFUSED = ["sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes", "sns:SetTopicAttributes"]


class ExistingTopicArgs(TypedDict):
    """A topic that somebody else owns; in another account its owner's policy must let this one in."""

    arn: pulumi.Input[str]


class TopicPublisherArgs(TypedDict):
    """An AWS service that may publish on behalf of one resource."""

    service: str
    """Service principal, as `s3.amazonaws.com`."""
    source_arn: pulumi.Input[str]
    """ARN of the bucket or rule that it publishes for; may end in `*`."""


class TopicArgs(TypedDict):
    """Inputs of `Topic`. Give `key_arn`, or `existing`."""

    key_arn: NotRequired[pulumi.Input[str]]
    """Customer-managed key; its policy must hold `delivery_key_statement`, else SNS cannot deliver to queues
    under it. With `existing`: the key of that topic, where it has one."""
    existing: NotRequired[ExistingTopicArgs]
    """Use this topic and create none; every other key but `key_arn` is then ignored."""
    fifo: NotRequired[bool]
    """Keep order within a message group, into FIFO queues. Default: false. A change replaces the topic."""
    content_deduplication: NotRequired[bool]
    """FIFO: the body's SHA-256 is the deduplication id, so that publishers need none. Default: false."""
    archive_days: NotRequired[pulumi.Input[int]]
    """FIFO: days that messages are kept for replay, 1 to 365. Default: none are."""
    publishers: NotRequired[list[TopicPublisherArgs]]
    """AWS services that publish. Workloads need no entry: their own role lets them."""


class Topic(pulumi.ComponentResource):
    """SNS topic, encrypted with the customer's key, that takes messages over TLS only.

    Queues subscribe themselves (`Queue`'s `subscriptions`): the one policy of a queue must name all its
    senders. Messages that cannot be delivered go to a queue of the topic's own, which subscriptions name.
    Raises ValueError when neither `key_arn` nor `existing` is given.
    """

    arn: pulumi.Output[str]
    topic_name: pulumi.Output[str]
    undelivered_arn: pulumi.Output[str]
    """Queue of the messages that could not be delivered; empty for an existing topic."""
    undelivered_name: pulumi.Output[str]

    def __init__(self, name: str, args: TopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Topic", name, None, opts)
        self._short = name
        self.key_arn = args.get("key_arn")
        if "existing" in args:
            self.arn = pulumi.Output.from_input(args["existing"]["arn"])
            self.undelivered_arn = self.undelivered_name = pulumi.Output.from_input("")
        elif "key_arn" in args:
            self._create(name, args)
        else:
            raise ValueError(f"topic '{name}': give key_arn, or existing")
        self.topic_name = last_segment(self.arn, ":")
        self.register_outputs(
            {
                "arn": self.arn,
                "topic_name": self.topic_name,
                "undelivered_arn": self.undelivered_arn,
                "undelivered_name": self.undelivered_name,
            }
        )

    def binding(self, access: str, alias: str | None = None) -> Binding:
        """What a workload gets. access: publish or subscribe. alias: its name for it, if another."""
        made = grant(
            KINDS["sns_topic"],
            alias or self._short,
            access,
            arn=self.arn,
            key_arn=self.key_arn,
            environment={"TOPIC_ARN": self.arn},
        )
        return {**made, **subscription(access, self.arn)}

    def _create(self, name: str, args: TopicArgs) -> None:
        child = pulumi.ResourceOptions(parent=self)
        fifo = args.get("fifo", False)
        topic = sns.Topic(
            f"{name}-topic",
            kms_master_key_id=args["key_arn"],
            signature_version=2,  # SHA-256 instead of SHA-1
            **(_order(args) if fifo else {}),
            opts=child,
        )
        publishers = enumerate(args.get("publishers", []))
        sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=document(
                [
                    refusing_plain_transport(REFUSED, [topic.arn]),
                    *(_publisher(number, item, topic.arn) for number, item in publishers),
                ]
            ),
            opts=child,
        )
        undelivered = sqs.Queue(
            f"{name}-undelivered",
            name=queue_name(f"{name}-undelivered", fifo),
            kms_master_key_id=args["key_arn"],
            kms_data_key_reuse_period_seconds=300,
            message_retention_seconds=UNDELIVERED_SECONDS,
            fifo_queue=True if fifo else None,
            redrive_allow_policy=pulumi.Output.json_dumps({"redrivePermission": "denyAll"}),
            opts=child,
        )
        sqs.QueuePolicy(
            f"{name}-undelivered-policy",
            queue_url=undelivered.url,
            policy=document(
                [
                    refusing_plain_transport(["sqs:*"], [undelivered.arn]),
                    {
                        "Sid": "AllowTopic",
                        "Effect": "Allow",
                        "Principal": {"Service": "sns.amazonaws.com"},
                        "Action": "sqs:SendMessage",
                        "Resource": undelivered.arn,
                        "Condition": {"ArnEquals": {"aws:SourceArn": topic.arn}},
                    },
                ]
            ),
            opts=child,
        )
        self.arn = topic.arn
        self.undelivered_arn, self.undelivered_name = undelivered.arn, undelivered.name


def delivery_key_statement(
    account_id: pulumi.Input[str], other_accounts: Sequence[pulumi.Input[str]] = ()
) -> dict[str, Any]:
    """What the policy of a key must allow, so that AWS services can deliver to queues that the key encrypts.

    They encrypt what they put there with the queue's key, as themselves: without this a message is lost, and
    nobody is told. other_accounts: accounts whose topics queues are subscribed to. Sources: Amazon SNS
    Developer Guide, "Configuring server-side encryption from SNS to SQS"; Amazon SQS Developer Guide, "Enable
    KMS permissions for AWS services" (S3, EventBridge).
    """
    accounts = [account_id, *other_accounts]
    return {
        "Sid": "ServicesOfTheAccountDeliver",
        "Effect": "Allow",
        "Principal": {"Service": list(DELIVERING)},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": accounts if other_accounts else account_id},
        },
    }


def _order(args: TopicArgs) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "fifo_topic": True,
        "content_based_deduplication": args.get("content_deduplication", False),
        "fifo_throughput_scope": "MessageGroup",
    }
    if "archive_days" in args:
        days = whole(args["archive_days"])
        settings["archive_policy"] = pulumi.Output.json_dumps({"MessageRetentionPeriod": days})
    return settings


def _publisher(number: int, publisher: TopicPublisherArgs, topic_arn: pulumi.Input[str]) -> dict[str, Any]:
    return {
        "Sid": f"AllowPublisher{number}",
        "Effect": "Allow",
        "Principal": {"Service": publisher["service"]},
        "Action": "sns:Publish",
        "Resource": topic_arn,
        "Condition": {"ArnLike": {"aws:SourceArn": publisher["source_arn"]}},
    }
