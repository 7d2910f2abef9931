"""Keys that every pattern shares: what a container is, how it scales, what it may talk to."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Percent = Annotated[int, Field(ge=1, le=100)]
Port = Annotated[int, Field(ge=1, le=65535)]
Cpu = Annotated[str, Field(pattern=r"^(\d+m|\d+(\.\d{1,3})?)$", examples=["250m", "1"])]
Memory = Annotated[str, Field(pattern=r"^\d+(Ki|Mi|Gi)$", examples=["256Mi", "1Gi"])]
DnsLabel = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]*[a-z0-9])?$", max_length=63, examples=["orders"])]
PortName = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]*[a-z0-9])?$", max_length=15, examples=["http"])]
Hostname = Annotated[
    str,
    Field(
        pattern=r"^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$",
        max_length=253,
        examples=["shop.example.com"],
    ),
]
Cidr = Annotated[str, Field(pattern=r"^[0-9a-f.:]+/\d{1,3}$", examples=["203.0.113.0/24"])]
HttpPath = Annotated[str, Field(pattern=r"^/\S*$", max_length=1024, examples=["/healthz"])]
EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", examples=["LOG_FORMAT"])]
# Five fields, or a rate; Kubernetes and KEDA read the five-field form.
Cron = Annotated[str, Field(pattern=r"^(\S+\s+){4}\S+$", examples=["0 3 * * *"])]


class Model(BaseModel):
    """Unknown keys are errors, `"20"` is not a number and `1` is not text; values are frozen."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class Tier(StrEnum):
    """How much it matters that a service answers."""

    CRITICAL = "critical"
    """Must survive the loss of a zone, without capacity that can be taken away."""
    STANDARD = "standard"
    BEST_EFFORT = "best_effort"
    """May be down for hours."""


class DataClassification(StrEnum):
    """What the worst disclosure would be."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"
    PCI = "pci"
    """Card or payment data: PCI DSS applies."""


class LogLevel(StrEnum):
    """Least severe message that the application writes."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Exposure(StrEnum):
    """From where the load balancer can be reached."""

    PUBLIC = "public"
    INTERNAL = "internal"
    BOTH = "both"


class Image(Model):
    repository: str = Field(pattern=r"^[a-z0-9]+([._/-][a-z0-9]+)*$", max_length=256, examples=["orders"])
    """Repository in the platform's registry, or a full image name with its host."""
    digest: str | None = Field(
        default=None, pattern=r"^sha256:[0-9a-f]{64}$", examples=["sha256:" + 64 * "0"]
    )
    """Digest to run. Required outside dev: a tag can be moved, a digest cannot."""
    tag: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", examples=["1.4.2"])
    """Tag to run. For dev only."""


class ResourceAmounts(Model):
    cpu: Cpu
    """CPU, in cores or thousandths of a core (`250m`)."""
    memory: Memory
    """Memory, with a binary unit (`256Mi`)."""


class Resources(Model):
    requests: ResourceAmounts
    """What the scheduler sets aside for one replica."""
    limits: ResourceAmounts
    """What one replica can never exceed."""


class Container(Model):
    command: list[str] = []
    """Replaces the image's entry point; empty keeps it."""
    args: list[str] = []
    """Replaces the image's arguments; empty keeps them."""
    environment: dict[EnvironmentName, str] = {}
    """Plain settings. Secrets never go here: they come from `uses`."""
    user: int = Field(ge=1, le=65534)
    """Numeric user that the process runs as; never root."""
    read_only_root: bool
    """Root file system is read-only."""
    writable_paths: list[HttpPath] = []
    """Folders that get an empty, memory-limited scratch volume."""
    scratch_size: Memory
    """Size limit of each scratch volume."""


class Probe(Model):
    path: HttpPath | None = None
    """HTTP path; left out, the port is probed."""
    period_seconds: int = Field(ge=1, le=300)
    """Time from one question to the next."""
    timeout_seconds: int = Field(ge=1, le=60)
    """Time to wait for an answer."""
    failure_threshold: int = Field(ge=1, le=60)
    """Failures in a row that count."""


class Probes(Model):
    liveness: Probe
    """Restarts the container when it fails."""
    readiness: Probe
    """Takes the replica out of service when it fails."""
    startup: Probe
    """Holds the other two back until it succeeds once."""


class ScheduledCapacity(Model):
    name: DnsLabel
    """Short name, unique within the service."""
    start: Cron
    """When the capacity begins."""
    end: Cron
    """When it ends."""
    timezone: str = "Etc/UTC"
    """IANA time zone."""
    replicas: int = Field(ge=0, le=1000)
    """Replicas to hold at least in that time."""


class NamedPort(Model):
    name: PortName
    """Short name, by which routes and probes find it."""
    port: Port
    """Port that the container listens on."""


