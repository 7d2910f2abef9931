"""Deployments of a small project on the real engine, as a user runs them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from skymason.driver.recover import locks, read_deployment, state_file

pytestmark = pytest.mark.engine

PROGRAM = """\
import pulumi
from pulumi_aws import sqs

class Queues(pulumi.ComponentResource):
    def __init__(self, name, count, timeout):
        super().__init__("tiny:index:Queues", name)
        self.queues = [
            sqs.Queue(
                f"{name}-{i}",
                visibility_timeout_seconds=timeout,
                opts=pulumi.ResourceOptions(parent=self, protect=i == 0),
            )
            for i in range(count)
        ]

config = pulumi.Config()
made = Queues("jobs", config.require_int("count"), config.get_int("timeout") or 30)
pulumi.export("url", made.queues[0].url)
pulumi.export("token", pulumi.Output.secret("hush"))
"""
SETTINGS = "# kept as it is\nconfig:\n  aws:region: eu-central-1\n  tiny:count: '{count}'\n"


def make_project(root: Path, count: int = 3) -> Path:
    root.mkdir()
    (root / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    (root / "Pulumi.dev.yaml").write_text(SETTINGS.format(count=count))
    (root / "__main__.py").write_text(PROGRAM)
    return root


def start(root: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    """`sm` as the leader of its own session, as a terminal would run it."""
    return subprocess.Popen(
        [sys.executable, "-m", "skymason", *words],
        cwd=root,
        env={**os.environ, "PULUMI_BACKEND_URL": "file:///nowhere", "PULUMI_STACK": "other", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def sm(root: Path, *words: str, **environment: str) -> tuple[int, str, str]:
    process = start(root, *words, **environment)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def document(root: Path, *words: str) -> dict[str, Any]:
    code, out, err = sm(root, *words, "--json")
    assert code == 0, err
    return dict(json.loads(out))


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A project deployed, looked at, changed, refreshed and destroyed; what each command said."""
    root = make_project(tmp_path_factory.mktemp("engine") / "tiny")
    before = (root / "Pulumi.dev.yaml").read_text()
    said: dict[str, Any] = {"root": root, "settings before": before}
    said["preview"] = document(root, "preview")
    said["up"] = document(root, "up")
    said["up again"] = document(root, "up")
    said["settings after"] = (root / "Pulumi.dev.yaml").read_text()
    said["expected"] = sm(root, "preview", "--expect-no-changes")
    said["outputs"] = sm(root, "outputs")
    said["env file"] = sm(root, "outputs", "--env-file")
    said["with secrets"] = sm(root, "outputs", "--env-file", "--show-secrets")
    said["state"] = document(root, "state")
    said["resource"] = document(root, "state", "jobs-0")
    said["plan"] = document(root, "plan")
    (root / "Pulumi.dev.yaml").write_text(SETTINGS.format(count=2) + "  tiny:timeout: '60'\n")
    said["changed"] = sm(root, "preview", "--expect-no-changes")
    said["changed plan"] = document(root, "plan")
    said["changed preview"] = document(root, "preview")
    said["update"] = document(root, "up")
    drift = {"name": "jobs-1", "set": {"visibilityTimeoutSeconds": 99}}
    (root / ".skymason/offline/dev/cloud/drift.json").write_text(json.dumps([drift]))
    said["drift"] = sm(root, "drift")
    said["refresh"] = document(root, "refresh")
    said["no drift"] = sm(root, "drift")
    said["mended"] = document(root, "up")
    said["would destroy"] = document(root, "destroy", "--dry-run")
    said["destroy"] = document(root, "destroy")
    said["destroy again"] = document(root, "destroy")
    said["after"] = sm(root, "outputs")
    return said


def test_a_preview_tells_what_up_then_does(life: dict[str, Any]) -> None:
    assert life["preview"]["counts"] == {"create": 3}
    assert life["up"]["counts"] == {"create": 3}
    assert [item["urn"] for item in life["preview"]["changes"]] == [
        item["urn"] for item in life["up"]["changes"]
    ]
    assert life["up"]["components"] == [{"component": "jobs", "create": 3}]
    assert life["up"]["result"] == "succeeded"
    assert life["up"]["engine"]["name"].startswith("pulumi 3.")
    assert life["up"]["state"] == ".skymason/offline/dev"


