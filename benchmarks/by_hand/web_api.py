"""The service `storefront` in production, by hand: a whole Pulumi program with the providers' own resources.

What it makes is what `services/storefront.yaml` becomes in the stack prod, the platform left out: network,
cluster, keys, registry, alerts and log bucket are taken from the stack's configuration, as a team that writes
this by hand takes them from another stack. Written as compactly as is usual: loops where there are several of
a kind, and no value twice. One environment; each further one needs its differences here, too.
"""

import json

import pulumi
import pulumi_kubernetes as k8s
from pulumi_aws import acm, cloudwatch, ec2, eks, iam, lb, route53, vpc, wafv2

config = pulumi.Config()
platform = config.require_object("platform")
image = config.require("image")

NAME, OWNER = "storefront", "team-shop"
FULL = f"skymason-prod-{NAME}"
HOSTS = ["shop.example.com", "gifts.example.com"]
PORTS = {"http": 8080, "admin": 8090}
ROUTES = {"http": "/", "admin": "/admin"}
TAGS = {
    "project-name": "skymason",
    "environment": "prod",
    "managed-by": "pulumi",
    "owner": OWNER,
    "cost-centre": "shop",
    "data-classification": "confidential",
}
cluster = k8s.Provider("cluster", kubeconfig=platform["kubeconfig"])


def tagged(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    if (
        not args.type_.startswith("aws:")
        or "tags" not in args.resource.__class__._internal_init.__annotations__
    ):
        return None
    return pulumi.ResourceTransformationResult({**args.props, "tags": TAGS}, args.opts)


pulumi.runtime.register_stack_transformation(tagged)

# Certificate and names.
certificate = acm.Certificate(
    f"{FULL}-certificate", domain_name=HOSTS[0], subject_alternative_names=HOSTS[1:], validation_method="DNS"
)
proofs = []
for index, host in enumerate(HOSTS):
    option = certificate.domain_validation_options[index]
    proofs.append(
        route53.Record(
            f"{FULL}-certificate-{host}",
            zone_id=platform["hosted_zone_id"],
            name=option.resource_record_name,
            type=option.resource_record_type,
            records=[option.resource_record_value],
            ttl=300,
            allow_overwrite=True,
        )
    )
valid = acm.CertificateValidation(
    f"{FULL}-certificate-validation",
    certificate_arn=certificate.arn,
    validation_record_fqdns=[proof.fqdn for proof in proofs],
)

# Load balancer.
group = ec2.SecurityGroup(
    f"{FULL}-balancer", description=f"Load balancer of {NAME}", vpc_id=platform["vpc_id"]
)
for port, what in ((443, "HTTPS"), (80, "HTTP, answered with a redirect to HTTPS")):
    vpc.SecurityGroupIngressRule(
        f"{FULL}-ingress-{port}",
        security_group_id=group.id,
        description=what,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        cidr_ipv4="0.0.0.0/0",
    )
for port in PORTS.values():
    vpc.SecurityGroupEgressRule(
        f"{FULL}-egress-{port}",
        security_group_id=group.id,
        description=f"Requests and health checks to {NAME}",
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        referenced_security_group_id=platform["cluster_security_group_id"],
    )
    vpc.SecurityGroupIngressRule(
        f"{FULL}-targets-{port}",
        security_group_id=platform["cluster_security_group_id"],
        description=f"Load balancer of {NAME}",
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        referenced_security_group_id=group.id,
    )
balancer = lb.LoadBalancer(
    f"{FULL}"[:24],
    load_balancer_type="application",
    internal=False,
    ip_address_type="ipv4",
    subnets=platform["public_subnet_ids"],
    security_groups=[group.id],
    access_logs={"bucket": platform["log_bucket"], "prefix": NAME, "enabled": True},
    desync_mitigation_mode="defensive",
    drop_invalid_header_fields=True,
    enable_deletion_protection=True,
    enable_http2=True,
    idle_timeout=60,
    opts=pulumi.ResourceOptions(protect=True),
)
targets = {
    name: lb.TargetGroup(
        f"{FULL[:18]}-{name}",
        vpc_id=platform["vpc_id"],
        target_type="ip",
        protocol="HTTP",
        port=port,
        deregistration_delay=30,
        load_balancing_algorithm_type="least_outstanding_requests",
        health_check={
            "path": "/readyz",
            "port": "traffic-port",
            "protocol": "HTTP",
            "matcher": "200-299",
            "interval": 10,
            "timeout": 5,
            "healthy_threshold": 2,
            "unhealthy_threshold": 3,
        },
    )
    for name, port in PORTS.items()
}
lb.Listener(
    f"{FULL}-http",
    load_balancer_arn=balancer.arn,
    port=80,
    protocol="HTTP",
    routing_http_response_server_enabled=False,
    default_actions=[
        {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}}
    ],
)
secure = lb.Listener(
    f"{FULL}-https",
    load_balancer_arn=balancer.arn,
    port=443,
    protocol="HTTPS",
    certificate_arn=valid.certificate_arn,
    ssl_policy="ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    routing_http_response_server_enabled=False,
    routing_http_response_strict_transport_security_header_value="max-age=63072000; includeSubDomains",
    routing_http_response_content_security_policy_header_value=(
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"
    ),
    routing_http_response_x_content_type_options_header_value="nosniff",
    routing_http_response_x_frame_options_header_value="DENY",
    default_actions=[
        {
            "type": "fixed-response",
            "fixed_response": {
                "content_type": "text/plain",
                "message_body": "Not found",
                "status_code": "404",
            },
        }
    ],
)
rules = {}
for index, host in enumerate(HOSTS):
    for name, path in ROUTES.items():
        paths = [] if path == "/" else [{"path_pattern": {"values": [path, f"{path}/*"]}}]
        rules[host, name] = lb.ListenerRule(
            f"{FULL}-rule-{host}-{name}",
            listener_arn=secure.arn,
            priority=index + (100 if path == "/" else 10),
            conditions=[{"host_header": {"values": [host]}}, *paths],
            actions=[{"type": "forward", "target_group_arn": targets[name].arn}],
        )
    for where in ("hosted_zone_id", "private_zone_id"):
        route53.Record(
            f"{FULL}-{where.removesuffix('_zone_id')}-{host}",
            zone_id=platform[where],
            name=host,
            type="A",
            aliases=[
                {"name": balancer.dns_name, "zone_id": balancer.zone_id, "evaluate_target_health": True}
            ],
        )


