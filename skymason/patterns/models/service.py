"""What may stand in a service spec. `overrides` and `environments` hold the keys of the pattern's model."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from skymason.patterns.models.common import DataClassification, DnsLabel, Model, Tier


class Identity(Model):
    name: DnsLabel
    """Also its namespace and part of every physical name. A change replaces everything."""
    owner: str = Field(min_length=1, max_length=128)
    """Team that answers for it; named in every alarm."""
    tier: Tier = Field(default=Tier.STANDARD, strict=False)
    """How much it matters that it answers."""
    description: str = Field(default="", max_length=500)
    data_classification: DataClassification = Field(default=DataClassification.INTERNAL, strict=False)
    """Most sensitive data that it handles."""
    cost_center: str = Field(default="", max_length=128)
    """Where its costs go; empty means the stack's."""


class Use(Model):
    """Exactly one of service and resource."""

    service: DnsLabel | None = None
    """Another service to call."""
    resource: DnsLabel | None = None
    """A resource: from the stack's `existing`, or one that another service provides."""
    access: str
    """What it may do; depends on the kind of the target."""


class Service(Model):
    service: Identity
    pattern: str
    """One of the patterns of `infrastructure-patterns.yaml`."""
    cloud: str | None = Field(default=None, pattern=r"^(aws|azure)$", examples=["aws"])
    """Left out, the stack's."""
    image: dict[str, Any] = {}
    """What to run: repository, and digest or (in dev) tag."""
    overrides: dict[str, Any] = {}
    """Keys of the pattern that this service changes, in every environment."""
    environments: dict[str, dict[str, Any]] = {}
    """Environment → keys of the pattern that this service changes there."""
    uses: list[Use] = []
    """What it calls, reads and writes. Permissions, network rules and settings follow from it."""
