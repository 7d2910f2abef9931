import keyword
import sys
from pathlib import Path

import pytest

from skymason.generate.limits import Limit, limits_for, table, tightest
from skymason.generate.names import Naming, slug
from skymason.generate.request import ServiceRequest
from skymason.generate.reserved import reserved
from skymason.generate.surroundings import Surroundings, surroundings
from skymason.patterns.checks.platform import AUTONAMING, NAME_LIMITS

LABEL = "small letters, digits and dashes, a letter first and no dash last"
PATTERNS = ("web_api", "background_worker", "data_api", "event_processor")


@pytest.fixture(scope="module")
def around(shared_project: Path) -> Surroundings:
    return surroundings(shared_project)


def naming(
    around: Surroundings, pattern: str = "web_api", language: str = "python", cloud: str = "aws"
) -> Naming:
    return Naming(pattern, cloud, language, around)


@pytest.mark.parametrize(
    ("name", "code", "message", "fix"),
    [
        (
            "Order_Intake",
            "SM5041",
            f"'Order_Intake' cannot be a Kubernetes namespace: {LABEL}",
            "order-intake",
        ),
        ("orderIntake", "SM5041", f"'orderIntake' cannot be a Kubernetes namespace: {LABEL}", "order-intake"),
        ("3d-models", "SM5041", f"'3d-models' cannot be a Kubernetes namespace: {LABEL}", "models-3d"),
        ("orders-", "SM5041", f"'orders-' cannot be a Kubernetes namespace: {LABEL}", "orders"),
        ("", "SM5041", f"'' cannot be a Kubernetes namespace: {LABEL}", "web-api"),
        ("42", "SM5041", f"'42' cannot be a Kubernetes namespace: {LABEL}", "web-api"),
        ("注文", "SM5041", f"'注文' cannot be a Kubernetes namespace: {LABEL}", "web-api"),
        ("für-alle", "SM5041", f"'für-alle' cannot be a Kubernetes namespace: {LABEL}", "fur-alle"),
        ("orders\n", "SM5041", f"'orders\n' cannot be a Kubernetes namespace: {LABEL}", "orders"),
        ("../orders", "SM5041", f"'../orders' cannot be a Kubernetes namespace: {LABEL}", "orders"),
        (
            "order--intake",
            "SM5041",
            "'skymason-staging/order--intake' cannot be an ECR repository: small letters and digits, with single "
            "dashes between them",
            "order-intake",
        ),
        (
            "order-intake-of-every-single-warehouse",
            "SM5041",
            "'skymason-staging-order-intake-of-every-single-warehouse-role' and the engine's suffix have 68 "
            "characters; an IAM role has at most 64, which leaves 34 for the service",
            "order-intake-of-every-single",
        ),
        ("kube-orders", "SM5042", "'kube-orders' is a namespace of the cluster or the platform", "orders"),
        ("keda", "SM5042", "'keda' is a namespace of the cluster or the platform", "keda-api"),
        ("null", "SM5042", "'null' is no text to readers of YAML", "null-api"),
        ("aux", "SM5042", "'aux' is a device, and no name of a file, on Windows", "aux-api"),
        ("lambda", "SM5042", "'lambda' is a word of Python itself", "lambda-api"),
        ("calendar", "SM5042", "'calendar' is a module of Python's own library", "calendar-api"),
        ("fastapi", "SM5042", "'fastapi' is a library that the service is made with", "fastapi-api"),
        ("tests", "SM5042", "'tests' is a folder beside the service's package", "tests-api"),
        (
            "cd-production",
            "SM5042",
            "'cd-production' is the name of one of the project's own workflows",
            "cd-production-api",
        ),
        (
            "queue",
            "SM5042",
            "'queue' would give its callers an address under a name that is a setting of their own",
            "queue-api",
        ),
        (
            "telemetry",
            "SM5043",
            "'telemetry' is a resource (kinesis_stream) that services use",
            "telemetry-api",
        ),
        (
            "order-fulfilment-queue",
            "SM5043",
            "'order-fulfilment-queue' is a resource (sqs_queue) that services use",
            "order-fulfilment-queue-api",
        ),
    ],
)
def test_a_name_that_cannot_be_is_told_with_one_that_can(
    around: Surroundings, name: str, code: str, message: str, fix: str
) -> None:
    (found,) = naming(around).findings(name)
    assert (found.code.id, found.message, found.fix) == (code, message, f"name it '{fix}'")
    assert (found.location.path, found.key) == ("sm create-microservice", name)
    assert naming(around).findings(fix) == []


