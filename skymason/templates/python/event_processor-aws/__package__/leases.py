"""Leases of shards in a DynamoDB table: who reads a shard, and how far it is.

An item for each shard, and one for each replica that is alive. Whoever holds a lease counts it up every few
seconds; one that is not counted up for a while is free. No clocks are compared: each replica watches the
counts with its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .errors import Unavailable

END = "SHARD_END"
"""Checkpoint of a shard that was read to its end."""
WORKER = "worker#"
"""What the keys of replicas begin with."""


@dataclass(frozen=True)
class Lease:
    """An item of the table. owner: empty while nobody has it. checkpoint: sequence of the last event that is
    dealt with, empty before the first one. parents: shards that come before it."""

    key: str
    owner: str
    counter: int
    checkpoint: str
    parents: tuple[str, ...] = ()

    @property
    def is_worker(self) -> bool:
        return self.key.startswith(WORKER)

    @property
    def ended(self) -> bool:
        return self.checkpoint == END


class LeaseTable:
    """Every method may raise Unavailable. What has a condition returns whether it held."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb, self._table = dynamodb, table

    def all(self) -> dict[str, Lease]:
        """Every item, by key."""
        try:
            pages = self._dynamodb.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
            items = [item for page in pages for item in page["Items"]]
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(f"leases: {error}") from error
        return {lease.key: lease for lease in map(_lease, items)}

    def add(self, shard: str, parents: tuple[str, ...]) -> bool:
        """A shard that nobody has heard of before."""
        item = {
            "leaseKey": {"S": shard},
            "leaseCounter": {"N": "0"},
            "parentShardIds": {"L": [{"S": parent} for parent in parents]},
        }
        return self._write("put_item", Item=item, ConditionExpression="attribute_not_exists(leaseKey)")

    def beat(self, worker: str) -> None:
        """A replica is alive."""
        self._write(
            "update_item",
            Key=_key(WORKER + worker),
            UpdateExpression="ADD leaseCounter :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    def take(self, lease: Lease, worker: str) -> bool:
        """A lease that is free. It held where nobody has touched it since it was seen."""
        nobody = "attribute_not_exists(leaseOwner)" if not lease.owner else "leaseOwner = :before"
        return self._write(
            "update_item",
            Key=_key(lease.key),
            UpdateExpression="SET leaseOwner = :me ADD leaseCounter :one",
            ConditionExpression=f"{nobody} AND leaseCounter = :seen",
            ExpressionAttributeValues={
                ":me": {"S": worker},
                ":one": {"N": "1"},
                ":seen": {"N": str(lease.counter)},
                **({":before": {"S": lease.owner}} if lease.owner else {}),
            },
        )

    def renew(self, shard: str, worker: str) -> bool:
        return self._if_mine(shard, worker, "ADD leaseCounter :one", {":one": {"N": "1"}})

    def checkpoint(self, shard: str, worker: str, sequence: str) -> bool:
        return self._if_mine(shard, worker, "SET #checkpoint = :sequence", {":sequence": {"S": sequence}})

    def release(self, shard: str, worker: str) -> bool:
        return self._if_mine(shard, worker, "REMOVE leaseOwner ADD leaseCounter :one", {":one": {"N": "1"}})

    def remove(self, lease: Lease) -> bool:
        """An item that nobody needs. It held where nobody has touched it since it was seen."""
        return self._write(
            "delete_item",
            Key=_key(lease.key),
            ConditionExpression="leaseCounter = :seen",
            ExpressionAttributeValues={":seen": {"N": str(lease.counter)}},
        )

    def leave(self, worker: str) -> None:
        """A replica ends."""
        self._write("delete_item", Key=_key(WORKER + worker))

    def _if_mine(self, shard: str, worker: str, update: str, values: Mapping[str, Any]) -> bool:
        names = {"#checkpoint": "checkpoint"} if "#checkpoint" in update else None
        return self._write(
            "update_item",
            Key=_key(shard),
            UpdateExpression=update,
            ConditionExpression="leaseOwner = :me",
            ExpressionAttributeValues={":me": {"S": worker}, **values},
            **({"ExpressionAttributeNames": names} if names else {}),
        )

    def _write(self, operation: str, **arguments: Any) -> bool:
        try:
            getattr(self._dynamodb, operation)(TableName=self._table, **arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise Unavailable(f"leases: {error}") from error
        except BotoCoreError as error:
            raise Unavailable(f"leases: {error}") from error
        return True


def _key(key: str) -> dict[str, Any]:
    return {"leaseKey": {"S": key}}


def _lease(item: Mapping[str, Any]) -> Lease:
    return Lease(
        key=item["leaseKey"]["S"],
        owner=item.get("leaseOwner", {}).get("S", ""),
        counter=int(item.get("leaseCounter", {}).get("N", "0")),
        checkpoint=item.get("checkpoint", {}).get("S", ""),
        parents=tuple(parent["S"] for parent in item.get("parentShardIds", {}).get("L", [])),
    )
