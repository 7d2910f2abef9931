"""`sm plan`: what it compares with, how it says what would change, and its exit codes."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from skymason import engine_cli
from skymason.cli.plan_schema import SCHEMA, text

Run = Callable[..., tuple[int, str, str]]

SETTINGS = "config:\n  aws:region: eu-central-1\n  tiny:size: '{}'\n"
QUEUE = "aws:sqs/queue:Queue"


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=Dev", "-c", "user.email=dev@example.com"]
    said = subprocess.run(["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=True)
    return said.stdout.strip()


@pytest.fixture
def history(tiny: Path) -> Path:
    """The tiny project as the first commit of main, with one more queue and a later timeout on disk."""
    git(tiny, "init", "--quiet", "--initial-branch=main")
    git(tiny, "add", ".")
    git(tiny, "commit", "--quiet", "--message=First")
    (tiny / "Pulumi.dev.yaml").write_text(SETTINGS.format(2))
    return tiny


def document(sm: Run, *words: str) -> dict[str, Any]:
    code, out, err = sm("plan", "--json", *words)
    assert code == 0, err or out
    found: dict[str, Any] = json.loads(out)
    jsonschema.validate(found, SCHEMA)
    return found


def test_against_an_empty_cloud(sm: Run, tiny: Path) -> None:
    code, out, err = sm("plan")
    head, compared, *rest = out.splitlines()
    assert (code, err, head) == (0, "", "tiny, stack dev: 1 to create")
    assert compared.startswith("compared with an empty offline cloud, in ")
    assert rest == [
        "",
        "  component  create  total",
        "  (none)          1      1",
        "  total           1      1",
        "",
        "  + create   aws:sqs/queue:Queue q0",
    ]
    assert not (tiny / ".skymason").exists()


def test_against_files(sm: Run, tiny: Path) -> None:
    (tiny / "state.json").write_text(json.dumps({"version": 3, "deployment": {"resources": []}}))
    assert document(sm, "--against", "state.json")["counts"] == {"create": 1}
    (tiny / "preview.json").write_text(json.dumps({"steps": []}))
    found = document(sm, "--against", "preview.json")
    assert (found["counts"], found["against"], found["revision"]) == ({"create": 1}, "preview.json", None)


def test_a_state_with_names_of_its_own(sm: Run, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of a real cloud, whose names and ids are none that the offline cloud would make."""
    monkeypatch.setenv("PATH", str(tiny / "nothing"))
    monkeypatch.setattr(engine_cli, "_install", lambda *_: "no network")
    (tiny / "__main__.py").write_text(
        "from pulumi_aws import sqs\nqueue = sqs.Queue('q')\nsqs.Queue('r', tags={'after': queue.arn})\n"
    )
    assert sm("up")[0] == 0
    kept = (tiny / ".skymason/plans/dev.json").read_text()
    name = json.loads(kept)["resources"][0]["inputs"]["name"]
    (tiny / "other.json").write_text(kept.replace(name, "q-0000000"))
    assert document(sm, "--against", "other.json")["counts"] == {"same": 2}
    shutil.rmtree(tiny / ".skymason")
    assert document(sm, "--against", "other.json")["counts"] == {"same": 2}


def test_against_a_revision(sm: Run, history: Path) -> None:
    found = document(sm, "--against", "main")
    commit = git(history, "rev-parse", "main")
    assert (found["against"], found["revision"]) == (f"main ({commit[:7]})", commit)
    assert found["counts"] == {"create": 1, "update": 1}
    update, create = found["changes"]
    assert (create["kind"], create["name"], create["details"]) == ("create", "q1", [])
    assert update["details"] == [
        {
            "path": "visibilityTimeoutSeconds",
            "kind": "update",
            "before": 31,
            "after": 32,
            "forces_replacement": False,
            "causes": [],
        }
    ]
    assert git(history, "status", "--short") == "M Pulumi.dev.yaml"
    assert git(history, "worktree", "list").count("\n") == 0
    assert not (history / ".skymason").exists()


