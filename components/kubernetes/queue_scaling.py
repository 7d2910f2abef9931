"""Scaling of a queue's consumers by KEDA: by backlog, down to zero and back."""

from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi import ResourceOptions

from components.kubernetes.args import ScheduledCapacityArgs
from components.kubernetes.autoscaling import scaled_consumer, sign_in

POLLING_SECONDS = 10
"""How often an idle worker's queue is looked at: the delay before its first replica starts."""
FAILURES = 3
"""Times that the queue cannot be read before the number of replicas no longer depends on it."""


class QueueScalerArgs(TypedDict):
    """Arguments of QueueScaler."""

    name: str
    """Name of the service."""
    namespace: pulumi.Input[str]
    deployment: pulumi.Input[str]
    """Name of the Deployment to scale."""
    queue_url: pulumi.Input[str]
    """SQS queue. Whoever reads it must be allowed `sqs:GetQueueAttributes` on it."""
    role_arn: NotRequired[pulumi.Input[str]]
    """Role that KEDA's operator takes on to read the queue; left out, its own."""
    region: pulumi.Input[str]
    messages_per_replica: int
    """See `skymason.patterns.quantities.backlog_per_replica`."""
    min: int
    """0 stops the worker while there is neither a message that waits nor one that is worked on."""
    max: int
    scale_down_seconds: int
    """Backlog must stay low for this long before replicas go; the last one too."""
    schedule: NotRequired[list[ScheduledCapacityArgs]]


class QueueScaler(pulumi.ComponentResource):
    """A KEDA ScaledObject that holds one replica for each `messages_per_replica` in the queue.

    Messages in flight count: a replica that works on the last one is not taken away, and one that waits for
    its next attempt (hidden, so in flight) keeps a consumer. From zero, the first message starts a replica.
    While the queue cannot be read, what runs keeps running, and one replica at least.
    """

    scaled_object_name: pulumi.Output[str]

    def __init__(self, name: str, args: QueueScalerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:kubernetes:QueueScaler", name, None, opts)
        below = ResourceOptions(parent=self)
        backlog: dict[str, Any] = {
            "type": "aws-sqs-queue",
            "metricType": "AverageValue",
            "metadata": {
                "queueURL": args["queue_url"],
                "awsRegion": args["region"],
                "queueLength": str(int(args["messages_per_replica"])),
                "activationQueueLength": "0",
                "scaleOnInFlight": "true",
            },
        }
        if "role_arn" in args:
            reader = sign_in(name, args, args["role_arn"], below)
            backlog["authenticationRef"] = {"name": reader.metadata["name"]}
        else:
            # KEDA's own role reads the queue, and the queue's policy lets it: it need not take on the role of
            # a worker, which may do far more.
            backlog["metadata"]["identityOwner"] = "operator"
        scaled = scaled_consumer(
            name, args, backlog, polling_seconds=POLLING_SECONDS, failures=FAILURES, opts=below
        )
        self.scaled_object_name = scaled.metadata["name"]
        self.register_outputs({"scaled_object_name": self.scaled_object_name})
