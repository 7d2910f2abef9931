"""The topic that alarms and events of a stack go to."""

import hashlib
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import sns

from components.aws.iam import document, refusing_plain_transport

PUBLISHERS = ["cloudwatch.amazonaws.com", "events.amazonaws.com"]


class AlertsArgs(TypedDict):
    account_id: pulumi.Input[str]
    """Only alarms and events of this account may be published."""
    key_arn: pulumi.Input[str]
    """Key that the topic is encrypted with; CloudWatch and EventBridge must be allowed to use it."""
    emails: NotRequired[list[str]]
    """Addresses that get every alert, each after its owner has confirmed. Default: none."""


class Alerts(pulumi.ComponentResource):
    """An encrypted topic that takes messages over TLS only, from alarms and events of one account."""

    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: AlertsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Alerts", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        topic = sns.Topic(f"{name}-topic", kms_master_key_id=args["key_arn"], opts=child)
        self.topic_arn = topic.arn
        sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=document(
                [
                    {
                        "Sid": "AlarmsAndEventsOfTheAccount",
                        "Effect": "Allow",
                        "Principal": {"Service": PUBLISHERS},
                        "Action": "sns:Publish",
                        "Resource": topic.arn,
                        "Condition": {"StringEquals": {"aws:SourceAccount": args["account_id"]}},
                    },
                    refusing_plain_transport(["sns:Publish"], [topic.arn]),
                ]
            ),
            opts=child,
        )
        for email in args.get("emails", []):
            # The address itself stays out of the name: names are printed everywhere.
            short = hashlib.sha256(email.encode()).hexdigest()[:8]
            sns.TopicSubscription(
                f"{name}-email-{short}", topic=topic.arn, protocol="email", endpoint=email, opts=child
            )
        self.register_outputs({"topic_arn": self.topic_arn})