def test_a_revision_that_says_the_same_changes_nothing(sm: Run, history: Path) -> None:
    git(history, "commit", "--quiet", "--all", "--message=Second")
    assert document(sm, "--against", "HEAD")["counts"] == {"same": 2}
    (history / "__main__.py").write_text((history / "__main__.py").read_text().replace("q{i}", "r{i}"))
    assert document(sm, "--against", "main~1")["counts"] == {"create": 2, "delete": 1}


def test_a_project_in_a_folder_of_its_repository(
    sm: Run, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = tiny.parent
    git(top, "init", "--quiet", "--initial-branch=main")
    (top / "README.md").write_text("nothing\n")
    git(top, "add", "README.md")
    git(top, "commit", "--quiet", "--message=Before the project")
    git(top, "add", ".")
    git(top, "rm", "--quiet", "--cached", "tiny/Pulumi.prod.yaml")
    git(top, "commit", "--quiet", "--message=The project")
    assert document(sm, "--against", "HEAD")["counts"] == {"same": 1}
    before = document(sm, "--against", "HEAD~1")
    assert before["counts"] == {"create": 1}
    assert before["against"].endswith("), where this project is not yet")
    stack = document(sm, "--against", "HEAD", "--stack", "prod")
    assert stack["counts"] == {"create": 3}
    assert stack["against"].endswith("), where stack prod is not yet")


def test_inside_of_a_hook(sm: Run, history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", ".git-of-another")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index.lock")
    assert document(sm, "--against", "main")["counts"] == {"create": 1, "update": 1}


def test_a_remote_branch_stands_in_for_a_local_one(sm: Run, history: Path) -> None:
    git(history, "update-ref", "refs/remotes/origin/trunk", "main")
    assert document(sm, "--against", "trunk")["against"].startswith("origin/trunk (")


@pytest.mark.parametrize("revision", ["mian", "--output=/tmp/x", "HEAD^{tree}"])
def test_an_unknown_revision(sm: Run, history: Path, revision: str) -> None:
    code, out, err = sm("plan", f"--against={revision}")
    fix = "did you mean 'main'?" if revision == "mian" else "branches: main"
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "error SM4123 --against",
        f"  '{revision}' is neither a file nor a revision of this repository",
        f"  fix: {fix}",
    ]


def test_a_shallow_clone_says_how_to_get_the_revision(
    sm: Run, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(history, "commit", "--quiet", "--all", "--message=Second")
    clone = history.parent / "clone"
    git(history, "clone", "--quiet", "--depth=1", f"file://{history}", str(clone))
    monkeypatch.chdir(clone)
    err = sm("plan", "--against", "v1")[2]
    assert err.splitlines()[2] == "  fix: the clone is shallow: `git fetch --depth=1 origin v1:v1` gets it"


def test_no_repository(sm: Run, tiny: Path) -> None:
    code, out, err = sm("plan", "--against", "main")
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "error SM4122 --against",
        "  not a git repository (or any of the parent directories): .git",
        "  fix: give a file, or leave out --against",
    ]


def test_no_git(sm: Run, history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(history / "nothing"))
    code, _, err = sm("plan", "--against", "main")
    assert (code, err.splitlines()[0]) == (1, "error SM4121 --against")


def test_a_revision_whose_program_fails(sm: Run, history: Path) -> None:
    good = (history / "__main__.py").read_text()
    (history / "__main__.py").write_text("print('loud')\nraise ValueError('no owner')\n")
    git(history, "commit", "--quiet", "--all", "--message=Broken")
    (history / "__main__.py").write_text(good)
    code, out, err = sm("plan", "--against", "main")
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "error SM4124 --against",
        "  the project at main has errors of its own",
        "  fix: compare with another revision, or with what is deployed (leave out --against)",
        "error SM3001 main:__main__.py:2",
        "  ValueError: no owner",
        "  fix: mend the program; see the line",
    ]