# Firewall.
def watched(name: str) -> dict:
    return {"cloudwatch_metrics_enabled": True, "metric_name": name, "sampled_requests_enabled": True}


managed = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)
firewall = wafv2.WebAcl(
    f"{FULL}-firewall",
    description=f"Requests to {NAME}",
    scope="REGIONAL",
    default_action={"allow": {}},
    visibility_config=watched(FULL),
    rules=[
        {
            "name": "rate-limit",
            "priority": 0,
            "action": {"block": {}},
            "statement": {
                "rate_based_statement": {
                    "limit": 5000,
                    "evaluation_window_sec": 300,
                    "aggregate_key_type": "IP",
                }
            },
            "visibility_config": watched("rate-limit"),
        },
        *(
            {
                "name": name,
                "priority": priority,
                "override_action": {"none": {}},
                "statement": {"managed_rule_group_statement": {"vendor_name": "AWS", "name": name}},
                "visibility_config": watched(name),
            }
            for priority, name in enumerate(managed, 1)
        ),
    ],
)
wafv2.WebAclAssociation(f"{FULL}-firewall", resource_arn=balancer.arn, web_acl_arn=firewall.arn)
firewall_logs = cloudwatch.LogGroup(
    f"{FULL}-firewall-logs",
    name=f"aws-waf-logs-{FULL}",  # the firewall takes no other beginning
    retention_in_days=365,
    kms_key_id=platform["logs_key_arn"],
)
wafv2.WebAclLoggingConfiguration(
    f"{FULL}-firewall",
    resource_arn=firewall.arn,
    log_destination_configs=[firewall_logs.arn],
    redacted_fields=[
        {"single_header": {"name": header}} for header in ("authorization", "cookie", "x-api-key")
    ],
)

# What the service may do.
role = iam.Role(
    f"{FULL}-role",
    description=f"Pods of {NAME}",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "pods.eks.amazonaws.com"},
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                    "Condition": {
                        "StringEquals": {
                            "aws:RequestTag/eks-cluster-name": platform["cluster_name"],
                            "aws:RequestTag/kubernetes-namespace": NAME,
                            "aws:RequestTag/kubernetes-service-account": NAME,
                            "aws:SourceAccount": platform["account_id"],
                        }
                    },
                }
            ],
        }
    ),
)


