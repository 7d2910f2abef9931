"""Ctrl-C: what reaches the engine's process, and when. The engine here is a small Python process."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from skymason.driver.interrupt import Interrupts

ENGINE = """
import signal, sys, time
seen = []
def stop(*_):
    seen.append(1)
    print("interrupt", len(seen), flush=True)
    if len(seen) == {needed}:
        sys.exit(3)
signal.signal(signal.SIGINT, stop)
print("ready", flush=True)
time.sleep(30)
"""


def engine(needed: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", ENGINE.format(needed=needed)],
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def interrupts(told: list[str]) -> Iterator[Interrupts]:
    with Interrupts(told.append) as interrupts:
        yield interrupts


def wait_for(told: list[str], count: int) -> None:
    deadline = time.monotonic() + 5
    while len(told) < count and time.monotonic() < deadline:
        time.sleep(0.005)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_asks_the_engine_to_end_in_order(
    interrupts: Interrupts, told: list[str], number: signal.Signals
) -> None:
    process = engine(needed=1)
    interrupts.watch(process)
    os.kill(os.getpid(), number)
    assert process.wait(10) == 3
    wait_for(told, 1)
    assert told == [
        "interrupted: operations in flight finish, nothing new begins (Ctrl-C again: stop at once)"
    ]
    assert interrupts.count == 1


def test_a_second_one_is_passed_on_too_and_a_third_kills(interrupts: Interrupts, told: list[str]) -> None:
    process = engine(needed=9)
    interrupts.watch(process)
    assert process.stdout is not None
    for number in (1, 2):
        os.kill(os.getpid(), signal.SIGINT)
        assert process.stdout.readline() == f"interrupt {number}\n"
    os.kill(os.getpid(), signal.SIGINT)
    assert process.wait(10) == -signal.SIGKILL
    wait_for(told, 3)
    assert [text.split(":")[0] for text in told] == ["interrupted", "stopping at once", "killed"]


def test_without_an_engine_it_is_an_ordinary_interrupt(interrupts: Interrupts) -> None:
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_an_engine_that_has_ended_is_none(interrupts: Interrupts) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], text=True)
    process.wait()
    interrupts.watch(process)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_the_handlers_of_before_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


def test_outside_of_the_main_thread_it_does_nothing() -> None:
    before = signal.getsignal(signal.SIGINT)
    inside = []

    def work() -> None:
        with Interrupts():
            inside.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert inside == [before]


def test_the_command_gives_the_engine_a_group_of_its_own(
    interrupts: Interrupts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pulumi.automation.errors import CommandError

    from skymason.driver.command import GuardedCommand

    script = tmp_path / "bin/pulumi"
    script.parent.mkdir()
    script.write_text(
        '#!/bin/sh\n[ "$1" = version ] && echo v3.260.0 && exit 0\n'
        'echo "$@"; ps -o pgid= -p $$; echo "$SHOWN/$HIDDEN" ; echo $$; echo bad >&2; [ "$2" = ok ]\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("HIDDEN", "secret")
    heard: list[str] = []
    command = GuardedCommand(tmp_path, interrupts, ["HIDDEN"])
    said = command.run(["ok"], str(tmp_path), {"SHOWN": "1"}, heard.append).stdout.splitlines()
    assert said[0] == "--non-interactive ok"
    assert said[1].strip() == said[3]  # the leader of its own group
    assert said[2] == "1/"
    assert heard == said
    with pytest.raises(CommandError):
        command.run(["not ok"], str(tmp_path), {})
    assert (command.last.code, command.last.stderr) == (1, "bad")
