"""The image, its settings, and what runs beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from skymason.diagnostics import Diagnostic, Severity, define
from skymason.patterns.checks.subject import Subject, check
from skymason.patterns.models.common import ServiceConfig

NO_IMAGE_VERSION = define(
    "SM2120", "Image has neither digest nor tag", "`latest` is whatever somebody pushed last."
)
TAG_OUTSIDE_DEV = define(
    "SM2121", "Image by tag outside dev", "A tag can be moved; a digest names one image for ever."
)
RESERVED_NAME = define(
    "SM2122",
    "Reserved environment variable",
    "The platform sets it, and one of the two values would be lost in silence.",
)
LOOKS_SECRET = define(
    "SM2123",
    "Secret in plain settings",
    "Settings are stored and shown in plain text; secrets come from the secret store at run time.",
)
SIDECAR_NAME = define(
    "SM2124", "Two containers of one name", "Names of containers are unique within a replica."
)
PORT_CLASH = define("SM2125", "Port is used twice", "Containers of one replica share one network address.")
PORT_NAME = define("SM2126", "Two ports of one name", "Routes and probes find a port by its name.")
PRIVILEGED_PORT = define(
    "SM2127", "Port below 1024", "Only root may listen there, and nothing here runs as root."
)
NOT_WRITABLE = define(
    "SM2128",
    "Writable folder lies over the root",
    "A scratch volume at `/` would hide everything that is in the image.",
)

RESERVED = re.compile(
    r"^(KUBERNETES_.*|AWS_(REGION|DEFAULT_REGION|CONTAINER_.*|ROLE_ARN|WEB_IDENTITY_.*)|HOSTNAME)$"
)
"""Set by Kubernetes, or by EKS Pod Identity and IRSA (EKS user guide, 'How EKS Pod Identity works')."""

# Words at the end of a name: TOKEN_TTL and PASSWORD_POLICY hold no secret, DB_PASSWORD does.
_SECRET_NAME = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|APIKEY|API_KEY|PRIVATE_KEY|CREDENTIALS)$"
)
_REFERENCE = re.compile(r"^(arn:|https?://[^:@/]+(/|$)|/|$)")
"""A place where a secret is kept: an ARN, an address without password, a file."""
_SECRET_VALUES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an AWS access key", re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a GitHub token", re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,})")),
    ("a Slack token", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}")),
    ("a Stripe key", re.compile(r"\b[rs]k_live_[A-Za-z0-9]{16,}")),
    ("a JSON Web Token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+")),
    ("an address with a password", re.compile(r"\w+://[^\s/:@]+:[^\s/@]+@")),
)


@check(ServiceConfig)
def image(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    image = subject.config.image
    if image.digest:
        return
    if not image.tag:
        yield subject.finding(
            NO_IMAGE_VERSION,
            f"image '{image.repository}' has neither digest nor tag",
            'set image.digest: "sha256:…", as `docker buildx imagetools inspect` prints it',
            "image.digest",
            "image.repository",
        )
    elif not subject.facts.relaxed:
        yield subject.finding(
            TAG_OUTSIDE_DEV,
            f"{subject.facts.environment} would run whatever '{image.tag}' points to",
            "set image.digest, and keep the tag for dev",
            "image.tag",
            "image.digest",
        )


@check(ServiceConfig)
def settings(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    config = subject.config
    yield from _settings(subject, "container.environment", config.container.environment)
    for index, sidecar in enumerate(config.sidecars):
        yield from _settings(subject, f"sidecars.{index}.environment", sidecar.environment)


def _settings(
    subject: Subject[ServiceConfig], path: str, environment: Mapping[str, str]
) -> Iterator[Diagnostic]:
    for name, value in environment.items():
        if RESERVED.match(name):
            yield subject.finding(
                RESERVED_NAME,
                f"'{name}' is set by the platform",
                "use another name, or remove it: the platform's value is there already",
                f"{path}.{name}",
                secret=True,
            )
        kind = next((kind for kind, pattern in _SECRET_VALUES if pattern.search(value)), None)
        if kind is None and _SECRET_NAME.search(name.upper()) and not _REFERENCE.match(value):
            kind = "a secret, by its name"
        if kind:
            yield subject.finding(
                LOOKS_SECRET,
                f"'{name}' looks like {kind}",
                "keep it in the secret store, declare it under the stack's `existing`, name it in `uses`",
                f"{path}.{name}",
                secret=True,
            )


@check(ServiceConfig)
def ports(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    config = subject.config
    taken: dict[int, str] = {}
    names: set[str] = set()
    listening = [(f"ports.{index}.port", item.name, item.port) for index, item in enumerate(config.ports)]
    listening += [
        (f"sidecars.{index}.port", item.name, item.port)
        for index, item in enumerate(config.sidecars)
        if item.port
    ]
    for key, name, port in listening:
        if port in taken:
            yield subject.finding(
                PORT_CLASH,
                f"port {port} of '{name}' is already that of '{taken[port]}'",
                "give one of them another port",
                key,
            )
        taken.setdefault(port, name)
        if port < 1024:
            yield subject.finding(
                PRIVILEGED_PORT,
                f"'{name}' would listen on port {port}, as user {config.container.user}",
                f"listen on a port above 1023, such as {8000 + port}",
                key,
            )
    for index, item in enumerate(config.ports):
        if item.name in names:
            yield subject.finding(
                PORT_NAME, f"two ports are called '{item.name}'", "rename one of them", f"ports.{index}.name"
            )
        names.add(item.name)


@check(ServiceConfig)
def sidecars(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    seen = Counter([subject.name])
    for index, sidecar in enumerate(subject.config.sidecars):
        if seen[sidecar.name]:
            owner = "the service's own container" if sidecar.name == subject.name else "another sidecar"
            yield subject.finding(
                SIDECAR_NAME,
                f"'{sidecar.name}' is already {owner}",
                "rename the sidecar",
                f"sidecars.{index}.name",
            )
        seen[sidecar.name] += 1


@check(ServiceConfig)
def scratch(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    for index, path in enumerate(subject.config.container.writable_paths):
        if path.strip("/") == "":
            yield subject.finding(
                NOT_WRITABLE,
                "a scratch volume at '/' would hide the whole image",
                "name the folders that the program writes to",
                f"container.writable_paths.{index}",
                severity=Severity.ERROR,
            )
