"""Events that could not be processed, in a Service Bus queue."""

import threading
from collections.abc import Callable, Mapping
from typing import Any, cast

from azure.core.exceptions import AzureError
from azure.servicebus import ServiceBusMessage
from azure.servicebus.exceptions import MessageSizeExceededError

from .errors import Unavailable
from .events import Record


class ServiceBusFailures:
    """The body is the event in an envelope; the properties tell why it is here. Of an event that is too
    large, the envelope tells where in the stream and the store it is.

    open_sender: connects to the queue. A sender bears one thread at a time.
    """

    def __init__(self, open_sender: Callable[[], Any]) -> None:
        self._open = open_sender
        self._sender: Any = None
        self._lock = threading.Lock()

    def put(self, record: Record, context: Mapping[str, str]) -> None:
        try:
            with self._lock:
                self._send(record, context)
        except (AzureError, OSError) as error:
            raise Unavailable(f"failure queue: {error}") from error

    def _send(self, record: Record, context: Mapping[str, str]) -> None:
        if self._sender is None:
            self._sender = self._open()
        try:
            self._sender.send_messages(_message(record.envelope(), context))
        except MessageSizeExceededError:
            self._sender.send_messages(_message(record.envelope(with_data=False), context))
        except (AzureError, OSError):
            self._sender.close()
            self._sender = None
            raise


def _message(body: str, context: Mapping[str, str]) -> ServiceBusMessage:
    properties = cast(dict[str | bytes, Any], dict(context))
    return ServiceBusMessage(body, application_properties=properties, content_type="application/json")
