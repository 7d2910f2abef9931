"""From the words of `sm create-microservice` to a request: what is missing is asked for, or told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from skymason.cli import asking, codes
from skymason.diagnostics import Diagnostic, DiagnosticError, Location, suggestion
from skymason.generate.codes import BAD_OWNER
from skymason.generate.folder import folder_findings, normalised
from skymason.generate.names import Naming, slug
from skymason.generate.request import LANGUAGES, ServiceRequest, Use
from skymason.generate.resolving import COMMAND
from skymason.generate.surroundings import PRODUCTION, Surroundings
from skymason.generate.templates import has_templates
from skymason.patterns.clouds import AWS, AZURE, choose
from skymason.patterns.codes import NO_CLOUD
from skymason.patterns.models.common import Tier

CLOUDS = {AWS: "Amazon Web Services", AZURE: "Microsoft Azure"}
LANGUAGE_NAMES = dict(
    zip(LANGUAGES, ("FastAPI or a consumer", "Fastify or a consumer, on Node.js"), strict=True)
)
_USE = re.compile(r"([a-z][a-z0-9-]*):([a-z]+)")
_OWNER = re.compile(r"[A-Za-z]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_ALIASES = {
    "amazon": AWS,
    "microsoft": AZURE,
    "azurerm": AZURE,
    "py": "python",
    "ts": "typescript",
    "javascript": "typescript",
    "js": "typescript",
    "node": "typescript",
    "nodejs": "typescript",
    "worker": "background_worker",
    "api": "web_api",
}
"""What people say for a word that is known by another one."""
_NO_OWNERS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a command line says; None for what it does not."""

    name: str | None
    pattern: str | None
    cloud: str | None
    language: str | None
    owner: str | None
    tier: str | None
    uses: Sequence[str] = ()
    directory: str | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """request: complete and sound. reasons: where what nobody said comes from. asked: whether anybody was."""

    request: ServiceRequest
    reasons: tuple[str, ...]
    asked: bool


def understand(wanted: Wanted, around: Surroundings, *, may_ask: bool) -> Understood:
    """Complete a request and check it against the project.

    Raises DiagnosticError with everything that is wrong or missing, and NoAnswerError.
    """
    found = list(_wrong_words(wanted, around))
    if found:
        raise DiagnosticError(found)
    reasons, asked = list[str](), False
    owner, owner_why = _owner_of_stacks(around)
    cloud = choose(wanted.cloud, {name: item.cloud for name, item in around.settings.items()})
    name, pattern, language = wanted.name, wanted.pattern, wanted.language
    if may_ask:
        asked = None in (name, pattern, language, wanted.owner) or cloud.cloud is None
        pattern = pattern or asking.choose("Pattern", _patterns(around))
        chosen = cloud.cloud or asking.choose("Cloud", CLOUDS)
        language = language or asking.choose("Language", LANGUAGE_NAMES, LANGUAGES[0])
        naming = Naming(pattern, chosen, language, around, not wanted.directory)
        name = name or asking.ask("Name of the service", wrong=lambda answer: _told(naming, answer))
        owner = wanted.owner or asking.ask("Owner", owner, lambda answer: _bad_owner(answer))
    else:
        missing = [word for word, given in (("NAME", name), ("--pattern", pattern)) if not given]
        missing += [] if wanted.owner or owner else ["--owner"]
        if missing:
            known = f"; patterns: {', '.join(_patterns(around))}" if not pattern else ""
            fix = f"give {' and '.join(missing)}, since there is no terminal to ask on{known}"
            found.append(_usage(f"missing: {', '.join(missing)}", fix))
        if cloud.cloud is None:
            found.append(
                Diagnostic(
                    NO_CLOUD, cloud.why, "give --cloud aws or --cloud azure", Location(COMMAND), "--cloud"
                )
            )
        if found:
            raise DiagnosticError(found)
        chosen = str(cloud.cloud)
    if not wanted.cloud and cloud.cloud:
        reasons.append(f"cloud {cloud.cloud}: {cloud.why}")
    if not wanted.owner and not may_ask:
        reasons.append(f"owner {owner}: {owner_why}")
    request = ServiceRequest(
        str(name),
        str(pattern),
        chosen,
        language or LANGUAGES[0],
        wanted.owner or owner,
        wanted.tier or Tier.STANDARD.value,
        tuple(Use(*use.split(":")) for use in wanted.uses),
        normalised(wanted.directory, around.root) if wanted.directory else "",
    )
    found = Naming.of(request, around).findings(request.name)
    if request.directory or not found:
        found += folder_findings(request, around.root)
    if found:
        raise DiagnosticError(found)
    return Understood(request, tuple(reasons), asked)


def _wrong_words(wanted: Wanted, around: Surroundings) -> Iterator[Diagnostic]:
    """Values that no service has."""
    allowed = (
        ("pattern", wanted.pattern, list(_patterns(around))),
        ("cloud", wanted.cloud, list(CLOUDS)),
        ("language", wanted.language, list(LANGUAGES)),
        ("tier", wanted.tier, [tier.value for tier in Tier]),
    )
    for what, given, known in allowed:
        if given is not None and given not in known:
            meant = given.lower().replace("-", "_")
            fix = suggestion(_ALIASES.get(meant, meant), known)
            mine = " to generate" if given in around.engine.library.names else ""
            yield _usage(f"there is no {what} '{given}'{mine}", fix, f"--{what}")
    for use in wanted.uses:
        if not _USE.fullmatch(use):
            fix = (
                "write the name of a service or resource, a colon and the access: wallet:invoke, images:read"
            )
            yield _usage(f"'{use}' is not of the form NAME:ACCESS", fix, "--uses")
    problem = _bad_owner(wanted.owner) if wanted.owner is not None else ""
    if problem:
        word = slug(str(wanted.owner))
        fix = f"write '{f'team-{word}' if word in _NO_OWNERS else word or 'platform-team'}'"
        yield Diagnostic(BAD_OWNER, problem, fix, Location(COMMAND), "--owner")


def _patterns(around: Surroundings) -> dict[str, str]:
    """Patterns that services can be generated of, with what each is for."""
    entries = around.engine.library.catalogue.patterns.items()
    return {name: entry.description for name, entry in entries if has_templates(name)}


def _bad_owner(owner: str) -> str:
    if _OWNER.fullmatch(owner) and owner.lower() not in _NO_OWNERS:
        return ""
    return f"'{owner}' is not a word of letters, digits, dashes, dots and underscores, a letter first"


def _told(naming: Naming, name: str) -> str:
    """What is wrong with a name, for somebody who can answer again."""
    if name in naming.around.services:
        return f"'{name}' is the service in {naming.around.services[name].path}"
    return "; ".join(f"{item.message}: {item.fix}" for item in naming.findings(name)[:1])


def _owner_of_stacks(around: Surroundings) -> tuple[str, str]:
    """Owner of production, else of the last stack, and where it says so; '' where there is no stack."""
    settings = sorted(around.settings.values(), key=lambda item: item.environment == PRODUCTION)
    if not settings:
        return "", ""
    return settings[-1].owner, f"that of Pulumi.{settings[-1].stack}.yaml"


def _usage(text: str, fix: str, key: str = "") -> Diagnostic:
    return Diagnostic(codes.WRONG_USAGE, text, fix, Location(COMMAND), key)
