"""Where state is kept, and who encrypts its secrets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlparse

from skymason.diagnostics import DiagnosticError
from skymason.doctor.model import Case, Finding, fail, ok, warn
from skymason.driver.backend import backend_of
from skymason.yaml_source import load_yaml

_OBJECT_STORES = {"s3": "https://{host}.s3.amazonaws.com", "gs": "https://storage.googleapis.com/{host}"}
_PASSPHRASE = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
_OFFLINE_NEEDS_NONE = "the offline cloud needs none"


def backend(case: Case) -> Iterator[Finding]:
    """Whether the backend of real stacks is there."""
    description = _yaml(case.root, "Pulumi.yaml") if case.root else {}
    address, source = backend_of(case.environ, case.machine.home, description)
    if not address:
        fix = "before a real cloud: pulumi login s3://BUCKET, or set PULUMI_BACKEND_URL"
        yield warn(f"no backend for real stacks; {_OFFLINE_NEEDS_NONE}", fix)
        return
    parts = urlparse(address)
    shown = f"{address} (from {source})"
    if parts.scheme == "file":
        yield _folder(Path(unquote(f"{parts.netloc}{parts.path}")).expanduser(), shown)
    elif not case.online:
        yield ok(f"{shown}; whether it answers is asked with --online")
    else:
        yield _answering(case, parts.scheme, parts.netloc, address, shown)


def _folder(folder: Path, shown: str) -> Finding:
    if not folder.is_dir():
        return fail(f"{shown}: there is no such folder", f"mkdir -p {folder}")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return fail(f"{shown}: it cannot be written to", f"chmod u+rwx {folder}")
    return ok(shown)


def _answering(case: Case, scheme: str, host: str, address: str, shown: str) -> Finding:
    known = _OBJECT_STORES.get(scheme)
    if known is None and scheme not in ("https", "http"):
        return ok(f"{shown}; a backend of this kind cannot be asked without its own tools")
    answer = case.machine.fetch(known.format(host=host) if known else address)
    if answer.status == 0:
        return fail(f"{shown}: {answer.problem}", "look at the network, a proxy, or the address")
    if answer.status == 404 and known:
        return fail(f"{shown}: there is no such bucket", "create it, with versions of its objects kept")
    return ok(f"{shown}: it answers")


def secrets(case: Case) -> Iterator[Finding]:
    """Who encrypts the secrets in each stack's state, and whether that is at hand."""
    for stack in case.stacks:
        data = _yaml(case.root or Path(), f"Pulumi.{stack}.yaml")
        provider = str(data.get("secretsprovider") or "")
        if provider and provider not in ("passphrase", "default"):
            yield ok(f"{stack}: {provider.partition('?')[0]}")
        elif provider == "passphrase" or data.get("encryptionsalt"):
            yield _passphrase(case, stack)
        else:
            yield ok(f"{stack}: not chosen yet; the backend's own, or `pulumi stack init --secrets-provider`")


def _passphrase(case: Case, stack: str) -> Finding:
    text, file = (case.environ.get(name) for name in _PASSPHRASE)
    if text is not None:
        return ok(f"{stack}: a passphrase, in {_PASSPHRASE[0]}")
    if file:
        if Path(file).is_file():
            return ok(f"{stack}: a passphrase, in the file {file}")
        return fail(
            f"{stack}: {_PASSPHRASE[1]} names {file}, which is not there", f"set {_PASSPHRASE[1]} right"
        )
    fix = f"export {_PASSPHRASE[0]}=…, or {_PASSPHRASE[1]}=FILE"
    return warn(
        f"{stack}: a passphrase is needed with a real cloud and none is set; {_OFFLINE_NEEDS_NONE}", fix
    )


def _yaml(root: Path, name: str) -> dict[str, object]:
    try:
        return load_yaml(root / name, root).data
    except DiagnosticError:
        return {}  # a finding of the project's own checks
