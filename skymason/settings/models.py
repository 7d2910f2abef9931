"""What can be set for a stack: names, types, bounds, defaults and meanings, in one place.

The default of every setting is the one that is right for production; stacks that may be looser say so.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from skymason.settings.values import (
    AccountId,
    ArnText,
    BootstrapServers,
    Change,
    Cidr,
    ClusterName,
    DatabaseId,
    DatabaseName,
    DnsLabel,
    DomainName,
    Email,
    HostName,
    InstanceType,
    KubernetesVersion,
    NetworkCidr,
    PoolName,
    RegistryHost,
    Retention,
    SecurityGroupId,
    ShortName,
    SubnetId,
    TagText,
    TopicName,
    Url,
    UserName,
    VpcId,
    ZoneId,
)

REPLACES_NETWORK = Change("replaces the network and everything in it")
REPLACES_CLUSTER = Change("replaces the cluster: all services move")
REPLACES_POOL = Change("replaces the nodes of the pool, new ones first")
REPLACES_ALL = Change("renames, and so replaces, nearly everything: make a new stack instead")

CloudName = Literal["aws", "azure"]
Nat = Literal["none", "single", "per_zone"]
Endpoint = Literal["public", "private", "both"]
DataClassification = Literal["public", "internal", "confidential", "restricted"]
InterfaceEndpoint = Literal[
    "autoscaling",
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "eks",
    "eks-auth",
    "elasticloadbalancing",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "sqs",
    "sts",
]
ResourceKind = Literal[
    "s3_bucket",
    "sqs_queue",
    "sns_topic",
    "dynamodb_table",
    "kinesis_stream",
    "secret",
    "kms_key",
    "msk_cluster",
    "schema_registry",
    "rds_database",
    "elasticache",
]

IN_THE_NETWORK = ("msk_cluster", "rds_database", "elasticache")
"""Kinds of resources that have addresses and security groups, and no public endpoint."""


class Section(BaseModel):
    """Unknown keys and guessed types are errors; values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class NetworkSettings(Section):
    """The network, made here or brought along by `vpc_id` and the ids of its subnets."""

    cidr: Annotated[NetworkCidr, REPLACES_NETWORK]
    """Range of the whole network: private, /16 to /20. For an existing one, the range that it has."""
    zones: Annotated[int, Change("adds or removes subnets; the others stay")] = Field(default=3, ge=2, le=3)
    """Availability zones, each with a public, a private and a data subnet."""
    nat: Nat = "per_zone"
    """Way out of private subnets: a gateway in each zone, a single one for all, or none."""
    interface_endpoints: list[InterfaceEndpoint] = [
        *("ecr.api", "ecr.dkr", "eks-auth", "kms", "logs", "secretsmanager", "sts"),
    ]
    """AWS services that are reached without leaving the network; each costs by the hour and zone. S3 and
    DynamoDB always are, free of charge."""
    flow_log_days: Retention = 365
    """Days that flow logs are kept."""
    vpc_id: Annotated[VpcId | None, REPLACES_NETWORK] = None
    """An existing network to use instead of making one."""
    public_subnet_ids: Annotated[list[SubnetId], REPLACES_NETWORK] = []
    """Subnets of the existing network for load balancers, one a zone."""
    private_subnet_ids: Annotated[list[SubnetId], REPLACES_NETWORK] = []
    """Subnets of the existing network for nodes, one a zone."""
    data_subnet_ids: Annotated[list[SubnetId], REPLACES_NETWORK] = []
    """Subnets of the existing network for databases and caches, one a zone."""


