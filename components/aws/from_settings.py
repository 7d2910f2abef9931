"""From a stack's settings to the arguments of its platform."""

import pulumi
from pulumi_aws import ec2, eks

from components.aws.cluster import ExistingClusterArgs
from components.aws.cluster_access import EndpointAccess
from components.aws.network import NatStrategy
from components.aws.platform_args import (
    AwsPlatformArgs,
    PlatformClusterArgs,
    PlatformDomainArgs,
    PlatformNetworkArgs,
)
from skymason.settings import ClusterSettings, DomainSettings, NetworkSettings, Settings


def platform_args(
    settings: Settings, *, account_id: str, availability_zones: list[str], repositories: list[str]
) -> AwsPlatformArgs:
    """Arguments of `AwsPlatform` for one stack.

    account_id, availability_zones: facts of the account and region, the zones in order of preference.
    repositories: of the images that the stack's services run. Raises ValueError where the stack has no
    section for AWS, or the region has fewer zones than it asks for.
    """
    aws = settings.aws
    if aws is None or settings.region is None:
        raise ValueError(f"stack '{settings.stack}' says nothing about AWS")
    zones = availability_zones[: aws.network.zones]
    if len(zones) < aws.network.zones:
        raise ValueError(
            f"{settings.region} has {len(zones)} zones for us; the stack wants {aws.network.zones}"
        )
    args: AwsPlatformArgs = {
        "project": settings.project,
        "environment": settings.environment,
        "account_id": account_id,
        "partition": settings.partition,
        "region": settings.region,
        "availability_zones": zones,
        "repositories": repositories,
        "network": _network(aws.network),
        "cluster": _cluster(aws.cluster),
        "enhanced_scanning": aws.registry.enhanced_scanning,
        "alert_emails": list(aws.alerts.emails),
        "account_guardrails": aws.account_guardrails,
        "protect": aws.protect,
        "tags": settings.tags,
    }
    elsewhere = topic_accounts(settings) - {account_id}
    if elsewhere:
        args["delivering_accounts"] = sorted(elsewhere)
    if aws.domain is not None:
        args["domain"] = _domain(aws.domain)
        if aws.domain.certificate_arn is not None:
            args["certificate_arn"] = aws.domain.certificate_arn
    if aws.registry.host is not None:
        args["registry_host"] = aws.registry.host
    if aws.permissions_boundary_arn is not None:
        args["permissions_boundary_arn"] = aws.permissions_boundary_arn
    return args


def topic_accounts(settings: Settings) -> set[str]:
    """Accounts of the topics that the settings list: services may subscribe their queues to them."""
    topics = (item.arn for item in settings.existing.values() if item.kind == "sns_topic")
    return {arn.split(":")[4] for arn in topics}


def _network(network: NetworkSettings) -> PlatformNetworkArgs:
    args: PlatformNetworkArgs = {
        "cidr": str(network.cidr),
        "nat": NatStrategy(network.nat),
        "flow_log_days": network.flow_log_days,
        "interface_endpoints": list(network.interface_endpoints),
    }
    if network.vpc_id is not None:
        args["existing"] = {
            "vpc_id": network.vpc_id,
            "cidr": str(network.cidr),
            "public_subnet_ids": list(network.public_subnet_ids),
            "private_subnet_ids": list(network.private_subnet_ids),
            "data_subnet_ids": list(network.data_subnet_ids),
            "public_subnet_cidrs": subnet_ranges(network.public_subnet_ids),
            "private_subnet_cidrs": subnet_ranges(network.private_subnet_ids),
        }
    return args


def _cluster(cluster: ClusterSettings) -> PlatformClusterArgs:
    args: PlatformClusterArgs = {
        "version": cluster.version,
        "admins": list(cluster.admins),
        "endpoint": EndpointAccess(cluster.endpoint),
        "allowed_cidrs": [str(cidr) for cidr in cluster.allowed_cidrs],
        "node_pools": [
            {
                "name": pool.name,
                "instance_types": list(pool.instance_types),
                "min": pool.min,
                "max": pool.max,
                "spot": pool.spot,
                "disk_gb": pool.disk_gb,
            }
            for pool in cluster.node_pools
        ],
        "log_days": cluster.log_days,
        "controller_replicas": cluster.controller_replicas,
        "controller_log_days": cluster.controller_log_days,
    }
    if cluster.existing_name is not None:
        args["existing"] = look_up(cluster.existing_name)
    return args


def _domain(domain: DomainSettings) -> PlatformDomainArgs:
    args: PlatformDomainArgs = {"name": domain.name}
    if domain.hosted_zone_id is not None:
        args["hosted_zone_id"] = domain.hosted_zone_id
    return args


def subnet_ranges(ids: list[str]) -> list[pulumi.Input[str]]:
    """Address ranges of subnets that are there already, asked of AWS without waiting."""
    return [ec2.get_subnet_output(id=id).cidr_block for id in ids]


def look_up(cluster_name: str) -> ExistingClusterArgs:
    """What others need to know of a cluster that is there already, asked of AWS without waiting."""
    found = eks.get_cluster_output(name=cluster_name)
    return {
        "name": pulumi.Output.from_input(cluster_name),
        "endpoint": found.endpoint,
        "certificate_authority": found.certificate_authorities[0].data,
        "security_group_id": found.vpc_config.cluster_security_group_id,
    }
