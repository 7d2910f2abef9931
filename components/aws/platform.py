"""The AWS platform of a stack: everything that services share."""

import pulumi

from components.aws.account import AccountGuardrails
from components.aws.addon_charts import CHARTS
from components.aws.addons import Addons, AddonsArgs
from components.aws.alerts import Alerts
from components.aws.cluster import Cluster, ClusterArgs
from components.aws.cluster_access import EndpointAccess
from components.aws.cluster_versions import DEFAULT_VERSION
from components.aws.domain import Domain, DomainArgs
from components.aws.keys import Keys
from components.aws.logs import AUDIT_DAYS, DEBUG_DAYS, LogBucket
from components.aws.network import Network, NetworkArgs
from components.aws.platform_args import AwsPlatformArgs
from components.aws.reference import AwsPlatformReference
from components.aws.registry import Registry, RegistryArgs
from components.kubernetes.provider import cluster_provider


class AwsPlatform(pulumi.ComponentResource):
    """Network, keys, cluster, registry, logs, alerts and controllers, as one.

    `reference` is what patterns take; `kubernetes` is the provider for what services put into the cluster.
    Both are ready only when the controllers run, and outlive all that uses them.
    """

    vpc_id: pulumi.Output[str]
    private_subnet_ids: pulumi.Output[list[str]]
    cluster_name: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    """Secret. Asks `aws eks get-token` for a short-lived token."""
    registry_host: pulumi.Output[str]
    alert_topic_arn: pulumi.Output[str]
    name_servers: pulumi.Output[list[str]]
    """What the domain above must delegate to; empty without a zone of our own."""

    def __init__(self, name: str, args: AwsPlatformArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:AwsPlatform", name, None, opts)
        self._name = name
        self._args = args
        self._prefix = f"{args['project']}-{args['environment']}"
        self._protect = args.get("protect", True)
        self._child = pulumi.ResourceOptions(parent=self)
        if args.get("account_guardrails", True):
            AccountGuardrails(f"{name}-account", {"account_id": args["account_id"]}, self._child)
        self._keys = Keys(
            f"{name}-keys",
            {
                "alias_prefix": self._prefix,
                "account_id": args["account_id"],
                "partition": args["partition"],
                "region": args["region"],
                "delivering_accounts": args.get("delivering_accounts", []),
                "protect": self._protect,
            },
            self._child,
        )
        self._alerts = Alerts(
            f"{name}-alerts",
            {
                "account_id": args["account_id"],
                "key_arn": self._keys.alerts_key_arn,
                "emails": args.get("alert_emails", []),
            },
            self._child,
        )
        self._log_bucket = LogBucket(
            f"{name}-access-logs",
            {
                "account_id": args["account_id"],
                "partition": args["partition"],
                "region": args["region"],
                "days": AUDIT_DAYS,
                "protect": self._protect,
            },
            self._child,
        )
        self._network = self._make_network()
        self._registry = self._make_registry()
        self._cluster = self._make_cluster()
        self._domain = self._make_domain()
        self._addons: Addons | None = None
        self.kubeconfig = self._ready()
        self.kubernetes = cluster_provider(
            f"{name}-kubernetes", self.kubeconfig, self._child, cluster_name=self._cluster.cluster_name
        )
        self.reference = self._reference()
        self.vpc_id = self._network.vpc_id
        self.private_subnet_ids = self._network.private_subnet_ids
        self.cluster_name = self._cluster.cluster_name
        self.registry_host = self._registry.host
        self.alert_topic_arn = self._alerts.topic_arn
        self.name_servers = (
            self._domain.name_servers if self._domain else pulumi.Output.from_input(list[str]())
        )
        self.register_outputs({output: getattr(self, output) for output in AwsPlatform.__annotations__})

    def _make_network(self) -> Network:
        args = self._args
        network: NetworkArgs = {
            **args["network"],
            "availability_zones": args["availability_zones"],
            "logs_key_arn": self._keys.logs_key_arn,
            "account_id": args["account_id"],
            "partition": args["partition"],
            "region": args["region"],
            "retain_logs": self._protect,
        }
        if "permissions_boundary_arn" in args:
            network["permissions_boundary_arn"] = args["permissions_boundary_arn"]
        return Network(f"{self._name}-net", network, self._child)

    def _make_registry(self) -> Registry:
        args = self._args
        registry: RegistryArgs = {
            "prefix": self._prefix,
            "repositories": args["repositories"],
            "key_arn": self._keys.data_key_arn,
            "account_id": args["account_id"],
            "region": args["region"],
            "enhanced_scanning": args.get("enhanced_scanning", False),
            "protect": self._protect,
        }
        if "registry_host" in args:
            registry["existing_host"] = args["registry_host"]
        return Registry(f"{self._name}-images", registry, self._child)

    def _make_cluster(self) -> Cluster:
        args = self._args
        given = args["cluster"]
        cluster: ClusterArgs = {
            "cluster_name": self._prefix,
            "version": given.get("version", DEFAULT_VERSION),
            "vpc_id": self._network.vpc_id,
            "private_subnet_ids": self._network.private_subnet_ids,
            "admins": given["admins"],
            "endpoint": given.get("endpoint", EndpointAccess.PRIVATE),
            "allowed_cidrs": given.get("allowed_cidrs", []),
            "node_pools": given["node_pools"],
            "secrets_key_arn": self._keys.data_key_arn,
            "logs_key_arn": self._keys.logs_key_arn,
            "log_days": given.get("log_days", AUDIT_DAYS),
            "account_id": args["account_id"],
            "partition": args["partition"],
            "region": args["region"],
            "tags": args.get("tags", {}),
            "protect": self._protect,
        }
        if "permissions_boundary_arn" in args:
            cluster["permissions_boundary_arn"] = args["permissions_boundary_arn"]
        if "existing" in given:
            cluster["existing"] = given["existing"]
        return Cluster(f"{self._name}-cluster", cluster, self._child)

    def _make_domain(self) -> Domain | None:
        if "domain" not in self._args:
            return None
        given = self._args["domain"]
        domain: DomainArgs = {
            "domain": given["name"],
            "vpc_id": self._network.vpc_id,
            "protect": self._protect,
        }
        if "hosted_zone_id" in given:
            domain["hosted_zone_id"] = given["hosted_zone_id"]
        return Domain(f"{self._name}-domain", domain, self._child)

    def _ready(self) -> pulumi.Output[str]:
        """The kubeconfig, known once the controllers run."""
        args = self._args
        given = args["cluster"]
        charts = given.get("controllers", [] if "existing" in given else list(CHARTS))
        if not charts:
            return self._cluster.kubeconfig
        controllers: AddonsArgs = {
            "cluster_name": self._cluster.cluster_name,
            "version": given.get("version", DEFAULT_VERSION),
            "vpc_id": self._network.vpc_id,
            "account_id": args["account_id"],
            "partition": args["partition"],
            "region": args["region"],
            "kubeconfig": self._cluster.kubeconfig,
            "charts": charts,
            "replicas": given.get("controller_replicas", 2),
            "logs_key_arn": self._keys.logs_key_arn,
            "log_days": given.get("controller_log_days", DEBUG_DAYS),
        }
        if "permissions_boundary_arn" in args:
            controllers["permissions_boundary_arn"] = args["permissions_boundary_arn"]
        self._addons = addons = Addons(f"{self._name}-controllers", controllers, self._child)
        return pulumi.Output.secret(
            pulumi.Output.all(self._cluster.kubeconfig, addons.installed).apply(lambda known: str(known[0]))
        )

    def _reference(self) -> AwsPlatformReference:
        args = self._args
        reference: AwsPlatformReference = {
            "project": args["project"],
            "environment": args["environment"],
            "account_id": args["account_id"],
            "partition": args["partition"],
            "region": args["region"],
            "vpc_id": self._network.vpc_id,
            "vpc_cidr": self._network.cidr,
            "availability_zones": args["availability_zones"],
            "public_subnet_ids": self._network.public_subnet_ids,
            "private_subnet_ids": self._network.private_subnet_ids,
            "data_subnet_ids": self._network.data_subnet_ids,
            "public_subnet_cidrs": self._network.public_subnet_cidrs,
            "private_subnet_cidrs": self._network.private_subnet_cidrs,
            "cluster_name": self._cluster.cluster_name,
            "cluster_security_group_id": self._cluster.cluster_security_group_id,
            "kubeconfig": self.kubeconfig,
            "registry_host": self._registry.host,
            "repository_prefix": self._prefix,
            "data_key_arn": self._keys.data_key_arn,
            "logs_key_arn": self._keys.logs_key_arn,
            "alert_topic_arn": self._alerts.topic_arn,
            "log_bucket": self._log_bucket.bucket,
        }
        if self._domain is not None:
            reference["domain"] = self._domain.domain
            reference["hosted_zone_id"] = self._domain.hosted_zone_id
            reference["private_zone_id"] = self._domain.private_zone_id
        if self._addons is not None:
            reference.update(self._addons.reference)
        for key in ("certificate_arn", "permissions_boundary_arn"):
            if key in args:
                reference[key] = args[key]
        return reference
