"""What specs of new services come to: valid in every stack, and resources that the cloud takes."""

import string
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skymason.diagnostics import Diagnostic
from skymason.generate.limits import Limit, limits_for, table, tightest
from skymason.generate.names import Naming
from skymason.generate.render import generate, render
from skymason.generate.request import ServiceRequest, Use
from skymason.generate.reserved import reserved
from skymason.generate.surroundings import Surroundings, surroundings
from skymason.generate.write import write
from skymason.patterns.engine import InfrastructurePatternEngine
from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import Plan
from skymason.settings import load_stack

PATTERNS = ("web_api", "background_worker", "data_api", "event_processor")
STACKS = ("dev", "staging", "prod")
TIERS = ("critical", "standard", "best_effort")
USES = (Use("wallet", "invoke"), Use("product-images", "read"), Use("telemetry", "send"))
LONGEST = 34
"""Letters that the shipped project leaves for the name of a service."""


def findings(root: Path, stack: str) -> list[Diagnostic]:
    engine = InfrastructurePatternEngine.load(root)
    specs = engine.load_services(root / "services")
    known = load_stack(root, stack)
    return engine.validate(specs, known.environment, known.cloud, known)


def create(request: ServiceRequest, root: Path) -> None:
    write(render(request, root), root, last=request.spec)


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_new_spec_is_valid_in_every_stack(project: Path, pattern: str, tier: str) -> None:
    create(ServiceRequest("order-intake", pattern, "aws", owner="team-shop", tier=tier, uses=USES), project)
    for stack in STACKS:
        assert [(item.code.id, item.location.path) for item in findings(project, stack)] == [
            ("SM2129", "services/order-intake.yaml")
        ]


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_one_for_azure_is_left_out_of_stacks_of_aws(project: Path, pattern: str, tier: str) -> None:
    create(ServiceRequest("order-intake", pattern, "azure", owner="team-shop", tier=tier), project)
    for stack in STACKS:
        found = {(item.code.id, str(item.severity)) for item in findings(project, stack)}
        assert found == {("SM2013", "note"), ("SM2129", "warning")}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_specs_are_short(shared_project: Path, pattern: str) -> None:
    request = ServiceRequest("order-intake", pattern, "aws", owner="team-shop")
    assert 20 <= render(request, shared_project)[request.spec].text.count("\n") <= 40


def test_the_settings_of_a_processor_fit_its_schema(shared_project: Path) -> None:
    around = surroundings(shared_project)
    made = generate(ServiceRequest("price-events", "event_processor", "aws", owner="a"), around)
    config = made.outlook.production.config
    assert config["ordering"] == {"key": "price_id"}
    assert config["schemas"]["files"] == ["schemas/price.v1.json"]
    assert config["replay"]["command"] == ["/app/replay"]
    (schema,) = (file.text for path, file in made.files.items() if path.name == "price.v1.json")
    assert '"required": ["id", "price_id", "occurred_at"]' in schema


REQUESTS = tuple(
    ServiceRequest(name, pattern, "aws", language, owner="team-shop", uses=USES)
    for pattern in PATTERNS
    for language, name in (
        ("python", f"new-{pattern.replace('_', '-')}"),
        ("typescript", f"{pattern[0]}{'x' * (LONGEST - 1)}"),
    )
)
"""One of each pattern and language; those in TypeScript have the longest name that there may be."""


@pytest.fixture(scope="module")
def grown(new_project: Callable[[], Path]) -> Path:
    """The shipped project with one new service of each kind."""
    root = new_project()
    for request in REQUESTS:
        create(request, root)
    return root


@pytest.fixture(scope="module")
def production(grown: Path) -> Plan:
    return evaluate_project(grown, "prod")


def assert_all_there(root: Path, plan: Plan) -> None:
    deployed = {item.name for item in plan.resources if item.type == "kubernetes:apps/v1:Deployment"}
    assert {f"skymason-{plan.stack}-{item.name}-deployment" for item in REQUESTS} <= deployed
    assert {(item.code.id, item.location.path) for item in findings(root, plan.stack)} == {
        ("SM2129", item.spec.as_posix()) for item in REQUESTS
    }


@pytest.mark.slow
def test_all_kinds_of_services_evaluate_in_dev_without_a_finding(grown: Path) -> None:
    assert_all_there(grown, evaluate_project(grown, "dev"))


@pytest.mark.slow
def test_all_kinds_of_services_evaluate_in_prod_without_a_finding(grown: Path, production: Plan) -> None:
    assert_all_there(grown, production)


