"""The sections of a stack's settings, each there or not: checks go on where one section is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from skymason.settings.facts import REGIONS
from skymason.settings.models import (
    AlertSettings,
    AwsSettings,
    ClusterSettings,
    DomainSettings,
    ExistingResource,
    NetworkSettings,
    Settings,
)
from skymason.settings.values import is_arn

Model = TypeVar("Model", bound=BaseModel)

DEV = "dev"
"""The environment in which some things are warnings that are errors everywhere else."""


@dataclass(frozen=True)
class Sections:
    """None means: not written, or wrong in itself."""

    stack: str
    environment: str
    region: str | None
    cloud: str | None
    has_aws: bool
    account_id: str | None = None
    network: NetworkSettings | None = None
    cluster: ClusterSettings | None = None
    domain: DomainSettings | None = None
    alerts: AlertSettings | None = None
    boundary: str | None = None
    protect: bool | None = None
    existing: Mapping[str, ExistingResource] = field(default_factory=dict)

    @property
    def partition(self) -> str:
        return REGIONS.get(self.region or "", "aws")

    @property
    def is_dev(self) -> bool:
        return self.environment == DEV

    @classmethod
    def of(cls, settings: Settings) -> Sections:
        aws = settings.aws
        head = cls(settings.stack, settings.environment, settings.region, settings.cloud, aws is not None)
        known: dict[str, Any] = {"existing": settings.existing}
        if aws:
            known |= {
                "account_id": aws.account_id,
                "network": aws.network,
                "cluster": aws.cluster,
                "domain": aws.domain,
                "alerts": aws.alerts,
                "boundary": aws.permissions_boundary_arn,
                "protect": aws.protect,
            }
        return cls(**{**head.__dict__, **known})

    @classmethod
    def parsed(cls, raw: Mapping[str, Any]) -> Sections:
        """From settings that do not validate as a whole: those sections that do."""
        aws, existing = raw.get("aws"), raw.get("existing")
        written = aws if isinstance(aws, dict) else {}
        existing = existing if isinstance(existing, dict) else {}
        parsed = {name: _try(ExistingResource, item) for name, item in existing.items()}
        boundary, account = written.get("permissions_boundary_arn"), written.get("account_id")
        protect = written.get("protect", AwsSettings.model_fields["protect"].default)
        return cls(
            stack=raw["stack"],
            environment=str(raw.get("environment", "")),
            region=raw.get("region"),
            cloud=raw.get("cloud"),
            has_aws=aws is not None,
            account_id=account if isinstance(account, str) else None,
            network=_try(NetworkSettings, written.get("network")),
            cluster=_try(ClusterSettings, written.get("cluster")),
            domain=_try(DomainSettings, written.get("domain")),
            alerts=_try(AlertSettings, written.get("alerts", {})) if written else None,
            boundary=boundary if is_arn(boundary) else None,
            protect=protect if isinstance(protect, bool) else None,
            existing={name: item for name, item in parsed.items() if item},
        )


def _try(model: type[Model], raw: Any) -> Model | None:
    try:
        return model.model_validate(raw)
    except ValidationError:
        return None
