"""The queue on Service Bus."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from azure.core.exceptions import AzureError
from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusClient
from azure.servicebus.exceptions import (
    MessageAlreadySettled,
    MessageLockLostError,
    OperationTimeoutError,
    SessionLockLostError,
)

from .azure_identity import credential
from .message_queue import Message, TransportError
from .settings import Settings

BATCH = 10
ASK_SECONDS = 1.0
"""One receive waits so long at most, for nothing else can be asked of the queue meanwhile."""
SESSION_SECONDS = 5.0
RENEW_SECONDS = 15.0
"""Locks are renewed so often while a message waits to be handed out again. A queue's lock is held for 30 s at
least."""
LATE = (MessageAlreadySettled, MessageLockLostError, SessionLockLostError)
"""Raised for a message whose time was up: it is somebody else's by now, and not to be answered for."""
LONGEST_REASON = 1000

logger = logging.getLogger(__name__)


class Receiver(Protocol):
    """`azure.servicebus.ServiceBusReceiver`, as far as it is used here."""

    @property
    def session(self) -> Any: ...
    def receive_messages(self, max_message_count: int, max_wait_time: float) -> list[Any]: ...
    def complete_message(self, message: Any) -> None: ...
    def abandon_message(self, message: Any) -> None: ...
    def dead_letter_message(self, message: Any, reason: str, error_description: str) -> None: ...
    def renew_message_lock(self, message: Any) -> Any: ...
    def close(self) -> None: ...


class _Link:
    """A receiver, used by one thread at a time: it does not bear more."""

    def __init__(self, receiver: Receiver, *, session: bool) -> None:
        self.receiver, self.session = receiver, session
        self._lock = threading.Lock()

    def call(self, operation: Callable[[Receiver], Any]) -> Any:
        with self._lock:
            return operation(self.receiver)

    def renew(self, message: Any) -> None:
        self.call(lambda r: r.session.renew_lock() if self.session else r.renew_message_lock(message))


@dataclass(frozen=True)
class _Receipt:
    link: _Link
    message: Any


@dataclass
class _Parked:
    receipt: _Receipt
    due: float
    renewed: float


