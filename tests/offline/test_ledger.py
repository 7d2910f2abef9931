"""Where the offline cloud keeps its resources: one folder, several processes, all or nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from skymason.offline.cloud import Cloud
from skymason.offline.faults import DRIFT, FAULTS, VARIABLE, Fault, Faults
from skymason.offline.ledger import Memory, dependents_first
from skymason.offline.store import JOURNAL, Journal
from skymason.offline.view import StoredResource

QUEUE = "aws:sqs/queue:Queue"


def make(cloud: Cloud, name: str, **inputs: Any) -> StoredResource:
    urn = f"urn:pulumi:dev::shop::{QUEUE}::{name}"
    return cloud.create(urn, QUEUE, cloud.check(urn, QUEUE, inputs).inputs)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / JOURNAL).read_text().splitlines()]


def test_a_folder_outlives_the_process(tmp_path: Path) -> None:
    first = Cloud(tmp_path / "new")
    queue, gone = make(first, "a"), make(first, "b")
    first.delete(gone)
    first.remember(queue, Memory(("urn:x",), protect=True))
    first.export("shop", "dev", {"url": queue.id})
    second = Cloud(tmp_path / "new")
    assert second.resources == [queue]
    assert second.memory(queue) == Memory(("urn:x",), protect=True)
    assert second.exports == {"shop/dev": {"url": queue.id}}
    assert second.index.made(QUEUE, gone.id)
    assert make(second, "b").id != gone.id


def test_two_processes_see_each_other(tmp_path: Path) -> None:
    first, second = Cloud(tmp_path), Cloud(tmp_path)
    queue = make(first, "a")
    assert second.current(queue.urn) == queue
    other = make(second, "b")
    make(first, "c")
    assert [item.name for item in second.resources] == ["a", "b", "c"]
    second.delete(other)
    assert first.find(other.urn, other.id) is None
    assert [item.name for item in first.resources] == ["a", "c"]


def test_nothing_is_written_twice(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    queue = make(cloud, "a")
    cloud.remember(queue, Memory())
    cloud.remember(queue, Memory(("urn:x",)))
    cloud.remember(queue, Memory(("urn:x",)))
    cloud.export("shop", "dev", {"a": 1})
    cloud.export("shop", "dev", {"a": 1})
    assert [next(iter(line)) for line in lines(tmp_path)] == ["put", "note", "note", "note"]


def test_a_long_journal_is_rewritten_with_what_is_left(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    other = Cloud(tmp_path)
    kept = make(cloud, "kept")
    cloud.remember(kept, Memory(("urn:x",)))
    cloud.export("shop", "dev", {"a": 1})
    for _ in range(400):
        cloud.delete(make(cloud, "passing"))
    assert len(lines(tmp_path)) > 1_000
    reopened = Cloud(tmp_path)
    assert len(lines(tmp_path)) == 5
    assert reopened.resources == other.resources == cloud.resources == [kept]
    assert reopened.memory(kept) == other.memory(kept) == Memory(("urn:x",))
    assert reopened.exports == {"shop/dev": {"a": 1}}
    assert make(reopened, "passing").id not in {make(Cloud(), "passing").id, kept.id}


def test_half_a_line_of_another_process_waits(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    (tmp_path / JOURNAL).write_text('{"drop": ["a", "b"]}\n{"drop": ["c"')
    assert list(journal.read()) == [{"restart": True}, {"drop": ["a", "b"]}]
    with (tmp_path / JOURNAL).open("a") as file:
        file.write(', "d"]}\n')
    assert list(journal.read()) == [{"drop": ["c", "d"]}]
    journal.append()
    assert list(journal.read()) == []


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    queue, other = make(cloud, "a"), make(cloud, "other")
    before = lines(tmp_path)

    def change() -> None:
        cloud.keep(StoredResource(queue.urn, QUEUE, "a", queue.id, {"name": "changed"}))
        cloud.delete(other)
        make(cloud, "new")
        cloud.remember(queue, Memory(protect=True))
        cloud.export("shop", "dev", {"a": 1})

    def fail() -> None:
        change()
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"), cloud.transaction():
        fail()
    assert cloud.resources == [queue, other]
    assert (cloud.memory(queue), cloud.exports, lines(tmp_path)) == (Memory(), {}, before)
    with cloud.transaction():
        change()
    assert [item.name for item in Cloud(tmp_path).resources] == ["a", "new"]
    assert Cloud(tmp_path).exports == {"shop/dev": {"a": 1}}


def test_forgotten_released_and_renamed_resources(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    first, second, third = (make(cloud, name) for name in "abc")
    cloud.forget(first)
    cloud.forget(first)
    cloud.release(second)
    assert [item.urn for item in cloud.resources] == ["", third.urn]
    assert cloud.read("urn:any", QUEUE, second.id) is not None
    assert cloud.rename("urn:nothing", "urn:pulumi:dev::shop::t::new", preview=False) is None
    cloud.remember(third, Memory(("urn:x",)))
    seen = cloud.rename(third.urn, "urn:pulumi:dev::shop::t::new", preview=True)
    assert seen is not None
    assert cloud.current(third.urn) == third
    renamed = cloud.rename(third.urn, "urn:pulumi:dev::shop::t::new", preview=False)
    assert renamed == seen
    assert (renamed.name, cloud.memory(renamed).needs) == ("new", ("urn:x",))
    assert cloud.current(third.urn) is None


def test_resources_of_a_stack() -> None:
    cloud = Cloud()
    queue = make(cloud, "a")
    assert cloud.of_stack("shop", "dev") == [queue]
    assert cloud.of_stack("shop", "prod") == []


def test_dependents_go_first() -> None:
    cloud = Cloud()
    a, b, c, d = (make(cloud, name) for name in "abcd")
    cloud.remember(a, Memory((b.urn, "urn:elsewhere")))
    cloud.remember(b, Memory((c.urn,)))
    cloud.remember(d, Memory((c.urn,)))
    order = [item.name for item in dependents_first([a, b, c, d], cloud)]
    assert order.index("a") < order.index("b") < order.index("c")
    assert order.index("d") < order.index("c")


def test_drift_waits_in_a_file_and_is_taken_once(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    queue, other = make(cloud, "a", delaySeconds=1), make(cloud, "b")
    changes = [{"name": "a", "set": {"delaySeconds": 9}}, {"name": other.id, "delete": True}]
    (tmp_path / DRIFT).write_text(json.dumps(changes))
    (found,) = cloud.resources
    assert found.inputs["delaySeconds"] == 9
    assert not (tmp_path / DRIFT).exists()
    assert (tmp_path / "drift.applied.json").exists()
    assert Cloud(tmp_path).current(queue.urn) == found


def test_faults_come_from_the_folder_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FAULTS).write_text('[{"type": "a", "nth": 2}]')
    assert Faults.of(tmp_path).faults == [Fault(type="a", nth=2)]
    assert Cloud(tmp_path).faults.faults == [Fault(type="a", nth=2)]
    named = tmp_path / "mine.json"
    named.write_text('[{"kind": "slow", "seconds": 0.5}]')
    monkeypatch.setenv(VARIABLE, str(named))
    assert Faults.of(None).faults == [Fault(kind="slow", seconds=0.5)]
    monkeypatch.delenv(VARIABLE)
    assert Faults.of(None).faults == []


def test_slow_faults_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("skymason.offline.faults.time.sleep", waits.append)
    faults = Faults([Fault(kind="slow", seconds=3, nth=2), Fault(kind="slow", type="b", seconds=5)])
    faults.pause("create", "a", "x")
    faults.pause("create", "a", "x")
    faults.pause("delete", "b", "x")
    faults.strike("create", "a", "x")
    assert waits == [3]