def test_a_revision_whose_program_ends_the_process(sm: Run, history: Path) -> None:
    good = (history / "__main__.py").read_text()
    (history / "__main__.py").write_text("import os, sys\nsys.stderr.write('gone\\n')\nos._exit(7)\n")
    git(history, "commit", "--quiet", "--all", "--message=Broken")
    (history / "__main__.py").write_text(good)
    code, _, err = sm("plan", "--against", "main")
    assert (code, err.splitlines()[:2]) == (1, ["error SM4124 --against", "  gone"])


def test_nothing_is_evaluated_before_the_project_is_valid(sm: Run, history: Path) -> None:
    (history / "infrastructure-patterns.yaml").write_text("wrong: 1\n")
    (history / "__main__.py").write_text("raise SystemExit('evaluated')\n")
    code, _, err = sm("plan", "--against", "main")
    assert code == 1
    assert "evaluated" not in err
    assert "SM4124" not in err


def test_secrets_are_not_shown(sm: Run, history: Path) -> None:
    program = (
        "import pulumi\nfrom pulumi_aws import ssm\n"
        "ssm.Parameter('p', type='SecureString', value=pulumi.Output.secret('{}'))\n"
    )
    (history / "__main__.py").write_text(program.format("hush-1"))
    git(history, "commit", "--quiet", "--all", "--message=A secret")
    (history / "__main__.py").write_text(program.format("hush-2"))
    for words in ([], ["--json"], ["--markdown"]):
        _, out, err = sm("plan", "--against", "main", *words)
        assert "value" in out
        assert "[secret]" in out
        assert "hush" not in out + err


@pytest.mark.parametrize(
    ("size", "level", "code"),
    [(1, "change", 0), (2, "change", 3), (2, "replace", 0), (0, "replace", 3), (0, "change", 3)],
)
def test_exit_codes(sm: Run, history: Path, size: int, level: str, code: int) -> None:
    program = (history / "__main__.py").read_text().replace("queues[0].url", "'x'")
    (history / "__main__.py").write_text(program)
    (history / "Pulumi.dev.yaml").write_text(SETTINGS.format(size))
    assert sm("plan", "--against", "main", "--fail-on", level)[0] == code


def test_an_unknown_service(sm: Run, tiny: Path) -> None:
    code, _, err = sm("plan", "--service", "wallet")
    assert code == 1
    assert err.splitlines() == [
        "error SM5010 --service",
        "  the stack has no service 'wallet'",
        "  fix: leave out --service: no service is deployed yet",
    ]


def test_one_service_only(sm: Run, tiny: Path) -> None:
    (tiny / "__main__.py").write_text(
        "import pulumi\nfrom pulumi_aws import sqs\n"
        "for name in ('wallet', 'tiny-dev-orders'):\n"
        "    made = pulumi.ComponentResource('skymason:patterns:AwsWebApi', name)\n"
        "    sqs.Queue(f'{name}-q', opts=pulumi.ResourceOptions(parent=made))\n"
    )
    for service, name in (("wallet", "wallet-q"), ("orders", "tiny-dev-orders-q")):
        found = document(sm, "--service", service)
        assert ([item["name"] for item in found["changes"]], found["service"]) == ([name], service)
    assert sm("plan", "--service", "orders")[1].startswith("tiny, stack dev, service orders: 1 to create\n")
    err = sm("plan", "--service", "walet")[2]
    assert err.splitlines()[2] == "  fix: did you mean 'wallet'? allowed: orders, wallet"


def test_the_schema_that_is_kept_is_current() -> None:
    assert Path(__file__).parents[2].joinpath("docs/plan.schema.json").read_text() == text()
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_pulumi_is_not_imported_before_the_project_is_valid(history: Path) -> None:
    (history / "infrastructure-patterns.yaml").write_text("wrong: 1\n")
    program = (
        "import sys\nfrom skymason.cli.main import main\n"
        "code = main(['plan', '--against', 'main'])\n"
        "print(code, 'pulumi' in sys.modules)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=history, capture_output=True, text=True)
    assert said.stdout == "1 False\n", said.stderr
