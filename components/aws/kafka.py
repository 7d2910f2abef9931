"""MSK: Kafka with brokers of one's own, or serverless; TLS and IAM only."""

from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import appautoscaling, msk

from components.aws.data_network import KAFKA, admit_clients, closed_group
from components.aws.iam import document
from components.aws.kafka_grants import kafka_binding
from components.aws.kafka_settings import (
    NAME_LIMIT,
    broker_inputs,
    copies,
    kafka_setting_findings,
    server_properties,
)
from components.aws.logs import AUDIT_DAYS, LogGroup
from components.aws.names import physical_name
from components.binding import Binding
from components.findings import refuse

# What scaling has added stays: storage cannot shrink.
SCALED = ["brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize"]


class KafkaMode(StrEnum):
    SERVERLESS = "serverless"
    PROVISIONED = "provisioned"


class KafkaTopicArgs(TypedDict):
    name: str
    partitions: int
    """Can only grow, and growing it moves keys to other partitions: order by key breaks at that moment."""
    settings: NotRequired[dict[str, str]]
    """Kafka's own names, as `retention.ms`."""


class KafkaBrokersArgs(TypedDict):
    """Brokers of a provisioned cluster."""

    broker_type: NotRequired[pulumi.Input[str]]
    """Default: kafka.m7g.large."""
    zones: NotRequired[int]
    """Number of `subnet_ids`, each in its own zone: 2 or 3. Default: 3."""
    brokers_per_zone: NotRequired[int]
    """Default: 1."""
    storage_gb: NotRequired[int]
    """Of each broker. Default: 100."""
    max_storage_gb: NotRequired[int]
    """Storage grows by itself up to this. Default: it does not."""
    kafka_version: NotRequired[str]
    """Default: 3.8.x. A change upgrades broker by broker."""
    retention_hours: NotRequired[int]
    """Of topics that say nothing else. Default: 168."""
    topics: NotRequired[list[KafkaTopicArgs]]


class ExistingKafkaArgs(TypedDict):
    arn: pulumi.Input[str]
    bootstrap_servers: pulumi.Input[str]
    """Those for IAM, on port 9098."""
    cidr: NotRequired[pulumi.Input[str]]
    """Range that its addresses lie in. Default: `vpc_cidr`."""
    security_group_id: NotRequired[pulumi.Input[str]]
    """Its security group, which lets `clients` in by a rule that is made here. Left out, its owner does."""


class KafkaArgs(TypedDict):
    """Inputs of `Kafka`. Give `vpc_id`, `subnet_ids`, `key_arn` and `logs_key_arn`, or `existing`."""

    vpc_cidr: pulumi.Input[str]
    """Where the brokers' addresses lie; bindings let workloads out to them."""
    existing: NotRequired[ExistingKafkaArgs]
    """Use this cluster and create none."""
    vpc_id: NotRequired[pulumi.Input[str]]
    subnet_ids: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]
    clients: NotRequired[dict[str, pulumi.Input[str]]]
    """Security groups that may connect, by short name. Default: none."""
    key_arn: NotRequired[pulumi.Input[str]]
    """Customer-managed key of brokers' storage. Serverless clusters take none, and encrypt with AWS's own."""
    logs_key_arn: NotRequired[pulumi.Input[str]]
    log_days: NotRequired[int]
    """Days that broker logs are kept; serverless clusters write none. Default: 365."""
    mode: NotRequired[KafkaMode]
    """Default: serverless. A change replaces the cluster with all it holds."""
    brokers: NotRequired[KafkaBrokersArgs]
    """For mode provisioned."""
    delivery: NotRequired[bool]
    """Let Firehose connect, for an event store. Default: false."""
    protect: NotRequired[bool]
    """Refuse to delete the cluster. Default: false."""