def test_a_second_up_changes_nothing(life: dict[str, Any]) -> None:
    assert life["up again"]["counts"] == {"same": 3}
    assert life["expected"][0] == 0
    assert life["plan"]["counts"] == {"same": 3}


def test_outputs_are_known_and_secrets_hidden(life: dict[str, Any]) -> None:
    assert life["preview"]["outputs"] == {"token": "[secret]", "url": "[known after deployment]"}
    assert life["up"]["outputs"]["token"] == "[secret]"
    url = life["up"]["outputs"]["url"]
    assert url.startswith("https://sqs.eu-central-1.amazonaws.com/")
    assert life["outputs"] == (0, f"token  [secret]\nurl    {url}\n", "")


def test_outputs_as_an_env_file(life: dict[str, Any]) -> None:
    url = life["up"]["outputs"]["url"]
    hidden = f"# TOKEN is secret: --show-secrets writes it\nURL={url}\n"
    assert life["env file"] == (0, hidden, "")
    assert life["with secrets"] == (0, f"TOKEN=hush\nURL={url}\n", "")


def test_the_state_is_shown(life: dict[str, Any]) -> None:
    names = [(item["name"], item["components"], item["protected"]) for item in life["state"]["resources"]]
    assert names == [("jobs-0", ["jobs"], True), ("jobs-1", ["jobs"], False), ("jobs-2", ["jobs"], False)]
    assert (life["state"]["pending"], life["state"]["state"]) == ([], ".skymason/offline/dev")
    assert life["resource"]["inputs"]["visibilityTimeoutSeconds"] == 30


def test_the_projects_settings_stay_as_they_are(life: dict[str, Any]) -> None:
    assert life["settings after"] == life["settings before"]


def test_a_change_is_told_with_its_properties(life: dict[str, Any]) -> None:
    code, out, _ = life["changed"]
    assert code == 1
    assert "error SM4110 stack dev\n  3 resources would change, and none was expected to" in out
    assert life["changed plan"]["counts"] == {"update": 2, "delete": 1}
    assert life["update"]["counts"] == {"update": 2, "delete": 1}


def test_plan_and_preview_tell_the_same(life: dict[str, Any]) -> None:
    told = [
        sorted((item["kind"], item["urn"], str(item["details"])) for item in life[said]["changes"])
        for said in ("changed plan", "changed preview")
    ]
    assert told[0] == told[1]
    assert "'before': 30, 'after': 60" in str(told)


def test_drift_is_found_by_refresh_and_mended_by_up(life: dict[str, Any]) -> None:
    for said in (life["refresh"], life["mended"]):
        assert said["counts"] == {"update": 1, "same": 1}
        assert [(item["name"], item["properties"]) for item in said["changes"]] == [
            ("jobs-1", ["visibilityTimeoutSeconds"])
        ]


def test_drift_is_shown_with_values_and_changes_nothing(life: dict[str, Any]) -> None:
    code, out, err = life["drift"]
    assert code == 3
    assert "  ~ changed  aws:sqs/queue:Queue jobs-1\n      visibilityTimeoutSeconds: 60 → 99\n" in out
    assert "changed    aws:sqs/queue:Queue jobs-1" in err
    assert life["no drift"][0] == 0


def test_a_preview_of_the_engine_has_values(life: dict[str, Any]) -> None:
    code, out, _ = life["changed"]
    assert code == 1
    assert "  ~ update   aws:sqs/queue:Queue jobs-0\n      visibilityTimeoutSeconds: 30 → 60" in out


def test_destroy_leaves_nothing_protected_or_not(life: dict[str, Any]) -> None:
    assert life["would destroy"]["counts"] == {"delete": 2}
    assert life["destroy"]["counts"] == {"delete": 2}
    assert life["destroy again"]["counts"] == {}
    code, _, err = life["after"]
    assert (code, err.splitlines()[0]) == (1, "error SM5008 stack dev")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_project(tmp_path / "tiny", count=6)


def slow(root: Path, name: str, seconds: float) -> None:
    """Make the offline cloud take its time with one resource."""
    folder = root / ".skymason/offline/dev/cloud"
    folder.mkdir(parents=True, exist_ok=True)
    fault = {"operation": "create", "name": name, "kind": "slow", "seconds": seconds}
    (folder / "faults.json").write_text(json.dumps([fault]))


