"""Which events were processed, in a DynamoDB table."""

import time
import uuid
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .errors import ClaimedError, Unavailable

CLAIM_SECONDS = 60
"""A claim that is older is void: its process has died. Longer than one event takes."""


class MemoryTable:
    """Items by `<scope>#<id>`. An item is claimed while its event is in work, and done after that, until it
    expires by the table's TTL on `expires_at`."""

    def __init__(self, dynamodb: Any, table: str, *, scope: str, seconds: int) -> None:
        self._dynamodb, self._table = dynamodb, table
        self._scope, self._seconds = scope, seconds

    def claim(self, id: str) -> str | None:
        now, ticket = int(time.time()), uuid.uuid4().hex
        item = {
            **self._key(id),
            "state": {"S": "claimed"},
            "ticket": {"S": ticket},
            "claimed_until": {"N": str(now + CLAIM_SECONDS)},
            "expires_at": {"N": str(now + self._seconds)},
        }
        free = (
            "attribute_not_exists(id) OR (#state = :claimed AND claimed_until < :now)"
            # DynamoDB deletes what has expired some time later.
            " OR expires_at < :now"
        )
        taken = self._write(
            "put_item",
            Item=item,
            ConditionExpression=free,
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":claimed": {"S": "claimed"}, ":now": {"N": str(now)}},
        )
        if taken:
            return ticket
        if self._state(id) == "done":
            return None
        raise ClaimedError(f"event {id} is claimed")

    def complete(self, id: str, ticket: str) -> None:
        self._write(
            "update_item",
            Key=self._key(id),
            UpdateExpression="SET #state = :done, expires_at = :end REMOVE claimed_until",
            ConditionExpression="ticket = :ticket",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={
                ":done": {"S": "done"},
                ":ticket": {"S": ticket},
                ":end": {"N": str(int(time.time()) + self._seconds)},
            },
        )

    def release(self, id: str, ticket: str) -> None:
        self._write(
            "delete_item",
            Key=self._key(id),
            ConditionExpression="ticket = :ticket",
            ExpressionAttributeValues={":ticket": {"S": ticket}},
        )

    def _key(self, id: str) -> dict[str, Any]:
        return {"id": {"S": f"{self._scope}#{id}"}}

    def _state(self, id: str) -> str:
        try:
            found = self._dynamodb.get_item(TableName=self._table, Key=self._key(id), ConsistentRead=True)
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(f"DynamoDB: {error}") from error
        return str(found.get("Item", {}).get("state", {}).get("S", ""))

    def _write(self, operation: str, **arguments: Any) -> bool:
        """Whether its condition held."""
        try:
            getattr(self._dynamodb, operation)(TableName=self._table, **arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise Unavailable(f"DynamoDB: {error}") from error
        except BotoCoreError as error:
            raise Unavailable(f"DynamoDB: {error}") from error
        return True
