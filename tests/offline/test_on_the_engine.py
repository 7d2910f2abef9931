"""A small program on the real engine with the offline cloud attached, from nothing to nothing, in this order."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from skymason.offline.attach import attached
from skymason.offline.cloud import Cloud
from skymason.plan.diff import difference
from skymason.plan.engine import from_preview, from_state
from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import Plan

pytestmark = pytest.mark.engine

PROGRAM = """\
import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pulumi_kubernetes as kubernetes
from pulumi_random import RandomPassword

config = pulumi.Config()
vpc = aws.ec2.Vpc("net", cidr_block=config.get("block") or "10.0.0.0/16", tags={"size": config.get("size") or "s"})
subnets = [
    aws.ec2.Subnet(f"net-{zone}", vpc_id=vpc.id, cidr_block=vpc.cidr_block.apply(lambda _, n=n: f"10.0.{n}.0/24"),
                   availability_zone=f"eu-central-1{zone}")
    for n, zone in enumerate("ab")
]
password = RandomPassword("password", length=20)
queue = aws.sqs.Queue("jobs", tags={"vpc": vpc.id})
code = pulumi.AssetArchive({"main.py": pulumi.StringAsset(f"SIZE = '{config.get('code') or 's'}'")})
aws.lambda_.Function("fn", role="arn:aws:iam::123456789012:role/fn", runtime="python3.13",
                     handler="main.handle", code=code)
cluster = eks.Cluster("c", vpc_id=vpc.id, private_subnet_ids=[subnet.id for subnet in subnets],
                      skip_default_node_group=True)
provider = kubernetes.Provider("k", kubeconfig=cluster.kubeconfig_json, enable_config_map_mutable=True)
kubernetes.core.v1.Namespace("apps", opts=pulumi.ResourceOptions(provider=provider))
kubernetes.core.v1.ConfigMap("settings", metadata={"name": "settings"}, data={"size": config.get("size") or "s"},
                             opts=pulumi.ResourceOptions(provider=provider))
pulumi.export("url", queue.url)
pulumi.export("password", password.result)
pulumi.export("account", aws.get_caller_identity_output().account_id)
if config.get_bool("wrong"):
    pulumi.CustomResource("aws:sqs/queue:Queue", "bad", {"delaySeconds": 901, "nam": "x"})
