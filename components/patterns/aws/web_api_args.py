"""Arguments of WebApi: the keys of `skymason/patterns/models/web_api.py`, same names and shapes.

Every key of a section may be left out, at any depth: the pattern's defaults fill it.
"""

from typing import Any, NotRequired, TypedDict

import pulumi

from components.aws.alarms import AlarmsArgs
from components.aws.load_balancer import SecurityHeadersArgs, TargetHealthArgs
from components.aws.reference import AwsPlatformReference
from components.aws.routing import RouteArgs
from components.binding import Binding
from components.kubernetes.args import (
    ContainerArgs,
    DisruptionArgs,
    ImageArgs,
    NamedPortArgs,
    ProbesArgs,
    ResourcesArgs,
    RolloutArgs,
    ScheduledCapacityArgs,
    ServiceLoggingArgs,
    ServiceNetworkArgs,
    ShutdownArgs,
    SidecarArgs,
    TaskArgs,
)
from components.patterns.args import ServiceIdentityArgs
from skymason.patterns.models.common import Exposure
from skymason.patterns.models.web_api import WafMode


class WebScalingArgs(TypedDict):
    """How many replicas, and when more."""

    min: NotRequired[int]
    max: NotRequired[int]
    cpu_percent: NotRequired[int]
    """Target CPU use of the requests, over all replicas."""
    requests_per_target: NotRequired[int]
    """Requests per minute and replica to aim for; none scales on CPU alone."""
    scale_down_seconds: NotRequired[int]
    """Load must stay low for this long before replicas go."""
    schedule: NotRequired[list[ScheduledCapacityArgs]]


class WafArgs(TypedDict):
    """The firewall in front of the load balancers."""

    enabled: NotRequired[bool]
    mode: NotRequired[WafMode]
    requests_per_5_minutes: NotRequired[int]
    """Requests of one address in five minutes before it is blocked."""
    managed_groups: NotRequired[list[str]]
    """AWS managed rule groups, in order of evaluation."""


class WebIngressArgs(TypedDict):
    """How requests get in."""

    exposure: NotRequired[Exposure]
    hosts: NotRequired[list[pulumi.Input[str]]]
    """Host names; empty means `<service>.<the platform's domain>`."""
    routes: NotRequired[list[RouteArgs]]
    """Path prefixes to ports; the longest wins."""
    allowed_cidrs: NotRequired[list[pulumi.Input[str]]]
    """Addresses that may reach the public load balancer. The internal one is open to the network."""
    tls_policy: NotRequired[pulumi.Input[str]]
    """Load balancer security policy."""
    certificate_arn: NotRequired[pulumi.Input[str]]
    """An existing certificate; left out, the platform's, or one that is issued for the hosts."""
    idle_timeout_seconds: NotRequired[int]
    deregistration_seconds: NotRequired[int]
    """How long a replica that leaves still gets the requests it has begun."""
    slow_start_seconds: NotRequired[int]
    """Time over which a new replica is given its full share; 0, or 30 to 900."""
    access_logs: NotRequired[bool]
    deletion_protection: NotRequired[bool]
    target_health: NotRequired[TargetHealthArgs]
    waf: NotRequired[WafArgs]
    headers: NotRequired[SecurityHeadersArgs]


class WebApiArgs(TypedDict):
    """Arguments of WebApi."""

    platform: AwsPlatformReference
    """Where it runs."""
    service: ServiceIdentityArgs
    """Whose it is."""
    bindings: NotRequired[list[Binding]]
    """What it uses: settings, permissions and network rules. The only source of permissions."""
    image: ImageArgs
    container: NotRequired[ContainerArgs]
    resources: NotRequired[ResourcesArgs]
    probes: NotRequired[ProbesArgs]
    rollout: NotRequired[RolloutArgs]
    disruption: NotRequired[DisruptionArgs]
    shutdown: NotRequired[ShutdownArgs]
    network: NotRequired[ServiceNetworkArgs]
    logging: NotRequired[ServiceLoggingArgs]
    spread_zones: NotRequired[bool]
    """Spread replicas evenly over the zones, and refuse to stack them."""
    spot: NotRequired[bool]
    """Run on interruptible capacity."""
    singleton: NotRequired[bool]
    """Never run two replicas at once."""
    tasks: NotRequired[list[TaskArgs]]
    """One-off and scheduled runs of the same image."""
    sidecars: NotRequired[list[SidecarArgs]]
    """Containers beside the service's own in every replica."""
    escape: NotRequired[dict[str, dict[str, Any]]]
    """Sets any property of any resource inside, by the resource's short name."""
    ports: NotRequired[list[NamedPortArgs]]
    """Ports of the container; the first one is the main one."""
    scaling: NotRequired[WebScalingArgs]
    ingress: NotRequired[WebIngressArgs]
    alarms: NotRequired[AlarmsArgs]
