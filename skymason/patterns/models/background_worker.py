"""Keys of the pattern `background_worker`: a consumer of a queue."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from skymason.patterns.models.common import Alarms as BaseAlarms
from skymason.patterns.models.common import DnsLabel, Model, ServiceConfig
from skymason.patterns.models.common import Scaling as BaseScaling


class ExistingQueue(Model):
    arn: str = Field(
        pattern=r"^arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+(\.fifo)?$",
        examples=["arn:aws:sqs:eu-central-1:123456789012:jobs"],
    )
    """Its ARN; in another account its owner's policy must let this one in."""
    dead_letter_arn: str = Field(
        pattern=r"^arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+(\.fifo)?$",
        examples=["arn:aws:sqs:eu-central-1:123456789012:jobs-failed"],
    )
    """Its dead-letter queue, for alarms and dashboard."""
    url: str | None = Field(default=None, pattern=r"^https://")
    """Its address, where that is not the usual one of its name."""
    key_arn: str | None = Field(default=None, pattern=r"^arn:")
    """The customer-managed key that encrypts it, for permission to use it."""


class Sender(StrEnum):
    """What puts messages into a queue by itself."""

    S3 = "s3"
    """Notifications of a bucket, when objects come and go."""
    EVENTS = "events"
    """A rule of EventBridge, on schedule or on what happens in the account."""


class Source(Model):
    service: Sender = Field(strict=False)
    """Who sends."""
    arn: str = Field(
        pattern=r"^arn:[a-z-]+:(s3:::[a-z0-9.*-]+|events:[a-z0-9-]+:\d{12}:rule/\S+)$",
        examples=["arn:aws:s3:::shop-uploads"],
    )
    """The bucket or the rule that it sends for; may end in `*`."""


class Queue(Model):
    fifo: bool
    """Strict order inside a message group, each message once. A change replaces the queue."""
    processing_seconds: int = Field(ge=1, le=7200)
    """Longest time that one message takes; visibility, retries and shutdown follow from it."""
    visibility_seconds: int | None = Field(default=None, ge=1, le=43_200)
    """How long a received message stays hidden; left out, six times the processing time."""
    retention_seconds: int = Field(ge=60, le=1_209_600)
    """How long a message waits at most."""
    long_poll_seconds: int = Field(ge=0, le=20)
    """How long a receive waits for a message; 0 pays for empty answers."""
    max_message_kb: int = Field(ge=1, le=1024)
    """Largest message."""
    filters: dict[DnsLabel, dict[str, list[str]]] = {}
    """Topic that `uses` subscribes to → message attribute → values of which a message must have one. A topic
    that is not named here hands on every message. A worker that subscribes gets the messages in its queue."""

    sources: list[Source] = []
    """Buckets and rules of the account that may put messages into the queue. Their owners tell them to."""
    existing: ExistingQueue | None = None
    """A queue that is there already: use it and make none. The other keys here say what its owner has set:
    the consumer is told them, and they are checked against each other."""


class DeadLetter(Model):
    max_receives: int = Field(ge=1, le=1000)
    """Receives after which a message is set aside."""
    retention_seconds: int = Field(ge=60, le=1_209_600)
    """How long a message that was set aside is kept. Its age counts from when it was first sent."""


class Retry(Model):
    """Given to the consumer as settings: the wait before attempt n is base × factor^(n-1), at most max."""

    base_seconds: int = Field(ge=1, le=3600)
    """First wait."""
    factor: float = Field(ge=1, le=10)
    """What each wait is multiplied by for the next."""
    max_seconds: int = Field(ge=1, le=43_200)
    """Longest wait."""
    jitter: float = Field(ge=0, le=1)
    """Part of each wait that is drawn at random, so that what failed together does not return together."""


class Scaling(BaseScaling):
    """A minimum of 0 stops the worker while the queue is empty."""

    acceptable_latency_seconds: int = Field(ge=1, le=86_400)
    """How long a message may wait; with the processing time it gives the backlog for one replica."""
    concurrency: int = Field(ge=1, le=1000)
    """Messages that one replica works on at once."""


class Alarms(BaseAlarms):
    oldest_message_seconds: int = Field(ge=10, le=1_209_600)
    """Age of the oldest message at which to alarm."""
    backlog_messages: int = Field(ge=1)
    """Waiting messages at which to alarm while they still grow."""
    dead_letters: int = Field(ge=1)
    """Messages set aside at which to alarm."""


class BackgroundWorker(ServiceConfig):
    queue: Queue
    """Where the work comes from."""
    dead_letter: DeadLetter
    """Where messages go that fail again and again."""
    retry: Retry
    """Waits between attempts."""
    scaling: Scaling
    """How many replicas there are, and by what they scale."""
    alarms: Alarms
    """When people are told, and of what."""
    dashboard: bool
    """A dashboard with throughput, backlog, age and failures."""
