"""Ctrl-C while the engine runs: once ends in order, twice at once, three times by force.

The engine is started in a process group of its own, so that the terminal's Ctrl-C does not reach it, nor the
program and the providers, all at once: that would leave a lock, pending operations and orphans. This handler
passes on one interrupt, to the engine alone; operations in flight finish, and nothing is pending.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_SAID = (
    "interrupted: operations in flight finish, nothing new begins (Ctrl-C again: stop at once)",
    "stopping at once: operations in flight stay pending (Ctrl-C again: kill)",
    "killed",
)


class Interrupts:
    """A context in which signals go to the engine's process. Does nothing outside of the main thread."""

    def __init__(self, tell: Callable[[str], None] = lambda text: None) -> None:
        self.count = 0
        """How often the user has asked to stop."""
        self._tell = tell
        self._process: subprocess.Popen[str] | None = None
        self._before: dict[int, signal._HANDLER] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def watch(self, process: subprocess.Popen[str] | None) -> None:
        """Pass signals on to this process from now on; None: to nobody."""
        self._process = process

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        process = self._process
        if process is None or process.poll() is not None:
            raise KeyboardInterrupt
        text = _SAID[min(self.count, len(_SAID)) - 1]
        # Printing inside a signal handler could meet a half-done print of the same stream.
        threading.Thread(target=self._tell, args=(text,), daemon=True).start()
        with suppress(ProcessLookupError):
            if self.count < len(_SAID):
                os.kill(process.pid, signal.SIGINT)
            else:
                os.killpg(process.pid, signal.SIGKILL)
