"""`sm state` and `sm outputs` where there is no Pulumi CLI; tests/driver/test_engine.py has them on the engine."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from skymason import engine_cli

Run = Callable[..., tuple[int, str, str]]

PROGRAM = """\
import pulumi
from pulumi_aws import sqs, ssm

made = pulumi.ComponentResource("skymason:patterns:AwsWebApi", "tiny-dev-orders")
inside = pulumi.ResourceOptions(parent=made)
dead = sqs.Queue("dead", opts=inside)
queue = sqs.Queue("jobs", redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3}), opts=inside)
ssm.Parameter("key", type="SecureString", value=pulumi.Output.secret("hush"), opts=pulumi.ResourceOptions(protect=True))
pulumi.export("orders", {"url": queue.url, "note": "it costs $5"})
pulumi.export("token", pulumi.Output.secret("hush"))
"""


@pytest.fixture(autouse=True)
def no_cli(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tiny / "nothing"))
    monkeypatch.setattr(engine_cli, "_install", lambda *_: "no network")
    (tiny / "__main__.py").write_text(PROGRAM)
    return tiny


@pytest.fixture
def deployed(sm: Run) -> Run:
    code, _, err = sm("up")
    assert code == 0, err
    return sm


def test_nothing_deployed(sm: Run) -> None:
    assert sm("state")[1].splitlines() == [
        "tiny, stack dev: 0 resources",
        "  updated  never",
        "  pending  nothing",
        "  state    .skymason/plans/dev.json",
    ]
    code, _, err = sm("state", "jobs")
    assert code == 1
    assert err.splitlines() == [
        "error SM4125 sm state",
        "  the state has no resource 'jobs'",
        "  fix: nothing is deployed: sm up --stack dev",
    ]


def test_resources_by_component(deployed: Run) -> None:
    lines = deployed("state")[1].splitlines()
    assert lines[0] == "tiny, stack dev: 3 resources"
    assert lines[1].endswith(" UTC, just now")
    assert lines[5:7] == ["(no component)", lines[6]]
    assert lines[6].startswith("  aws:ssm/parameter:Parameter  key  key-")
    assert lines[8] == "tiny-dev-orders"
    assert [line.split()[:2] for line in lines[9:]] == [
        ["aws:sqs/queue:Queue", "dead"],
        ["aws:sqs/queue:Queue", "jobs"],
    ]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ((), ["dead", "jobs", "key"]),
        (("--type", "QUEUE"), ["dead", "jobs"]),
        (("--type", "aws:ssm"), ["key"]),
        (("--service", "orders"), ["dead", "jobs"]),
        (("--service", "orders", "--type", "bucket"), []),
    ],
)
def test_filters(deployed: Run, words: tuple[str, ...], names: list[str]) -> None:
    document = json.loads(deployed("state", "--json", *words)[1])
    assert sorted(item["name"] for item in document["resources"]) == names
    assert (document["count"], document["deployed"], document["pending"]) == (3, True, [])
    count = "" if len(names) == 3 else f"{len(names)} of "
    assert deployed("state", *words)[1].startswith(f"tiny, stack dev: {count}3 resources\n")


def test_an_unknown_service(deployed: Run) -> None:
    assert deployed("state", "--service", "order")[2].splitlines() == [
        "error SM5010 --service",
        "  the stack has no service 'order'",
        "  fix: did you mean 'orders'? allowed: orders",
    ]


def test_one_resource(deployed: Run) -> None:
    code, out, _ = deployed("state", "jobs")
    lines = out.splitlines()
    assert (code, lines[0]) == (0, "aws:sqs/queue:Queue jobs")
    for line in ("  component  tiny-dev-orders", "  made at    __main__.py:7", "  needs      dead"):
        assert line in lines
    assert "  needed by  jobs" in deployed("state", "dead")[1].splitlines()
    document = json.loads(deployed("state", "jobs", "--json")[1])
    assert deployed("state", document["urn"])[1] == out
    assert deployed("state", document["id"])[1] == out
    assert document["inputs"]["redrivePolicy"].startswith('{"deadLetterTargetArn": "arn:aws:sqs:')
    assert document["outputs"]["url"].startswith("https://sqs.")


def test_secrets_are_hidden(deployed: Run) -> None:
    code, out, _ = deployed("state", "key")
    assert code == 0
    assert "  value  [secret]" in out.splitlines()
    assert "  protected  yes" in out.splitlines()
    everything = out + deployed("state", "key", "--json")[1] + deployed("state", "--json")[1]
    assert "hush" not in everything
    assert json.loads(deployed("state", "key", "--json")[1])["inputs"]["value"] == "[secret]"


def test_a_component_can_be_shown(deployed: Run) -> None:
    assert deployed("state", "tiny-dev-orders")[1].startswith("skymason:patterns:AwsWebApi tiny-dev-orders\n")


def test_a_name_that_several_have(sm: Run, tiny: Path) -> None:
    (tiny / "__main__.py").write_text("from pulumi_aws import sns, sqs\nsqs.Queue('x')\nsns.Topic('x')\n")
    sm("up")
    code, _, err = sm("state", "x")
    assert code == 1
    assert err.splitlines()[2] == (
        "  fix: several have it, name one by its URN: urn:pulumi:dev::tiny::aws:sns/topic:Topic::x, "
        "urn:pulumi:dev::tiny::aws:sqs/queue:Queue::x"
    )


@pytest.mark.parametrize(
    ("word", "fix"),
    [
        ("job", "did you mean 'jobs'? allowed: jobs"),
        ("DEAD", "allowed: dead"),
        ("zzz", "allowed: dead, jobs, key, tiny-dev-orders"),
    ],
)
def test_an_unknown_resource(deployed: Run, word: str, fix: str) -> None:
    assert deployed("state", word)[2].splitlines()[2] == f"  fix: {fix}"


def test_all_stacks(deployed: Run) -> None:
    lines = deployed("state", "--all-stacks")[1].splitlines()
    assert lines[:3] == ["tiny: 2 stacks", "", lines[2]]
    assert [line.split("  ")[1].strip() for line in lines[3:]] == ["dev", "prod"]
    assert "not deployed" in lines[4]
    assert [(item["stack"], item["deployed"], item["count"]) for item in
            json.loads(deployed("state", "--all-stacks", "--json")[1])] == [("dev", True, 3), ("prod", False, 0)]  # fmt: skip


@pytest.mark.parametrize(
    "words", [("jobs", "--type", "queue"), ("--all-stacks", "--service", "x"), ("jobs", "--all-stacks")]
)
def test_what_cannot_be_together(sm: Run, words: tuple[str, ...]) -> None:
    code, out, err = sm("state", *words)
    assert (code, out) == (2, "")
    assert err.splitlines()[:2] == [
        "error SM5002 sm state",
        "  a resource, filters and --all-stacks exclude each other",
    ]


def test_outputs_as_an_env_file(deployed: Run) -> None:
    code, out, err = deployed("outputs", "--env-file")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "ORDERS_NOTE='it costs $5'"
    assert lines[1].startswith("ORDERS_URL=https://sqs.")
    assert lines[2:] == ["# TOKEN is secret: --show-secrets writes it"]
    assert err == "in quotes, which `docker run --env-file` takes as part of the value: ORDERS_NOTE\n"
    assert deployed("outputs", "--env-file", "--show-secrets")[1].splitlines()[2:] == ["TOKEN=hush"]


def test_secret_outputs_on_request(deployed: Run) -> None:
    assert json.loads(deployed("outputs", "--json")[1])["token"] == "[secret]"
    assert json.loads(deployed("outputs", "--json", "--show-secrets")[1])["token"] == "hush"
    assert "token        hush" in deployed("outputs", "--show-secrets")[1].splitlines()


def test_two_forms_of_outputs(sm: Run) -> None:
    code, out, err = sm("outputs", "--env-file", "--json")
    assert code == 2
    assert "--env-file and --json are two forms" in out + err
