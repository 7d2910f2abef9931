"""Credentials of the clouds: which are found, whether they still hold, and whose account they are of.

No secret is kept or shown: of an access key only its id, of a sign-in only when it ends.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from skymason.doctor.model import Case, Finding, fail, ok, warn

_OFFLINE = "the offline cloud needs none"
_ROLE = re.compile(r"^arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):")
_KEY_ID = re.compile(r"^A(?:KI|SI)A[A-Z2-7]{16}$")
_SECRETS = ("aws_secret_access_key", "aws_session_token")

Profile = Mapping[str, str]


def aws(case: Case) -> Iterator[Finding]:
    """Credentials of AWS."""
    environ = case.environ
    found = list(_aws_found(case))
    yield from found
    if not found:
        stacks = case.uses("aws")
        if case.root and not stacks:
            yield ok("none, and no stack deploys to AWS")
        else:
            fix = "before a real cloud: aws sso login, and export AWS_PROFILE"
            yield warn(f"none are found; {_OFFLINE}", fix)
    if environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_PROFILE"):
        fix = "unset one of them"
        yield warn("AWS_ACCESS_KEY_ID and AWS_PROFILE are both set: the keys win in most tools", fix)


def _aws_found(case: Case) -> Iterator[Finding]:
    environ = case.environ
    if environ.get("AWS_ACCESS_KEY_ID"):
        if not environ.get("AWS_SECRET_ACCESS_KEY"):
            yield fail("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY", "export both, or neither")
        else:
            kind = "temporary keys" if environ["AWS_ACCESS_KEY_ID"].startswith("ASIA") else "keys of a user"
            yield ok(f"{kind} in the environment")
            if kind == "temporary keys" and not environ.get("AWS_SESSION_TOKEN"):
                yield fail("temporary keys need AWS_SESSION_TOKEN, which is not set", "export all three")
    if environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        yield _token_file(environ["AWS_WEB_IDENTITY_TOKEN_FILE"], "AWS_WEB_IDENTITY_TOKEN_FILE")
    name = environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE") or "default"
    profiles = aws_profiles(case)
    if name in profiles:
        yield _profile(case, name, profiles[name])
    elif name != "default":
        known = ", ".join(sorted(profiles)) or "none"
        yield fail(
            f"AWS_PROFILE names '{name}', which is not configured (there are: {known})", "aws configure sso"
        )


def _token_file(path: str, variable: str) -> Finding:
    if Path(path).is_file():
        return ok(f"a web identity, in the file {path}")
    return fail(f"{variable} names {path}, which is not there", "look at what sets the variable")


def _profile(case: Case, name: str, profile: Profile) -> Finding:
    ends = sso_expiry(case, profile)
    if "sso_session" in profile or "sso_start_url" in profile:
        fix = f"aws sso login --profile {name}"
        if ends is None:
            return warn(f"profile {name}, by single sign-on: not signed in", fix)
        left = (ends - case.machine.now()).total_seconds()
        if left <= 0:
            return fail(
                f"profile {name}, by single sign-on: the sign-in ended at {ends:%Y-%m-%d %H:%M} UTC", fix
            )
        if left < 900:
            return warn(
                f"profile {name}, by single sign-on: the sign-in ends in {left / 60:.0f} minutes", fix
            )
        return ok(f"profile {name}, by single sign-on until {ends:%Y-%m-%d %H:%M} UTC")
    how = next(
        (key for key in ("role_arn", "credential_process", "aws_access_key_id") if key in profile), None
    )
    words = {"role_arn": "by a role", "credential_process": "by a program", "aws_access_key_id": "with keys"}
    return ok(f"profile {name}{f', {words[how]}' if how else ''}")


def aws_profiles(case: Case) -> dict[str, Profile]:
    """Profiles that give credentials, from both files; where both have one, their keys together."""
    merged: dict[str, dict[str, str]] = {}
    sessions: dict[str, dict[str, str]] = {}
    for variable, default in (
        ("AWS_CONFIG_FILE", ".aws/config"),
        ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
    ):
        file = Path(case.environ.get(variable) or case.machine.home / default)
        parser = configparser.RawConfigParser(default_section="", strict=False, allow_no_value=True)
        try:
            parser.read_string(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, configparser.Error):
            continue
        for section in parser.sections():
            kind, _, rest = section.partition(" ")
            values = {key: value or "" for key, value in parser.items(section)}
            if kind == "sso-session":
                sessions[rest.strip()] = values
            else:
                merged.setdefault(rest.strip() if kind == "profile" else section, {}).update(values)
    for values in merged.values():
        values.update(sessions.get(values.get("sso_session", ""), {}))
        for secret in _SECRETS:
            values.pop(secret, None)
    return {name: values for name, values in merged.items() if set(values) - {"region", "output"}}


def sso_expiry(case: Case, profile: Profile) -> datetime | None:
    """When the sign-in ends; the AWS CLI keeps it under the hash of the session's name, or of its address."""
    key = profile.get("sso_session") or profile.get("sso_start_url") or ""
    name = hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()
    try:
        text = (case.machine.home / f".aws/sso/cache/{name}.json").read_text(encoding="utf-8")
        ends = datetime.fromisoformat(json.loads(text)["expiresAt"].replace("UTC", "+00:00"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return ends if ends.tzinfo else ends.replace(tzinfo=UTC)


def azure(case: Case) -> Iterator[Finding]:
    """Credentials of Azure."""
    environ = case.environ
    if environ.get("AZURE_FEDERATED_TOKEN_FILE"):
        yield _token_file(environ["AZURE_FEDERATED_TOKEN_FILE"], "AZURE_FEDERATED_TOKEN_FILE")
        return
    if environ.get("ARM_CLIENT_ID"):
        lacking = [name for name in ("ARM_TENANT_ID", "ARM_SUBSCRIPTION_ID") if not environ.get(name)]
        if lacking:
            yield fail(f"ARM_CLIENT_ID is set without {' and '.join(lacking)}", "export all of them")
        else:
            yield ok("a service principal or federated identity in the environment")
        return
    folder = Path(environ.get("AZURE_CONFIG_DIR") or case.machine.home / ".azure")
    try:
        data = json.loads((folder / "azureProfile.json").read_text(encoding="utf-8-sig"))
        default = next(item for item in data["subscriptions"] if item.get("isDefault"))
        yield ok(f"signed in with the Azure CLI, subscription {default['name']}")
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        if case.uses("azure"):
            yield warn(f"none are found; {_OFFLINE}", "before a real cloud: az login")
        else:
            yield ok("none, and no stack deploys to Azure")


def account(case: Case) -> Iterator[Finding]:
    """Whether the credentials are of the account that each stack is set to."""
    known, why = account_of(case)
    for stack in case.uses("aws"):
        settings = case.settings[stack].aws
        wanted = settings.account_id if settings else None
        if wanted is None:
            fix = f"set aws.account_id in Pulumi.{stack}.yaml"
            yield warn(f"{stack}: any account would do, for none is set", fix)
        elif known is None:
            yield ok(f"{stack}: {wanted}; {why}")
        elif known == wanted:
            yield ok(f"{stack}: {wanted}, and so is {why}")
        else:
            fix = f"before `sm up --stack {stack} --cloud real`: credentials of {wanted}"
            yield warn(f"{stack}: {wanted}, and {why} is of {known}", fix)


def account_of(case: Case) -> tuple[str | None, str]:
    """The account of the credentials, and what tells it; None and why it cannot be told."""
    environ = case.environ
    if case.online and case.machine.find("aws"):
        said = case.machine.run(
            ["aws", "sts", "get-caller-identity", "--query", "Account", "--output", "text"]
        )
        if said and re.fullmatch(r"\d{12}", said):
            return said, "the identity that AWS sees"
    if environ.get("AWS_ACCESS_KEY_ID"):
        number = account_of_key(environ["AWS_ACCESS_KEY_ID"])
        if number:
            return number, "the key in the environment"
    role = _ROLE.match(environ.get("AWS_ROLE_ARN", ""))
    if role:
        return role[1], "AWS_ROLE_ARN"
    name = environ.get("AWS_PROFILE") or "default"
    profile = aws_profiles(case).get(name, {})
    role = _ROLE.match(profile.get("role_arn", ""))
    number = (
        (role[1] if role else None)
        or profile.get("sso_account_id")
        or account_of_key(profile.get("aws_access_key_id", ""))
    )
    if number:
        return number, f"profile {name}"
    return None, "whose credentials these are cannot be told offline"


def account_of_key(key_id: str) -> str | None:
    """The account number that an access key id holds, since 2019: in bits 1 to 40 after its prefix."""
    if not _KEY_ID.match(key_id):
        return None
    number = (int.from_bytes(base64.b32decode(key_id[4:])[:6], "big") & 0x7FFFFFFFFF80) >> 7
    return f"{number:012d}" if 0 < number < 10**12 else None
