"""Which events were processed, in a table of Azure Storage."""

import hashlib
import time
import uuid
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import UpdateMode

from .errors import ClaimedError, Unavailable

CLAIM_SECONDS = 60
"""A claim that is older is void: its process has died. Longer than one event takes."""


class MemoryTable:
    """Entities by scope and id. An entity is claimed while its event is in work, and done after that.

    `expires_at` (seconds since 1970) says until when it counts. Tables do not delete by themselves: what has
    expired is written over when its id comes again, and may be deleted by anybody.
    """

    def __init__(self, table: Any, *, scope: str, seconds: int) -> None:
        self._table, self._scope, self._seconds = table, scope, seconds

    def claim(self, id: str) -> str | None:
        now, ticket = int(time.time()), uuid.uuid4().hex
        claimed = {
            **self._key(id),
            "event_id": id,
            "state": "claimed",
            "ticket": ticket,
            "claimed_until": now + CLAIM_SECONDS,
            "expires_at": now + self._seconds,
        }
        try:
            self._table.create_entity(claimed)
        except ResourceExistsError:
            return ticket if self._taken_over(claimed, now) else None
        except AzureError as error:
            raise Unavailable(f"memory: {error}") from error
        return ticket

    def complete(self, id: str, ticket: str) -> None:
        self._if_mine(
            id,
            ticket,
            lambda found: self._table.update_entity(
                {
                    **self._key(id),
                    "event_id": id,
                    "state": "done",
                    "ticket": ticket,
                    "expires_at": int(time.time()) + self._seconds,
                },
                mode=UpdateMode.REPLACE,
                **_unchanged(found),
            ),
        )

    def release(self, id: str, ticket: str) -> None:
        self._if_mine(
            id, ticket, lambda found: self._table.delete_entity(**_names(self._key(id)), **_unchanged(found))
        )

    def _taken_over(self, claimed: dict[str, Any], now: int) -> bool:
        """Whether what was there counts no more; false where the event is done. Raises ClaimedError."""
        try:
            found = self._table.get_entity(**_names(claimed))
            expired = found["expires_at"] < now
            if found["state"] == "done" and not expired:
                return False
            if not expired and found["claimed_until"] >= now:
                raise ClaimedError(f"event {claimed['event_id']} is claimed")
            self._table.update_entity(claimed, mode=UpdateMode.REPLACE, **_unchanged(found))
        except (ResourceModifiedError, ResourceNotFoundError) as error:
            raise ClaimedError(f"event {claimed['event_id']} is claimed") from error
        except AzureError as error:
            raise Unavailable(f"memory: {error}") from error
        return True

    def _if_mine(self, id: str, ticket: str, write: Any) -> None:
        try:
            found = self._table.get_entity(**_names(self._key(id)))
            if found["ticket"] == ticket:
                write(found)
        except (ResourceModifiedError, ResourceNotFoundError):
            # It was somebody else's by then.
            return
        except AzureError as error:
            raise Unavailable(f"memory: {error}") from error

    def _key(self, id: str) -> dict[str, str]:
        """Keys hold neither slashes nor question marks, and spread over the table's servers."""
        digest = hashlib.sha256(f"{self._scope}#{id}".encode()).hexdigest()
        return {"PartitionKey": digest[:4], "RowKey": digest}


def _names(entity: dict[str, Any]) -> dict[str, str]:
    return {"partition_key": entity["PartitionKey"], "row_key": entity["RowKey"]}


def _unchanged(found: Any) -> dict[str, Any]:
    return {"etag": found.metadata["etag"], "match_condition": MatchConditions.IfNotModified}