def allow(actions: list[str], resources: list[str], via: str | None = None) -> dict:
    condition = {"StringEquals": {"kms:ViaService": f"{via}.{platform['region']}.amazonaws.com"}}
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return {**statement, "Condition": condition} if via else statement


images, queue = platform["product_images"], platform["orders_queue"]
iam.RolePolicy(
    f"{FULL}-policy",
    role=role.name,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                allow(["s3:ListBucket", "s3:GetBucketLocation"], [images["arn"]]),
                allow(["s3:GetObject", "s3:GetObjectVersion"], [f"{images['arn']}/*"]),
                allow(["kms:Decrypt"], [images["key_arn"]], "s3"),
                allow(["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"], [queue["arn"]]),
                allow(["kms:Decrypt", "kms:GenerateDataKey"], [queue["key_arn"]], "sqs"),
            ],
        }
    ),
)
association = eks.PodIdentityAssociation(
    f"{FULL}-association",
    cluster_name=platform["cluster_name"],
    namespace=NAME,
    service_account=NAME,
    role_arn=role.arn,
)

cloudwatch.LogGroup(
    f"{FULL}-pods-logs",
    name=f"/aws/eks/{platform['cluster_name']}/pods/{NAME}",  # where the collector writes
    retention_in_days=365,
    kms_key_id=platform["logs_key_arn"],
)

# In the cluster.
inside = pulumi.ResourceOptions(provider=cluster)
selector = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/component": "server"}
labels = {**TAGS, **selector, "app.kubernetes.io/managed-by": "pulumi"}
task_labels = {**labels, "app.kubernetes.io/component": "task"}
pod_security = {
    f"pod-security.kubernetes.io/{mode}{suffix}": value
    for mode in ("enforce", "audit", "warn")
    for suffix, value in (("", "restricted"), ("-version", "latest"))
}
namespace = k8s.core.v1.Namespace(
    f"{FULL}-namespace",
    metadata={
        "name": NAME,
        "labels": {**labels, **pod_security, "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"},
    },
    opts=inside,
)


def metadata(name: str = NAME, **more: object) -> dict:
    return {"name": name, "namespace": namespace.metadata.name, "labels": labels, **more}