class Kafka(pulumi.ComponentResource):
    """MSK cluster without public access and without unauthenticated clients: IAM over TLS on port 9098.

    Raises ValueError for settings that do not go together.
    """

    arn: pulumi.Output[str]
    bootstrap_servers: pulumi.Output[str]
    cluster_name: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    """Empty for an existing cluster."""

    def __init__(self, name: str, args: KafkaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Kafka", name, None, opts)
        self._short = name
        self._args = args
        self._cidr = args["vpc_cidr"]
        if "existing" in args:
            self._cidr = args["existing"].get("cidr", self._cidr)
            if "security_group_id" in args["existing"]:
                group = args["existing"]["security_group_id"]
                admit_clients(name, group, args.get("clients", {}), [KAFKA], "brokers", self)
            self.arn = pulumi.Output.from_input(args["existing"]["arn"])
            self.bootstrap_servers = pulumi.Output.from_input(args["existing"]["bootstrap_servers"])
            self.cluster_name = self.arn.apply(lambda text: text.split("/")[1])
            self.security_group_id = pulumi.Output.from_input("")
        else:
            refuse(f"kafka '{name}'", kafka_setting_findings(args))
            self._create()
        self.register_outputs(
            {
                "arn": self.arn,
                "bootstrap_servers": self.bootstrap_servers,
                "cluster_name": self.cluster_name,
                "security_group_id": self.security_group_id,
            }
        )

    def binding(
        self, access: str, alias: str | None = None, *, topic: str = "*", group: str | None = None
    ) -> Binding:
        """What a workload gets. access: send, receive, or administer (make topics). alias: its name for it,
        if another. topic: may end in `*`. group: consumer group, may end in `*`; default: the alias."""
        short = alias or self._short
        return kafka_binding(
            short,
            access,
            arn=self.arn,
            bootstrap_servers=self.bootstrap_servers,
            cidr=self._cidr,
            topic=topic,
            group=group or short,
        )

    def _create(self) -> None:
        name, args = self._short, self._args
        group = closed_group(
            name,
            vpc_id=args["vpc_id"],
            what="brokers",
            ports=[KAFKA],
            clients=args.get("clients", {}),
            parent=self,
        )
        provisioned = str(args.get("mode", KafkaMode.SERVERLESS)) == KafkaMode.PROVISIONED
        cluster = self._provisioned(group.id) if provisioned else self._serverless(group.id)
        self.arn, self.bootstrap_servers = cluster.arn, cluster.bootstrap_brokers_sasl_iam
        self.cluster_name = cluster.cluster_name
        self.security_group_id = group.id
        if args.get("delivery", False):
            msk.ClusterPolicy(
                f"{name}-policy",
                cluster_arn=cluster.arn,
                # Source: Amazon Data Firehose Developer Guide, "Amazon MSK as source", private connectivity.
                policy=document(
                    [
                        {
                            "Sid": "FirehoseConnects",
                            "Effect": "Allow",
                            "Principal": {"Service": "firehose.amazonaws.com"},
                            "Action": ["kafka:CreateVpcConnection"],
                            "Resource": cluster.arn,
                        }
                    ]
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _serverless(self, group_id: pulumi.Input[str]) -> msk.ServerlessCluster:
        name, args = self._short, self._args
        return msk.ServerlessCluster(
            f"{name}-cluster",
            cluster_name=physical_name(f"{name}-cluster", NAME_LIMIT),
            client_authentication={"sasl": {"iam": {"enabled": True}}},
            vpc_configs=[{"subnet_ids": args["subnet_ids"], "security_group_ids": [group_id]}],
            opts=pulumi.ResourceOptions(parent=self, protect=args.get("protect", False)),
        )

    def _provisioned(self, group_id: pulumi.Input[str]) -> msk.Cluster:
        name, args = self._short, self._args
        brokers: KafkaBrokersArgs = args.get("brokers", {})
        child = pulumi.ResourceOptions(parent=self)
        settings = msk.Configuration(
            f"{name}-settings",
            server_properties=server_properties(brokers),
            opts=child,
        )
        logs = LogGroup(
            f"{name}-brokers",
            {"key_arn": args["logs_key_arn"], "days": args.get("log_days", AUDIT_DAYS)},
            opts=child,
        )
        grows = "max_storage_gb" in brokers
        cluster = msk.Cluster(
            f"{name}-cluster",
            cluster_name=physical_name(f"{name}-cluster", NAME_LIMIT),
            **broker_inputs(args, group_id),
            configuration_info={"arn": settings.arn, "revision": settings.latest_revision},
            logging_info={
                "broker_logs": {"cloudwatch_logs": {"enabled": True, "log_group": logs.group_name}}
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.get("protect", False),
                ignore_changes=SCALED if grows else None,
            ),
        )
        if grows:
            self._storage(cluster, int(brokers["max_storage_gb"]))
        for topic in brokers.get("topics", []):
            msk.Topic(
                f"{name}-{topic['name']}-topic",
                name=topic["name"],
                cluster_arn=cluster.arn,
                partition_count=int(topic["partitions"]),
                replication_factor=copies(brokers),
                configs=pulumi.Output.json_dumps(topic["settings"]) if "settings" in topic else None,
                opts=pulumi.ResourceOptions(parent=self),
            )
        return cluster

    def _storage(self, cluster: msk.Cluster, max_gb: int) -> None:
        child = pulumi.ResourceOptions(parent=self)
        target = appautoscaling.Target(
            f"{self._short}-storage-range",
            service_namespace="kafka",
            resource_id=cluster.arn,
            scalable_dimension="kafka:broker-storage:VolumeSize",
            min_capacity=1,
            max_capacity=max_gb,
            opts=child,
        )
        appautoscaling.Policy(
            f"{self._short}-storage-scaling",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            resource_id=target.resource_id,
            scalable_dimension=target.scalable_dimension,
            target_tracking_scaling_policy_configuration={
                "disable_scale_in": True,
                "target_value": 60,
                "predefined_metric_specification": {
                    "predefined_metric_type": "KafkaBrokerStorageUtilization"
                },
            },
            opts=child,
        )
