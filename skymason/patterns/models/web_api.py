"""Keys of the pattern `web_api`: an HTTP service behind a load balancer."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from skymason.patterns.models.common import Alarms as BaseAlarms
from skymason.patterns.models.common import (
    Cidr,
    DnsLabel,
    Exposure,
    Hostname,
    HttpPath,
    Model,
    Percent,
    ServiceConfig,
)
from skymason.patterns.models.common import Scaling as BaseScaling


class WafMode(StrEnum):
    """What the firewall does with a request that a managed rule matches."""

    BLOCK = "block"
    COUNT = "count"


class Scaling(BaseScaling):
    min: int = Field(ge=1, le=1000)
    """Replicas that are always there."""
    cpu_percent: Percent
    """Target CPU use of the requests, over all replicas."""
    requests_per_target: int | None = Field(default=None, ge=1)
    """Requests per minute and replica to aim for; null scales on CPU alone."""


class Route(Model):
    path: HttpPath = "/"
    """Path prefix that goes to the port."""
    port: DnsLabel = "http"
    """Name of a port under `ports`."""


class TargetHealth(Model):
    path: HttpPath
    """Path that the load balancer asks."""
    interval_seconds: int = Field(ge=5, le=300)
    """Time from one check to the next."""
    timeout_seconds: int = Field(ge=2, le=120)
    """Time to wait for an answer."""
    healthy_threshold: int = Field(ge=2, le=10)
    """Successes in a row after which a replica gets requests."""
    unhealthy_threshold: int = Field(ge=2, le=10)
    """Failures in a row after which it gets none."""


class Waf(Model):
    enabled: bool
    """Put a firewall before the load balancer."""
    mode: WafMode = Field(strict=False)
    """Block what a managed rule matches, or only count it."""
    requests_per_5_minutes: int = Field(ge=10, le=2_000_000_000)
    """Requests of one address in five minutes before it is blocked."""
    managed_groups: list[str]
    """AWS managed rule groups, in order of evaluation."""


class SecurityHeaders(Model):
    """Response headers that the load balancer sets; an empty string leaves one to the application."""

    strict_transport_security: str
    """Browsers use HTTPS only, for so long."""
    content_security_policy: str
    """From where a page may load what."""
    x_content_type_options: str
    """`nosniff`: browsers do not guess types."""
    x_frame_options: str
    """Who may show the page in a frame."""


class Ingress(Model):
    exposure: Exposure = Field(strict=False)
    """From where it can be reached."""
    hosts: list[Hostname] = []
    """Host names; empty means `<service>.<the platform's domain>`."""
    routes: list[Route] = [Route()]
    """Path prefixes to ports; the longest prefix wins."""
    allowed_cidrs: list[Cidr]
    """Addresses that may reach the public load balancer."""
    tls_policy: str
    """Load balancer security policy."""
    certificate_arn: str | None = None
    """An existing certificate; left out, one is issued for the hosts."""
    idle_timeout_seconds: int = Field(ge=1, le=4000)
    """Time after which the load balancer drops a silent connection."""
    deregistration_seconds: int = Field(ge=0, le=3600)
    """How long a replica that leaves still gets the requests it has begun."""
    slow_start_seconds: int = Field(ge=0, le=900)
    """Time over which a new replica is given its full share; 0 gives it at once, else 30 to 900."""
    access_logs: bool
    """Log every request."""
    deletion_protection: bool
    """Refuse to delete the load balancer."""
    target_health: TargetHealth
    """How the load balancer asks a replica for its health."""
    waf: Waf
    """The firewall."""
    headers: SecurityHeaders
    """Security headers of every response."""


class Alarms(BaseAlarms):
    error_percent: float = Field(gt=0, le=100)
    """5xx answers, of all answers, in the window."""
    p95_seconds: float = Field(gt=0, le=60)
    """95th percentile of the time to answer."""
    unhealthy_hosts: int = Field(ge=1)
    """Unhealthy replicas at which to alarm."""
    no_traffic_minutes: int | None = Field(default=None, ge=5, le=1440)
    """Alarm after so long without a request; null for services that may be idle."""


class WebApi(ServiceConfig):
    scaling: Scaling
    """How many replicas there are, and by what they scale."""
    ingress: Ingress
    """How requests get in."""
    alarms: Alarms
    """When people are told, and of what."""