class NodePool(Section):
    """One managed node group, spread over all zones."""

    name: Annotated[PoolName, REPLACES_POOL]
    """Name of the pool; nodes carry it as a label."""
    instance_types: Annotated[list[InstanceType], REPLACES_POOL] = Field(min_length=1, max_length=20)
    """Types in order of preference, all of one size and architecture, as the autoscaler needs them."""
    min: int = Field(ge=0, le=450)
    """Nodes that are always there."""
    max: int = Field(ge=1, le=450)
    """Nodes that the autoscaler may grow to."""
    spot: Annotated[bool, REPLACES_POOL] = False
    """Run on interruptible capacity, at about a third of the price."""
    disk_gb: Annotated[int, REPLACES_POOL] = Field(default=50, ge=20, le=1000)
    """Size of a node's encrypted disk."""


class ClusterSettings(Section):
    """The Kubernetes cluster, made here or brought along by `existing_name`."""

    version: KubernetesVersion = "1.35"
    """Kubernetes version. Goes up one minor at a time, in place; never down."""
    node_pools: list[NodePool] = [
        NodePool(name="medium", instance_types=["t3.medium"], min=3, max=6),
        NodePool(name="large", instance_types=["t3.large"], min=0, max=6),
    ]
    """Node groups. The default begins on t3.medium and grows to t3.large for pods that need it."""
    endpoint: Endpoint = "private"
    """From where the Kubernetes API can be reached: the network, the internet, or both."""
    allowed_cidrs: list[Cidr] = []
    """Addresses that may reach a public endpoint."""
    log_days: Retention = 365
    """Days that control-plane logs are kept."""
    admins: list[ArnText] = []
    """IAM roles or users that get an access entry as administrator, the deploying role among them."""
    controller_replicas: int = Field(default=2, ge=1, le=5)
    """Replicas of each controller in the cluster (load balancers, autoscaling, metrics)."""
    controller_log_days: Retention = 30
    """Days that logs of the controllers' pods are kept; those of services say in their specs."""
    existing_name: Annotated[ClusterName | None, REPLACES_CLUSTER] = None
    """An existing cluster to use instead of making one."""


class DomainSettings(Section):
    """The domain under which services are published."""

    name: Annotated[DomainName, Change("moves every service to a new name, with a new certificate")]
    """Services become `<service>.<name>`."""
    hosted_zone_id: ZoneId | None = None
    """An existing public hosted zone of the name; left out, one is made."""
    certificate_arn: ArnText | None = None
    """An existing certificate for all services; left out, each service gets its own."""


class RegistrySettings(Section):
    """The container registry."""

    host: RegistryHost | None = None
    """An existing registry to pull from; left out, repositories are made in the stack's own account."""
    enhanced_scanning: bool = False
    """Scan all images of the account again whenever a new flaw is known, billed for each image; else each is
    scanned once, when it is pushed."""


class AlertSettings(Section):
    """Who is told when something is wrong."""

    emails: list[Email] = []
    """Addresses that get every alarm; each must confirm its subscription once."""


class ExistingReplica(Section):
    """A copy of a database, for reading."""

    host: HostName
    """Its endpoint."""
    resource_id: DatabaseId
    """Its own id, which stands in the ARNs of its users."""


class ExistingResource(Section):
    """A resource that another stack or team owns, and that services may name under `uses`. Each kind has some
    of these keys, as the table above says."""

    kind: ResourceKind
    """What it is; permissions and environment variables follow from it."""
    arn: ArnText
    """Its ARN."""
    key_arn: ArnText | None = None
    """The customer-managed key that encrypts it, for permission to use it."""
    url: Url | None = None
    """Address of a queue, where it is not the usual one of its name."""
    host: HostName | None = None
    """Endpoint of a database or a cache."""
    read_host: HostName | None = None
    """Endpoint of a cache's replicas; left out, `host`."""
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Port of a database or a cache; left out, 5432 or 6379."""
    resource_id: DatabaseId | None = None
    """Id of a database that stands in the ARNs of its users: its DbiResourceId, an Aurora cluster's, or a
    proxy's."""
    replicas: list[ExistingReplica] = []
    """Copies of a database, for reading."""
    database: DatabaseName | None = None
    """Database inside the server; left out, `app`."""
    user: UserName | None = None
    """User that services sign in as with IAM: of a database (left out, `app_read` or `app_readwrite`, by
    access), or the id of a cache's."""
    bootstrap_servers: BootstrapServers | None = None
    """Brokers of a cluster, those for IAM."""
    topic: TopicName | None = None
    """Topic of a cluster; may end in `*`. List a cluster once for each topic that services use."""
    security_group_id: SecurityGroupId | None = None
    """Security group of a database, cache or cluster: the stack's nodes are let in there. Left out, its owner
    lets them in."""
    cidr: Cidr | None = None
    """Range that its addresses lie in, as in a peered network; left out, the stack's own."""


