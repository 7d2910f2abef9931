"""What somebody asks for: one new service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

LANGUAGES = ("python", "typescript")
APPS = "apps"
"""Folder of the project in which service folders lie unless another one is named."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a new service uses: name of another service or of a resource, and the access to it."""

    name: str
    access: str

    def __str__(self) -> str:
        return f"{self.name}:{self.access}"


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """One new service.

    name: as in the spec. pattern, cloud, tier: as the spec's own. language: one of LANGUAGES. uses: in the
    order given. directory: of the service folder, from the project's root, with forward slashes; empty for
    `apps/<name>`.
    """

    name: str
    pattern: str
    cloud: str
    language: str = "python"
    owner: str = ""
    tier: str = "standard"
    uses: tuple[Use, ...] = ()
    directory: str = ""

    @property
    def folder(self) -> PurePosixPath:
        """The service folder, from the project's root."""
        return PurePosixPath(self.directory or f"{APPS}/{self.name}")

    @property
    def spec(self) -> PurePosixPath:
        """The spec, from the project's root."""
        return PurePosixPath("services") / f"{self.name}.yaml"

    @property
    def package(self) -> str:
        """The name as an identifier: `order_fulfilment`."""
        return self.name.replace("-", "_")
