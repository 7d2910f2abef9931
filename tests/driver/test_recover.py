"""Locks that a killed update left, and damaged or pending state."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from skymason.diagnostics import DiagnosticError, Severity
from skymason.driver import recover
from skymason.offline.cloud import Cloud, Refused


def lock(backend: Path, pid: int, host: str | None = None, text: str | None = None) -> Path:
    folder = backend / ".pulumi/locks/organization/shop/dev"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{pid}.json"
    path.write_text(text or json.dumps({"pid": pid, "hostname": host or socket.gethostname()}))
    path.with_name(f"{path.name}.attrs").write_text("{}")
    return path


@pytest.fixture
def ended() -> int:
    """Id of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_lock_whose_process_is_gone_is_removed_and_told(tmp_path: Path, ended: int) -> None:
    path = lock(tmp_path, ended)
    (finding,) = recover.clear_stale_locks(tmp_path, "shop", "dev")
    assert (finding.code.id, finding.severity) == ("SM4108", Severity.WARNING)
    assert finding.message == (
        f"the lock of process {ended} on {socket.gethostname()} was left behind and has been removed"
    )
    assert list(path.parent.iterdir()) == []


def test_an_unreadable_lock_is_stale(tmp_path: Path) -> None:
    path = lock(tmp_path, 1, text="{")
    assert [item.code.id for item in recover.clear_stale_locks(tmp_path, "shop", "dev")] == ["SM4108"]
    assert not path.exists()


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_lock_that_may_be_held_stops_the_operation(tmp_path: Path, elsewhere: bool, ended: int) -> None:
    path = lock(tmp_path, ended, "another-machine") if elsewhere else lock(tmp_path, os.getpid())
    with pytest.raises(DiagnosticError) as caught:
        recover.clear_stale_locks(tmp_path, "shop", "dev")
    (finding,) = caught.value.diagnostics
    owner = f"process {ended} on another-machine" if elsewhere else f"process {os.getpid()}"
    assert finding.code.id == "SM4103"
    assert owner in finding.message
    assert path.exists()


def test_a_process_of_another_user_counts_as_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pid: int, number: int) -> None:
        raise PermissionError

    lock(tmp_path, 1)
    monkeypatch.setattr(os, "kill", refuse)
    assert [item.alive for item in recover.locks(tmp_path, "shop", "dev")] == [True]


def test_a_process_that_has_ended_but_was_not_collected_is_gone(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    lock(tmp_path, child.pid)
    assert [item.alive for item in recover.locks(tmp_path, "shop", "dev")] == [False]
    child.wait()


def test_no_lock_no_word(tmp_path: Path) -> None:
    assert recover.clear_stale_locks(tmp_path, "shop", "dev") == []


def state(backend: Path, latest: object) -> Path:
    path = recover.state_file(backend, "shop", "dev")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"version": 3, "checkpoint": {"stack": "dev", "latest": latest}}))
    return path


def test_pending_operations_are_named(tmp_path: Path) -> None:
    path = state(tmp_path, {"pending_operations": [{"resource": {"urn": "urn:a"}, "type": "creating"}]})
    assert recover.pending_operations(path) == ["urn:a"]


def test_a_stack_that_was_never_deployed_has_nothing_pending(tmp_path: Path) -> None:
    assert recover.pending_operations(tmp_path / "missing.json") == []
    assert recover.pending_operations(state(tmp_path, None)) == []


def test_protection_is_found(tmp_path: Path) -> None:
    assert recover.protected(state(tmp_path, {"resources": [{"urn": "a"}, {"urn": "b", "protect": True}]}))
    assert not recover.protected(tmp_path / "missing.json")


URN = "urn:pulumi:dev::shop::aws:dynamodb/table:Table::"


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    """An offline cloud of two tables, one of them protected from deletion."""
    made = Cloud(tmp_path / "cloud")
    for name, guarded in (("orders", True), ("drafts", False)):
        inputs = {
            "name": name,
            "hashKey": "id",
            "attributes": [{"name": "id", "type": "S"}],
            "billingMode": "PAY_PER_REQUEST",
            "deletionProtectionEnabled": guarded,
        }
        made.create(f"{URN}{name}", "aws:dynamodb/table:Table", inputs, preview=False)
    return tmp_path / "cloud"


def test_protection_of_the_cloud_itself_is_lifted_once(cloud: Path) -> None:
    before = Cloud(cloud)
    (orders,) = [item for item in before.resources if item.name == "orders"]
    with pytest.raises(Refused, match="protected against deletion"):
        before.delete(orders)
    assert recover.lift_protection(cloud) == ["orders"]
    assert recover.lift_protection(cloud) == []
    after = Cloud(cloud)
    for resource in after.resources:
        after.delete(resource)
    assert Cloud(cloud).resources == []


def test_what_the_state_does_not_know_is_taken_out_of_the_cloud(cloud: Path, tmp_path: Path) -> None:
    path = state(tmp_path, {"resources": [{"urn": f"{URN}orders"}]})
    assert recover.forget_unknown(cloud, path) == [f"{URN}drafts"]
    assert [item.name for item in Cloud(cloud).resources] == ["orders"]


def test_a_cloud_that_was_never_used_has_nothing_to_mend(tmp_path: Path) -> None:
    assert recover.lift_protection(tmp_path / "cloud") == []
    assert recover.forget_unknown(tmp_path / "cloud", tmp_path / "state.json") == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 3}'])
def test_a_damaged_state_is_a_diagnostic(tmp_path: Path, text: str) -> None:
    path = state(tmp_path, None)
    path.write_text(text)
    with pytest.raises(DiagnosticError) as caught:
        recover.pending_operations(path)
    (finding,) = caught.value.diagnostics
    assert finding.code.id == "SM4107"
    assert (
        finding.fix == "copy dev.json.bak over it, or delete the folder to begin with an empty offline cloud"
    )
