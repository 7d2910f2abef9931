"""What a container is and how it runs, as component arguments: the sections of a spec, same names and shapes.

Inside a pattern every key may be left out, because the pattern's defaults fill it; a building block that is
used on its own needs each section whole, but for the keys that are said to be optional.
"""

from typing import NotRequired, TypedDict

import pulumi


class ImageArgs(TypedDict):
    """What to run. Exactly one of digest and tag."""

    repository: pulumi.Input[str]
    """Repository in the platform's registry, or a full image name with its host."""
    digest: NotRequired[pulumi.Input[str]]
    """`sha256:…`; a tag can be moved, a digest cannot."""
    tag: NotRequired[pulumi.Input[str]]
    """For development only."""


class ResourceAmountsArgs(TypedDict):
    """An amount of CPU and memory."""

    cpu: NotRequired[pulumi.Input[str]]
    """In cores or thousandths of a core (`250m`)."""
    memory: NotRequired[pulumi.Input[str]]
    """With a binary unit (`256Mi`)."""


class ResourcesArgs(TypedDict):
    """What one replica gets."""

    requests: NotRequired[ResourceAmountsArgs]
    """What the scheduler sets aside."""
    limits: NotRequired[ResourceAmountsArgs]
    """What it can never exceed."""


class ContainerArgs(TypedDict):
    """The service's own container."""

    command: NotRequired[list[pulumi.Input[str]]]
    """Replaces the image's entry point; optional, empty keeps it."""
    args: NotRequired[list[pulumi.Input[str]]]
    """Replaces the image's arguments; optional, empty keeps them."""
    environment: NotRequired[dict[str, pulumi.Input[str]]]
    """Plain settings; optional. Secrets never go here."""
    user: NotRequired[int]
    """Numeric user that the process runs as; never root."""
    read_only_root: NotRequired[bool]
    """Root file system is read-only."""
    writable_paths: NotRequired[list[str]]
    """Folders that get an empty scratch volume of limited size; optional."""
    scratch_size: NotRequired[pulumi.Input[str]]
    """Size limit of each scratch volume."""


class ProbeArgs(TypedDict):
    """One probe."""

    path: NotRequired[str]
    """HTTP path; optional, left out, the port is probed."""
    period_seconds: NotRequired[int]
    timeout_seconds: NotRequired[int]
    failure_threshold: NotRequired[int]


class ProbesArgs(TypedDict):
    """How the container's health is asked, on the main port."""

    liveness: NotRequired[ProbeArgs]
    """Restarts the container when it fails."""
    readiness: NotRequired[ProbeArgs]
    """Takes the replica out of service when it fails."""
    startup: NotRequired[ProbeArgs]
    """Holds the other two back until it succeeds once."""


class ScheduledCapacityArgs(TypedDict):
    """Replicas to hold at certain times."""

    name: str
    start: pulumi.Input[str]
    """When the capacity begins: five cron fields."""
    end: pulumi.Input[str]
    """When it ends."""
    timezone: NotRequired[pulumi.Input[str]]
    """IANA time zone; `Etc/UTC` if left out."""
    replicas: int
    """Replicas to hold at least in that time."""


class RolloutArgs(TypedDict):
    """How a new version replaces the old one."""

    max_surge: NotRequired[str]
    """Replicas above the desired number: a count or a percentage."""
    max_unavailable: NotRequired[str]
    """Replicas that may be missing: a count or a percentage."""
    bake_minutes: NotRequired[int]
    """How long a rollout takes at least: new replicas must be ready for their part of it before the next ones
    follow. A singleton does not wait."""


class DisruptionArgs(TypedDict):
    """What a voluntary disruption (a node drain) may do."""

    max_unavailable: NotRequired[str]
    """Replicas that it may take at once: a count or a percentage."""


class ShutdownArgs(TypedDict):
    """How a replica stops."""

    grace_seconds: NotRequired[int]
    """From the signal to stop until the process is killed."""
    pre_stop_seconds: NotRequired[int]
    """Wait before the signal, while load balancers forget the replica."""


class SidecarArgs(TypedDict):
    """A container beside the service's own, started before it and stopped after it."""

    name: str
    image: pulumi.Input[str]
    """Full image name by digest."""
    command: NotRequired[list[pulumi.Input[str]]]
    args: NotRequired[list[pulumi.Input[str]]]
    environment: NotRequired[dict[str, pulumi.Input[str]]]
    port: NotRequired[int]
    resources: ResourcesArgs
    user: NotRequired[int]
    """Numeric user; 65534 (nobody) if left out."""


class TaskArgs(TypedDict):
    """A run of the service's own image beside the service."""

    name: str
    command: list[pulumi.Input[str]]
    args: NotRequired[list[pulumi.Input[str]]]
    schedule: NotRequired[pulumi.Input[str]]
    """Five cron fields; left out, it runs once for each new image, before the image is rolled out."""
    timezone: NotRequired[pulumi.Input[str]]
    """IANA time zone; `Etc/UTC` if left out."""
    timeout_seconds: NotRequired[int]
    """After this it is killed and counts as failed; 3600 if left out."""
    retries: NotRequired[int]
    """2 if left out."""
    resources: NotRequired[ResourcesArgs]
    """Left out: the service's own."""


class ServiceNetworkArgs(TypedDict):
    """Who may call the service, and whom it may call, beside its bindings."""

    allow_from: NotRequired[list[str]]
    """Other services (their namespaces)."""
    egress_cidrs: NotRequired[list[pulumi.Input[str]]]
    """Address ranges that it may call, on the ports below."""
    egress_ports: NotRequired[list[int]]


class ServiceLoggingArgs(TypedDict):
    """What is logged, and for how long."""

    retention_days: NotRequired[int]
    """Days that logs are kept; a value that CloudWatch knows."""
    level: NotRequired[pulumi.Input[str]]
    """debug, info, warning or error; handed to the container as `LOG_LEVEL`."""


class NamedPortArgs(TypedDict):
    """A port of the container."""

    name: str
    """At most 15 characters."""
    port: int