k8s.networking.v1.NetworkPolicy(
    f"{FULL}-default-deny",
    metadata=metadata("default-deny"),
    spec={"pod_selector": {}, "policy_types": ["Ingress", "Egress"]},
    opts=inside,
)
k8s.networking.v1.NetworkPolicy(
    f"{FULL}-allow-dns",
    metadata=metadata("allow-dns"),
    spec={
        "pod_selector": {},
        "policy_types": ["Egress"],
        "egress": [
            {
                "to": [
                    {
                        "namespace_selector": {
                            "match_labels": {"kubernetes.io/metadata.name": "kube-system"}
                        },
                        "pod_selector": {"match_labels": {"k8s-app": "kube-dns"}},
                    }
                ],
                "ports": [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")],
            }
        ],
    },
    opts=inside,
)


def to(peer: dict, *ports: int) -> dict:
    return {"to": [peer], "ports": [{"port": port, "protocol": "TCP"} for port in ports]}


allowed = k8s.networking.v1.NetworkPolicy(
    f"{FULL}-network-policy",
    metadata=metadata(),
    spec={
        "pod_selector": {},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [
            {
                "from_": [{"ip_block": {"cidr": cidr}} for cidr in platform["public_subnet_cidrs"]],
                "ports": [{"port": port, "protocol": "TCP"} for port in PORTS.values()],
            }
        ],
        "egress": [
            to({"ip_block": {"cidr": "0.0.0.0/0"}}, 443),
            to({"ip_block": {"cidr": "169.254.170.23/32"}}, 80),  # credentials of the role
            *(
                to({"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": service}}}, 8080)
                for service in ("wallet", "catalogue")
            ),
        ],
    },
    opts=inside,
)
account = k8s.core.v1.ServiceAccount(
    f"{FULL}-service-account",
    metadata=metadata(annotations={"skymason.dev/role": association.role_arn}),
    automount_service_account_token=False,
    opts=inside,
)
settings = {
    "SERVICE_NAME": NAME,
    "ENVIRONMENT": "prod",
    "LOG_LEVEL": "info",
    "PORT": "8080",
    "CATALOGUE_PAGE_SIZE": "48",
    "CURRENCY": "EUR",
    "PRODUCT_IMAGES_BUCKET": images["name"],
    "ORDER_FULFILMENT_QUEUE_QUEUE_URL": queue["url"],
    "WALLET_URL": "http://wallet.wallet.svc.cluster.local:8080",
    "CATALOGUE_URL": "http://catalogue.catalogue.svc.cluster.local:8080",
}
settings_map = k8s.core.v1.ConfigMap(f"{FULL}-config", metadata=metadata(), data=settings, opts=inside)
service = k8s.core.v1.Service(
    f"{FULL}-service",
    metadata=metadata(annotations={"pulumi.com/skipAwait": "true"}),
    spec={
        "type": "ClusterIP",
        "selector": selector,
        "ports": [
            {"name": name, "port": port, "target_port": name, "protocol": "TCP"}
            for name, port in PORTS.items()
        ],
    },
    opts=inside,
)
bindings = [
    k8s.apiextensions.CustomResource(
        f"{FULL}-binding-{name}",
        api_version="elbv2.k8s.aws/v1beta1",
        kind="TargetGroupBinding",
        metadata=metadata(f"public-{name}"),
        spec={
            "serviceRef": {"name": NAME, "port": port},
            "targetGroupARN": targets[name].arn,
            "targetType": "ip",
            "ipAddressType": "ipv4",
        },
        opts=pulumi.ResourceOptions(provider=cluster, depends_on=[rules[host, name] for host in HOSTS]),
    )
    for name, port in PORTS.items()
]
hardened = {"run_as_non_root": True, "run_as_user": 10001, "seccomp_profile": {"type": "RuntimeDefault"}}
mounts = {"scratch-0": "/tmp", "scratch-1": "/var/cache/storefront"}  # noqa: S108 - volumes
container = {
    "name": NAME,
    "image": image,
    "env_from": [{"config_map_ref": {"name": NAME}}],
    "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"cpu": "1", "memory": "512Mi"}},
    "security_context": {
        **hardened,
        "privileged": False,
        "allow_privilege_escalation": False,
        "read_only_root_filesystem": True,
        "capabilities": {"drop": ["ALL"]},
    },
    "volume_mounts": [{"name": name, "mount_path": path} for name, path in mounts.items()],
}
on_demand = {
    "preferred_during_scheduling_ignored_during_execution": [
        {
            "weight": 100,
            "preference": {
                "match_expressions": [
                    {"key": "eks.amazonaws.com/capacityType", "operator": "In", "values": ["ON_DEMAND"]}
                ]
            },
        }
    ]
}
pod = {
    "service_account_name": NAME,
    "automount_service_account_token": False,
    "enable_service_links": False,
    "security_context": {**hardened, "run_as_group": 10001, "fs_group": 10001},
    "volumes": [{"name": name, "empty_dir": {"size_limit": "128Mi"}} for name in mounts],
}


def task(command: list[str], timeout: int) -> dict:
    return {
        "active_deadline_seconds": timeout,
        "backoff_limit": 2,
        "template": {
            "metadata": {"labels": task_labels},
            "spec": {
                **pod,
                "restart_policy": "Never",
                "affinity": {"node_affinity": on_demand},
                "containers": [{**container, "command": command}],
            },
        },
    }


needs = [account, settings_map, allowed, service]
collect = k8s.batch.v1.Job(
    f"{FULL}-collect-static",
    metadata=metadata(f"collect-static-{image.rpartition(':')[2][:12]}", labels=task_labels),
    spec=task(["python", "manage.py", "collectstatic", "--noinput"], 3600),
    opts=pulumi.ResourceOptions(
        provider=cluster, depends_on=needs, custom_timeouts=pulumi.CustomTimeouts(create="3720s")
    ),
)
k8s.batch.v1.CronJob(
    f"{FULL}-expire-carts",
    metadata=metadata("expire-carts", labels=task_labels),
    spec={
        "schedule": "*/30 * * * *",
        "time_zone": "Etc/UTC",
        "concurrency_policy": "Forbid",
        "starting_deadline_seconds": 300,
        "successful_jobs_history_limit": 3,
        "failed_jobs_history_limit": 3,
        "job_template": {
            "metadata": {"labels": task_labels},
            "spec": {
                **task(["python", "manage.py", "expire_carts"], 600),
                "ttl_seconds_after_finished": 86_400,
            },
        },
    },
    opts=inside,
)


