"""Events that could not be processed, in an SQS queue."""

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .errors import Unavailable
from .events import Record

LARGEST = 262_144 - 8_192
"""Bytes of a body, beside which the attributes fit. Source: Amazon SQS Developer Guide, "Message quotas"."""
_NOT_ALLOWED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that a message cannot hold. Source: Amazon SQS API Reference, SendMessage."""


class SqsFailures:
    """The body is the event in the envelope that the event store has; the attributes tell why it is here.
    Of an event that is too large, the envelope tells where in the stream and the store it is."""

    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs, self._url = sqs, url

    def put(self, record: Record, context: Mapping[str, str]) -> None:
        body = record.envelope()
        if len(body) > LARGEST:
            body = record.envelope(with_data=False)
        attributes = {
            name: {"DataType": "String", "StringValue": _NOT_ALLOWED.sub("?", value)}
            for name, value in context.items()
        }
        try:
            self._sqs.send_message(QueueUrl=self._url, MessageBody=body, MessageAttributes=attributes)
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(f"failure queue: {error}") from error
