"""Event processors in a whole stack: a producer's edge to each kind of stream, a reader of kept events."""

import json
import shutil
from pathlib import Path

import pytest

from skymason.plan.diff import difference
from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import Plan, PlannedResource

ROOT = Path(__file__).parents[3]
SPECS = ROOT / "services"
PRODUCER = f"""
service: {{name: gateway, owner: team-buildings}}
pattern: background_worker
image: {{repository: gateway, digest: "sha256:{64 * "c"}"}}
uses:
  - {{resource: building-telemetry-stream, access: send}}
  - {{resource: payment-events-stream, access: send}}
  - {{resource: building-telemetry-events, access: read}}
  - {{resource: building-telemetry-schemas, access: read}}
"""


def project(folder: Path) -> Path:
    """The shipped stack's settings with both processors and a producer."""
    (folder / "services").mkdir(parents=True)
    for file in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml", ROOT / "__main__.py"):
        shutil.copy(file, folder)
    for name in ("building-telemetry", "payment-events"):
        shutil.copy(SPECS / f"{name}.yaml", folder / "services")
    shutil.copytree(SPECS / "schemas", folder / "services" / "schemas")
    (folder / "services" / "gateway.yaml").write_text(PRODUCER)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("events") / "p")


@pytest.fixture(scope="module")
def wired(folder: Path) -> Plan:
    return evaluate_project(folder, "prod")


def one(plan: Plan, name: str) -> PlannedResource:
    (found,) = [item for item in plan.resources if item.custom and item.name == f"skymason-prod-{name}"]
    return found


def test_a_producer_may_write_to_both_and_read_what_is_kept(wired: Plan) -> None:
    statements = {
        item["Sid"]: item for item in json.loads(one(wired, "gateway-policy").inputs["policy"])["Statement"]
    }
    send = statements["BuildingTelemetryStreamSend"]
    assert send["Resource"] == [one(wired, "building-telemetry-events-stream").outputs["arn"]]
    assert "kinesis:PutRecords" in send["Action"]
    write = statements["PaymentEventsStreamSend1"]
    assert write["Action"] == ["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"]
    (topic,) = write["Resource"]
    assert topic.endswith("/events")
    read = statements["BuildingTelemetryEventsRead1"]
    assert read["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]


def test_a_producer_finds_the_schema_of_what_it_sends(wired: Plan) -> None:
    statements = {
        item["Sid"]: item for item in json.loads(one(wired, "gateway-policy").inputs["policy"])["Statement"]
    }
    registry = one(wired, "building-telemetry-schemas-registry").outputs
    schema = one(wired, "building-telemetry-schemas-reading-schema").outputs["arn"]
    assert statements["BuildingTelemetrySchemasRead"]["Resource"] == [registry["arn"], schema]
    settings = one(wired, "gateway-config").inputs["data"]
    assert settings["BUILDING_TELEMETRY_SCHEMAS_REGISTRY"] == registry["registryName"]


def test_a_producer_reaches_the_brokers(wired: Plan) -> None:
    egress = one(wired, "gateway-network-policy").inputs["spec"]["egress"]
    assert 9098 in [port["port"] for entry in egress for port in entry["ports"]]


def test_settings_of_the_telemetry(wired: Plan) -> None:
    settings = one(wired, "building-telemetry-config").inputs["data"]
    assert settings["ORDERING_KEY"] == "building_id"
    assert (settings["SCHEMA_NAMES"], settings["SCHEMA_FORMAT"]) == ("reading", "avro")
    assert (settings["STREAM_LANES"], settings["LANE_PARALLELISM"]) == ("12", "2")
    schema = one(wired, "building-telemetry-schemas-reading-schema").inputs
    assert (schema["compatibility"], schema["dataFormat"]) == ("BACKWARD", "AVRO")
    assert json.loads(schema["schemaDefinition"])["fields"][-1]["name"] == "unit"


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_every_environment_previews(folder: Path, stack: str) -> None:
    preview = evaluate_project(folder, stack, preview=True)
    deployed = evaluate_project(folder, stack)
    assert [item.urn for item in preview.resources] == [item.urn for item in deployed.resources]


def test_the_same_twice(wired: Plan, folder: Path) -> None:
    assert not difference(wired, evaluate_project(folder, "prod"))
