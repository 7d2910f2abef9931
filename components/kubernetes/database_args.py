"""Arguments of a database on the cluster."""

from typing import NotRequired, TypedDict

import pulumi

from components.kubernetes.args import ResourcesArgs


class StatefulDatabaseArgs(TypedDict):
    """Arguments of StatefulDatabase."""

    name: str
    """Name of the service; the database's own objects are called `<service>-database`."""
    namespace: pulumi.Input[str]
    database_name: pulumi.Input[str]
    major_version: int
    """Of PostgreSQL: one for which there is an image. A newer one does not read the data of an older."""
    storage_gb: int
    """Size of the volume. It can grow, by hand: a StatefulSet takes no other size."""
    parameters: dict[str, str]
    """Server parameters; they cannot turn TLS off."""
    preload: list[str]
    """Libraries that are loaded at the server's start."""
    extensions: list[str]
    users: dict[str, str]
    """Access (read, readwrite, migrate, backup) → user."""
    secrets: dict[str, pulumi.Input[str]]
    """Access → ARN of the secret that holds its user's password."""
    role_arn: pulumi.Input[str]
    """Role of the service account `<service>-database`; it may read the secrets and write metrics."""
    backup_role_arn: pulumi.Input[str]
    """Role of `<service>-database-backup`; it may read its own secret, write to the bucket, write metrics."""
    metrics_name: pulumi.Input[str]
    """What the database is called in its metrics."""
    bucket_name: pulumi.Input[str]
    backup_schedule: pulumi.Input[str]
    """Five cron fields, UTC: what is written after a backup is lost with the volume."""
    region: pulumi.Input[str]
    priority_class: NotRequired[pulumi.Input[str]]
    """PriorityClass of the server. Default: the cluster's own."""
    resources: NotRequired[ResourcesArgs]
    """Default: half a core and 1 GiB, at most two cores and 2 GiB."""
    protect: NotRequired[bool]
    """Refuse to delete the database, and keep its volume. Default: false."""
