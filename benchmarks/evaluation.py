"""CPU of evaluating a program of N resources: `python -m benchmarks.evaluation 1000` prints seconds.

The program is made of what stacks are made of: components with children, outputs of one resource as inputs of
another, documents, lists and tags. Imports and a first small evaluation are not counted.
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

import pulumi
from pulumi_aws import cloudwatch, iam, sns, sqs

from components.tags import register_tags
from skymason.plan.evaluate import collector_tuned, evaluate
from skymason.settings import load_stack

ROOT = Path(__file__).parent.parent
RESOURCES_EACH = 10
"""Resources of one `Unit`, its component counted."""


class Unit(pulumi.ComponentResource):
    """A queue with its dead-letter queue, topic, role, policies, log group and alarms."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("benchmarks:index:Unit", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        dead = sqs.Queue(f"{name}-dead", message_retention_seconds=1_209_600, opts=child)
        queue = sqs.Queue(
            f"{name}-queue",
            visibility_timeout_seconds=180,
            redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 5}),
            opts=child,
        )
        topic = sns.Topic(f"{name}-topic", opts=child)
        sns.TopicSubscription(
            f"{name}-subscription", topic=topic.arn, protocol="sqs", endpoint=queue.arn, opts=child
        )
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        role = iam.Role(
            f"{name}-role",
            assume_role_policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [trust]}),
            opts=child,
        )
        allow = {
            "Effect": "Allow",
            "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"],
            "Resource": queue.arn,
        }
        iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [allow]}),
            opts=child,
        )
        cloudwatch.LogGroup(f"{name}-logs", retention_in_days=30, opts=child)
        for metric, limit in (
            ("ApproximateAgeOfOldestMessage", 300),
            ("ApproximateNumberOfMessagesVisible", 1000),
        ):
            cloudwatch.MetricAlarm(
                f"{name}-{limit}",
                comparison_operator="GreaterThanThreshold",
                evaluation_periods=3,
                metric_name=metric,
                namespace="AWS/SQS",
                period=60,
                statistic="Maximum",
                threshold=limit,
                dimensions={"QueueName": queue.name},
                alarm_actions=[topic.arn],
                opts=child,
            )
        self.register_outputs({"url": queue.url})


def measure(resources: int) -> tuple[int, float]:
    """How many resources a program of about so many has, and the CPU seconds of its evaluation."""
    tags = load_stack(ROOT, "dev").tags

    def program() -> None:
        register_tags(tags)
        for index in range(resources // RESOURCES_EACH):
            Unit(f"unit-{index:04}")

    with collector_tuned():
        began = time.process_time()
        plan = evaluate(program, project="benchmark", stack="dev")
        return len(plan.resources), time.process_time() - began


if __name__ == "__main__":
    measure(100)
    gc.collect()
    count, seconds = measure(int(sys.argv[1]))
    print(f'{{"resources": {count}, "cpu": {seconds}}}')