class Scaling(Model):
    """How many replicas; each pattern adds by what it scales."""

    min: int = Field(ge=0, le=1000)
    """Replicas that are always there."""
    max: int = Field(ge=1, le=1000)
    """Replicas that there are at most."""
    scale_down_seconds: int = Field(ge=0, le=3600)
    """Load must stay low for this long before replicas go."""
    schedule: list[ScheduledCapacity] = []
    """Replicas to hold at certain times, whatever the load."""


class Alarms(Model):
    """When people are told; each pattern adds of what."""

    enabled: bool
    """Make the alarms."""
    window_minutes: int = Field(ge=1, le=60)
    """Time that an alarm looks back over."""


class Rollout(Model):
    max_surge: str = Field(pattern=r"^\d+%?$", examples=["1", "25%"])
    """Replicas above the desired number while rolling out."""
    max_unavailable: str = Field(pattern=r"^\d+%?$", examples=["1", "25%"])
    """Replicas that may be missing while rolling out."""
    bake_minutes: int = Field(ge=0, le=1440)
    """How long a rollout takes at least. Meanwhile the old version still runs, alarms see the new one, and
    one of its replicas that fails stops the rollout. Without effect on a singleton, which has no old version
    then."""


class Disruption(Model):
    max_unavailable: str = Field(pattern=r"^\d+%?$", examples=["1", "25%"])
    """Replicas that a voluntary disruption (a node drain) may take at once."""


class Shutdown(Model):
    grace_seconds: int = Field(ge=5, le=3600)
    """From the signal to stop until the process is killed."""
    pre_stop_seconds: int = Field(ge=0, le=600)
    """Wait before the signal, while load balancers forget the replica."""


class Sidecar(Model):
    name: DnsLabel
    """Name of the container."""
    image: str = Field(pattern=r"^\S+@sha256:[0-9a-f]{64}$", examples=["envoy@sha256:" + 64 * "0"])
    """Full image name by digest."""
    command: list[str] = []
    """Replaces the image's entry point; empty keeps it."""
    args: list[str] = []
    """Replaces the image's arguments; empty keeps them."""
    environment: dict[EnvironmentName, str] = {}
    """Plain settings."""
    port: Port | None = None
    """Port that it listens on; null for none."""
    resources: Resources
    """What it is given and can never exceed."""
    user: int = Field(default=65534, ge=1, le=65534)
    """Numeric user that it runs as; never root."""


class Task(Model):
    name: DnsLabel
    """Short name, unique within the service."""
    command: list[str] = Field(min_length=1)
    """What the service's own image runs."""
    args: list[str] = []
    """Arguments of the command."""
    schedule: Cron | None = None
    """When it runs; left out, it runs once for each new image."""
    timezone: str = "Etc/UTC"
    """IANA time zone of the schedule."""
    timeout_seconds: int = Field(default=3600, ge=10, le=86400)
    """After this it is killed and counts as failed."""
    retries: int = Field(default=2, ge=0, le=10)
    """Further attempts after a failure."""
    resources: Resources | None = None
    """Left out: the service's own."""


class Network(Model):
    allow_from: list[DnsLabel] = []
    """Other services (their namespaces) that may call this one beside those that declare `uses`."""
    egress_cidrs: list[Cidr] = []
    """Address ranges outside the platform that it may call, on the ports below."""
    egress_ports: list[Port] = [443]
    """Ports of those address ranges."""


class Logging(Model):
    retention_days: int
    """Days that application logs are kept."""
    level: LogLevel = Field(strict=False)
    """Least severe message that the application writes; it reads LOG_LEVEL."""


class ServiceConfig(Model):
    """Keys of every pattern."""

    image: Image
    """What to run: repository, and digest or tag."""
    ports: list[NamedPort] = Field(min_length=1)
    """Ports of the container; the first one is the main one, and answers the probes."""
    container: Container
    """How the process runs."""
    resources: Resources
    """CPU and memory of one replica."""
    probes: Probes
    """How the health of a replica is asked."""
    scaling: Scaling
    """How many replicas there are."""
    rollout: Rollout
    """How a new version replaces the old one."""
    disruption: Disruption
    """What a node drain may take away."""
    shutdown: Shutdown
    """How a replica stops."""
    network: Network
    """Who may call it, and whom it may call, beside what `uses` names."""
    logging: Logging
    """What is logged, and for how long."""
    alarms: Alarms
    """When people are told."""
    spread_zones: bool
    """Spread replicas evenly over the zones, and refuse to stack them."""
    spot: bool
    """Run on interruptible capacity."""
    singleton: bool
    """Never run two replicas at once (a rollout stops the old one first)."""
    tasks: list[Task] = []
    """One-off and scheduled runs of the same image."""
    sidecars: list[Sidecar] = []
    """Containers beside the service's own in every replica."""
    escape: dict[DnsLabel, dict[str, Any]] = {}
    """Sets any property of any resource inside, by the resource's short name. Shown in every report."""