def probe(path: str, period: int, failures: int) -> dict:
    return {
        "http_get": {"path": path, "port": "http"},
        "period_seconds": period,
        "timeout_seconds": 2,
        "failure_threshold": failures,
    }


deployment = k8s.apps.v1.Deployment(
    f"{FULL}-deployment",
    metadata=metadata(),
    spec={
        "strategy": {"type": "RollingUpdate", "rolling_update": {"max_surge": "25%", "max_unavailable": 0}},
        "min_ready_seconds": 225,
        "revision_history_limit": 5,
        "progress_deadline_seconds": 945,
        "selector": {"match_labels": selector},
        "template": {
            "metadata": {"labels": labels, "annotations": {"settings": json.dumps(settings, sort_keys=True)}},
            "spec": {
                **pod,
                "termination_grace_period_seconds": 75,
                "affinity": {
                    "node_affinity": on_demand,
                    "pod_anti_affinity": {
                        "preferred_during_scheduling_ignored_during_execution": [
                            {
                                "weight": 100,
                                "pod_affinity_term": {
                                    "label_selector": {"match_labels": selector},
                                    "topology_key": "kubernetes.io/hostname",
                                },
                            }
                        ]
                    },
                },
                "topology_spread_constraints": [
                    {
                        "max_skew": 1,
                        "topology_key": "topology.kubernetes.io/zone",
                        "when_unsatisfiable": "DoNotSchedule",
                        "label_selector": {"match_labels": selector},
                        "match_label_keys": ["pod-template-hash"],
                    }
                ],
                "containers": [
                    {
                        **container,
                        "command": ["gunicorn"],
                        "args": ["storefront.wsgi", "--bind", "0.0.0.0:8080", "--keep-alive", "75"],
                        "ports": [
                            {"name": name, "container_port": port, "protocol": "TCP"}
                            for name, port in PORTS.items()
                        ],
                        "liveness_probe": probe("/livez", 10, 6),
                        "readiness_probe": probe("/readyz", 5, 3),
                        "startup_probe": probe("/livez", 5, 24),
                        "lifecycle": {"pre_stop": {"sleep": {"seconds": 15}}},
                    }
                ],
            },
        },
    },
    opts=pulumi.ResourceOptions(provider=cluster, depends_on=[*needs, *bindings, collect]),
)
k8s.policy.v1.PodDisruptionBudget(
    f"{FULL}-disruption-budget",
    metadata=metadata(),
    spec={
        "max_unavailable": 1,
        "selector": {"match_labels": selector},
        "unhealthy_pod_eviction_policy": "AlwaysAllow",
    },
    opts=inside,
)


def requests(name: str) -> dict:
    return {
        "type": "aws-cloudwatch",
        "metricType": "Value",
        "metadata": {
            "namespace": "AWS/ApplicationELB",
            "metricName": "RequestCountPerTarget",
            "dimensionName": "LoadBalancer;TargetGroup",
            "dimensionValue": pulumi.Output.concat(balancer.arn_suffix, ";", targets[name].arn_suffix),
            "targetMetricValue": "1500",
            "minMetricValue": "0",
            "metricStat": "Sum",
            "metricStatPeriod": "60",
            "metricCollectionTime": "300",
            "metricEndTimeOffset": "60",
            "awsRegion": platform["region"],
            "identityOwner": "operator",
        },
    }


def at_times(start: str, end: str, replicas: int) -> dict:
    times = {"timezone": "Europe/Berlin", "start": start, "end": end}
    return {"type": "cron", "metadata": {**times, "desiredReplicas": str(replicas)}}


k8s.apiextensions.CustomResource(
    f"{FULL}-scaled-object",
    api_version="keda.sh/v1alpha1",
    kind="ScaledObject",
    metadata=metadata(),
    spec={
        "scaleTargetRef": {"name": deployment.metadata.name},
        "minReplicaCount": 3,
        "maxReplicaCount": 30,
        "pollingInterval": 30,
        "advanced": {
            "horizontalPodAutoscalerConfig": {
                "behavior": {
                    "scaleUp": {
                        "stabilizationWindowSeconds": 0,
                        "selectPolicy": "Max",
                        "policies": [
                            {"type": "Percent", "value": 100, "periodSeconds": 30},
                            {"type": "Pods", "value": 4, "periodSeconds": 30},
                        ],
                    },
                    "scaleDown": {
                        "stabilizationWindowSeconds": 300,
                        "selectPolicy": "Max",
                        "policies": [
                            {"type": "Percent", "value": 25, "periodSeconds": 60},
                            {"type": "Pods", "value": 1, "periodSeconds": 60},
                        ],
                    },
                }
            }
        },
        "triggers": [
            {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "60"}},
            *(requests(name) for name in PORTS),
            at_times("30 17 * * *", "0 22 * * *", 9),
            at_times("0 0 1 12 *", "0 23 24 12 *", 15),
        ],
    },
    opts=inside,
)

