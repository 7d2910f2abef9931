"""PgBouncer beside each replica: its containers, and its scripts run by a real shell."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from blocks import Built, build
from manifests import validate, workload

from components.kubernetes.pgbouncer import TOKENS, PgBouncerArgs, pgbouncer, serve
from components.kubernetes.workload import Workload

BASE: PgBouncerArgs = {
    "host": "db.example",
    "port": 5432,
    "database": "app",
    "users": ["app_readwrite", "app_read"],
    "mode": "transaction",
    "size": 10,
    "region": "eu-central-1",
    "partition": "aws",
}


@pytest.fixture(scope="module")
def built() -> Built:
    def program() -> None:
        made = pgbouncer(BASE)
        tasks = [{"name": "seed", "command": ["s"]}]
        beside: Any = {"companions": made.containers, "volumes": made.volumes, "tasks": tasks}
        Workload("orders", workload(**beside))

    return build(program)


def containers(built: Built) -> list[dict[str, Any]]:
    return built.inputs("orders-deployment")["spec"]["template"]["spec"]["initContainers"]


def test_containers(built: Built) -> None:
    validate(built.deployed)
    tokens, pool = containers(built)
    assert (tokens["name"], pool["name"]) == ("pool-tokens", "pool")
    for container in (tokens, pool):
        assert container["restartPolicy"] == "Always"
        assert "@sha256:" in container["image"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["resources"]["limits"].keys() == {"cpu", "memory"}
        assert {item["name"]: item["value"] for item in container["env"]} == {
            "POOL_HOST": "db.example",
            "POOL_PORT": "5432",
            "POOL_DATABASE": "app",
            "POOL_USERS": "app_readwrite app_read",
            "AWS_REGION": "eu-central-1",
            "TRUSTSTORE_URL": "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
            "HOME": "/memory",
        }
    assert (tokens["command"][2], pool["command"][2]) == (TOKENS, serve("transaction", 10))
    assert pool["startupProbe"]["exec"]["command"][2] == "</dev/tcp/127.0.0.1/6432"


def test_tasks_have_it_too(built: Built) -> None:
    pod = built.inputs("orders-task-seed")["spec"]["template"]["spec"]
    assert pod["initContainers"] == containers(built)
    assert [volume["name"] for volume in pod["volumes"]] == ["memory"]


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Any]:
    """Runs a script in the background, with programs in the place of those of the image."""
    running = []

    def start(script: str, programs: dict[str, str], **environment: str) -> subprocess.Popen[bytes]:
        for name, text in programs.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
            (tmp_path / name).chmod(0o755)
        process = subprocess.Popen(
            ["/bin/sh", "-ec", script.replace("/memory", str(tmp_path))],
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "HERE": str(tmp_path), **environment},
            start_new_session=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(condition: Any) -> None:
    for _ in range(100):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen within five seconds")


def test_tokens_are_written_for_each_user_and_it_stops_when_told(tmp_path: Path, shell: Any) -> None:
    programs = {
        "curl": 'for last; do :; done; echo authorities > "$last"',
        "aws": 'for last; do :; done; echo "token-of-$last&X=1%2F"',
    }
    process = shell(
        TOKENS,
        programs,
        POOL_USERS="app_readwrite app_read",
        POOL_HOST="db",
        POOL_PORT="5432",
        TRUSTSTORE_URL="https://example",
    )
    users = tmp_path / "users.txt"
    until(users.exists)
    assert users.read_text() == (
        '"app_readwrite" "token-of-app_readwrite&X=1%2F"\n"app_read" "token-of-app_read&X=1%2F"\n'
    )
    assert users.stat().st_mode & 0o077 == 0
    process.terminate()
    assert process.wait(5) == 0


def test_a_token_that_cannot_be_made_ends_the_container(shell: Any) -> None:
    process = shell(TOKENS, {"curl": "exit 0", "aws": "exit 3"}, POOL_USERS="app_read")
    assert process.wait(5) == 3


def test_the_pool_learns_of_new_tokens_and_stops_gently(tmp_path: Path, shell: Any) -> None:
    said = tmp_path / "said"
    program = (
        "trap 'echo reload >> $HERE/said' HUP\n"
        "trap 'echo stop >> $HERE/said; exit 0' TERM\n"
        "echo start >> $HERE/said\n"
        "while true; do sleep 0.1; done"
    )
    users = tmp_path / "users.txt"
    users.write_text('"a" "1"\n')
    process = shell(
        serve("transaction", 10).replace("sleep 5", "sleep 0.2"),
        {"pgbouncer": program},
        POOL_DATABASE="app",
        POOL_HOST="db.example",
        POOL_PORT="5432",
    )
    until(lambda: said.exists() and said.read_text() == "start\n")
    configuration = (tmp_path / "pgbouncer.ini").read_text()
    assert configuration.startswith("[databases]\napp = host=db.example port=5432\n\n[pgbouncer]\n")
    assert "listen_addr = 127.0.0.1\n" in configuration
    assert "server_tls_sslmode = verify-full\n" in configuration
    users.write_text('"a" "22"\n')
    until(lambda: said.read_text() == "start\nreload\n")
    process.terminate()
    assert process.wait(5) == 0
    assert said.read_text() == "start\nreload\nstop\n"


def test_a_pool_that_ends_ends_its_container(tmp_path: Path, shell: Any) -> None:
    (tmp_path / "users.txt").write_text('"a" "1"\n')
    script = serve("session", 3).replace("sleep 5", "sleep 0.1")
    process = shell(script, {"pgbouncer": "exit 7"}, POOL_DATABASE="a", POOL_HOST="b", POOL_PORT="1")
    assert process.wait(5) == 7


def test_the_size_bounds_all_users_together() -> None:
    text = serve("session", 5)
    for line in ("pool_mode = session", "default_pool_size = 5", "max_db_connections = 5"):
        assert f"\n{line}\n" in text
