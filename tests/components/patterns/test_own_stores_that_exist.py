"""Services whose own queue, stream or database was there before, in a whole stack: found right, planned, deployed."""

import json
import shutil
from pathlib import Path

import pytest

from skymason.patterns.engine import InfrastructurePatternEngine
from skymason.plan.diff import difference
from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import Plan, PlannedResource
from skymason.settings import load_stack

ROOT = Path(__file__).parents[3]
HEAD = "service: {{name: {name}, owner: team-a}}\npattern: {pattern}\n" + (
    f'image: {{{{repository: own, digest: "sha256:{64 * "c"}"}}}}\noverrides:\n'
)
SPECS = {
    "jobs": (
        "background_worker",
        """
  queue:
    existing:
      arn: arn:aws:sqs:eu-central-1:210987654321:jobs
      dead_letter_arn: arn:aws:sqs:eu-central-1:210987654321:jobs-failed
      key_arn: arn:aws:kms:eu-central-1:210987654321:key/c2a7f3b9-48de-4c15-9e02-d5b6184f7a3c
""",
    ),
    "readings": (
        "event_processor",
        """
  stream:
    existing: {arn: arn:aws:kinesis:eu-central-1:123456789012:stream/telemetry}
  scaling: {max: 2}
""",
    ),
    "payments": (
        "event_processor",
        """
  stream:
    kind: msk_serverless
    existing:
      arn: arn:aws:kafka:eu-central-1:123456789012:cluster/shared/aaaa-1
      bootstrap_servers: b-1.shared.example.com:9098
      topic: payments
      security_group_id: sg-0123456789abcdef0
  scaling: {max: 2}
""",
    ),
    "crm": (
        "data_api",
        """
  ingress: {exposure: internal}
  database:
    name: crm
    existing:
      resource_id: db-ABCDEFGHIJKL01234
      host: crm.example.com
      security_group_id: sg-0123456789abcdef0
      master_secret_arn: arn:aws:secretsmanager:eu-central-1:123456789012:secret:crm-q9ZvT5
  pool: {kind: pgbouncer}
""",
    ),
    "archive": (
        "data_api",
        """
  ingress: {exposure: internal}
  database: {name: archive, snapshot: "arn:aws:rds:eu-central-1:210987654321:snapshot:archive-final"}
  scaling: {max: 3}
  cache: {enabled: false}
""",
    ),
}
PRODUCER = """uses:
  - {resource: readings-stream, access: send}
  - {resource: payments-stream, access: send}
  - {resource: jobs-queue, access: send}
  - {resource: crm-database, access: read}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own") / "p"
    (folder / "services").mkdir(parents=True)
    for file in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml", ROOT / "__main__.py"):
        shutil.copy(file, folder)
    for name, (pattern, overrides) in SPECS.items():
        spec = HEAD.format(name=name, pattern=pattern) + overrides.lstrip("\n")
        (folder / "services" / f"{name}.yaml").write_text(spec)
    producer = HEAD.format(name="producer", pattern="background_worker") + "  dashboard: false\n" + PRODUCER
    (folder / "services" / "producer.yaml").write_text(producer)
    return folder


@pytest.fixture(scope="module")
def plan(folder: Path) -> Plan:
    return evaluate_project(folder, "prod")


def one(plan: Plan, name: str) -> PlannedResource:
    (found,) = [item for item in plan.resources if item.custom and item.name == f"skymason-prod-{name}"]
    return found


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_found_right_and_planned_as_deployed(folder: Path, stack: str) -> None:
    engine, settings = InfrastructurePatternEngine.load(folder), load_stack(folder, stack)
    specs = engine.load_services(folder / "services")
    assert engine.validate(specs, settings.environment, settings.cloud, settings) == []
    preview, deployed = evaluate_project(folder, stack, preview=True), evaluate_project(folder, stack)
    assert [item.urn for item in preview.resources] == [item.urn for item in deployed.resources]


def test_none_of_them_is_made(plan: Plan) -> None:
    made = {item.name.removeprefix("skymason-prod-") for item in plan.resources if item.custom}
    assert not made & {"jobs-work-queue", "readings-events-stream", "payments-events-cluster"}
    assert [name for name in sorted(made) if name.endswith("-instance")] == ["archive-database-instance"]


def test_senders_get_what_is_there(plan: Plan) -> None:
    statements = {
        item["Sid"]: item["Resource"]
        for item in json.loads(one(plan, "producer-policy").inputs["policy"])["Statement"]
        if not item["Sid"].startswith("ProducerQueue")
    }
    assert statements == {
        "ReadingsStreamSend": ["arn:aws:kinesis:eu-central-1:123456789012:stream/telemetry"],
        "PaymentsStreamSend": ["arn:aws:kafka:eu-central-1:123456789012:cluster/shared/aaaa-1"],
        "PaymentsStreamSend1": ["arn:aws:kafka:eu-central-1:123456789012:topic/shared/aaaa-1/payments"],
        "JobsQueueSend": ["arn:aws:sqs:eu-central-1:210987654321:jobs"],
        "JobsQueueSendKey": [
            "arn:aws:kms:eu-central-1:210987654321:key/c2a7f3b9-48de-4c15-9e02-d5b6184f7a3c"
        ],
        "CrmDatabaseRead": ["arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-ABCDEFGHIJKL01234/app_read"],
    }


def test_a_restored_database_is_encrypted_as_any_other(plan: Plan) -> None:
    copy, instance = one(plan, "archive-database-origin"), one(plan, "archive-database-instance")
    assert copy.inputs["sourceDbSnapshotIdentifier"].endswith("snapshot:archive-final")
    assert instance.inputs["snapshotIdentifier"] == copy.inputs["targetDbSnapshotIdentifier"]
    assert instance.inputs["kmsKeyId"] == copy.inputs["kmsKeyId"]
    jobs = {item.name for item in plan.resources if item.type == "kubernetes:batch/v1:Job"}
    # Users and extensions are made in a restored database and, with its master user, in one that was there.
    assert {name for name in jobs if "setup" in name} == {
        f"skymason-prod-{name}-setup" for name in ("archive", "crm")
    }


def test_the_same_twice(plan: Plan, folder: Path) -> None:
    assert not difference(plan, evaluate_project(folder, "prod"))
