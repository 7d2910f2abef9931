"""The event store in S3: objects with one event a line, in folders by time."""

import gzip
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from .events import Record, from_envelope

DAY = timedelta(days=1)


class S3Store:
    """Objects under `<prefix>year=…/month=…/day=…/`, whose names sort by time within a folder."""

    def __init__(self, s3: Any, bucket: str, prefix: str) -> None:
        self._s3, self._bucket, self._prefix = s3, bucket, prefix

    def records(self, first: datetime | None, last: datetime | None) -> Iterator[Record]:
        """Records of the folders between two times, in about the order in which they came; some are earlier
        or later than asked for. None: from the first one, to the last one."""
        for key in self._keys(first, last):
            answer = self._s3.get_object(Bucket=self._bucket, Key=key)
            # Read at once: a connection does not stay open while events are processed.
            with gzip.open(io.BytesIO(answer["Body"].read())) as lines:
                yield from (from_envelope(line) for line in lines if line.strip())

    def _keys(self, first: datetime | None, last: datetime | None) -> Iterator[str]:
        # The folder is chosen when an object is begun: it may hold events of the day after.
        begin = self._folder(first - DAY) if first else self._prefix
        end = self._folder((last or datetime.now(UTC)) + DAY) + "\uffff"
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix, StartAfter=begin
        )
        for page in pages:
            for found in page.get("Contents", []):
                if found["Key"] > end:
                    return
                yield found["Key"]

    def _folder(self, moment: datetime) -> str:
        return moment.astimezone(UTC).strftime(f"{self._prefix}year=%Y/month=%m/day=%d/")
