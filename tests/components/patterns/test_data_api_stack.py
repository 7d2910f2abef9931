"""Data APIs in a stack of the shipped settings: in each environment, and with another service that reads."""

import json
import shutil
from pathlib import Path

import pytest
from spec_files import spec_file

from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import Plan, PlannedResource

ROOT = Path(__file__).parents[3]
READER = f"""
service: {{name: search, owner: team-shop}}
pattern: web_api
image: {{repository: search, digest: "sha256:{64 * "c"}"}}
uses:
  - {{resource: catalogue-database, access: read}}
  - {{resource: catalogue-cache, access: readwrite}}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "project"
    (folder / "services").mkdir(parents=True)
    for file in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml", ROOT / "__main__.py"):
        shutil.copy(file, folder)
    for name in ("ledger", "catalogue", "readings"):
        shutil.copy(spec_file(name), folder / "services")
    (folder / "services" / "search.yaml").write_text(READER)
    return folder


@pytest.fixture(scope="module")
def prod(project: Path) -> Plan:
    return evaluate_project(project, "prod")


def one(plan: Plan, name: str) -> PlannedResource:
    (found,) = [item for item in plan.resources if item.custom and item.name == name]
    return found


@pytest.mark.parametrize("stack", ["dev", "staging"])
def test_every_environment_takes_them(project: Path, stack: str) -> None:
    plan = evaluate_project(project, stack)
    databases = [item for item in plan.of_type("aws:rds/instance:Instance") if "replica" not in item.name]
    assert [item.name for item in databases] == [
        f"skymason-{stack}-{service}-database-instance" for service in ("catalogue", "ledger")
    ]


def test_a_preview_knows_every_resource_of_the_deployment(project: Path, prod: Plan) -> None:
    preview = evaluate_project(project, "prod", preview=True)
    assert [item.urn for item in preview.resources] == [item.urn for item in prod.resources]


def test_production(prod: Plan) -> None:
    ledger = one(prod, "skymason-prod-ledger-database-instance")
    assert ledger.options.protect
    assert (ledger.inputs["identifier"], ledger.inputs["instanceClass"]) == (
        *("skymason-prod-ledger", "db.r7g.xlarge"),
    )
    copies = prod.of_type("aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication")
    assert [item.inputs["region"] for item in copies] == ["eu-west-1"]
    key = one(prod, "skymason-prod-ledger-backup-key")
    assert (key.inputs["region"], key.inputs["enableKeyRotation"]) == ("eu-west-1", True)
    assert key.options.protect


def test_a_database_on_the_cluster(prod: Plan) -> None:
    (found,) = prod.of_type("kubernetes:apps/v1:StatefulSet")
    assert found.name == "skymason-prod-readings-database-set"
    assert found.options.protect
    assert found.inputs["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] == "Retain"


def test_whoever_reads_signs_in_as_the_reader(prod: Plan) -> None:
    statements = {
        item["Sid"]: item["Resource"]
        for item in json.loads(one(prod, "skymason-prod-search-policy").inputs["policy"])["Statement"]
    }
    (user,) = statements["CatalogueDatabaseRead"]
    assert user.endswith("/app_read")
    settings = one(prod, "skymason-prod-search-config").inputs["data"]
    assert settings["CATALOGUE_DATABASE_USER"] == "app_read"
    assert settings["CATALOGUE_CACHE_TLS"] == "true"
    egress = one(prod, "skymason-prod-search-network-policy").inputs["spec"]["egress"]
    assert {port["port"] for entry in egress for port in entry["ports"]} == {80, 5432, 6379}


def test_everybody_is_told_apart(prod: Plan) -> None:
    accounts = {
        (item.inputs["namespace"], item.inputs["serviceAccount"])
        for item in prod.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation")
    }
    assert {
        ("readings", f"readings{end}") for end in ("", "-migrations", "-database", "-database-backup")
    } <= accounts
    for service in ("ledger", "catalogue"):
        assert {
            (service, service),
            (service, f"{service}-migrations"),
            (service, f"{service}-database-setup"),
        } <= accounts


def test_every_alarm_names_a_runbook_that_is_there(prod: Plan) -> None:
    alarms = prod.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert len(alarms) == 32
    for alarm in alarms:
        assert (ROOT / alarm.inputs["tags"]["runbook"]).is_file()
        assert alarm.inputs["tags"]["owner"] in alarm.inputs["alarmDescription"]
        assert alarm.inputs["tags"]["severity"] in ("critical", "warning")