@pytest.mark.parametrize(
    ("pattern", "language", "name", "message", "fix"),
    [
        ("data_api", "python", "order", "'order' is a word or a database of PostgreSQL itself", "order-api"),
        (
            "data_api",
            "typescript",
            "session-user",
            "'session-user' is a word or a database of PostgreSQL itself",
            "session-user-api",
        ),
        ("background_worker", "typescript", "zlib", "'zlib' is a module of Node.js", "zlib-worker"),
        ("web_api", "typescript", "pino", "'pino' is a library that the service is made with", "pino-api"),
        ("event_processor", "python", "email", "'email' is a module of Python's own library", "email-events"),
    ],
)
def test_what_is_reserved_depends_on_the_kind_of_service(
    around: Surroundings, pattern: str, language: str, name: str, message: str, fix: str
) -> None:
    (found,) = naming(around, pattern, language).findings(name)
    assert (found.code.id, found.message, found.fix) == ("SM5042", message, f"name it '{fix}'")


def test_names_of_one_language_are_free_in_the_other(around: Surroundings) -> None:
    assert naming(around, language="typescript").findings("calendar") == []
    assert naming(around, language="python").findings("pino") == []
    assert naming(around, "web_api").findings("order") == []


def test_a_suggestion_fits_with_its_ending(around: Surroundings) -> None:
    assert (
        naming(around).suggested("order-intake-of-every-single-depot") == "order-intake-of-every-single-depot"
    )
    taken = "a" * 34
    (around.root / f"services/{taken}.yaml").write_text(
        f"service: {{name: {taken}, owner: a}}\npattern: web_api\n"
    )
    try:
        fresh = naming(surroundings(around.root))
        assert fresh.suggested("a" * 50) == f"{'a' * 30}-api"
    finally:
        (around.root / f"services/{taken}.yaml").unlink()


def test_clashes_with_what_the_project_has(project: Path) -> None:
    services, apps = project / "services", project / "apps"
    (services / "other.yaml").write_text("service: {name: orders, owner: a}\npattern: web_api\n")
    (services / "prices.yml").write_text("service: {name: price-lists, owner: a}\npattern: web_api\n")
    (apps / "parcels").mkdir(parents=True)
    (apps / "parcels/README.md").touch()
    (apps / "labels").mkdir()
    (apps / "boxes").touch()
    (project / ".github/workflows").mkdir(parents=True)
    (project / ".github/workflows/nightly.yml").touch()
    judge = naming(surroundings(project))
    said = {
        name: [(item.code.id, item.message, item.fix) for item in judge.findings(name)]
        for name in ("orders", "prices", "parcels", "labels", "boxes", "nightly")
    }
    assert said == {
        "orders": [("SM5043", "'orders' is the service in services/other.yaml", "name it 'orders-api'")],
        "prices": [("SM5043", "services/prices.yml is there already", "name it 'prices-api'")],
        "parcels": [("SM5043", "apps/parcels is there already, and no service's", "name it 'parcels-api'")],
        "labels": [],
        "boxes": [("SM5043", "apps/boxes is there already, and no service's", "name it 'boxes-api'")],
        "nightly": [("SM5043", ".github/workflows/nightly.yml is there already", "name it 'nightly-api'")],
    }
    elsewhere = Naming("web_api", "aws", "python", judge.around, own_folder=False)
    assert elsewhere.findings("parcels") == []


