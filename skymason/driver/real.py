"""What a deployment to a real cloud needs, looked for before the engine starts, without a network.

Sources: Pulumi documentation, 'States and backends', 'Secrets' and 'Environment variables'.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from skymason.diagnostics import Code, Diagnostic, Location
from skymason.driver import codes
from skymason.driver.backend import backend_of, login
from skymason.driver.project import Project
from skymason.patterns import clouds

_OWN_KEYS: Mapping[str, tuple[str, ...]] = {
    clouds.AWS: ("aws:profile", "aws:accessKey"),
    clouds.AZURE: ("azure-native:clientId", "azure-native:useMsi", "azure-native:useOidc"),
}
"""Settings of a stack that name its credentials."""
_PROVIDERS = {"aws": clouds.AWS, "azure-native": clouds.AZURE}
_SIGN_IN = {
    clouds.AWS: "aws sso login, or set AWS_PROFILE (`aws configure list` shows what the AWS CLI finds)",
    clouds.AZURE: "az login, or set ARM_CLIENT_ID, ARM_TENANT_ID and ARM_SUBSCRIPTION_ID",
}


def missing(
    project: Project,
    stack: str,
    *,
    environ: Mapping[str, str] | None = None,
    home: Path | None = None,
    machine: Path = Path("/"),
) -> list[Diagnostic]:
    """Everything that is missing: a backend, the passphrase of its secrets, credentials of the clouds.

    environ, home: left out, those of this process. machine: root of the file system that says whose virtual
    machine this is. Raises DiagnosticError where the project's files cannot be read.
    """
    found = _Search(project, stack, os.environ if environ is None else environ, home or Path.home(), machine)
    return [*found.backend_problems(), *found.credential_problems()]


class _Search:
    def __init__(
        self, project: Project, stack: str, environ: Mapping[str, str], home: Path, machine: Path
    ) -> None:
        from skymason.yaml_source import load_yaml

        self.environ = environ
        self.home = home
        self.machine = machine
        self.place = f"stack {stack}"
        short = stack.rpartition("/")[2]
        self.description = load_yaml(project.root / "Pulumi.yaml", project.root).data
        file = project.stack_file(short)
        self.settings: Mapping[str, Any] = load_yaml(file, project.root).data if file.exists() else {}

    # --- the backend

    def backend_problems(self) -> Iterator[Diagnostic]:
        backend = backend_of(self.environ, self.home, self.description).address
        if not backend:
            text = (
                "no backend is chosen: neither a login, nor PULUMI_BACKEND_URL, nor `backend` in Pulumi.yaml"
            )
            fix = "pulumi login, or pulumi login s3://… for a bucket of your own"
            yield self._error(codes.NO_BACKEND, text, fix)
            return
        parts = urlsplit(backend)
        if parts.scheme in ("http", "https"):
            if not self._token(backend):
                fix = f"pulumi login {backend}, or set PULUMI_ACCESS_TOKEN"
                yield self._error(codes.NO_BACKEND, f"there is no access token for {backend}", fix)
            return
        folder = Path(unquote(parts.netloc + parts.path)).expanduser()
        if parts.scheme == "file" and not folder.is_dir():
            text = f"the backend's folder {folder} does not exist"
            yield self._error(codes.NO_BACKEND, text, f"mkdir -p {folder}, or choose another backend")
        if not self._can_decrypt():
            text = "the stack's secrets are encrypted with a passphrase, and none is given"
            fix = "set PULUMI_CONFIG_PASSPHRASE_FILE, or create the stack with --secrets-provider=awskms://…"
            yield self._error(codes.NO_PASSPHRASE, text, fix)

    def _token(self, backend: str) -> bool:
        kept = login(self.environ, self.home)
        account = (kept.get("accounts") or {}).get(backend) or {}
        tokens = kept.get("accessTokens") or {}
        return bool(
            self.environ.get("PULUMI_ACCESS_TOKEN") or account.get("accessToken") or tokens.get(backend)
        )

    def _can_decrypt(self) -> bool:
        provider = str(self.settings.get("secretsprovider") or "passphrase")
        file = self.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
        return (
            provider != "passphrase"
            or "PULUMI_CONFIG_PASSPHRASE" in self.environ  # an empty one is a passphrase too
            or bool(file and Path(file).expanduser().is_file())
        )

    # --- credentials

    def credential_problems(self) -> Iterator[Diagnostic]:
        detected = clouds.detect(self.environ, self.home, None).evidence
        machine = clouds.detect({}, self.machine / "nonexistent", self.machine).evidence
        config = self.settings.get("config") or {}
        for cloud in self._clouds():
            named = any(config.get(key) for key in _OWN_KEYS[cloud])
            if not named and cloud not in detected and cloud not in machine:
                text = f"the stack deploys to {cloud}, and no credentials of it are found"
                yield self._error(codes.NO_CREDENTIALS, text, _SIGN_IN[cloud])

    def _clouds(self) -> list[str]:
        """The clouds that a stack's settings are about."""
        config = self.settings.get("config") or {}
        packages = {str(key).partition(":")[0] for key in config}
        sections = {str(key).rpartition(":")[2] for key in config}
        found = {cloud for package, cloud in _PROVIDERS.items() if package in packages}
        return sorted(found | (sections & set(_PROVIDERS.values())))

    def _error(self, code: Code, text: str, fix: str) -> Diagnostic:
        return Diagnostic(code, text, fix, Location(self.place))
