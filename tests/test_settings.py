"""How settings are read: from files and from the engine alike, frozen, in step with what they describe."""

import json
import os
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from botocore.session import Session
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from components.aws.cluster_versions import DEFAULT_VERSION, VERSIONS
from components.aws.endpoint_policies import INTERFACES
from skymason.diagnostics import DiagnosticError, Location, Severity
from skymason.settings import (
    AwsSettings,
    ClusterSettings,
    NodePool,
    Settings,
    check_stack,
    config_of,
    examine,
    facts,
    load_settings,
    load_stack,
    reference,
    source_of,
    stack_names,
)
from skymason.settings.checks.references import FIELDS
from skymason.settings.fields import keys_of
from skymason.settings.files import read
from skymason.settings.models import InterfaceEndpoint, ResourceKind

ROOT = Path(__file__).parent.parent
STACKS = ("dev", "prod", "staging")
TODAY = date(2026, 4, 1)


def _aws(stack: str) -> AwsSettings:
    aws = load_stack(ROOT, stack, TODAY).aws
    assert aws is not None
    return aws


def _codes(error: DiagnosticError) -> list[str]:
    return [item.code.id for item in error.diagnostics]


def _write(folder: Path, stack: str = "qa", project: str = "name: demo\n", **config: Any) -> Path:
    (folder / "Pulumi.yaml").write_text(project)
    (folder / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": config}, indent=1))
    return folder


# -- the shipped stacks ------------------------------------------------------------------------------------


def test_the_shipped_stacks_have_nothing_wrong() -> None:
    assert stack_names(ROOT) == list(STACKS)
    for stack in STACKS:
        assert check_stack(ROOT, stack, TODAY) == []


@pytest.mark.parametrize(
    ("stack", "network", "cluster"),
    [
        ("dev", ("10.10.0.0/16", "single", 3, 30, 0), ("both", 30, 1)),
        ("staging", ("10.20.0.0/16", "single", 3, 90, 7), ("private", 90, 2)),
        ("prod", ("10.30.0.0/16", "per_zone", 3, 365, 7), ("private", 365, 2)),
    ],
)
def test_stacks_differ_where_real_ones_do(
    stack: str, network: tuple[Any, ...], cluster: tuple[Any, ...]
) -> None:
    aws = _aws(stack)
    made = aws.network
    endpoints = len(made.interface_endpoints)
    assert (made.cidr, made.nat, made.zones, made.flow_log_days, endpoints) == network
    assert (aws.cluster.endpoint, aws.cluster.log_days, aws.cluster.controller_replicas) == cluster
    assert aws.protect is (stack != "dev")
    assert all(pool.spot for pool in aws.cluster.node_pools) is (stack == "dev")


def test_dev_is_reached_from_listed_addresses_only() -> None:
    assert _aws("dev").cluster.allowed_cidrs == ["203.0.113.0/24", "198.51.100.16/28"]


@pytest.mark.parametrize("stack", STACKS)
def test_services_find_the_same_existing_resources_in_each_stack(stack: str) -> None:
    found = load_stack(ROOT, stack, TODAY)
    kinds = {name: item.kind for name, item in found.existing.items()}
    assert kinds == {
        "product-images": "s3_bucket",
        "wallet-signing-key": "secret",
        "telemetry": "kinesis_stream",
    }
    assert (found.cloud, found.region, found.partition) == ("aws", "eu-central-1", "aws")
    assert (found.project, found.stack, found.environment) == ("skymason", stack, stack)
    assert found.name_prefix == f"skymason-{stack}"


@pytest.mark.parametrize("stack", STACKS)
def test_the_program_and_the_files_give_the_same_settings(stack: str) -> None:
    config = config_of(ROOT, stack)
    assert set(map(type, config.values())) == {str}
    from_engine = load_settings(config, "skymason", stack, source_of(ROOT, stack), TODAY)
    assert from_engine == load_stack(ROOT, stack, TODAY)
    assert load_settings(config, "skymason", stack, today=TODAY) == from_engine


@pytest.mark.engine
@pytest.mark.slow
@pytest.mark.parametrize("stack", STACKS)
def test_the_engine_gives_the_program_the_same_map(stack: str, tmp_path: Path) -> None:
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    project["runtime"]["options"]["virtualenv"] = str(ROOT / ".venv")
    (tmp_path / "Pulumi.yaml").write_text(json.dumps(project))
    shutil.copy(ROOT / f"Pulumi.{stack}.yaml", tmp_path)
    (tmp_path / "__main__.py").write_text(
        "import json, pathlib\nfrom pulumi.runtime.config import CONFIG\n"
        "pathlib.Path('seen.json').write_text(json.dumps(CONFIG.get()))\n"
    )
    state = tmp_path / "state"
    state.mkdir()
    environment = {
        **os.environ,
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    for command in (["stack", "init", stack], ["preview", "--non-interactive"]):
        done = subprocess.run(
            ["pulumi", *command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "seen.json").read_text()) == config_of(ROOT, stack)


def test_a_new_environment_is_one_file(tmp_path: Path) -> None:
    for name in ("Pulumi.yaml", *(f"Pulumi.{stack}.yaml" for stack in STACKS)):
        shutil.copy(ROOT / name, tmp_path)
    text = (ROOT / "Pulumi.staging.yaml").read_text()
    text = text.replace("environment: staging", "environment: qa").replace("10.20.0.0", "10.40.0.0")
    (tmp_path / "Pulumi.qa.yaml").write_text(text)
    assert stack_names(tmp_path) == ["dev", "prod", "qa", "staging"]
    assert check_stack(tmp_path, "qa", TODAY) == []
    found = load_stack(tmp_path, "qa", TODAY)
    assert found.tags["environment"] == found.environment == "qa"
    assert found.aws is not None
    assert found.aws.network.cidr == "10.40.0.0/16"


# -- in step with what they describe -----------------------------------------------------------------------


def test_the_project_file_declares_every_setting_with_its_type_and_default() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert list(declared) == [
        *("environment", "owner", "cost_center", "data_classification", "cloud", "aws", "existing")
    ]
    assert sorted(declared) == sorted(keys_of(Settings))
    for name, declaration in declared.items():
        field = Settings.model_fields[name]
        assert declaration["description"]
        assert declaration["type"] == ("object" if name in ("aws", "existing") else "string")
        assert ("default" in declaration) is not field.is_required()
        if "default" in declaration:
            assert (declaration["default"] or None) == (field.default or None)


def test_project_and_runtime() -> None:
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    assert project["name"] == "skymason"
    options = {"toolchain": "pip", "virtualenv": ".venv"}
    assert project["runtime"] == {"name": "python", "options": options}


def test_the_document_is_current() -> None:
    document = (ROOT / reference.DOCUMENT).read_text()
    assert document == reference.updated(document), "run python -m skymason.settings.reference"


def test_versions_are_those_that_add_ons_are_pinned_for() -> None:
    standard = {version: support.standard for version, support in facts.KUBERNETES.items()}
    assert standard == {version: entry.standard_support_ends for version, entry in VERSIONS.items()}
    assert ClusterSettings().version == DEFAULT_VERSION


def test_endpoints_are_those_that_the_network_knows() -> None:
    assert sorted(InterfaceEndpoint.__args__) == sorted(INTERFACES)


def test_the_default_pools_begin_on_medium_and_grow_to_large() -> None:
    pools = [(pool.instance_types, pool.min, pool.max) for pool in ClusterSettings().node_pools]
    assert pools == [(["t3.medium"], 3, 6), (["t3.large"], 0, 6)]


def test_instance_types_are_those_of_the_service_model() -> None:
    shape = Session().get_service_model("ec2").shape_for("InstanceType")
    known = {f"{family}.{size}" for family, sizes in facts.instance_sizes().items() for size in sizes}
    assert known == set(shape.enum)
    described = {item for item in known if facts.capacity(item)}
    assert len(described) > 150
    families = {*facts._FAMILIES, *facts._BURSTABLE_FAMILIES}
    assert families <= set(facts.instance_sizes())


@pytest.mark.parametrize(
    ("kind", "capacity"),
    [
        ("t3.medium", facts.Capacity("amd64", 2, 4)),
        ("t4g.nano", facts.Capacity("arm64", 2, 0.5)),
        ("m7g.xlarge", facts.Capacity("arm64", 4, 16)),
        ("c6i.4xlarge", facts.Capacity("amd64", 16, 32)),
        ("r5.large", facts.Capacity("amd64", 2, 16)),
        ("p5.48xlarge", None),
        ("m5.metal", None),
    ],
)
def test_capacity(kind: str, capacity: facts.Capacity | None) -> None:
    assert facts.capacity(kind) == capacity


def test_regions_are_those_of_the_partitions_file() -> None:
    regions = {
        region: partition
        for partition in Session().get_available_partitions()
        if "iso" not in partition
        for region in Session().get_available_regions("ec2", partition)
    }
    assert regions.items() <= facts.REGIONS.items()


# -- reading -----------------------------------------------------------------------------------------------

VALID: dict[str, Any] = {
    "aws:region": "eu-central-1",
    "demo:environment": "qa",
    "demo:owner": "team-a",
    "demo:cost_center": "c1",
    "demo:aws": {
        "network": {"cidr": "10.0.0.0/16"},
        "cluster": {"admins": ["arn:aws:iam::123456789012:role/deploy"]},
        "alerts": {"emails": ["a@example.com"]},
    },
}
FLAT = {key: value if isinstance(value, str) else json.dumps(value) for key, value in VALID.items()}


def test_settings_are_frozen() -> None:
    found = load_settings(FLAT, "demo", "qa")
    with pytest.raises(ValidationError, match="frozen"):
        found.owner = "x"  # type: ignore[misc]


def test_defaults_are_those_for_production() -> None:
    aws = load_settings(FLAT, "demo", "qa").aws
    assert aws is not None
    assert aws.protect is True
    assert (aws.network.nat, aws.network.zones, aws.network.flow_log_days) == ("per_zone", 3, 365)
    assert (aws.cluster.endpoint, aws.cluster.log_days) == ("private", 365)
    assert NodePool(name="a", instance_types=["t3.large"], min=1, max=1).spot is False


def test_errors_are_raised_together_and_warnings_are_not() -> None:
    with pytest.raises(DiagnosticError) as raised:
        load_settings({**FLAT, "demo:ownr": "x", "demo:owner": "Team A"}, "demo", "qa")
    assert _codes(raised.value) == ["SM1001", "SM1006"]
    assert {item.location for item in raised.value.diagnostics} == {Location("Pulumi.qa.yaml")}
    quiet = json.dumps({**VALID["demo:aws"], "alerts": {}})
    found, diagnostics = examine({**FLAT, "demo:aws": quiet}, "demo", "qa")
    assert found == load_settings({**FLAT, "demo:aws": quiet}, "demo", "qa")
    assert [(item.code.id, item.severity) for item in diagnostics] == [("SM1502", Severity.WARNING)]


def test_names_of_stacks_may_hold_more_than_the_environment() -> None:
    assert load_settings(FLAT, "demo", "qa-eu").environment == "qa"
    assert load_settings(FLAT, "demo", "eu-qa").name_prefix == "demo-qa"


@pytest.mark.parametrize(
    ("change", "cloud", "region"),
    [
        ({}, "aws", "eu-central-1"),
        ({"demo:cloud": ""}, "aws", "eu-central-1"),
        ({"demo:cloud": "azure", "azure-native:location": "westeurope"}, "azure", "eu-central-1"),
        ({"azure-native:location": "westeurope"}, "aws", "eu-central-1"),
        ({"azure-native:location": "westeurope", "demo:aws": "{}"}, "azure", "westeurope"),
    ],
)
def test_the_cloud_is_the_one_that_is_set_up(change: dict[str, str], cloud: str, region: str) -> None:
    found = load_settings({**FLAT, **change}, "demo", "qa")
    assert (found.cloud, found.region) == (cloud, region)


def test_partitions_follow_from_regions() -> None:
    arn = "arn:aws-us-gov:iam::123456789012:role/deploy"
    aws = {**VALID["demo:aws"], "cluster": {"admins": [arn]}}
    config = {**FLAT, "aws:region": "us-gov-west-1", "demo:aws": json.dumps(aws)}
    assert load_settings(config, "demo", "qa").partition == "aws-us-gov"


def test_keys_without_a_namespace_belong_to_the_project(tmp_path: Path) -> None:
    bare = {key.removeprefix("demo:"): value for key, value in VALID.items()}
    _write(tmp_path, **bare)
    assert config_of(tmp_path, "qa").keys() == FLAT.keys()
    assert str(source_of(tmp_path, "qa")("aws.network.cidr")) == "Pulumi.qa.yaml:9"


def test_the_map_is_written_as_the_engine_writes_it(tmp_path: Path) -> None:
    project = (
        "name: demo\nconfig:\n  text: {type: string, default: a}\n  number: {type: integer, default: 3}\n"
        "  given: {type: boolean, default: false}\n  open: {type: string}\n"
        "  'aws:region': {value: eu-west-1}\n"
        "  bare: x\n"
    )
    values = {"demo:given": True, "demo:none": None, "demo:object": {"b": "<&>é", "a": [1, None]}}
    _write(tmp_path, project=project, **values)
    assert config_of(tmp_path, "qa") == {
        "demo:text": "a",
        "demo:number": "3",
        "demo:given": "true",
        "aws:region": "eu-west-1",
        "demo:bare": "x",
        "demo:none": "",
        "demo:object": '{"a":[1,null],"b":"\\u003c\\u0026\\u003eé"}',
    }


def test_a_default_is_located_in_the_project_file(tmp_path: Path) -> None:
    project = "name: demo\nconfig:\n  cloud:\n    type: string\n    default: gcp\n"
    _write(tmp_path, project=project, **VALID)
    (found,) = check_stack(tmp_path, "qa", TODAY)
    assert (found.code.id, str(found.location)) == ("SM1004", "Pulumi.yaml:3")


def test_secrets_are_refused_for_the_project_and_passed_over_for_providers(tmp_path: Path) -> None:
    secret = {"secure": "v1:abc:def"}
    _write(
        tmp_path, **VALID, **{"datadog:apiKey": secret, "demo:token": secret, "demo:deep": {"a": [secret]}}
    )
    found = check_stack(tmp_path, "qa", TODAY)
    assert [(item.code.id, item.key, item.location.line) for item in found] == [
        ("SM1008", "demo:token", 25),
        ("SM1008", "demo:deep", 28),
    ]
    _write(tmp_path, **VALID, **{"datadog:apiKey": secret})
    assert "datadog:apiKey" not in config_of(tmp_path, "qa")
    assert check_stack(tmp_path, "qa", TODAY) == []


@pytest.mark.parametrize(
    ("project", "text", "code", "message"),
    [
        ("name: demo\n", "config: [a]\n", "SM1009", "`config` is not a mapping of keys"),
        ("name: demo\nconfig: 3\n", "config: {}\n", "SM1009", "`config` is not a mapping of keys"),
        ("runtime: python\n", "config: {}\n", "SM1009", "the project has no name"),
        ("name: demo\n", "config: [", "SM1903", None),
        (None, "config: {}\n", "SM1901", "there is no file Pulumi.yaml"),
        ("name: demo\n", None, "SM1013", "there is no stack 'qa'"),
    ],
)
def test_files_that_cannot_be_read(
    tmp_path: Path, project: str | None, text: str | None, code: str, message: str | None
) -> None:
    for name, content in (("Pulumi.yaml", project), ("Pulumi.qa.yaml", text)):
        if content is not None:
            (tmp_path / name).write_text(content)
    (found,) = check_stack(tmp_path, "qa", TODAY)
    assert found.code.id == code
    assert message in (None, found.message)
    with pytest.raises(DiagnosticError):
        load_stack(tmp_path, "qa")


def test_a_stack_that_is_not_there_is_told_from_those_that_are(tmp_path: Path) -> None:
    _write(tmp_path, "staging", **VALID)
    (found,) = check_stack(tmp_path, "stagin", TODAY)
    assert found.fix == "did you mean 'staging'? allowed: staging, or write Pulumi.stagin.yaml"


def test_an_empty_stack_lacks_what_is_required(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: demo\n")
    (tmp_path / "Pulumi.qa.yaml").write_text("")
    found = check_stack(tmp_path, "qa", TODAY)
    assert [(item.code.id, item.key) for item in found] == [
        ("SM1003", "demo:cost_center"),
        ("SM1003", "demo:environment"),
        ("SM1003", "demo:owner"),
        ("SM1011", "demo:cloud"),
    ]


def test_places_of_keys_that_are_not_written() -> None:
    where = read(ROOT, "dev").location
    assert str(where("aws.protect")).startswith("Pulumi.dev.yaml:")
    assert str(where("aws.network.vpc_id")) == str(where("aws.network"))
    assert str(where("cloud")) == "Pulumi.yaml:23"
    assert str(where("nothing")) == "Pulumi.dev.yaml:2"


_LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
_VALUE = st.recursive(
    _LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
_PATHS = [
    *([key] for key in VALID),
    *(["demo:aws", section] for section in AwsSettings.model_fields),
    *(["demo:aws", "network", "cidr"], ["demo:aws", "cluster", "admins"]),
    *(["demo:aws", "cluster", "node_pools"], ["demo:aws", "cluster", "allowed_cidrs"], ["demo:existing"]),
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(_PATHS), _VALUE)
def test_whatever_is_written_gets_a_code_or_is_right(path: list[str], value: Any) -> None:
    config = json.loads(json.dumps(VALID))
    *sections, last = path
    at = config
    for section in sections:
        at = at.setdefault(section, {})
    at[last] = value
    flat = {key: item if isinstance(item, str) else json.dumps(item) for key, item in config.items()}
    found, diagnostics = examine(flat, "demo", "qa", today=TODAY)
    assert (found is None) is any(item.severity is Severity.ERROR for item in diagnostics)


def test_the_document_says_which_keys_each_kind_of_existing_resource_has() -> None:
    def cell(keys: tuple[str, ...]) -> str:
        return f" {', '.join(f'`{key}`' for key in keys)} " if keys else " "

    rows = [f"| `{kind}` |{cell(needed)}|{cell(may)}|" for kind, (needed, may) in FIELDS.items()]
    text = (ROOT / "docs/environments.md").read_text()
    assert "\n".join(["| kind | needs | may have |", "|---|---|---|", *rows]) in text
    assert set(FIELDS) == {*get_args(ResourceKind)}
