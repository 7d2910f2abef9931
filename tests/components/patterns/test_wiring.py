"""Workers in a stack with others: their specs, what they hand to senders, and what an edge changes."""

import json
import shutil
from pathlib import Path

import pytest
from spec_files import OTHERS, spec_file

from skymason.patterns.engine import InfrastructurePatternEngine
from skymason.plan.diff import PlanDifference, difference
from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import Plan, PlannedResource
from skymason.settings import load_stack

ROOT = Path(__file__).parents[3]
ELSEWHERE = ("resource: building-telemetry", "service: ledger", "resource: payment-events")
WORKERS = ("ledger-postings", "model-training", "order-fulfilment")
SENDER = f"""
service: {{name: checkout, owner: team-shop}}
pattern: web_api
image: {{repository: checkout, digest: "sha256:{64 * "c"}"}}
uses:
  - {{service: wallet, access: invoke}}
"""
EDGE = "  - {resource: order-fulfilment-queue, access: send}\n"


def project(folder: Path, sender: str) -> Path:
    """The shipped stack's settings with other services: the workers, the wallet that one calls, a sender."""
    (folder / "services").mkdir(parents=True)
    for file in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml", ROOT / "__main__.py"):
        shutil.copy(file, folder)
    for spec in map(spec_file, ("wallet", *WORKERS)):
        # What they use of services that are not here is another test's matter.
        lines = spec.read_text().splitlines(keepends=True)
        kept = [line for line in lines if not any(name in line for name in ELSEWHERE)]
        kept = kept[:-1] if kept[-1] == "uses:\n" else kept
        (folder / "services" / spec.name).write_text("".join(kept))
    (folder / "services" / "checkout.yaml").write_text(sender)
    return folder


@pytest.fixture(scope="module")
def wired(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return evaluate_project(project(tmp_path_factory.mktemp("wired") / "p", SENDER + EDGE), "prod")


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return evaluate_project(project(tmp_path_factory.mktemp("without") / "p", SENDER), "prod")


def one(plan: Plan, name: str) -> PlannedResource:
    (found,) = [item for item in plan.resources if item.custom and item.name == f"skymason-prod-{name}"]
    return found


def changed(found: PlanDifference) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {
        item.name.removeprefix("skymason-prod-"): (str(item.kind), item.paths)
        for item in found.changes
        if item.after is None or item.after.custom
    }


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_the_specs_are_right_in_every_environment(stack: str) -> None:
    engine, settings = InfrastructurePatternEngine.load(ROOT), load_stack(ROOT, stack)
    specs = [*engine.load_services(ROOT / "services"), *engine.load_services(OTHERS)]
    assert engine.validate(specs, settings.environment, settings.cloud, settings) == []


def test_an_edge_changes_the_sender_alone(wired: Plan, without: Plan) -> None:
    added = changed(difference(without, wired))
    assert set(added) == {
        f"checkout-{short}" for short in ("policy", "config", "network-policy", "deployment")
    }
    assert added["checkout-policy"] == ("create", ())
    assert added["checkout-config"][1] == ("data.ORDER_FULFILMENT_QUEUE_QUEUE_URL",)
    assert added["checkout-network-policy"][0] == added["checkout-deployment"][0] == "update"
    removed = changed(difference(wired, without))
    assert set(removed) == set(added)
    assert removed["checkout-policy"] == ("delete", ())


def test_the_sender_may_send_to_the_queue_and_nothing_else(wired: Plan) -> None:
    queue = one(wired, "order-fulfilment-work-queue")
    send, key = json.loads(one(wired, "checkout-policy").inputs["policy"])["Statement"]
    assert send == {
        "Sid": "OrderFulfilmentQueueSend",
        "Effect": "Allow",
        "Action": ["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"],
        "Resource": [queue.outputs["arn"]],
    }
    assert key["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    settings = one(wired, "checkout-config").inputs["data"]
    assert settings["ORDER_FULFILMENT_QUEUE_QUEUE_URL"] == queue.outputs["url"]


def test_the_scaler_of_the_platform_may_look_at_each_queue(wired: Plan) -> None:
    (scaler,) = [item for item in wired.resources if item.name.endswith("controllers-keda-role")]
    for name in WORKERS:
        policy = json.loads(one(wired, f"{name}-work-policy").inputs["policy"])
        assert policy["Statement"][1]["Principal"] == {"AWS": [scaler.outputs["arn"]]}


def test_a_worker_that_calls_a_service_gets_in_there(wired: Plan) -> None:
    egress = one(wired, "ledger-postings-network-policy").inputs["spec"]["egress"]
    wallet = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "wallet"}}}
    assert {"to": [wallet], "ports": [{"port": 8080, "protocol": "TCP"}]} in egress
    callers = [
        entry["from"][0]["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for entry in one(wired, "wallet-network-policy").inputs["spec"]["ingress"]
        if "namespaceSelector" in entry["from"][0]
    ]
    assert callers == ["checkout", "ledger-postings"]


def test_tags_of_a_worker_name_its_owner_and_its_data(wired: Plan) -> None:
    tags = one(wired, "ledger-postings-work-queue").inputs["tags"]
    assert (tags["owner"], tags["data-classification"]) == ("team-payments", "pci")


def test_the_same_twice_and_in_a_preview(wired: Plan, tmp_path: Path) -> None:
    again = evaluate_project(project(tmp_path / "p", SENDER + EDGE), "prod")
    assert not difference(wired, again)
    preview = evaluate_project(tmp_path / "p", "prod", preview=True)
    assert [item.urn for item in preview.resources] == [item.urn for item in wired.resources]