class ServiceBusQueue:
    """A Service Bus queue, and its sessions where order counts.

    Service Bus hands out again at once what is given back. To keep a message away for a while it stays locked
    here, and is given back when its time has come: so its attempts are counted by the queue, nothing is
    copied, and a message of a session stays in front of it. Should the process die, it comes earlier.
    open_receiver: makes a receiver; for a session, of the next one that has messages.
    """

    def __init__(self, open_receiver: Callable[[], Receiver], *, wait_seconds: float, sessions: bool) -> None:
        self._open, self._wait, self._sessions = open_receiver, wait_seconds, sessions
        self.batch = 1 if sessions else BATCH
        self._link: _Link | None = None
        self._parked: list[_Parked] = []
        self._changes = threading.Lock()
        self._ended = threading.Event()
        threading.Thread(target=self._keep_parked, name="parked", daemon=True).start()

    def receive(self, most: int) -> Sequence[Message]:
        end = time.monotonic() + self._wait
        while True:
            link = self._opened()
            found = self._asked(link, min(most, self.batch), end - time.monotonic())
            if self._sessions:
                # The session is the message's until it is answered for; the next one is another link's.
                self._link = None
                if not found:
                    self._release(link)
                    return ()
            if found or time.monotonic() >= end:
                return [_message(link, message) for message in found]

    def acknowledge(self, message: Message) -> None:
        self._settle(message.receipt, lambda r: r.complete_message(message.receipt.message))

    def give_back(self, message: Message, seconds: float) -> None:
        if seconds <= 0:
            self._settle(message.receipt, lambda r: r.abandon_message(message.receipt.message))
            return
        now = time.monotonic()
        with self._changes:
            self._parked.append(_Parked(message.receipt, now + seconds, now))

    def reject(self, message: Message, reason: str) -> None:
        self._settle(
            message.receipt,
            lambda r: r.dead_letter_message(
                message.receipt.message, reason="rejected", error_description=reason[:LONGEST_REASON]
            ),
        )

    def prolong(self, message: Message) -> None:
        self._answered(lambda: message.receipt.link.renew(message.receipt.message))

    def close(self) -> None:
        """Give back at once what waits here."""
        self._ended.set()
        with self._changes:
            parked, self._parked = self._parked, []
        for waiting in parked:
            self._quietly(waiting.receipt)

    def _opened(self) -> _Link:
        if self._link is None:
            self._link = _Link(self._open(), session=self._sessions)
        return self._link

    def _asked(self, link: _Link, most: int, seconds: float) -> list[Any]:
        wait = max(0.1, min(ASK_SECONDS, seconds))
        try:
            found: list[Any] = link.call(
                lambda receiver: receiver.receive_messages(max_message_count=most, max_wait_time=wait)
            )
        except OperationTimeoutError:
            # No session has messages.
            return []
        except (AzureError, OSError) as error:
            self._link = None
            raise TransportError(f"Service Bus: {error}") from error
        return found

    def _settle(self, receipt: _Receipt, operation: Callable[[Receiver], None]) -> None:
        self._answered(lambda: receipt.link.call(operation))
        if receipt.link.session:
            self._release(receipt.link)

    def _answered(self, call: Callable[[], Any]) -> None:
        try:
            call()
        except LATE as error:
            logger.warning("answered too late: %s", error)
        except (AzureError, OSError) as error:
            raise TransportError(f"Service Bus: {error}") from error

    def _release(self, link: _Link) -> None:
        """Let others have the session."""
        try:
            link.call(lambda r: r.close())
        except (AzureError, OSError) as error:
            logger.warning("a session is released late: %s", error)

    def _keep_parked(self) -> None:
        while not self._ended.wait(0.05):
            now = time.monotonic()
            with self._changes:
                due = [waiting for waiting in self._parked if waiting.due <= now]
                self._parked = [waiting for waiting in self._parked if waiting.due > now]
                renew = [waiting for waiting in self._parked if now - waiting.renewed > RENEW_SECONDS]
            for waiting in due:
                self._quietly(waiting.receipt)
            for waiting in renew:
                waiting.renewed = now
                self._hold(waiting.receipt)

    def _hold(self, receipt: _Receipt) -> None:
        try:
            self._answered(lambda: receipt.link.renew(receipt.message))
        except TransportError as error:
            logger.warning("a message comes again too early: %s", error)

    def _quietly(self, receipt: _Receipt) -> None:
        """Give back; where that fails, the lock ends by itself."""
        try:
            self._settle(receipt, lambda r: r.abandon_message(receipt.message))
        except TransportError as error:
            logger.warning("a message comes again when its lock ends: %s", error)


def open_queue(settings: Settings) -> ServiceBusQueue:
    """The queue that the settings name."""
    bus = ServiceBusClient(settings.queue_namespace, credential())

    def open_receiver() -> Receiver:
        session = NEXT_AVAILABLE_SESSION if settings.queue_fifo else None
        # How long to wait for a session that has messages.
        wait = SESSION_SECONDS if settings.queue_fifo else None
        return bus.get_queue_receiver(
            settings.queue_name, session_id=session, max_wait_time=wait, prefetch_count=0
        )

    return ServiceBusQueue(
        open_receiver, wait_seconds=settings.queue_long_poll_seconds, sessions=settings.queue_fifo
    )


def _message(link: _Link, found: Any) -> Message:
    return Message(
        id=str(found.message_id),
        body=str(found),
        # The queue counts the attempts before this one.
        attempt=int(found.delivery_count or 0) + 1,
        receipt=_Receipt(link, found),
        group=found.session_id,
        attributes=_texts(found.application_properties or {}),
    )


def _texts(properties: Mapping[Any, Any]) -> dict[str, str]:
    return {_text(key): _text(value) for key, value in properties.items() if isinstance(value, str | bytes)}


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
