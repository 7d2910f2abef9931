"""Arguments of BackgroundWorker: the keys of `skymason/patterns/models/background_worker.py`, same names and
shapes.

Every key of a section may be left out, at any depth: the pattern's defaults fill it.
"""

from typing import Any, NotRequired, TypedDict

import pulumi

from components.aws.queue_alarms import WorkerAlarmsArgs
from components.aws.reference import AwsPlatformReference
from components.binding import Binding
from components.kubernetes.args import (
    ContainerArgs,
    DisruptionArgs,
    ImageArgs,
    NamedPortArgs,
    ProbesArgs,
    ResourcesArgs,
    RolloutArgs,
    ScheduledCapacityArgs,
    ServiceLoggingArgs,
    ServiceNetworkArgs,
    ShutdownArgs,
    SidecarArgs,
    TaskArgs,
)
from components.patterns.args import ServiceIdentityArgs


class ExistingWorkerQueueArgs(TypedDict):
    """A queue that somebody else owns; in another account its owner's policy must let this one in."""

    arn: pulumi.Input[str]
    dead_letter_arn: pulumi.Input[str]
    """Its dead-letter queue, for alarms and dashboard."""
    url: NotRequired[pulumi.Input[str]]
    """Its address, where that is not the usual one of its name."""
    key_arn: NotRequired[pulumi.Input[str]]
    """The customer-managed key that encrypts it, for permission to use it."""


class WorkerQueueSourceArgs(TypedDict):
    """A bucket or a rule of the account that may put messages into the queue."""

    service: str
    """`s3` or `events`."""
    arn: pulumi.Input[str]
    """Its ARN; may end in `*`."""


class WorkerQueueArgs(TypedDict):
    """The queue of a worker."""

    fifo: NotRequired[bool]
    """Strict order inside a message group, each message once. A change replaces the queue."""
    processing_seconds: NotRequired[int]
    """Longest time that one message takes; visibility, retries and shutdown follow from it."""
    visibility_seconds: NotRequired[int]
    """How long a received message stays hidden; left out, six times the processing time."""
    retention_seconds: NotRequired[int]
    """How long a message waits at most."""
    long_poll_seconds: NotRequired[int]
    """How long a receive waits for a message; 0 pays for empty answers."""
    max_message_kb: NotRequired[int]
    filters: NotRequired[dict[str, dict[str, list[str]]]]
    """Topic that it subscribes to → message attribute → values of which a message must have one. A topic that
    is not named here hands on every message."""
    sources: NotRequired[list[WorkerQueueSourceArgs]]
    """Buckets and rules of the account that may put messages into the queue."""
    existing: NotRequired[ExistingWorkerQueueArgs]
    """A queue that is there already: use it and make none. The other keys say what its owner has set."""


class DeadLetterArgs(TypedDict):
    """What becomes of a message that fails again and again."""

    max_receives: NotRequired[int]
    """Receives after which a message is set aside."""
    retention_seconds: NotRequired[int]
    """How long a message that was set aside is kept. Its age counts from when it was first sent."""


class RetryArgs(TypedDict):
    """Given to the consumer as settings: the wait before attempt n is base × factor^(n-1), at most max."""

    base_seconds: NotRequired[int]
    factor: NotRequired[float]
    max_seconds: NotRequired[int]
    jitter: NotRequired[float]
    """Part of each wait that is drawn at random, so that what failed together does not return together."""


class WorkerScalingArgs(TypedDict):
    """How many replicas, and when more. A minimum of 0 stops the worker while the queue is empty."""

    min: NotRequired[int]
    max: NotRequired[int]
    scale_down_seconds: NotRequired[int]
    """Backlog must stay low for this long before replicas go."""
    schedule: NotRequired[list[ScheduledCapacityArgs]]
    acceptable_latency_seconds: NotRequired[int]
    """How long a message may wait; with the processing time it gives the backlog for one replica."""
    concurrency: NotRequired[int]
    """Messages that one replica works on at once."""


class BackgroundWorkerArgs(TypedDict):
    """Arguments of BackgroundWorker."""

    platform: AwsPlatformReference
    """Where it runs."""
    service: ServiceIdentityArgs
    """Whose it is."""
    bindings: NotRequired[list[Binding]]
    """What it uses beside its queue: settings, permissions and network rules. Topics that it subscribes to
    put their messages into its queue."""
    image: ImageArgs
    container: NotRequired[ContainerArgs]
    resources: NotRequired[ResourcesArgs]
    probes: NotRequired[ProbesArgs]
    rollout: NotRequired[RolloutArgs]
    disruption: NotRequired[DisruptionArgs]
    shutdown: NotRequired[ShutdownArgs]
    network: NotRequired[ServiceNetworkArgs]
    logging: NotRequired[ServiceLoggingArgs]
    spread_zones: NotRequired[bool]
    """Spread replicas evenly over the zones, and refuse to stack them."""
    spot: NotRequired[bool]
    """Run on interruptible capacity."""
    singleton: NotRequired[bool]
    """Never run two replicas at once."""
    tasks: NotRequired[list[TaskArgs]]
    """One-off and scheduled runs of the same image."""
    sidecars: NotRequired[list[SidecarArgs]]
    """Containers beside the service's own in every replica."""
    escape: NotRequired[dict[str, dict[str, Any]]]
    """Sets any property of any resource inside, by the resource's short name."""
    ports: NotRequired[list[NamedPortArgs]]
    """Ports of the container; the first one is the main one, and answers the probes."""
    queue: NotRequired[WorkerQueueArgs]
    dead_letter: NotRequired[DeadLetterArgs]
    retry: NotRequired[RetryArgs]
    scaling: NotRequired[WorkerScalingArgs]
    alarms: NotRequired[WorkerAlarmsArgs]
    dashboard: NotRequired[bool]
    """A dashboard with throughput, backlog, age and failures."""
