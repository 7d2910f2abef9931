"""An image that nobody has built yet."""

from __future__ import annotations

from collections.abc import Iterator

from skymason.diagnostics import Diagnostic, Severity, define
from skymason.patterns.checks.subject import Subject, check
from skymason.patterns.models.common import ServiceConfig

NOT_BUILT = define(
    "SM2129",
    "No image has been built yet",
    "A new service's spec stands before its first build. A deployment makes the repository for it and all "
    "the rest, and does not wait for its replicas, which have no image to run.",
)

PLACEHOLDER = "sha256:" + 64 * "0"
"""Digest of a new service's spec; no image has it."""


@check(ServiceConfig)
def built(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    image = subject.config.image
    if image.digest == PLACEHOLDER:
        yield subject.finding(
            NOT_BUILT,
            f"no image of '{image.repository}' has been built yet: the digest is a placeholder",
            "push the service: its workflow builds the image, and writes the digest here on its first run",
            "image.digest",
            severity=Severity.WARNING,
        )
