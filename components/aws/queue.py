"""SQS queue with its dead-letter queue."""

from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import sns, sqs

from components.aws.grants import grant
from components.aws.iam import document, refusing_plain_transport
from components.aws.kinds import KINDS, queue_url
from components.aws.names import physical_name
from components.aws.queue_timing import queue_timing, setting_findings
from components.binding import Binding
from components.findings import refuse
from components.inputs import is_number, last_segment, whole

DEFAULTS = queue_timing(processing_seconds=30)
MAX_MESSAGE = 1024 * 1024
NAME_LIMIT = 80


class ExistingQueueArgs(TypedDict):
    """A queue that somebody else owns; in another account its owner's policy must let this one in."""

    arn: pulumi.Input[str]
    url: NotRequired[pulumi.Input[str]]
    """Default: the usual one of its region, account and name."""
    dead_letter_arn: NotRequired[pulumi.Input[str]]
    """Its dead-letter queue, for who watches it."""


class QueueSourceArgs(TypedDict):
    """An AWS service that may send to the queue on behalf of one resource."""

    service: str
    """Service principal, as `events.amazonaws.com` or `s3.amazonaws.com`."""
    source_arn: pulumi.Input[str]
    """ARN of the rule, bucket or topic that it sends for; may end in `*`."""
    account_id: NotRequired[pulumi.Input[str]]
    """Account of that resource, where its ARN names none: a bucket's name may be somebody else's tomorrow."""


class QueueSubscriptionArgs(TypedDict):
    """A topic whose messages the queue takes. A FIFO topic needs a FIFO queue to keep its order."""

    name: str
    """Short name of the topic, part of the subscription's name."""
    topic_arn: pulumi.Input[str]
    undelivered_arn: NotRequired[pulumi.Input[str]]
    """`Topic.undelivered_arn`: takes messages that cannot be delivered. Left out, they are lost."""
    filter_policy: NotRequired[dict[str, list[str]]]
    """Attribute (or key of the body) → values of which one must match. Left out: every message."""
    filter_on_body: NotRequired[bool]
    """Match keys of the JSON body instead of message attributes. Default: false."""
    enveloped: NotRequired[bool]
    """Wrap messages in SNS's JSON envelope. Default: false, the message arrives as it was published."""


class QueueArgs(TypedDict):
    """Inputs of `Queue`. Give `key_arn`, or `existing`."""

    key_arn: NotRequired[pulumi.Input[str]]
    """Customer-managed key of both queues. With `existing`: the key of that queue, where it has one."""
    existing: NotRequired[ExistingQueueArgs]
    """Use this queue and create none; every other key but `key_arn` is then ignored."""
    fifo: NotRequired[bool]
    """First in, first out within a message group, and exactly once. Default: false. A change replaces it."""
    content_deduplication: NotRequired[bool]
    """FIFO: the body's SHA-256 is the deduplication id, so that senders need none. Default: false."""
    high_throughput: NotRequired[bool]
    """FIFO: throughput and deduplication per message group. Default: true."""
    visibility_seconds: NotRequired[pulumi.Input[int]]
    """How long a received message is hidden. Default: 180, six times 30 s. See `queue_timing`."""
    retention_seconds: NotRequired[pulumi.Input[int]]
    """How long a message is kept. Default: 4 days."""
    dead_letter_retention_seconds: NotRequired[pulumi.Input[int]]
    """How long a dead letter is kept, counted from when it was first sent. Default: 14 days."""
    max_receives: NotRequired[pulumi.Input[int]]
    """Receives before a message becomes a dead letter. Default: 5."""
    delay_seconds: NotRequired[pulumi.Input[int]]
    """Delay before a new message can be received, 0 to 900. Default: 0."""
    long_poll_seconds: NotRequired[pulumi.Input[int]]
    """How long a receive waits, 0 to 20: an empty one costs as much as a full one. Default: 20."""
    max_message_bytes: NotRequired[pulumi.Input[int]]
    """Largest message, 1024 to 1048576. Default: 1 MiB."""
    sources: NotRequired[list[QueueSourceArgs]]
    """AWS services that send to it. Workloads need no entry: their own role lets them."""
    subscriptions: NotRequired[list[QueueSubscriptionArgs]]
    """Topics that it is subscribed to."""
    watcher_arns: NotRequired[list[pulumi.Input[str]]]
    """Roles of the account that may read how many messages there are, and no message: what scales the
    consumers. They need no permission of their own."""


