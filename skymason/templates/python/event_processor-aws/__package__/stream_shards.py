"""The shards of a stream."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .errors import Unavailable


def shards_of(kinesis: Any, stream_arn: str) -> dict[str, tuple[str, ...]]:
    """Every shard that still holds something, with those that it was split or merged from. Raises
    Unavailable."""
    try:
        pages = kinesis.get_paginator("list_shards").paginate(StreamARN=stream_arn)
        found = [shard for page in pages for shard in page["Shards"]]
    except (ClientError, BotoCoreError) as error:
        raise Unavailable(f"Kinesis: {error}") from error
    return {
        shard["ShardId"]: tuple(
            shard[key] for key in ("ParentShardId", "AdjacentParentShardId") if shard.get(key)
        )
        for shard in found
    }
