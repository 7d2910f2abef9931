"""One sender, many receivers, in a whole stack: topics before queues, and several consumers of one stream."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from skymason.patterns.engine import InfrastructurePatternEngine
from skymason.plan.diff import difference
from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import Plan, PlannedResource
from skymason.settings import load_stack

ROOT = Path(__file__).parents[3]
SALES = "arn:aws:sns:eu-central-1:210987654321:sales"  # of another account
POSTINGS = "arn:aws:sns:eu-central-1:123456789012:postings.fifo"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/c2a7f3b9-48de-4c15-9e02-d5b6184f7a3c"
IMAGE = f'image: {{repository: fan, digest: "sha256:{64 * "c"}"}}\n'
WORKER, EVENTS, WEB = "background_worker", "event_processor", "web_api"
SPECS: dict[str, tuple[str, str, list[str]]] = {
    "checkout": (
        WEB,
        "{ingress: {exposure: internal}}",
        ["sales, access: publish", "postings, access: publish"],
    ),
    "invoices": (WORKER, "{}", ["sales, access: subscribe"]),
    "returns": (
        WORKER,
        "{queue: {filters: {sales: {kind: [return, refund]}}}}",
        ["sales, access: subscribe"],
    ),
    "ledger-entries": (
        WORKER,
        "{queue: {fifo: true}, singleton: true, scaling: {min: 1, max: 1}}",
        ["postings, access: subscribe"],
    ),
    "meters": (EVENTS, "{scaling: {max: 2}}", []),
    "bills": (
        EVENTS,
        "{stream: {source: meters-stream, enhanced_fan_out: true}, store: {enabled: false}, scaling: {max: 2}}",
        ["meters-stream, access: receive"],
    ),
    "payments": (EVENTS, "{stream: {kind: msk_serverless}, scaling: {max: 2}}", []),
    "fraud": (
        EVENTS,
        "{stream: {kind: msk_serverless, source: payments-stream}, store: {enabled: false}, scaling: {max: 2}}",
        ["payments-stream, access: receive"],
    ),
    "live-map": (WEB, "{ingress: {exposure: internal}}", ["meters-stream, access: subscribe"]),
    "gateway": (WEB, "{ingress: {exposure: internal}}", ["meters-stream, access: send"]),
}


def spec(name: str) -> str:
    pattern, overrides, uses = SPECS[name]
    used = "".join(f"  - {{resource: {entry}}}\n" for entry in uses)
    tail = f"uses:\n{used}" if used else ""
    head = f"service: {{name: {name}, owner: team-a}}\npattern: {pattern}\n{IMAGE}"
    return f"{head}overrides: {overrides}\n{tail}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fan") / "p"
    (folder / "services").mkdir(parents=True)
    for file in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml", ROOT / "__main__.py"):
        shutil.copy(file, folder)
    yaml = YAML()
    for file in folder.glob("Pulumi.*.yaml"):
        settings = yaml.load(file)
        settings["config"]["skymason:existing"] |= {
            "sales": {"kind": "sns_topic", "arn": SALES, "key_arn": KEY},
            "postings": {"kind": "sns_topic", "arn": POSTINGS, "key_arn": KEY},
        }
        yaml.dump(settings, file)
    for name in SPECS:
        (folder / "services" / f"{name}.yaml").write_text(spec(name))
    return folder


@pytest.fixture(scope="module")
def plan(folder: Path) -> Plan:
    return evaluate_project(folder, "prod")


def one(plan: Plan, name: str) -> PlannedResource:
    (found,) = [item for item in plan.resources if item.custom and item.name == f"skymason-prod-{name}"]
    return found


def statements(plan: Plan, name: str) -> dict[str, Any]:
    return {item["Sid"]: item for item in json.loads(one(plan, name).inputs["policy"])["Statement"]}


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_found_right_and_planned_as_deployed(folder: Path, stack: str) -> None:
    engine, settings = InfrastructurePatternEngine.load(folder), load_stack(folder, stack)
    specs = engine.load_services(folder / "services")
    assert engine.validate(specs, settings.environment, settings.cloud, settings) == []
    preview, deployed = evaluate_project(folder, stack, preview=True), evaluate_project(folder, stack)
    assert [item.urn for item in preview.resources] == [item.urn for item in deployed.resources]


def test_one_topic_many_queues_each_with_its_filter(plan: Plan) -> None:
    subscriptions = {
        item.name.removeprefix("skymason-prod-"): item.inputs
        for item in plan.of_type("aws:sns/topicSubscription:TopicSubscription")
        if item.inputs["protocol"] == "sqs"
    }
    common = {"protocol": "sqs", "rawMessageDelivery": True}
    assert subscriptions == {
        "invoices-work-sales-subscription": {
            **common,
            "topic": SALES,
            "endpoint": one(plan, "invoices-work-queue").outputs["arn"],
        },
        "returns-work-sales-subscription": {
            **common,
            "topic": SALES,
            "endpoint": one(plan, "returns-work-queue").outputs["arn"],
            "filterPolicy": '{"kind": ["return", "refund"]}',
            "filterPolicyScope": "MessageAttributes",
        },
        "ledger-entries-work-postings-subscription": {
            **common,
            "topic": POSTINGS,
            "endpoint": one(plan, "ledger-entries-work-queue").outputs["arn"],
        },
    }


def test_order_is_kept_from_the_topic_to_the_dead_letters(plan: Plan) -> None:
    for short in ("queue", "dlq"):
        queue = one(plan, f"ledger-entries-work-{short}").inputs
        assert queue["fifoQueue"] is True
        assert queue["name"].endswith(".fifo")
        assert queue["deduplicationScope"] == "messageGroup"


@pytest.mark.parametrize(
    ("worker", "topic"), [("invoices", SALES), ("returns", SALES), ("ledger-entries", POSTINGS)]
)
def test_encrypted_with_our_key_and_delivered_all_the_same(plan: Plan, worker: str, topic: str) -> None:
    key = one(plan, "keys-data-key")
    assert one(plan, f"{worker}-work-queue").inputs["kmsMasterKeyId"] == key.outputs["arn"]
    delivery = json.loads(key.inputs["policy"])["Statement"][1]
    assert "sns.amazonaws.com" in delivery["Principal"]["Service"]
    assert {"kms:Decrypt", "kms:GenerateDataKey*"} == {*delivery["Action"]}
    assert delivery["Condition"] == {"StringEquals": {"aws:SourceAccount": ["123456789012", "210987654321"]}}
    assert topic.split(":")[4] in delivery["Condition"]["StringEquals"]["aws:SourceAccount"]
    senders = [
        item
        for sid, item in statements(plan, f"{worker}-work-policy").items()
        if sid.startswith("AllowSource")
    ]
    assert [item["Condition"]["ArnLike"]["aws:SourceArn"] for item in senders] == [topic]


def test_who_publishes_may_use_the_topics_key(plan: Plan) -> None:
    granted = statements(plan, "checkout-policy")
    assert granted["SalesPublish"]["Resource"] == [SALES]
    assert granted["PostingsPublish"]["Resource"] == [POSTINGS]
    assert granted["SalesPublishKey"]["Resource"] == granted["PostingsPublishKey"]["Resource"] == [KEY]


def test_each_consumer_of_a_kinesis_stream_has_its_own_channel_and_place(plan: Plan) -> None:
    stream = one(plan, "meters-events-stream").outputs["arn"]
    channels = {
        item.name.removeprefix("skymason-prod-"): item.inputs["streamArn"]
        for item in plan.of_type("aws:kinesis/streamConsumer:StreamConsumer")
    }
    assert channels == {"bills-events-main-consumer": stream, "meters-events-live-map-consumer": stream}
    assert len(plan.of_type("aws:kinesis/stream:Stream")) == 1
    settings = {name: one(plan, f"{name}-config").inputs["data"] for name in ("meters", "bills", "live-map")}
    assert settings["meters"]["STREAM_ARN"] == settings["bills"]["STREAM_ARN"] == stream
    assert settings["meters"]["LEASE_TABLE"] != settings["bills"]["LEASE_TABLE"]
    assert "CONSUMER_ARN" not in settings["meters"]
    assert settings["bills"]["CONSUMER_ARN"] == one(plan, "bills-events-main-consumer").outputs["arn"]
    assert (
        settings["live-map"]["METERS_STREAM_CONSUMER_ARN"]
        == (one(plan, "meters-events-live-map-consumer").outputs["arn"])
    )
    bills = statements(plan, "bills-policy")
    assert bills["BillsStreamReceive"]["Resource"] == [stream]
    assert bills["BillsStreamReceiveKey"]["Resource"] == [one(plan, "keys-data-key").outputs["arn"]]
    assert statements(plan, "gateway-policy")["MetersStreamSend"]["Resource"] == [stream]


def test_each_consumer_of_a_topic_is_a_group_of_its_own(plan: Plan) -> None:
    settings = {name: one(plan, f"{name}-config").inputs["data"] for name in ("payments", "fraud")}
    assert {name: data["CONSUMER_GROUP"] for name, data in settings.items()} == {
        "payments": "payments",
        "fraud": "fraud",
    }
    assert settings["payments"]["BOOTSTRAP_SERVERS"] == settings["fraud"]["BOOTSTRAP_SERVERS"]
    assert settings["fraud"]["TOPIC"] == "events"
    assert len(plan.of_type("aws:msk/serverlessCluster:ServerlessCluster")) == 1
    # Its own topics are the owner's to make.
    assert "TOPIC_PARTITIONS" in settings["payments"]
    assert "TOPIC_PARTITIONS" not in settings["fraud"]
    groups = statements(plan, "fraud-policy")["FraudStreamReceive2"]["Resource"]
    assert [arn.rsplit("/", 1)[1] for arn in groups] == ["fraud"]


def test_alarms_of_each_consumer_are_about_its_own_lag(plan: Plan) -> None:
    lag = {
        item.name: item.inputs
        for item in plan.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
        if item.name.startswith(("skymason-prod-bills-", "skymason-prod-fraud-")) and "lag" in item.name
    }
    assert set(lag) == {"skymason-prod-bills-alarm-lag", "skymason-prod-fraud-alarm-lag"}
    assert "ConsumerName" in json.dumps(lag["skymason-prod-bills-alarm-lag"])
    assert '"fraud"' in json.dumps(lag["skymason-prod-fraud-alarm-lag"])


def test_a_subscriber_more_changes_nothing_for_the_others(folder: Path, tmp_path: Path, plan: Plan) -> None:
    shutil.copytree(folder, tmp_path / "p")
    (tmp_path / "p" / "services" / "returns.yaml").unlink()
    before = evaluate_project(tmp_path / "p", "prod")
    touched = {
        item.name.removeprefix("skymason-prod-").split("-")[0]: str(item.kind)
        for item in difference(before, plan).changes
        if item.after is not None and item.after.custom
    }
    assert touched == {"returns": "create"}
