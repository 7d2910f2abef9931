"""Which cloud a service goes to: its own, else the stacks', else that of the credentials at hand.

Nothing here asks the network, or reads a secret: a variable has to be set, a profile to be written.
"""

from __future__ import annotations

import configparser
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

AWS, AZURE = "aws", "azure"

VARIABLES: Mapping[str, tuple[str, ...]] = {
    AWS: (
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ),
    AZURE: (
        "ARM_CLIENT_ID",
        "ARM_SUBSCRIPTION_ID",
        "ARM_OIDC_TOKEN",
        "ARM_USE_MSI",
        "AZURE_CLIENT_ID",
        "AZURE_TENANT_ID",
        "AZURE_FEDERATED_TOKEN_FILE",
        "IDENTITY_ENDPOINT",
        "MSI_ENDPOINT",
    ),
}
"""Environment variables from which each cloud's provider takes credentials; the last two are those of a
managed identity. Sources: AWS SDKs and tools reference guide, 'Standardized credential providers'; Pulumi
registry, 'Azure Native: installation'; Azure SDK, 'ManagedIdentityCredential'."""

_AWS_FILES = (
    ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
    ("AWS_CONFIG_FILE", ".aws/config"),
)
_AWS_KEYS = frozenset(
    (
        "aws_access_key_id",
        "credential_process",
        "credential_source",
        "login_session",
        "role_arn",
        "sso_session",
        "sso_start_url",
        "web_identity_token_file",
    )
)
"""Keys of a profile that give it credentials; a region alone gives none. Source: AWS SDKs and tools reference
guide, 'Settings reference'."""

MACHINES: Mapping[str, tuple[str, str]] = {
    AWS: ("sys/class/dmi/id/sys_vendor", "Amazon EC2"),
    AZURE: ("sys/class/dmi/id/chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77"),
}
"""What a virtual machine says of its maker; its identity counts only where nothing else is found. Sources:
EC2 user guide, 'Identify EC2 instances'; cloud-init, 'DataSourceAzure'."""


@dataclass(frozen=True, slots=True)
class Detection:
    """cloud: None where nothing, or more than one thing, was found. evidence: cloud → what speaks for it."""

    cloud: str | None
    evidence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """Why there is no cloud, or which one there is and why."""
        if self.cloud:
            why = self._reasons(self.cloud)
            return f"{self.cloud} is chosen, since there are credentials of it alone: {why}"
        if not self.evidence:
            return "no cloud is given, and no credentials of one are found"
        found = "; ".join(f"{cloud}: {self._reasons(cloud)}" for cloud in self.evidence)
        return f"no cloud is given, and there are credentials of more than one ({found})"

    def _reasons(self, cloud: str) -> str:
        return ", ".join(self.evidence[cloud])


@dataclass(frozen=True, slots=True)
class Choice:
    """A cloud, and why this one; cloud is None where it is open, and `why` says between what."""

    cloud: str | None
    why: str


def choose(
    given: str | None, stacks: Mapping[str, str | None], credentials: Detection | None = None
) -> Choice:
    """The cloud of a new service.

    given: what somebody said, None for nothing. stacks: stack → the cloud of its settings. credentials: None
    looks for them on this machine, where it comes to that.
    """
    if given:
        return Choice(given, "as given")
    named = {stack: cloud for stack, cloud in stacks.items() if cloud}
    found = sorted(set(named.values()))
    if len(found) == 1:
        return Choice(found[0], f"the cloud of {_listed(list(named))}")
    if found:
        sides = "; ".join(f"{cloud}: {_listed([s for s in named if named[s] == cloud])}" for cloud in found)
        return Choice(None, f"no cloud is given, and the stacks have more than one ({sides})")
    detection = credentials or detect_here()
    return Choice(detection.cloud, detection.message)


def _listed(stacks: list[str]) -> str:
    return ", ".join(f"Pulumi.{stack}.yaml" for stack in stacks)


def detect(environ: Mapping[str, str], home: Path, machine: Path | None = None) -> Detection:
    """The cloud of the credentials that this user has.

    environ: variable → value. home: of the user, with what the clouds' own command lines left in it. machine:
    root of the file system that says whose virtual machine this is; None leaves that out.
    """
    evidence = {}
    for cloud, files in ((AWS, _aws_profiles), (AZURE, _azure_sign_in)):
        why = [name for name in VARIABLES[cloud] if environ.get(name)] + list(files(environ, home))
        if why:
            evidence[cloud] = tuple(why)
    if not evidence and machine is not None:
        evidence = {
            cloud: (f"a virtual machine of it (/{path})",)
            for cloud, (path, mark) in MACHINES.items()
            if _text(machine / path).strip() == mark
        }
    only = next(iter(evidence)) if len(evidence) == 1 else None
    return Detection(only, evidence)


def detect_here() -> Detection:
    """The same for this process, its user and its machine."""
    return detect(os.environ, Path.home(), Path("/"))


def _aws_profiles(environ: Mapping[str, str], home: Path) -> Iterator[str]:
    """Files of profiles, one of which has credentials."""
    for variable, usual in _AWS_FILES:
        path = Path(environ[variable]) if environ.get(variable) else home / usual
        parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
        try:
            parser.read_string(_text(path))
        except configparser.Error:
            continue
        for profile in parser.sections():
            if not _AWS_KEYS.isdisjoint(parser.options(profile)):
                name = profile.removeprefix("profile ")
                yield f"profile {name} in {environ.get(variable) or f'~/{usual}'}"
                break


def _azure_sign_in(environ: Mapping[str, str], home: Path) -> Iterator[str]:
    """The Azure CLI's list of subscriptions, where a sign-in left one."""
    folder = environ.get("AZURE_CONFIG_DIR")
    path = (Path(folder) if folder else home / ".azure") / "azureProfile.json"
    try:
        profile = json.loads(_text(path).lstrip("\ufeff") or "{}")
    except ValueError:
        return
    if isinstance(profile, dict) and profile.get("subscriptions"):
        shown = path if folder else "~/.azure/azureProfile.json"
        yield f"the Azure CLI's sign-in in {shown}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
