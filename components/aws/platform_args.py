"""Arguments of the AWS platform."""

from typing import NotRequired, TypedDict

from components.aws.cluster import ExistingClusterArgs
from components.aws.cluster_access import EndpointAccess
from components.aws.network import ExistingNetworkArgs, NatStrategy
from components.aws.node_pool import NodePoolSettings


class PlatformNetworkArgs(TypedDict):
    """The network; see `NetworkArgs`."""

    cidr: NotRequired[str]
    """IPv4 block from /16 to /20. Required unless `existing` is given. A change replaces the network."""
    nat: NotRequired[NatStrategy]
    """Default: a gateway in each zone."""
    interface_endpoints: NotRequired[list[str]]
    """Services reached through an interface in each zone. Default: none."""
    flow_log_days: NotRequired[int]
    """Default: 365."""
    existing: NotRequired[ExistingNetworkArgs]
    """A network that is there already."""


class PlatformClusterArgs(TypedDict):
    """The cluster; see `ClusterArgs`."""

    version: NotRequired[str]
    admins: list[str]
    """ARNs of roles or users that administer the cluster, the one that deploys among them."""
    endpoint: NotRequired[EndpointAccess]
    """Default: private."""
    allowed_cidrs: NotRequired[list[str]]
    """Addresses that may reach a public endpoint. Default: none."""
    node_pools: list[NodePoolSettings]
    log_days: NotRequired[int]
    """Default: 365."""
    controllers: NotRequired[list[str]]
    """Controllers to install (`AddonsArgs.charts`). Default: all in a new cluster, none in an existing one,
    which is taken to have them."""
    controller_replicas: NotRequired[int]
    """Default: 2."""
    controller_log_days: NotRequired[int]
    """Days that logs of the controllers' pods are kept. Default: 30."""
    existing: NotRequired[ExistingClusterArgs]
    """A cluster that is there already."""


class PlatformDomainArgs(TypedDict):
    """The domain; see `DomainArgs`."""

    name: str
    hosted_zone_id: NotRequired[str]
    """A public zone that is there already. Default: one is created."""


class AwsPlatformArgs(TypedDict):
    project: str
    environment: str
    """Together they make the prefix of physical names. A change replaces nearly everything."""
    account_id: str
    partition: str
    region: str
    delivering_accounts: NotRequired[list[str]]
    """Other accounts whose topics deliver to the stack's queues. Default: none."""
    availability_zones: list[str]
    """Zones to use, 2 to 6."""
    repositories: list[str]
    """Repositories of images, without the prefix."""
    network: PlatformNetworkArgs
    cluster: PlatformClusterArgs
    domain: NotRequired[PlatformDomainArgs]
    """Default: services have no names of their own."""
    certificate_arn: NotRequired[str]
    """A certificate for every service that is there already. Default: each service gets its own."""
    registry_host: NotRequired[str]
    """A registry that is there already. Default: repositories are created."""
    enhanced_scanning: NotRequired[bool]
    """Scan all images of the account continuously. Default: false."""
    alert_emails: NotRequired[list[str]]
    """Default: none."""
    permissions_boundary_arn: NotRequired[str]
    """Permissions boundary of every role. Default: none."""
    account_guardrails: NotRequired[bool]
    """Also set what holds for the whole account: encrypted disks, no public buckets. Default: true."""
    protect: NotRequired[bool]
    """Refuse to delete keys, logs, images, zones and the cluster. Default: true."""
    tags: NotRequired[dict[str, str]]
    """Tags of what no stack transformation reaches: nodes, their disks, the inside of the EKS component."""
