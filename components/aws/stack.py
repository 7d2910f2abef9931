"""The AWS side of a stack's program: facts of the account, and the platform made from the settings."""

import pulumi
import pulumi_aws as aws

from components.aws.data_network import admit
from components.aws.existing_grants import port_of
from components.aws.from_settings import platform_args
from components.aws.platform import AwsPlatform
from skymason.settings import Settings


def build_platform(settings: Settings, repositories: list[str]) -> AwsPlatform:
    """The platform of a stack, named `<project>-<environment>`.

    repositories: of the images that the services run. Account and zones are asked once, before the first
    resource: each question between resources would wait for all that were registered before it.
    """
    zones = aws.get_availability_zones(
        state="available", filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}]
    )
    args = platform_args(
        settings,
        account_id=aws.get_caller_identity().account_id,
        availability_zones=sorted(zones.names),
        repositories=repositories,
    )
    platform = AwsPlatform(settings.name_prefix, args)
    admit_nodes(settings, platform)
    return platform


def admit_nodes(settings: Settings, platform: AwsPlatform) -> None:
    """Lets the stack's nodes and pods into the security groups of stores that exist already, once a port."""
    listed = settings.existing.values()
    doors = {(item.security_group_id, port_of(item)) for item in listed if item.security_group_id}
    for group, port in sorted(doors):
        admit(
            f"{settings.name_prefix}-nodes-to-{group}-{port}",
            group,
            platform.reference["cluster_security_group_id"],
            port,
            f"nodes of {settings.name_prefix}",
            platform,
        )


def outputs(platform: AwsPlatform) -> dict[str, pulumi.Output]:
    """What the stack exports of its platform, for people and for `StackReference`."""
    return {
        "platform": pulumi.Output.secret(platform.reference),
        "cluster_name": platform.cluster_name,
        "registry_host": platform.registry_host,
        "name_servers": platform.name_servers,
    }
