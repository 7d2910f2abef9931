"""The queue on SQS."""

import logging
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .aws import client, region_of
from .message_queue import Message, TransportError
from .settings import Settings

BATCH = 10
"""Most messages of one receive. Source: Amazon SQS API Reference, ReceiveMessage."""
LONGEST = 43_200
"""Seconds that a message may be hidden from its receive on. Source: the same, ChangeMessageVisibility."""
LATE = frozenset({"InvalidParameterValue", "MessageNotInflight", "ReceiptHandleIsInvalid"})
"""Said of a message whose time was up: it is somebody else's by now, and not to be answered for."""

logger = logging.getLogger(__name__)


class SqsQueue:
    """An SQS queue. What failed `maxReceiveCount` times is moved to the dead letters by SQS itself, at its
    next receive; a consumer cannot put it there."""

    def __init__(self, sqs: Any, url: str, *, visibility_seconds: int, wait_seconds: int, fifo: bool) -> None:
        self._sqs, self._url = sqs, url
        self._visibility, self._wait = visibility_seconds, wait_seconds
        # One at a time where order counts: of several of a group, those behind one that fails would have to
        # go back untried, and each receive counts towards the dead letters.
        self.batch = 1 if fifo else BATCH

    def receive(self, most: int) -> Sequence[Message]:
        answer = self._call(
            "receive_message",
            MaxNumberOfMessages=min(most, self.batch),
            WaitTimeSeconds=self._wait,
            VisibilityTimeout=self._visibility,
            MessageSystemAttributeNames=["ApproximateReceiveCount", "MessageGroupId"],
            MessageAttributeNames=["All"],
        )
        received = time.monotonic()
        return [_message(found, received) for found in answer.get("Messages", [])]

    def acknowledge(self, message: Message) -> None:
        self._call("delete_message", ReceiptHandle=message.receipt[0])

    def give_back(self, message: Message, seconds: float) -> None:
        self._hide(message, math.ceil(seconds))

    def reject(self, message: Message, reason: str) -> None:
        self._hide(message, 0)

    def prolong(self, message: Message) -> None:
        self._hide(message, self._visibility)

    def close(self) -> None:
        """What is hidden comes again by itself, when its time is up."""

    def _hide(self, message: Message, seconds: int) -> None:
        handle, received = message.receipt
        left = LONGEST - math.ceil(time.monotonic() - received)
        self._call(
            "change_message_visibility", ReceiptHandle=handle, VisibilityTimeout=max(0, min(seconds, left))
        )

    def _call(self, operation: str, **arguments: Any) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = getattr(self._sqs, operation)(QueueUrl=self._url, **arguments)
        except ClientError as error:
            code = str(error.response["Error"]["Code"]).rpartition(".")[2]
            if operation != "receive_message" and code in LATE:
                logger.warning("answered too late", extra={"operation": operation, "code": code})
                return {}
            raise TransportError(f"SQS: {error}") from error
        except BotoCoreError as error:
            raise TransportError(f"SQS: {error}") from error
        return answer


def open_queue(settings: Settings) -> SqsQueue:
    """The queue that the settings name."""
    sqs = client(
        "sqs",
        region=region_of(settings.queue_url),
        # A long poll answers when it is over.
        read_seconds=settings.queue_long_poll_seconds + 10,
        connections=settings.queue_concurrency + 2,
    )
    return SqsQueue(
        sqs,
        settings.queue_url,
        visibility_seconds=settings.queue_visibility_seconds,
        wait_seconds=settings.queue_long_poll_seconds,
        fifo=settings.queue_fifo,
    )


def _message(found: Mapping[str, Any], received: float) -> Message:
    system = found.get("Attributes", {})
    return Message(
        id=found["MessageId"],
        body=found["Body"],
        attempt=int(system.get("ApproximateReceiveCount", 1)),
        receipt=(found["ReceiptHandle"], received),
        group=system.get("MessageGroupId"),
        attributes={
            name: value["StringValue"]
            for name, value in found.get("MessageAttributes", {}).items()
            if "StringValue" in value
        },
    )
