"""The same architecture with CDK Python: `cdk_app.py SERVICES FOLDER`, in a virtual environment of its own.

VPC over three zones with NAT gateways, flow logs and endpoints; EKS with secrets encryption, all logs, a node
group, load balancer controller and access entries; for each service an ECR repository, load balancer with TLS
and redirect, firewall, target group, alarms, role, namespace, network policy, deployment, autoscaling. Prints
how many resources the template has, nested stacks counted.
"""

import json
import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_eks as eks
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_wafv2 as wafv2
from aws_cdk.lambda_layer_kubectl_v34 import KubectlV34Layer

ENDPOINTS = ("ECR", "ECR_DOCKER", "CLOUDWATCH_LOGS", "KMS", "SECRETS_MANAGER", "STS", "EKS_AUTH")
LABELS = {"project-name": "benchmark", "environment": "dev", "managed-by": "cdk", "owner": "platform-team"}


class Platform(cdk.Stack):
    """Network, keys, cluster, logs and alerts, with all services on it."""

    def __init__(self, scope: cdk.App, id: str, services: int) -> None:
        super().__init__(scope, id, env=cdk.Environment(account="123456789012", region="eu-central-1"))
        self.data_key = kms.Key(self, "data-key", enable_key_rotation=True)
        self.log_key = kms.Key(self, "log-key", enable_key_rotation=True)
        self.topic = sns.Topic(self, "alerts", master_key=self.data_key)
        self.access_logs = s3.Bucket(
            self,
            "access-logs",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            versioned=True,
        )
        self.vpc = self._network()
        self.cluster = self._cluster()
        for index in range(services):
            Service(self, f"service-{index:03}", self)
        for key, value in LABELS.items():
            cdk.Tags.of(self).add(key, value)

    def _network(self) -> ec2.Vpc:
        tiers = (
            ("public", ec2.SubnetType.PUBLIC),
            ("private", ec2.SubnetType.PRIVATE_WITH_EGRESS),
            ("data", ec2.SubnetType.PRIVATE_ISOLATED),
        )
        vpc = ec2.Vpc(
            self,
            "network",
            ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/16"),
            availability_zones=["eu-central-1a", "eu-central-1b", "eu-central-1c"],
            nat_gateways=3,
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(name=name, subnet_type=kind, cidr_mask=21) for name, kind in tiers
            ],
            gateway_endpoints={
                "s3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
                "dynamodb": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.DYNAMODB),
            },
        )
        group = logs.LogGroup(
            self, "flow-logs", retention=logs.RetentionDays.ONE_YEAR, encryption_key=self.log_key
        )
        vpc.add_flow_log("flow", destination=ec2.FlowLogDestination.to_cloud_watch_logs(group))
        for name in ENDPOINTS:
            vpc.add_interface_endpoint(name, service=getattr(ec2.InterfaceVpcEndpointAwsService, name))
        for name, kind in tiers:
            acl = ec2.NetworkAcl(
                self, f"acl-{name}", vpc=vpc, subnet_selection=ec2.SubnetSelection(subnet_type=kind)
            )
            for number, direction in enumerate((ec2.TrafficDirection.INGRESS, ec2.TrafficDirection.EGRESS)):
                acl.add_entry(
                    f"all-{number}",
                    cidr=ec2.AclCidr.any_ipv4(),
                    rule_number=100,
                    traffic=ec2.AclTraffic.tcp_port_range(443, 65535),
                    direction=direction,
                )
        return vpc

    def _cluster(self) -> eks.Cluster:
        admin = iam.Role.from_role_arn(self, "admin", "arn:aws:iam::123456789012:role/deploy")
        cluster = eks.Cluster(
            self,
            "cluster",
            version=eks.KubernetesVersion.of("1.34"),
            vpc=self.vpc,
            vpc_subnets=[ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)],
            default_capacity=0,
            endpoint_access=eks.EndpointAccess.PRIVATE,
            secrets_encryption_key=self.data_key,
            cluster_logging=list(eks.ClusterLoggingTypes),
            authentication_mode=eks.AuthenticationMode.API,
            kubectl_layer=KubectlV34Layer(self, "kubectl"),
            alb_controller=eks.AlbControllerOptions(version=eks.AlbControllerVersion.V2_8_2),
        )
        policy = eks.AccessPolicy.from_access_policy_name(
            "AmazonEKSClusterAdminPolicy", access_scope_type=eks.AccessScopeType.CLUSTER
        )
        cluster.grant_access("admins", admin.role_arn, [policy])
        for name, least, most in (("medium", 3, 12), ("large", 0, 24)):
            cluster.add_nodegroup_capacity(
                name,
                instance_types=[ec2.InstanceType(f"t3.{name}")],
                min_size=least,
                max_size=most,
                desired_size=max(least, 1),
                disk_size=50,
            )
        for name in ("vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent", "aws-ebs-csi-driver"):
            eks.CfnAddon(self, name, addon_name=name, cluster_name=cluster.cluster_name)
        for name, repository in (
            ("metrics-server", "https://kubernetes-sigs.github.io/metrics-server"),
            ("keda", "https://kedacore.github.io/charts"),
            ("cluster-autoscaler", "https://kubernetes.github.io/autoscaler"),
        ):
            cluster.add_helm_chart(name, chart=name, repository=repository, namespace="kube-system")
        return cluster