def wait_for(process: subprocess.Popen[str], text: str) -> str:
    """Read progress until a line holds `text`."""
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if text in line:
            break
    return "".join(lines)


def state(root: Path) -> dict[str, Any]:
    return read_deployment(state_file(root / ".skymason/offline/dev/backend", "tiny", "dev"))


def engines(root: Path) -> list[int]:
    """Processes that the engine of this project started, the engine itself included."""
    home = f"PULUMI_HOME={root.resolve()}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if home in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("whole_group", [True, False], ids=["terminal", "kill"])
def test_ctrl_c_leaves_a_clean_state_and_the_next_up_completes(root: Path, whole_group: bool) -> None:
    slow(root, "jobs-3", 3)
    process = start(root, "up")
    wait_for(process, "created    aws:sqs/queue:Queue")
    time.sleep(0.3)
    if whole_group:
        os.killpg(process.pid, signal.SIGINT)
    else:
        os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert "interrupted: operations in flight finish, nothing new begins" in err
    assert "error SM4105 stack dev" in out
    assert "Traceback" not in out + err
    assert locks(root / ".skymason/offline/dev/backend", "tiny", "dev") == []
    assert not state(root).get("pending_operations")
    assert engines(root) == []
    (root / ".skymason/offline/dev/cloud/faults.json").unlink()
    after = document(root, "up")
    assert after["result"] == "succeeded"
    assert sum(after["counts"].values()) == 6
    assert after["diagnostics"] == []
    assert document(root, "preview")["counts"] == {"same": 6}


def test_a_killed_up_is_mended_by_the_next(root: Path) -> None:
    slow(root, "jobs-3", 30)
    process = start(root, "up")
    wait_for(process, "created    aws:sqs/queue:Queue")
    started = engines(root)
    assert started
    for pid in (process.pid, *started):
        os.kill(pid, signal.SIGKILL)
    process.wait()
    (root / ".skymason/offline/dev/cloud/faults.json").unlink()
    after = document(root, "up")
    assert after["result"] == "succeeded"
    assert [item["code"] for item in after["diagnostics"]][:1] == ["SM4108"]
    assert document(root, "preview")["counts"] == {"same": 6}


def test_a_create_that_fails_midway_is_completed_by_the_next_up(root: Path) -> None:
    folder = root / ".skymason/offline/dev/cloud"
    folder.mkdir(parents=True)
    fault = {"operation": "create", "name": "jobs-3", "code": "InternalError", "message": "try later"}
    (folder / "faults.json").write_text(json.dumps([fault]))
    code, out, _ = sm(root, "up")
    assert code == 1
    assert "error SM4101 stack dev jobs-3\n" in out
    assert "InternalError" in out
    assert "Traceback" not in out
    (folder / "faults.json").unlink()
    after = document(root, "up")
    assert after["result"] == "succeeded"
    assert sum(after["counts"].values()) == 6


def test_two_updates_at_once_are_refused(root: Path) -> None:
    slow(root, "jobs-3", 5)
    process = start(root, "up")
    wait_for(process, "created    aws:sqs/queue:Queue")
    code, _, err = sm(root, "up")
    assert code == 1
    assert "error SM4103 stack dev\n  locked by process " in err
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_an_error_of_the_program_names_its_line(root: Path) -> None:
    (root / "__main__.py").write_text("import pulumi\n\nraise ValueError('no owner')\n")
    code, out, _ = sm(root, "up")
    assert code == 1
    assert "error SM4102 __main__.py:3\n  ValueError: no owner\n" in out
    assert "Traceback" not in out


def test_an_own_diagnostic_of_the_program_is_shown_as_it_is(root: Path) -> None:
    (root / "__main__.py").write_text(
        "from skymason.settings import load_settings\nload_settings({}, 'tiny', 'dev')\n"
    )
    code, out, _ = sm(root, "up")
    assert code == 1
    assert "error SM1" in out
    assert "Traceback" not in out