def test_clashes_with_what_it_would_bring_along(project: Path) -> None:
    for name in ("orders-queue", "orders-worker-queue"):
        (project / f"services/{name}.yaml").write_text(
            f"service: {{name: {name}, owner: a}}\npattern: web_api\n"
        )
    (found,) = naming(surroundings(project), "background_worker").findings("orders")
    assert (found.code.id, found.message, found.fix) == (
        "SM5043",
        "'orders-queue', which it would bring along, is there already",
        "name it 'orders-2'",
    )


def test_a_service_that_has_its_own_spec_keeps_its_name(around: Surroundings) -> None:
    assert naming(around).findings("wallet") == []
    assert naming(around).suggested("wallet") == "wallet-api"


def test_naming_of_a_request(around: Surroundings) -> None:
    request = ServiceRequest("a", "data_api", "azure", "typescript", directory="src/a")
    assert Naming.of(request, around) == Naming("data_api", "azure", "typescript", around, own_folder=False)


def test_a_slug_of_anything() -> None:
    assert [slug(text) for text in ("HTTPServer v2", "Ünïcode", "1-2-3", "  a_b ", "9lives")] == [
        "httpserver-v2",
        "unicode",
        "",
        "a-b",
        "lives",
    ]


KNOWN = {"prefix": "skymason-staging", "domain": "staging.example.com"}


def named(length: int) -> dict[str, str]:
    return {**KNOWN, "name": "a" * length, "package": "a" * length}


@pytest.mark.parametrize("limit", table(), ids=lambda limit: limit.what)
def test_every_limit_says_where_it_is_from_and_leaves_room(limit: Limit) -> None:
    assert limit.source
    assert limit.shortened or limit.room(KNOWN) >= 34
    room = limit.room(KNOWN)
    if room > 0:
        assert len(limit.full(named(room))) + limit.suffix == limit.longest
        assert limit.is_formed(named(room))
    assert bool(limit.matches) == bool(limit.words)


def test_the_table_has_the_limits_that_are_known_to_hurt() -> None:
    lengths = {limit.what: limit.longest for limit in table()}
    assert len(lengths) == len(table())
    assert {
        "a Kubernetes namespace": 63,
        "a load balancer": 32,
        "a target group": 32,
        "an IAM role": 64,
        "an S3 bucket": 63,
        "a Key Vault": 24,
        "an SQS queue": 80,
        "an ECR repository": 256,
        "a Helm release": 53,
        "the CronJob of a replay": 52,
        "an npm package": 214,
    }.items() <= lengths.items()


def test_the_role_is_that_of_the_pattern_engine() -> None:
    ((_, ending, longest),) = NAME_LIMITS
    role = next(limit for limit in table() if limit.what == "an IAM role")
    assert (role.form, role.longest, role.suffix) == (f"{{prefix}}-{{name}}{ending}", longest, AUTONAMING)


def test_limits_of_a_kind_of_service() -> None:
    worker = {limit.what for limit in limits_for("aws", "background_worker", "typescript")}
    assert {"an IAM role", "an npm package", "an ECR repository"} <= worker
    assert worker.isdisjoint({"a web ACL", "a Python package", "a managed identity", "an SQS queue"})
    assert tightest(limits_for("aws", "event_processor", "python"), {"prefix": "a-b", "domain": ""}).what == (
        "the CronJob of a replay"
    )


def test_reserved_words() -> None:
    for pattern in PATTERNS:
        words = reserved(pattern, "python")
        assert {word.lower() for word in keyword.kwlist} <= set(words)
        assert {"queue", "con", "ci", "yaml", "boto3", "pytest", "chart"} <= set(words)
        assert all(name == name.lower() and "_" not in name for name in words)
    plain = {name.lower().replace("_", "-") for name in sys.stdlib_module_names if not name.startswith("_")}
    assert plain <= set(reserved("web_api", "python"))
    assert "typescript" in reserved("web_api", "typescript")
    assert "email" not in reserved("web_api", "typescript")
