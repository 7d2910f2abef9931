"""Which cloud a service goes to: the spec's, else the stack's, else that of the credentials at hand."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
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
        "AZURE_CLIENT_ID",
        "AZURE_TENANT_ID",
        "AZURE_FEDERATED_TOKEN_FILE",
    ),
}
"""Environment variables from which each cloud's provider takes credentials. Sources: AWS SDKs and tools
reference guide, 'Standardized credential providers'; Pulumi registry, 'Azure Native: installation'."""

FILES: Mapping[str, tuple[str, ...]] = {
    AWS: (".aws/credentials", ".aws/config"),
    AZURE: (".azure/azureProfile.json", ".azure/msal_token_cache.json"),
}
"""Files under the user's home, as the clouds' own command lines leave them after a sign-in."""


@dataclass(frozen=True, slots=True)
class Detection:
    """cloud: None where nothing, or more than one thing, was found. evidence: cloud → what speaks for it."""

    cloud: str | None
    evidence: Mapping[str, tuple[str, ...]]

    @property
    def message(self) -> str:
        if not self.evidence:
            return "no cloud is given, and no credentials of one are found"
        found = "; ".join(f"{cloud}: {', '.join(why)}" for cloud, why in self.evidence.items())
        return f"no cloud is given, and there are credentials of more than one ({found})"


def detect(environ: Mapping[str, str], files: Collection[str]) -> Detection:
    """The cloud of the credentials in `environ` (variable → value) and `files` (paths under the home)."""
    evidence = {}
    for cloud in (AWS, AZURE):
        why = [name for name in VARIABLES[cloud] if environ.get(name)]
        why += [f"~/{name}" for name in FILES[cloud] if name in files]
        if why:
            evidence[cloud] = tuple(why)
    only = next(iter(evidence)) if len(evidence) == 1 else None
    return Detection(only, evidence)


def detect_here() -> Detection:
    """The same for this process and its user. Reads no file, only looks whether it is there."""
    home = Path.home()
    return detect(os.environ, [name for names in FILES.values() for name in names if (home / name).exists()])