class Queue(pulumi.ComponentResource):
    """SQS queue and dead-letter queue, both encrypted with the customer's key and reachable over TLS only.

    Messages move to the dead-letter queue after `max_receives`, and only this queue may use it. Raises
    ValueError for settings that SQS refuses or that lose messages.
    """

    arn: pulumi.Output[str]
    url: pulumi.Output[str]
    queue_name: pulumi.Output[str]
    dead_letter_arn: pulumi.Output[str]
    """Like those below, empty for an existing queue of which it is not given."""
    dead_letter_url: pulumi.Output[str]
    dead_letter_name: pulumi.Output[str]

    def __init__(self, name: str, args: QueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Queue", name, {}, opts)
        self._short = name
        self.key_arn = args.get("key_arn")
        if "existing" in args:
            existing = args["existing"]
            self.arn = pulumi.Output.from_input(existing["arn"])
            self.url = pulumi.Output.from_input(existing.get("url", self.arn.apply(queue_url)))
            self.dead_letter_arn = pulumi.Output.from_input(existing.get("dead_letter_arn", ""))
            self.dead_letter_url = self.dead_letter_arn.apply(lambda arn: queue_url(arn) if arn else "")
            self.dead_letter_name = last_segment(self.dead_letter_arn, ":")
        else:
            self._create(name, args)
        self.queue_name = last_segment(self.arn, ":")
        self.register_outputs(
            {
                "arn": self.arn,
                "url": self.url,
                "queue_name": self.queue_name,
                "dead_letter_arn": self.dead_letter_arn,
                "dead_letter_url": self.dead_letter_url,
                "dead_letter_name": self.dead_letter_name,
            }
        )

    def binding(self, access: str, alias: str | None = None) -> Binding:
        """What a workload gets. access: send or receive. alias: its name for it, if another."""
        return grant(
            KINDS["sqs_queue"],
            alias or self._short,
            access,
            arn=self.arn,
            key_arn=self.key_arn,
            environment={"QUEUE_URL": self.url},
        )

    def _create(self, name: str, args: QueueArgs) -> None:
        if "key_arn" not in args:
            raise ValueError(f"queue '{name}': give key_arn, or existing")
        settings = (
            args.get("visibility_seconds", DEFAULTS.visibility_seconds),
            args.get("retention_seconds", DEFAULTS.retention_seconds),
            args.get("dead_letter_retention_seconds", DEFAULTS.dead_letter_retention_seconds),
            args.get("max_receives", DEFAULTS.max_receives),
        )
        if all(is_number(value) for value in settings):
            refuse(f"queue '{name}'", setting_findings(*settings))
        visibility, retention, dead_letter_retention, max_receives = map(whole, settings)
        own = pulumi.ResourceOptions(parent=self)
        common = {
            **_order(args),
            "kms_master_key_id": args["key_arn"],
            "kms_data_key_reuse_period_seconds": 300,
            "max_message_size": whole(args.get("max_message_bytes", MAX_MESSAGE)),
        }

        dead_letters = sqs.Queue(
            f"{name}-dlq",
            name=queue_name(f"{name}-dlq", args.get("fifo", False)),
            message_retention_seconds=dead_letter_retention,
            opts=own,
            **common,
        )
        queue = sqs.Queue(
            f"{name}-queue",
            name=queue_name(f"{name}-queue", args.get("fifo", False)),
            message_retention_seconds=retention,
            visibility_timeout_seconds=visibility,
            delay_seconds=whole(args.get("delay_seconds", 0)),
            receive_wait_time_seconds=whole(args.get("long_poll_seconds", 20)),
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": max_receives}
            ),
            opts=own,
            **common,
        )
        sqs.RedriveAllowPolicy(
            f"{name}-redrive-allow",
            queue_url=dead_letters.url,
            redrive_allow_policy=pulumi.Output.json_dumps(
                {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}
            ),
            opts=own,
        )
        subscriptions = args.get("subscriptions", [])
        senders = [*args.get("sources", []), *map(_as_source, subscriptions)]
        allowed = [_sender(number, item, queue.arn) for number, item in enumerate(senders)]
        allowed += [_watchers(args["watcher_arns"], queue.arn)] if args.get("watcher_arns") else []
        policy = sqs.QueuePolicy(
            f"{name}-policy",
            queue_url=queue.url,
            policy=document([refusing_plain_transport(["sqs:*"], [queue.arn]), *allowed]),
            opts=own,
        )
        sqs.QueuePolicy(
            f"{name}-dlq-policy",
            queue_url=dead_letters.url,
            policy=document([refusing_plain_transport(["sqs:*"], [dead_letters.arn])]),
            opts=own,
        )
        for subscription in subscriptions:
            _subscribe(
                f"{name}-{subscription['name']}-subscription",
                subscription,
                queue.arn,
                pulumi.ResourceOptions(parent=self, depends_on=[policy]),
            )
        self.arn, self.url = queue.arn, queue.url
        self.dead_letter_arn, self.dead_letter_url = dead_letters.arn, dead_letters.url
        self.dead_letter_name = dead_letters.name