class AwsSettings(Section):
    """Everything about AWS. Credentials are never set here."""

    network: NetworkSettings
    """Addresses, zones and ways out; or an existing network."""
    cluster: ClusterSettings
    """Kubernetes: version, nodes, who reaches it and who administers it; or an existing cluster."""
    account_id: AccountId | None = None
    """The account that the stack belongs to; every ARN is checked against it. Left out, any account."""
    domain: DomainSettings | None = None
    """Left out, services are reached under their load balancer's name and bring certificates themselves."""
    registry: RegistrySettings = RegistrySettings()
    """Where images come from."""
    alerts: AlertSettings = AlertSettings()
    """Who is told when something is wrong."""
    permissions_boundary_arn: ArnText | None = None
    """Policy that bounds every role made here, where the account demands one."""
    account_guardrails: bool = True
    """Also set what holds for the whole account: disks encrypted, no bucket open to the public. It stays when
    the stack is destroyed."""
    protect: bool = True
    """Refuse to delete network, keys, cluster and data until this is set to false and deployed."""


class Settings(Section):
    """The settings of one stack: `skymason:<key>` in `Pulumi.<stack>.yaml`."""

    project: str
    """Name of the project, from `Pulumi.yaml`."""
    stack: str
    """Name of the stack: the part between `Pulumi.` and `.yaml`."""
    environment: Annotated[ShortName, REPLACES_ALL]
    """Environment that the stack holds: it is part of names and tags, and selects the environment sections of
    patterns and services. The stack's name, or one part of it between dashes."""
    region: str | None
    """`aws:region`, or `azure-native:location` where AWS is not set up; a change replaces everything."""
    owner: TagText
    """Team that answers for the stack; a tag on everything."""
    cost_center: TagText
    """Where the costs go; a tag on everything."""
    data_classification: DataClassification = "internal"
    """Most sensitive data that the stack holds; a tag on everything."""
    cloud: CloudName | None = None
    """Cloud of services that name none. Left out, the cloud whose section and region are set."""
    aws: AwsSettings | None = None
    """What is deployed to AWS; left out, nothing is."""
    existing: dict[DnsLabel, ExistingResource] = {}
    """Resources that exist already, by the name under which services use them."""

    def reachable(self, name: str) -> ExistingResource:
        """An existing resource; of a store, with the range that its addresses lie in. Raises KeyError."""
        resource = self.existing[name]
        if resource.kind not in IN_THE_NETWORK or resource.cidr is not None or self.aws is None:
            return resource
        return resource.model_copy(update={"cidr": self.aws.network.cidr})

    @property
    def name_prefix(self) -> str:
        """`<project>-<environment>`, before every physical name that has to be given."""
        return f"{self.project}-{self.environment}"

    @property
    def tags(self) -> dict[str, str]:
        """The mandatory tags of every resource."""
        return {
            "project-name": self.project,
            "environment": self.environment,
            "managed-by": "pulumi",
            "owner": self.owner,
            "cost-centre": self.cost_center,
            "data-classification": self.data_classification,
        }

    @property
    def partition(self) -> str:
        """AWS partition of the region; 'aws' where there is none."""
        from skymason.settings.facts import REGIONS

        return REGIONS.get(self.region or "", "aws")
