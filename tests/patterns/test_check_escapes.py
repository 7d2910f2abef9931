import json
from pathlib import Path

import pytest
from spec_table import ROOT, Case, engine, resolve, spec, spec_text

from skymason.patterns.checks.escapes import EscapeContract, load_contracts
from skymason.patterns.engine import InfrastructurePatternEngine

CASES = [
    Case(
        "SM2150",
        "escape: {public-lab: {idle_timeout: 5}}",
        "escape: {public-alb: {idle_timeout: 5}}",
        "overrides.escape.public-lab",
        "there is no resource 'public-lab' in a web_api",
    ),
    Case(
        "SM2151",
        "escape:\n  public-alb:\n    idle_timout: 5",
        "escape:\n  public-alb:\n    idle_timeout: 5",
        "overrides.escape.public-alb.idle_timout",
        "'public-alb' has no property 'idle_timout'",
        line=7,
    ),
    Case(
        "SM2152",
        "escape: {public-alb: {idle_timeout: five}}",
        "escape: {public-alias-shop: {ttl: 60}}",
        "overrides.escape.public-alb.idle_timeout",
        "'idle_timeout' is not of type integer",
    ),
    Case(
        "SM2153",
        "escape: {public-alb: {enable_deletion_protection: false}}",
        "escape: {public-alb: {enable_deletion_protection: true}}",
        "overrides.escape.public-alb.enable_deletion_protection",
        "ingress.deletion_protection is locked to true (LOCK): "
        "a load balancer that is gone takes its address with it",
    ),
    Case(
        "SM2153",
        "escape: {public-alb: {access_logs: {enabled: false}}}",
        "escape: {internal-https: {port: 8443}}",
        "overrides.escape.public-alb.access_logs.enabled",
        "ingress.access_logs is locked to true (LOCK): without them an incident cannot be looked into",
    ),
    Case(
        "SM2153",
        "escape:\n  deployment:\n    spec: {template: {spec: {containers: "
        "[{name: orders, security_context: {read_only_root_filesystem: false}}]}}}",
        "escape:\n  deployment:\n    spec: {template: {spec: {containers: "
        "[{name: orders, security_context: {read_only_root_filesystem: true}}]}}}",
        "overrides.escape.deployment.spec.template.spec.containers.0.security_context."
        "read_only_root_filesystem",
        "container.read_only_root is locked to true (LOCK): "
        "what breaks into a container must not be able to change its programs",
        line=7,
    ),
]


def with_place_of_lock(case: Case) -> Case:
    """The line of a lock in the patterns' file may move."""
    key = case.message.partition(" ")[0]
    places = [
        str(layer.location(""))
        for lock, layer in engine().library.locks("web_api", "aws", "prod")
        if lock.key == key
    ]
    message = case.message.replace("LOCK", *places) if places else case.message
    return Case(case.code, case.trips, case.near, case.key, message, case.line)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    with_place_of_lock(case).assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()


def test_the_nearest_name_is_offered() -> None:
    (found,) = resolve(spec_text("escape: {public-lab: {}}")).diagnostics
    assert found.fix.startswith("did you mean 'public-alb'?")


@pytest.mark.parametrize(
    ("type", "good", "bad"),
    [
        ("string", "x", 1),
        ("boolean", False, 0),
        ("integer", 1, True),
        ("number", 1.5, True),
        ("array", [], {}),
        ("object", {}, []),
    ],
)
def test_types(tmp_path: Path, type: str, good: object, bad: object) -> None:
    folder = tmp_path / "schemas" / "escape"
    folder.mkdir(parents=True)
    contract = {"thing-*": {"type": "x:y/z:Z", "properties": {"p": type, "free": "any"}}}
    (folder / "aws.web_api.json").write_text(json.dumps(contract))
    patterns = (ROOT / "infrastructure-patterns.yaml").read_text()
    (tmp_path / "infrastructure-patterns.yaml").write_text(patterns)
    local = InfrastructurePatternEngine.load(tmp_path)
    for value, codes in ((good, []), (bad, ["SM2152"])):
        overrides = f"escape: {{thing-one: {{p: {json.dumps(value)}, free: 1}}}}"
        found = local.resolve([spec(spec_text(overrides))], "prod", "aws", None).diagnostics
        assert [item.code.id for item in found] == codes


@pytest.mark.parametrize("content", ["{", "[]", '{"a": 1}', '{"a": {}}'])
def test_a_contract_that_cannot_be_read_checks_nothing(tmp_path: Path, content: str) -> None:
    folder = tmp_path / "schemas" / "escape"
    folder.mkdir(parents=True)
    (folder / "aws.web_api.json").write_text(content)
    assert load_contracts(tmp_path) == {}


def test_a_name_is_found_before_a_pattern_of_names() -> None:
    contract = EscapeContract({"certificate": {}, "certificate-*": {}, "certificate-validation": {}})
    assert contract.resource("certificate-validation") == "certificate-validation"
    assert contract.resource("certificate-shop") == "certificate-*"
    assert contract.resource("other") is None
