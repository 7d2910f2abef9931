"""Stores that other teams own, listed in a stack's settings: what a service that uses them gets."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from skymason.plan.diff import difference
from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import Plan, PlannedResource

ROOT = Path(__file__).parents[3]
PLACE = "eu-central-1:123456789012"
CRM, SHARED = "sg-0123456789abcdef0", "sg-0fedcba9876543210"
STORES: dict[str, dict[str, Any]] = {
    "crm": {
        "kind": "rds_database",
        "arn": f"arn:aws:rds:{PLACE}:db:crm",
        "host": "crm.example.com",
        "resource_id": "db-CRM",
        "replicas": [{"host": "crm-copy.example.com", "resource_id": "db-COPY"}],
        "user": "shop",
        "port": 6432,
        "security_group_id": CRM,
    },
    "sessions": {
        "kind": "elasticache",
        "arn": f"arn:aws:elasticache:{PLACE}:replicationgroup:sessions",
        "host": "sessions.example.com",
        "user": "shop",
        "cidr": "10.99.0.0/16",
    },
    "orders": {
        "kind": "msk_cluster",
        "arn": f"arn:aws:kafka:{PLACE}:cluster/shared/aaaa-1",
        "bootstrap_servers": "b-1.shared.example.com:9098,b-2.shared.example.com:9098",
        "topic": "orders",
        "security_group_id": SHARED,
    },
    "returns": {
        "kind": "msk_cluster",
        "arn": f"arn:aws:kafka:{PLACE}:cluster/shared/aaaa-1",
        "bootstrap_servers": "b-1.shared.example.com:9098,b-2.shared.example.com:9098",
        "topic": "returns",
        "security_group_id": SHARED,
    },
    "contracts": {"kind": "schema_registry", "arn": f"arn:aws:glue:{PLACE}:registry/contracts"},
}
SPEC = f"""
service: {{name: desk, owner: team-care}}
pattern: background_worker
image: {{repository: desk, digest: "sha256:{64 * "c"}"}}
uses:
  - {{resource: crm, access: readwrite}}
  - {{resource: sessions, access: readwrite}}
  - {{resource: orders, access: receive}}
  - {{resource: returns, access: send}}
  - {{resource: contracts, access: read}}
"""


def project(folder: Path, spec: str = SPEC) -> Path:
    """The shipped stack's settings with the stores, and one service."""
    (folder / "services").mkdir(parents=True)
    for file in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml", ROOT / "__main__.py"):
        shutil.copy(file, folder)
    yaml = YAML()
    for file in folder.glob("Pulumi.*.yaml"):
        settings = yaml.load(file)
        settings["config"]["skymason:existing"] |= STORES
        yaml.dump(settings, file)
    (folder / "services" / "desk.yaml").write_text(spec)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("stores") / "p")


@pytest.fixture(scope="module")
def plan(folder: Path) -> Plan:
    return evaluate_project(folder, "prod")


def one(plan: Plan, name: str) -> PlannedResource:
    (found,) = [item for item in plan.resources if item.custom and item.name == f"skymason-prod-{name}"]
    return found


def test_settings(plan: Plan) -> None:
    settings = one(plan, "desk-config").inputs["data"]
    names = ("CRM", "SESSIONS", "ORDERS", "RETURNS", "CONTRACTS")
    assert {key: value for key, value in settings.items() if key.startswith(names)} == {
        "CRM_HOST": "crm.example.com",
        "CRM_PORT": "6432",
        "CRM_DATABASE": "app",
        "CRM_USER": "shop",
        "CRM_SSL_MODE": "verify-full",
        "CRM_READ_HOSTS": "crm-copy.example.com",
        "CRM_READ_USER": "shop",
        "SESSIONS_HOST": "sessions.example.com",
        "SESSIONS_READ_HOST": "sessions.example.com",
        "SESSIONS_PORT": "6379",
        "SESSIONS_TLS": "true",
        "SESSIONS_CACHE": "sessions",
        "SESSIONS_USER": "shop",
        "ORDERS_BOOTSTRAP_SERVERS": "b-1.shared.example.com:9098,b-2.shared.example.com:9098",
        "ORDERS_SECURITY_PROTOCOL": "SASL_SSL",
        "ORDERS_TOPIC": "orders",
        "ORDERS_GROUP": "desk",
        "RETURNS_BOOTSTRAP_SERVERS": "b-1.shared.example.com:9098,b-2.shared.example.com:9098",
        "RETURNS_SECURITY_PROTOCOL": "SASL_SSL",
        "RETURNS_TOPIC": "returns",
        "CONTRACTS_REGISTRY": "contracts",
    }