# Who is told, and of what.
ELB = "AWS/ApplicationELB"
whole = {"LoadBalancer": balancer.arn_suffix}
parts = {name: {**whole, "TargetGroup": targets[name].arn_suffix} for name in PORTS}


def metric(id: str, name: str, stat: str, period: int, dimensions: dict = whole, **more: object) -> dict:
    query = {"namespace": ELB, "metric_name": name, "dimensions": dimensions}
    return {"id": id, "metric": {**query, "stat": stat, "period": period}, **more}


def formula(id: str, expression: str, label: str) -> dict:
    return {"id": id, "expression": expression, "label": label, "return_data": True}


alarms = {
    "5xx": {
        "what": "answers with errors. Severity: critical",
        "comparison_operator": "GreaterThanThreshold",
        "treat_missing_data": "notBreaching",
        "metric_queries": [
            metric("targets", "HTTPCode_Target_5XX_Count", "Sum", 300),
            metric("balancer", "HTTPCode_ELB_5XX_Count", "Sum", 300),
            metric("requests", "RequestCount", "Sum", 300),
            formula("percent", "100 * (FILL(targets, 0) + FILL(balancer, 0)) / requests", "5xx answers (%)"),
        ],
    },
    "latency": {
        "what": "answers slowly. Severity: warning",
        "comparison_operator": "GreaterThanThreshold",
        "treat_missing_data": "notBreaching",
        "metric_queries": [metric("p95", "TargetResponseTime", "p95", 300, return_data=True)],
    },
    "no-traffic": {
        "what": "gets no requests. Severity: critical",
        "comparison_operator": "LessThanThreshold",
        "treat_missing_data": "breaching",
        "metric_queries": [metric("requests", "RequestCount", "Sum", 900, return_data=True)],
    },
    "unhealthy-hosts": {
        "what": "has unhealthy replicas. Severity: critical",
        "comparison_operator": "GreaterThanOrEqualToThreshold",
        "treat_missing_data": "breaching",
        "evaluation_periods": 5,
        "metric_queries": [
            *(metric(name, "UnHealthyHostCount", "Maximum", 60, parts[name]) for name in PORTS),
            formula("total", "SUM(METRICS())", "Unhealthy replicas"),
        ],
    },
}
for name, alarm in alarms.items():
    what = alarm.pop("what")
    cloudwatch.MetricAlarm(
        f"{FULL}-alarm-{name}",
        alarm_description=f"{NAME} {what}. Owner: {OWNER}. Runbook: docs/runbooks/web-api-{name}.md",
        alarm_actions=[platform["alert_topic_arn"]],
        ok_actions=[platform["alert_topic_arn"]],
        threshold=1,
        **{"evaluation_periods": 1, **alarm},
    )


def chart(known: list, index: int, title: str, names: list[str], stat: str) -> dict:
    return {
        "type": "metric",
        "x": index % 4 * 6,
        "y": index // 4 * 6,
        "width": 6,
        "height": 6,
        "properties": {
            "title": title,
            "region": platform["region"],
            "view": "timeSeries",
            "period": 60,
            "metrics": [[ELB, name, "LoadBalancer", known[0], {"stat": stat}] for name in names],
        },
    }


drawn = [
    ("Requests", ["RequestCount"], "Sum"),
    ("Errors", ["HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"], "Sum"),
    ("Time to answer (s)", ["TargetResponseTime"], "p95"),
    ("Replicas in service", ["HealthyHostCount", "UnHealthyHostCount"], "Maximum"),
]
cloudwatch.Dashboard(
    f"{FULL}-dashboard",
    dashboard_name=FULL,
    dashboard_body=pulumi.Output.all(balancer.arn_suffix).apply(
        lambda known: json.dumps(
            {"widgets": [chart(known, index, *line) for index, line in enumerate(drawn)]}
        )
    ),
)

pulumi.export("urls", [f"https://{host}" for host in HOSTS])
pulumi.export("role_arn", role.arn)