"""
MADE = 16


@dataclass
class Stack:
    """A project folder, and the variables that attach the offline cloud."""

    folder: Path
    cloud: Path
    variables: dict[str, str]

    def pulumi(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["pulumi", *arguments, "--stack", "dev", "--non-interactive"],
            cwd=self.folder,
            env={**os.environ, **self.variables, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert not check or done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done

    def up(self, **config: str) -> dict[str, int]:
        """Deploy; how many resources were touched, by operation."""
        words = [word for key, value in config.items() for word in ("--config", f"small:{key}={value}")]
        self.pulumi("up", "--yes", "--skip-preview", *words)
        (last,) = json.loads(self.pulumi("stack", "history", "--json", "--page-size", "1").stdout)
        return {operation: n for operation, n in last["resourceChanges"].items() if operation != "same"}

    def state(self, *more: str) -> Plan:
        return from_state(self.pulumi("stack", "export", *more).stdout)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder, cloud = tmp_path_factory.mktemp("small"), tmp_path_factory.mktemp("cloud")
    environment = Path(sys.prefix).as_posix()
    (folder / "Pulumi.yaml").write_text(
        f"name: small\nruntime: {{name: python, options: {{virtualenv: {environment}}}}}\n"
    )
    (folder / "__main__.py").write_text(PROGRAM)
    with attached(cloud) as variables:
        made = Stack(folder, cloud, variables)
        made.pulumi("stack", "init")
        yield made


def test_a_preview_says_what_is_made(stack: Stack) -> None:
    plan = from_preview(stack.pulumi("preview", "--json").stdout)
    assert len([item for item in plan.resources if item.custom]) == MADE
    assert Cloud(stack.cloud).resources == []


def test_up_makes_it_and_a_second_preview_finds_nothing_to_do(stack: Stack) -> None:
    assert stack.up()["create"] >= MADE
    stack.pulumi("preview", "--expect-no-changes")
    assert len(Cloud(stack.cloud).resources) == MADE - 1  # a provider is the engine's own


def test_a_plan_of_the_state_equals_one_made_in_process(stack: Stack) -> None:
    state, here = stack.state("--show-secrets"), evaluate_project(stack.folder, "dev", config={})
    assert [item.urn for item in state.resources] == [item.urn for item in here.resources]
    for there, ours in zip(state.resources, here.resources, strict=True):
        assert (there.type, there.parent, there.custom, there.secrets) == (
            ours.type, ours.parent, ours.custom, ours.secrets,
        )  # fmt: skip
        if not there.type.startswith("pulumi:providers:") and there.name != "apps":
            assert (there.inputs, there.id) == (ours.inputs, ours.id), there.name
    assert state.outputs == here.outputs
    assert state.secret_outputs == here.secret_outputs == ("password",)
    assert difference(state, state).changes == ()


def test_secrets_are_encrypted_in_the_state(stack: Stack) -> None:
    password = stack.state("--show-secrets").outputs["password"]
    assert len(password) == 20
    assert password not in stack.pulumi("stack", "export").stdout
    assert stack.state().outputs["password"] == "[secret]"


def test_a_change_updates_and_another_replaces(stack: Stack) -> None:
    assert stack.up(size="m") == {"update": 2}  # the network, and in place the ConfigMap
    changed = stack.up(block="10.0.0.0/17")
    assert changed["replace"] >= 3  # the network and its subnets
    assert {item.inputs["cidrBlock"] for item in Cloud(stack.cloud).resources if item.name == "net"} == {
        "10.0.0.0/17"
    }
    stack.pulumi("preview", "--expect-no-changes")


def test_another_code_updates_its_function_alone_and_the_same_code_nothing(stack: Stack) -> None:
    assert stack.up(block="10.0.0.0/17", code="m") == {"update": 1}
    assert stack.up(block="10.0.0.0/17", code="m") == {}
    stack.pulumi("preview", "--expect-no-changes")
    assert stack.up(block="10.0.0.0/17", code="s") == {"update": 1}


def test_drift_is_found_by_refresh_and_mended_by_up(stack: Stack) -> None:
    (stack.cloud / "drift.json").write_text(json.dumps([{"name": "net", "set": {"tags": {"size": "xl"}}}]))
    stack.pulumi("refresh", "--yes", "--skip-preview")
    (drifted,) = stack.state().of_type("aws:ec2/vpc:Vpc")
    assert drifted.inputs["tags"] == {"size": "xl"}
    assert stack.up() == {"update": 1}
    stack.pulumi("preview", "--expect-no-changes")


def test_all_failures_of_a_resource_are_shown_at_once(stack: Stack) -> None:
    done = stack.pulumi("preview", "--config", "small:wrong=true", check=False)
    assert done.returncode != 0
    assert "property delaySeconds value {901} has a problem: InvalidAttributeValue: " in done.stdout
    assert "property nam value {x} has a problem: is not a property of this type" in done.stdout
    stack.pulumi("config", "rm", "small:wrong")


def test_destroy_leaves_nothing(stack: Stack) -> None:
    stack.pulumi("destroy", "--yes", "--skip-preview")
    assert stack.state().resources == ()
    assert Cloud(stack.cloud).resources == []


def test_a_create_that_fails_is_made_up_for_by_the_next_up(stack: Stack) -> None:
    (stack.cloud / "faults.json").write_text(json.dumps([{"type": "aws:sqs/queue:Queue", "nth": 1}]))
    with attached(stack.cloud) as variables:
        failing = Stack(stack.folder, stack.cloud, variables)
        done = failing.pulumi("up", "--yes", "--skip-preview", check=False)
    assert done.returncode != 0
    assert "InternalFailure: create of aws:sqs/queue:Queue was made to fail" in done.stdout
    (stack.cloud / "faults.json").unlink()
    left: list[Any] = list(stack.state().resources)
    assert left
    assert set(stack.up()) <= {"create", "update"}
    assert len(Cloud(stack.cloud).resources) == MADE - 1
    stack.pulumi("preview", "--expect-no-changes")
    stack.pulumi("destroy", "--yes", "--skip-preview")