@pytest.mark.slow
def test_every_kind_of_service_is_asked_how_it_is(production: Plan) -> None:
    for item in production.of_type("kubernetes:apps/v1:Deployment"):
        if any(item.name == f"skymason-prod-{request.name}-deployment" for request in REQUESTS):
            container = item.inputs["spec"]["template"]["spec"]["containers"][0]
            probes = [container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("liveness", "readiness")]
            assert probes == ["/livez", "/readyz"]


def physical(plan: Plan, type: str) -> list[str]:
    """Names that resources of a type have in the cloud or in the cluster."""
    found = []
    for item in plan.resources:
        if item.type == type:
            metadata = item.inputs.get("metadata")
            known = {**item.inputs, **(metadata if isinstance(metadata, dict) else {})}
            found += [
                known[key] for key in ("name", "bucket", "identifier", "replicationGroupId") if key in known
            ]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("limit", [limit for limit in table() if limit.type], ids=lambda limit: limit.what)
def test_the_table_of_limits_says_what_things_are_called(production: Plan, limit: Limit) -> None:
    for request in REQUESTS:
        if not limit.holds_for("aws", request.pattern, request.language):
            continue
        full = limit.full({"name": request.name, "package": request.package, "prefix": "skymason-prod"})
        begin = full[: limit.longest - limit.suffix].rstrip("-") if limit.shortened else full
        names = [name for name in physical(production, limit.type) if name.startswith(begin)]
        assert names, full
        assert all(len(name) <= limit.longest for name in names)
        if not limit.shortened:
            assert len(full) + limit.suffix in {len(name) for name in names}


# Any name at all --------------------------------------------------------------------------------------------

letters = st.text(string.ascii_lowercase, min_size=1, max_size=9)
sensible = st.lists(letters, min_size=1, max_size=6).map("-".join)
taken = (
    "wallet",
    "catalogue",
    "telemetry",
    "order-fulfilment-queue",
    "payment-events",
    "kube-system",
    "default",
)
words = {name for pattern in PATTERNS for name in reserved(pattern, "python")}
known_words = st.sampled_from(sorted({*words, *taken}))
names = st.one_of(
    sensible,
    known_words,
    known_words.map(str.title),
    st.text(max_size=70),
    sensible.map(lambda word: word * 3),
)
kinds = st.tuples(
    st.sampled_from(PATTERNS), st.sampled_from(["python", "typescript"]), st.sampled_from(["aws", "azure"])
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=names, kind=kinds)
def test_a_name_is_accepted_or_another_one_is(
    around: Surroundings, name: str, kind: tuple[str, str, str]
) -> None:
    pattern, language, cloud = kind
    judge = Naming(pattern, cloud, language, around)
    found = judge.findings(name)
    if found:
        suggested = judge.suggested(name)
        assert {item.fix for item in found} == {f"name it '{suggested}'"}
        assert judge.findings(suggested) == []
        assert suggested not in around.services
        name = suggested
    if name in around.services:
        return  # its own spec is there already: what differs from it is shown
    made = generate(ServiceRequest(name, pattern, cloud, language, owner="a"), around)
    assert made.outlook.diagnostics == ()
    assert set(made.outlook.by_environment) == set(STACKS)


@pytest.fixture(scope="module")
def around(new_project: Callable[[], Path]) -> Surroundings:
    return surroundings(new_project())


@pytest.mark.slow
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(four=st.lists(names, min_size=4, max_size=4, unique=True))
def test_what_is_accepted_can_be_planned(new_project: Callable[[], Path], four: list[str]) -> None:
    """The four patterns in a stack of their own, under any names."""
    root = new_project()
    for path in (*root.glob("services/*.yaml"), root / "Pulumi.dev.yaml", root / "Pulumi.prod.yaml"):
        path.unlink()
    for name, pattern in zip(four, PATTERNS, strict=True):
        around = surroundings(root)
        judge = Naming(pattern, "aws", "python", around)
        taken = judge.findings(name) or name in around.services
        create(ServiceRequest(judge.suggested(name) if taken else name, pattern, "aws", owner="a"), root)
    plan = evaluate_project(root, "staging")
    assert sum(item.type == "kubernetes:apps/v1:Deployment" for item in plan.resources) >= 4


def test_the_longest_name(shared_project: Path) -> None:
    known = {"prefix": "skymason-staging", "domain": "staging.example.com"}
    for pattern in PATTERNS:
        assert tightest(limits_for("aws", pattern, "python"), known).room(known) == LONGEST
