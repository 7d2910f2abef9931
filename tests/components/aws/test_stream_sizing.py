"""From a rate of events to shards, partitions and consumers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws.stream_sizing import (
    MIB,
    Load,
    Work,
    kafka_findings,
    keeping_up_findings,
    kinesis_findings,
    lanes_for,
    partitions_for,
    replicas_for,
    shards_for,
    starts_cold,
)


@pytest.mark.parametrize(
    ("load", "shards"),
    [
        (Load(1, 1), 1),
        (Load(800, 100), 1),
        (Load(801, 100), 2),  # 801 × 1.25 records
        (Load(100, 16 * 1024), 2),  # 1.56 MiB/s × 1.25
        (Load(100, 16 * 1024, shared_consumers=4), 4),  # 3.1 shards for reading × 1.25
        (Load(50_000, 500), 63),
    ],
)
def test_shards(load: Load, shards: int) -> None:
    assert shards_for(load) == shards


def test_partitions() -> None:
    load = Load(50_000, 2048)  # 97.7 MiB/s
    assert partitions_for(load, serverless=True) == 25
    assert partitions_for(load, serverless=False) == 13
    assert partitions_for(Load(1, 1), serverless=True) == 1


def test_order_by_key_bounds_how_many_can_work() -> None:
    load = Load(2000, 1000)
    assert lanes_for(load, Work(event_ms=20)) == 40
    assert lanes_for(load, Work(event_ms=20, parallelism=10)) == 4
    assert lanes_for(load, Work(event_ms=0)) == 1
    assert replicas_for(load, Work(event_ms=20), concurrency=8) == 5


def rules(found: list[Any]) -> list[str]:
    return [item.rule for item in found]


@pytest.mark.parametrize(
    ("load", "shards", "hours", "consumers", "expected"),
    [
        (Load(800, 100), 1, 24, 0, []),
        (Load(800, 100), None, 8760, 20, []),
        (Load(801, 100), 1, 24, 0, ["shards_fit"]),
        (Load(100_000, 100), None, 24, 0, []),
        (Load(1, 1), 1, 23, 0, ["stream_retention"]),
        (Load(1, 1), 1, 8761, 0, ["stream_retention"]),
        (Load(1, 10 * MIB + 1), None, 24, 0, ["record_size"]),
        (Load(1, 1), 1, 24, 21, ["stream_consumers"]),
        (Load(1, 1, shared_consumers=6), 1, 24, 0, ["shared_reads"]),
    ],
)
def test_kinesis(load: Load, shards: int | None, hours: int, consumers: int, expected: list[str]) -> None:
    assert rules(kinesis_findings(load, shards, hours, consumers)) == expected


def test_the_message_does_the_sum() -> None:
    (found,) = kinesis_findings(Load(5000, 200), 3, 24)
    assert found.message == (
        "3 shards take 3000 events and 3 MiB a second; 5000 events of 200 bytes, read by 1, need 7"
    )
    assert found.fix == "use 7 shards, or on-demand capacity"


def test_a_new_on_demand_stream_takes_so_much_at_once() -> None:
    assert not starts_cold(Load(4000, 1000))
    assert starts_cold(Load(4001, 1))
    assert starts_cold(Load(100, MIB))


@pytest.mark.parametrize(
    ("load", "partitions", "options", "expected"),
    [
        (Load(1000, 1024), 3, {"serverless": True}, []),
        (Load(50_000, 2048), 24, {"serverless": True}, ["partitions_fit"]),
        (Load(300_000, 1024), 2401, {"serverless": True}, ["serverless_rate", "serverless_partitions"]),
        (Load(1, 9 * MIB), 3, {"serverless": True}, ["serverless_message"]),
        (Load(1, 1), 300, {"broker_type": "kafka.t3.small", "brokers": 3}, []),
        (Load(1, 1), 301, {"broker_type": "kafka.t3.small", "brokers": 3}, ["broker_partitions"]),
        (Load(1, 1), 4000, {"broker_type": "kafka.m7g.8xlarge", "brokers": 3}, []),
        (Load(1, 1), 2001, {"broker_type": "kafka.m7g.2xlarge", "brokers": 3}, ["broker_partitions"]),
    ],
)
def test_kafka(load: Load, partitions: int, options: dict[str, Any], expected: list[str]) -> None:
    assert rules(kafka_findings(load, partitions, **{"serverless": False, **options})) == expected


def test_consumers_that_never_keep_up() -> None:
    load, work = Load(2000, 1000), Work(event_ms=20, parallelism=2)
    assert keeping_up_findings(load, work, 20) == []
    (found,) = keeping_up_findings(load, work, 19)
    assert found.rule == "consumers_keep_up"
    assert found.message.startswith(
        "2000 events a second of 20 ms need 20 shards or partitions with 2 batches"
    )


@given(st.integers(1, 1_000_000), st.integers(1, 10 * MIB), st.integers(1, 5))
def test_the_shards_that_are_worked_out_are_enough_and_not_idle(rate: int, size: int, readers: int) -> None:
    load = Load(rate, size, readers)
    shards = shards_for(load)
    assert not [item for item in kinesis_findings(load, shards, 24) if item.rule == "shards_fit"]
    assert shards * 1000 >= rate
    assert shards * MIB >= load.bytes_per_second
    if shards > 1:
        assert kinesis_findings(load, shards - 1, 24)[-1].rule == "shards_fit"
