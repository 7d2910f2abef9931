import pytest
from spec_table import DIGEST, Case, resolve, spec_text

SIDECAR = (
    "sidecars:\n- name: {name}\n  image: envoy@" + DIGEST + "\n  port: {port}\n"
    "  environment: {{MODE: {mode}}}\n"
    "  resources: {{requests: {{cpu: 50m, memory: 64Mi}}, limits: {{cpu: 50m, memory: 64Mi}}}}"
)


def sidecar(name: str = "proxy", port: int = 15000, mode: str = "strict") -> str:
    return SIDECAR.format(name=name, port=port, mode=mode)


def setting(name: str, value: str) -> str:
    return f"container:\n  environment:\n    {name}: '{value}'"


ENVIRONMENT = "overrides.container.environment"

CASES = [
    Case(
        "SM2122",
        setting("AWS_REGION", "eu-west-1"),
        setting("S3_REGION", "eu-west-1"),
        f"{ENVIRONMENT}.AWS_REGION",
        "'AWS_REGION' is set by the platform",
        line=7,
    ),
    Case(
        "SM2122",
        setting("KUBERNETES_PORT", "1"),
        setting("MY_KUBERNETES_PORT", "1"),
        f"{ENVIRONMENT}.KUBERNETES_PORT",
        "'KUBERNETES_PORT' is set by the platform",
        line=7,
    ),
    Case(
        "SM2123",
        setting("DB_PASSWORD", "hunter2"),
        setting("PASSWORD_POLICY", "strict"),
        f"{ENVIRONMENT}.DB_PASSWORD",
        "'DB_PASSWORD' looks like a secret, by its name",
        line=7,
    ),
    Case(
        "SM2123",
        setting("API_TOKEN", "abc"),
        setting("API_TOKEN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf"),
        f"{ENVIRONMENT}.API_TOKEN",
        "'API_TOKEN' looks like a secret, by its name",
        line=7,
    ),
    Case(
        "SM2123",
        setting("QUEUE", "amqp://user:hunter2@host/q"),
        setting("QUEUE", "amqp://host/q"),
        f"{ENVIRONMENT}.QUEUE",
        "'QUEUE' looks like an address with a password",
        line=7,
    ),
    Case(
        "SM2123",
        setting("KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        setting("KEY_ID", "AKIAIOSFODNN7"),
        f"{ENVIRONMENT}.KEY_ID",
        "'KEY_ID' looks like an AWS access key",
        line=7,
    ),
    Case(
        "SM2123",
        sidecar(mode="-----BEGIN PRIVATE KEY-----"),
        sidecar(mode="PRIVATE KEY"),
        "overrides.sidecars.0.environment.MODE",
        "'MODE' looks like a private key",
        line=9,
    ),
    Case(
        "SM2124",
        sidecar(name="orders"),
        sidecar(name="orders-proxy"),
        "overrides.sidecars.0.name",
        "'orders' is already the service's own container",
        line=6,
    ),
    Case(
        "SM2125",
        sidecar(port=8080),
        sidecar(port=8079),
        "overrides.sidecars.0.port",
        "port 8080 of 'proxy' is already that of 'http'",
        line=8,
    ),
    Case(
        "SM2126",
        "ports:\n- {name: http, port: 8080}\n- {name: http, port: 8081}",
        "ports:\n- {name: http, port: 8080}\n- {name: other, port: 8081}",
        "overrides.ports.1.name",
        "two ports are called 'http'",
        line=7,
    ),
    Case(
        "SM2127",
        "ports:\n- {name: http, port: 80}",
        "ports:\n- {name: http, port: 1024}",
        "overrides.ports.0.port",
        "'http' would listen on port 80, as user 10001",
        line=6,
    ),
    Case(
        "SM2128",
        "container: {writable_paths: [/tmp, /]}",
        "container: {writable_paths: [/tmp, /var]}",
        "overrides.container.writable_paths.1",
        "a scratch volume at '/' would hide the whole image",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    case.assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()


@pytest.mark.parametrize(
    ("image", "environment", "expected"),
    [
        ("{repository: orders}", "dev", ("SM2120", "image 'orders' has neither digest nor tag")),
        ("{repository: orders, tag: main}", "prod", ("SM2121", "prod would run whatever 'main' points to")),
        ("{repository: orders, tag: main}", "dev", None),
        (f'{{repository: orders, digest: "{DIGEST}", tag: main}}', "prod", None),
    ],
)
def test_image(image: str, environment: str, expected: tuple[str, str] | None) -> None:
    found = resolve(spec_text(image=image), environment=environment).diagnostics
    shown = [(item.code.id, item.message) for item in found]
    assert shown == ([expected] if expected else [])
    assert [item.location.line for item in found] == ([3] if expected else [])


def test_a_secret_is_never_shown() -> None:
    found = resolve(spec_text(setting("DB_PASSWORD", "hunter2"))).diagnostics
    assert len(found) == 1
    assert "hunter2" not in found[0].as_text()
