"""What a worker needs of a queue, whatever carries it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Message:
    """A message as it was received. attempt: how often it was handed out, this time included.
    group: messages of one group are handed out in order. receipt: the transport's own, of this receive."""

    id: str
    body: str
    attempt: int
    receipt: Any = field(repr=False)
    group: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


class MessageQueue(Protocol):
    """A queue that hides what it hands out for a time, and keeps it until it is acknowledged.

    Every method may raise TransportError. May be called by several threads at once.
    """

    @property
    def batch(self) -> int:
        """Messages that one receive may hand out."""

    def receive(self, most: int) -> Sequence[Message]:
        """Wait for messages, at most `most`; none where none came in time."""

    def acknowledge(self, message: Message) -> None:
        """It is done: forget it."""

    def give_back(self, message: Message, seconds: float) -> None:
        """Hand it out again after `seconds`."""

    def reject(self, message: Message, reason: str) -> None:
        """It can never be done: let it go to the dead letters as soon as the transport can."""

    def prolong(self, message: Message) -> None:
        """Hide it for its whole time again, counted from now."""

    def close(self) -> None:
        """Nothing more is received: let others have what is held back here."""


class TransportError(Exception):
    """The queue could not be reached, or would not do what it was asked."""