class Service(cdk.NestedStack):
    """One public HTTP service."""

    def __init__(self, scope: Platform, id: str, platform: Platform) -> None:
        super().__init__(scope, id)
        self._platform = platform
        self._name = id
        balancer, target = self._load_balancer()
        self._firewall(balancer)
        self._alarms(balancer, target)
        self._workload(target)

    def _load_balancer(
        self,
    ) -> tuple[elbv2.ApplicationLoadBalancer, elbv2.ApplicationTargetGroup]:
        platform = self._platform
        group = ec2.SecurityGroup(self, "group", vpc=platform.vpc, allow_all_outbound=False)
        for port in (80, 443):
            group.add_ingress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port))
        group.add_egress_rule(ec2.Peer.ipv4("10.0.0.0/16"), ec2.Port.tcp(8080))
        balancer = elbv2.ApplicationLoadBalancer(
            self,
            "balancer",
            vpc=platform.vpc,
            internet_facing=True,
            security_group=group,
            deletion_protection=True,
            drop_invalid_header_fields=True,
            desync_mitigation_mode=elbv2.DesyncMitigationMode.DEFENSIVE,
        )
        target = elbv2.ApplicationTargetGroup(
            self,
            "target",
            vpc=platform.vpc,
            port=8080,
            protocol=elbv2.ApplicationProtocol.HTTP,
            target_type=elbv2.TargetType.IP,
            deregistration_delay=cdk.Duration.seconds(30),
            health_check=elbv2.HealthCheck(path="/ready", interval=cdk.Duration.seconds(10)),
        )
        certificate = elbv2.ListenerCertificate.from_arn(
            "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
        )
        balancer.add_redirect()
        balancer.add_listener(
            "https",
            port=443,
            certificates=[certificate],
            ssl_policy=elbv2.SslPolicy.TLS13_RES,
            default_target_groups=[target],
            open=False,
        )
        return balancer, target

    def _firewall(self, balancer: elbv2.ApplicationLoadBalancer) -> None:
        def visible(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
            return wafv2.CfnWebACL.VisibilityConfigProperty(
                cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
            )

        names = ("CommonRuleSet", "KnownBadInputsRuleSet", "AmazonIpReputationList")
        managed = [
            wafv2.CfnWebACL.RuleProperty(
                name=name,
                priority=index,
                override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
                statement=wafv2.CfnWebACL.StatementProperty(
                    managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
                        name=f"AWSManagedRules{name}", vendor_name="AWS"
                    )
                ),
                visibility_config=visible(name),
            )
            for index, name in enumerate(names)
        ]
        rate = wafv2.CfnWebACL.RuleProperty(
            name="rate",
            priority=10,
            action=wafv2.CfnWebACL.RuleActionProperty(block={}),
            statement=wafv2.CfnWebACL.StatementProperty(
                rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                    aggregate_key_type="IP", limit=2000
                )
            ),
            visibility_config=visible("rate"),
        )
        acl = wafv2.CfnWebACL(
            self,
            "firewall",
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            rules=[*managed, rate],
            visibility_config=visible(self._name),
        )
        wafv2.CfnWebACLAssociation(
            self, "association", resource_arn=balancer.load_balancer_arn, web_acl_arn=acl.attr_arn
        )
        group = logs.LogGroup(
            self,
            "firewall-logs",
            log_group_name=f"aws-waf-logs-{self._name}",
            retention=logs.RetentionDays.ONE_YEAR,
            encryption_key=self._platform.log_key,
        )
        wafv2.CfnLoggingConfiguration(
            self, "logging", log_destination_configs=[group.log_group_arn], resource_arn=acl.attr_arn
        )

    def _alarms(self, balancer: elbv2.ApplicationLoadBalancer, target: elbv2.ApplicationTargetGroup) -> None:
        metrics = {
            "errors": (target.metrics.http_code_target(elbv2.HttpCodeTarget.TARGET_5XX_COUNT), 10),
            "latency": (target.metrics.target_response_time(statistic="p95"), 1),
            "unhealthy": (target.metrics.unhealthy_host_count(), 1),
            "requests": (balancer.metrics.request_count(), 1),
        }
        for name, (metric, limit) in metrics.items():
            alarm = cloudwatch.Alarm(self, name, metric=metric, threshold=limit, evaluation_periods=3)
            alarm.add_alarm_action(actions.SnsAction(self._platform.topic))

    def _workload(self, target: elbv2.ApplicationTargetGroup) -> None:
        platform, name = self._platform, self._name
        ecr.Repository(
            self,
            "repository",
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            encryption_key=platform.data_key,
        )
        trust = iam.SessionTagsPrincipal(iam.ServicePrincipal("pods.eks.amazonaws.com"))
        role = iam.Role(self, "role", assumed_by=trust)
        role.add_to_policy(
            iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::example-product-images/*"])
        )
        eks.CfnPodIdentityAssociation(
            self,
            "identity",
            cluster_name=platform.cluster.cluster_name,
            namespace=name,
            service_account=name,
            role_arn=role.role_arn,
        )
        for index, manifest in enumerate(manifests(name, target.target_group_arn)):
            eks.KubernetesManifest(
                self, f"object-{index}", cluster=platform.cluster, manifest=[manifest], overwrite=True
            )


def manifests(name: str, target_group_arn: str) -> list[dict]:
    """What runs in the cluster, an object each."""
    labels = {"app.kubernetes.io/name": name, **LABELS}
    meta = {"name": name, "namespace": name, "labels": labels}
    probe = {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 10, "failureThreshold": 3}
    container = {
        "name": name,
        "image": f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/{name}@sha256:{'0' * 64}",
        "ports": [{"name": "http", "containerPort": 8080}],
        "resources": {
            "requests": {"cpu": "250m", "memory": "256Mi"},
            "limits": {"cpu": "1", "memory": "512Mi"},
        },
        "livenessProbe": probe,
        "readinessProbe": probe,
        "startupProbe": probe,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    selector = {"matchLabels": {"app.kubernetes.io/name": name}}
    spread = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": selector,
    }
    pod = {
        "serviceAccountName": name,
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "topologySpreadConstraints": [spread],
        "containers": [container],
    }
    template = {"metadata": {"labels": labels}, "spec": pod}
    of = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    use = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}
    cpu = {"type": "Resource", "resource": use}
    scaling = {"scaleTargetRef": of, "minReplicas": 3, "maxReplicas": 12, "metrics": [cpu]}
    port = {"name": "http", "port": 80, "targetPort": "http"}
    binding = {"serviceRef": {"name": name, "port": 80}, "targetGroupARN": target_group_arn}
    deny = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    allow = {
        "podSelector": selector,
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/16"}}], "ports": [{"port": 8080}]}],
    }
    kinds: list[tuple[str, str, dict]] = [
        ("apps/v1", "Deployment", {"selector": selector, "template": template}),
        ("v1", "Service", {"selector": selector["matchLabels"], "ports": [port]}),
        ("autoscaling/v2", "HorizontalPodAutoscaler", scaling),
        ("policy/v1", "PodDisruptionBudget", {"maxUnavailable": "25%", "selector": selector}),
        ("elbv2.k8s.aws/v1beta1", "TargetGroupBinding", binding),
        ("networking.k8s.io/v1", "NetworkPolicy", allow),
    ]
    denied = {**meta, "name": f"{name}-deny"}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta},
        {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": denied, "spec": deny},
        *({"apiVersion": api, "kind": kind, "metadata": meta, "spec": spec} for api, kind, spec in kinds),
    ]


def main() -> None:
    """Synthesise and count."""
    services, folder = int(sys.argv[1]), sys.argv[2]
    app = cdk.App(outdir=folder, builtin_cloud_formation_validation=False, analytics_reporting=False)
    Platform(app, "benchmark", services)
    app.synth()
    templates = Path(folder).glob("*.template.json")
    counts = [len(json.loads(template.read_text())["Resources"]) for template in templates]
    print(json.dumps({"resources": sum(counts)}))


if __name__ == "__main__":
    main()