def test_operations_that_a_killed_update_left_pending_are_cleared(root: Path) -> None:
    document(root, "up")
    file = state_file(root / ".skymason/offline/dev/backend", "tiny", "dev")
    data = json.loads(file.read_text())
    resource = {"urn": "urn:pulumi:dev::tiny::aws:sqs/queue:Queue::lost", "custom": True}
    resource |= {"type": "aws:sqs/queue:Queue", "inputs": {}}
    data["checkpoint"]["latest"]["pending_operations"] = [{"resource": resource, "type": "creating"}]
    file.write_text(json.dumps(data))
    assert document(root, "preview")["diagnostics"] == []
    after = document(root, "up")
    assert [(item["code"], item["message"]) for item in after["diagnostics"]] == [
        ("SM4109", "a killed update left operations pending (lost); what became of them has been read")
    ]
    assert after["counts"] == {"same": 6}
    assert not state(root).get("pending_operations")


@pytest.fixture
def login(root: Path, tmp_path: Path) -> dict[str, str]:
    """A user's own backend, and a program that needs no provider."""
    (tmp_path / "backend").mkdir()
    (root / "__main__.py").write_text("import pulumi\npulumi.export('answer', 42)\n")
    return {
        "PULUMI_BACKEND_URL": (tmp_path / "backend").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AWS_PROFILE": "none-is-used",
    }


def test_a_real_stack_that_does_not_exist_is_not_made(root: Path, login: dict[str, str]) -> None:
    code, out, err = sm(root, "preview", "--cloud", "real", **login)
    assert (code, out) == (1, "")
    assert err.endswith(
        "error SM4104 stack dev\n"
        "  the backend has no stack 'dev'\n"
        "  fix: pulumi stack init dev --secrets-provider=…\n"
    )
    code, out, err = sm(root, "outputs", "--cloud", "real", **login)
    assert (code, out) == (1, "")
    assert err.splitlines()[:2] == ["error SM4104 stack dev", "  no stack named 'dev' found"]
    assert (root / "Pulumi.dev.yaml").read_text() == SETTINGS.format(count=6)


def test_a_real_stack_uses_the_users_own_backend(root: Path, login: dict[str, str]) -> None:
    subprocess.run(
        ["pulumi", "stack", "init", "dev", "--non-interactive"],
        cwd=root,
        env={**os.environ, **login},
        check=True,
        capture_output=True,
    )
    code, out, err = sm(root, "up", "--cloud", "real", "--yes", "--json", **login)
    assert code == 0, err
    said = json.loads(out)
    assert (said["cloud"], said["outputs"]) == ("real", {"answer": 42})
    assert said["state"] == "the backend you are logged in to (`pulumi whoami --verbose` names it)"
    assert sm(root, "outputs", "--cloud", "real", **login)[:2] == (0, "answer  42\n")
    backend = Path(login["PULUMI_BACKEND_URL"].removeprefix("file://"))
    lock = backend / ".pulumi/locks/organization/tiny/dev/1.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(json.dumps({"pid": 1, "username": "x", "hostname": "y"}))
    code, out, err = sm(root, "up", "--cloud", "real", "--yes", **login)
    assert (code, out) == (1, "")
    assert "error SM4103 stack dev\n  the stack is currently locked by 1 lock(s)" in err
    assert err.endswith("fix: wait for it; if it was killed: pulumi cancel --stack dev\n")


def test_an_error_of_the_cli_itself_is_a_finding(root: Path, login: dict[str, str]) -> None:
    code, out, _ = sm(root, "preview", "--cloud", "real", **{**login, "PULUMI_BACKEND_URL": "nonsense://"})
    assert code == 1
    assert "error SM4101 stack dev\n" in out
    assert "Traceback" not in out


def test_what_a_real_cloud_needs_is_looked_for_before_the_engine_starts(root: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    nothing = dict.fromkeys(
        ("PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"), ""
    )
    for words in (["up", "--yes"], ["preview"], ["refresh", "--yes"], ["destroy", "--yes"], ["drift"]):
        code, out, err = sm(root, *words, "--cloud", "real", HOME=str(home), PULUMI_HOME=str(home), **nothing)
        assert (code, out) == (1, "")
        assert [line for line in err.splitlines() if line.startswith("error")] == [
            "error SM4127 stack dev",
            "error SM4128 stack dev",
        ]
        assert "engine:" not in err