def test_permissions(plan: Plan) -> None:
    statements = json.loads(one(plan, "desk-policy").inputs["policy"])["Statement"]
    inside = "arn:aws:kafka:eu-central-1:123456789012"
    assert {
        item["Sid"]: item["Resource"] for item in statements if not item["Sid"].startswith("DeskQueue")
    } == {
        "CrmReadwrite": [
            f"arn:aws:rds-db:{PLACE}:dbuser:db-CRM/shop",
            f"arn:aws:rds-db:{PLACE}:dbuser:db-COPY/shop",
        ],
        "SessionsReadwrite": [STORES["sessions"]["arn"], f"arn:aws:elasticache:{PLACE}:user:shop"],
        "OrdersReceive": [STORES["orders"]["arn"]],
        "OrdersReceive1": [f"{inside}:topic/shared/aaaa-1/orders"],
        "OrdersReceive2": [f"{inside}:group/shared/aaaa-1/desk"],
        "ReturnsSend": [STORES["returns"]["arn"]],
        "ReturnsSend1": [f"{inside}:topic/shared/aaaa-1/returns"],
        "ContractsRead": [STORES["contracts"]["arn"], f"arn:aws:glue:{PLACE}:schema/contracts/*"],
        "ContractsRead1": ["*"],
    }


def test_traffic_goes_where_they_are(plan: Plan) -> None:
    egress = one(plan, "desk-network-policy").inputs["spec"]["egress"]
    found = {
        entry["to"][0]["ipBlock"]["cidr"]: [port["port"] for port in entry["ports"]]
        for entry in egress
        if "ipBlock" in entry["to"][0]
    }
    assert found == {
        "10.30.0.0/16": [6432, 9098],  # the stack's own range
        "10.99.0.0/16": [6379],
        "0.0.0.0/0": [443],
        "169.254.170.23/32": [80],
    }


def test_nodes_are_let_in_once_a_port(plan: Plan) -> None:
    (cluster,) = [item for item in plan.resources if item.type == "aws:eks/cluster:Cluster"]
    rules = {
        item.name: item.inputs for item in plan.resources if item.name.startswith("skymason-prod-nodes-to-")
    }
    assert {name: rule["fromPort"] for name, rule in rules.items()} == {
        f"skymason-prod-nodes-to-{CRM}-6432": 6432,
        f"skymason-prod-nodes-to-{SHARED}-9098": 9098,
    }
    rule = rules[f"skymason-prod-nodes-to-{CRM}-6432"]
    assert (rule["securityGroupId"], rule["toPort"], rule["ipProtocol"]) == (CRM, 6432, "tcp")
    assert rule["referencedSecurityGroupId"] == cluster.outputs["vpcConfig"]["clusterSecurityGroupId"]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_every_environment_previews_what_it_deploys(folder: Path, stack: str) -> None:
    preview, deployed = evaluate_project(folder, stack, preview=True), evaluate_project(folder, stack)
    assert [item.urn for item in preview.resources] == [item.urn for item in deployed.resources]


def test_an_edge_that_goes_takes_its_own_with_it_and_nothing_else(plan: Plan, tmp_path: Path) -> None:
    without = SPEC.replace("  - {resource: sessions, access: readwrite}\n", "")
    after = evaluate_project(project(tmp_path / "p", without), "prod")
    changed = {
        item.name.removeprefix("skymason-prod-"): str(item.kind)
        for item in difference(plan, after).changes
        if item.after is None or item.after.custom
    }
    assert changed == dict.fromkeys(
        ("desk-policy", "desk-config", "desk-network-policy", "desk-deployment"), "update"
    )
