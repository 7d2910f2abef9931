"""Reads one shard, batch by batch."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError, EventStreamError

from .errors import Stopped
from .events import Record
from .processing import GoOn, pause

POLL_SECONDS = 0.25
"""Between two reads of a shard. It takes five a second, from all its readers together."""
IDLE_SECONDS = 1.0
"""Before a shard that had nothing is read again."""
ERROR_SECONDS = 2.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Batch:
    """records: in order, perhaps none. ended: there will be no more. behind_seconds: age of what was read."""

    records: list[Record]
    ended: bool
    behind_seconds: float


class ShardReader(Protocol):
    def read(self, go_on: GoOn) -> Batch:
        """Wait for the next batch. Raises Stopped."""

    def close(self) -> None:
        """It is not read any more."""


class PollingReader:
    """Shares the shard's reads with other readers. after: sequence of the last record that is not wanted;
    empty to begin at the oldest one."""

    def __init__(
        self, kinesis: Any, stream_arn: str, shard: str, after: str, *, size: int, window_seconds: float
    ) -> None:
        self._kinesis, self._stream, self._shard, self._after = kinesis, stream_arn, shard, after
        self._size, self._window = size, window_seconds
        self._iterator: str | None = None

    def read(self, go_on: GoOn) -> Batch:
        records: list[Record] = []
        behind, end = 0.0, time.monotonic() + self._window
        while True:
            answer = self._next(self._size - len(records), go_on)
            found = [_record(self._shard, raw) for raw in answer["Records"]]
            records += found
            behind = answer.get("MillisBehindLatest", 0) / 1000
            if found:
                self._after = found[-1].sequence
            self._iterator = answer.get("NextShardIterator")
            ended = self._iterator is None
            if ended or len(records) >= self._size or (not found and time.monotonic() >= end):
                return Batch(records, ended, behind)
            pause(
                POLL_SECONDS if found else min(IDLE_SECONDS, max(POLL_SECONDS, end - time.monotonic())), go_on
            )
            if records and time.monotonic() >= end:
                return Batch(records, False, behind)

    def close(self) -> None:
        """There is nothing to close."""

    def _next(self, most: int, go_on: GoOn) -> Mapping[str, Any]:
        while True:
            try:
                if self._iterator is None:
                    self._iterator = self._start()
                answer: Mapping[str, Any] = self._kinesis.get_records(
                    StreamARN=self._stream, ShardIterator=self._iterator, Limit=most
                )
                return answer
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "ExpiredIteratorException":
                    self._iterator = None
                    continue
                logger.warning("the shard cannot be read", extra={"shard": self._shard, "code": code})
            except BotoCoreError as error:
                logger.warning("the stream cannot be reached", extra={"shard": self._shard}, exc_info=error)
            pause(ERROR_SECONDS, go_on)

    def _start(self) -> str:
        place = (
            {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": self._after}
            if self._after
            else {"ShardIteratorType": "TRIM_HORIZON"}
        )
        answer = self._kinesis.get_shard_iterator(StreamARN=self._stream, ShardId=self._shard, **place)
        return str(answer["ShardIterator"])


class FanOutReader:
    """Has a channel of its own (enhanced fan-out): what comes is pushed over a subscription, which ends after
    five minutes and is made anew. The kinesis client must wait longer than the five seconds that a
    subscription is silent at most."""

    def __init__(
        self, kinesis: Any, consumer_arn: str, shard: str, after: str, *, size: int, window_seconds: float
    ) -> None:
        self._kinesis, self._consumer, self._shard, self._after = kinesis, consumer_arn, shard, after
        self._size, self._window = size, window_seconds
        self._pushed: Any = None
        self._kept: list[Record] = []
        self._ended = False
        self._behind = 0.0

    def read(self, go_on: GoOn) -> Batch:
        end = time.monotonic() + self._window
        while not self._ended and len(self._kept) < self._size:
            if not go_on():
                self.close()
                raise Stopped
            self._receive(go_on)
            if time.monotonic() >= end:
                break
        records, self._kept = self._kept[: self._size], self._kept[self._size :]
        return Batch(records, self._ended and not self._kept, self._behind)

    def close(self) -> None:
        if self._pushed is not None:
            self._pushed.close()
            self._pushed = None

    def _receive(self, go_on: GoOn) -> None:
        """What comes next: some records, or none, to tell that the subscription stands."""
        try:
            if self._pushed is None:
                self._pushed = self._subscribe()
                self._events = iter(self._pushed)
            event = next(self._events)["SubscribeToShardEvent"]
        except StopIteration:
            self._pushed = None
            return
        except (ClientError, EventStreamError, BotoCoreError) as error:
            # Also while the replica that had the shard before is still subscribed.
            logger.warning("the subscription ended", extra={"shard": self._shard}, exc_info=error)
            self.close()
            pause(ERROR_SECONDS, go_on)
            return
        self._kept += [_record(self._shard, raw) for raw in event["Records"]]
        self._behind = event.get("MillisBehindLatest", 0) / 1000
        continuation = event.get("ContinuationSequenceNumber")
        if continuation:
            self._after = continuation
        else:
            self._ended = True
            self.close()

    def _subscribe(self) -> Any:
        place = (
            {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._after}
            if self._after
            else {"Type": "TRIM_HORIZON"}
        )
        answer = self._kinesis.subscribe_to_shard(
            ConsumerARN=self._consumer, ShardId=self._shard, StartingPosition=place
        )
        return answer["EventStream"]


def _record(shard: str, raw: Mapping[str, Any]) -> Record:
    return Record(
        lane=shard,
        sequence=raw["SequenceNumber"],
        key=raw["PartitionKey"],
        time=raw["ApproximateArrivalTimestamp"],
        data=raw["Data"],
    )
