"""What checks look through: programs, packages, addresses."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from skymason.doctor import model
from skymason.doctor.model import Case, Machine, fetch, output_of, version_of


def test_this_machine() -> None:
    machine = Machine()
    assert machine.python == sys.version_info[:3]
    assert machine.find("sh")
    assert machine.run(["echo", "hello"]) == "hello"
    assert machine.installed("pydantic")
    assert machine.free_bytes(Path("/")) > 0
    assert machine.now().tzinfo is not None
    assert machine.environ is os.environ


def test_programs_that_do_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert output_of(["no-such-program"]) is None
    assert output_of(["false"]) is None
    monkeypatch.setattr(model, "ANSWER_SECONDS", 0.1)
    assert output_of(["sleep", "5"]) is None


def test_packages_that_are_not_there() -> None:
    assert version_of("no-such-package") is None


class Server(BaseHTTPRequestHandler):
    """Answers by path: a status; `/bad` with a date that is none."""

    def do_HEAD(self) -> None:
        status = int(self.path.strip("/") or 200) if self.path != "/bad" else 200
        self.send_response_only(status)
        self.send_header("Date", "nonsense" if self.path == "/bad" else "Sat, 21 Nov 2026 08:00:00 GMT")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_addresses(address: str) -> None:
    found = fetch(address)
    assert (found.status, str(found.date), found.problem) == (200, "2026-11-21 08:00:00+00:00", "")
    assert (fetch(f"{address}/404").status, fetch(f"{address}/404").date) == (404, found.date)
    assert fetch(f"{address}/bad").date is None


def test_addresses_that_do_not_answer() -> None:
    found = fetch("http://127.0.0.1:1")
    assert (found.status, found.date) == (0, None)
    assert "refused" in found.problem
    assert fetch("nonsense").status == 0
    assert Machine().fetch("nonsense").status == 0


def test_a_case_finds_its_engine_and_stacks(tmp_path: Path) -> None:
    outside = Case(Machine(), None)
    assert (outside.stacks, outside.settings, outside.uses("aws")) == ([], {}, [])
    assert isinstance(outside.engine.found, bool)


def test_it_needs_nothing_of_pulumi() -> None:
    script = (
        "import sys; from skymason.cli.main import main; main(['doctor'])\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert {"pulumi", "grpc", "rich"}.isdisjoint(said.stderr.split())