def queue_name(logical: str, fifo: bool) -> str | None:
    """Name of a queue whose logical name is too long for autonaming; None for one that is not."""
    name = physical_name(logical, NAME_LIMIT - len(".fifo"))
    return f"{name}.fifo" if name and fifo else name


def _order(args: QueueArgs) -> dict[str, bool | str]:
    """Settings that a FIFO queue shares with its dead-letter queue; SQS refuses them on a standard one."""
    if not args.get("fifo", False):
        return {}
    by_group = args.get("high_throughput", True)
    return {
        "fifo_queue": True,
        "content_based_deduplication": args.get("content_deduplication", False),
        "deduplication_scope": "messageGroup" if by_group else "queue",
        "fifo_throughput_limit": "perMessageGroupId" if by_group else "perQueue",
    }


def _as_source(subscription: QueueSubscriptionArgs) -> QueueSourceArgs:
    return {"service": "sns.amazonaws.com", "source_arn": subscription["topic_arn"]}


def _sender(number: int, source: QueueSourceArgs, queue_arn: pulumi.Input[str]) -> dict[str, Any]:
    return {
        "Sid": f"AllowSource{number}",
        "Effect": "Allow",
        "Principal": {"Service": source["service"]},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {
            "ArnLike": {"aws:SourceArn": source["source_arn"]},
            **(
                {"StringEquals": {"aws:SourceAccount": source["account_id"]}}
                if "account_id" in source
                else {}
            ),
        },
    }


def _watchers(role_arns: list[pulumi.Input[str]], queue_arn: pulumi.Input[str]) -> dict[str, Any]:
    return {
        "Sid": "AllowWatchers",
        "Effect": "Allow",
        "Principal": {"AWS": role_arns},
        "Action": "sqs:GetQueueAttributes",
        "Resource": queue_arn,
    }


def _subscribe(
    name: str, args: QueueSubscriptionArgs, queue_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> None:
    filtered = {}
    if "filter_policy" in args:
        scope = "MessageBody" if args.get("filter_on_body", False) else "MessageAttributes"
        policy = pulumi.Output.json_dumps(args["filter_policy"])
        filtered = {"filter_policy": policy, "filter_policy_scope": scope}
    redrive = {}
    if "undelivered_arn" in args:
        target = {"deadLetterTargetArn": args["undelivered_arn"]}
        redrive = {"redrive_policy": pulumi.Output.json_dumps(target)}
    sns.TopicSubscription(
        name,
        topic=args["topic_arn"],
        protocol="sqs",
        endpoint=queue_arn,
        raw_message_delivery=not args.get("enveloped", False),
        opts=opts,
        **filtered,
        **redrive,
    )
