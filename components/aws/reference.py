"""What the AWS platform layer exports, and all that a pattern component needs of it."""

from typing import NotRequired, TypedDict

import pulumi


class AwsPlatformReference(TypedDict):
    """A flat set of ids: from `AwsPlatform.reference`, from a `StackReference`, or from another language."""

    project: pulumi.Input[str]
    environment: pulumi.Input[str]
    account_id: pulumi.Input[str]
    partition: pulumi.Input[str]
    region: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    vpc_cidr: pulumi.Input[str]
    availability_zones: pulumi.Input[list[pulumi.Input[str]]]
    public_subnet_ids: pulumi.Input[list[pulumi.Input[str]]]
    private_subnet_ids: pulumi.Input[list[pulumi.Input[str]]]
    data_subnet_ids: pulumi.Input[list[pulumi.Input[str]]]
    public_subnet_cidrs: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]
    """Address ranges of the public subnets: where requests of public load balancers come from. Left out, pods
    let them in from the whole of `vpc_cidr`."""
    private_subnet_cidrs: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]
    """The same of the private subnets, and of internal load balancers."""
    cluster_name: pulumi.Input[str]
    cluster_security_group_id: pulumi.Input[str]
    """Security group of nodes and pods."""
    kubeconfig: pulumi.Input[str]
    """Secret. Authenticates by `aws eks get-token`, so it holds no long-lived credential."""
    registry_host: pulumi.Input[str]
    """`<account>.dkr.ecr.<region>.amazonaws.com`."""
    repository_prefix: pulumi.Input[str]
    """Put before the repository of a spec: `<project>-<environment>`."""
    data_key_arn: pulumi.Input[str]
    """Customer-managed key for data at rest."""
    logs_key_arn: pulumi.Input[str]
    """Customer-managed key for log groups."""
    alert_topic_arn: pulumi.Input[str]
    log_bucket: pulumi.Input[str]
    """Bucket for load balancer access logs."""
    domain: NotRequired[pulumi.Input[str]]
    hosted_zone_id: NotRequired[pulumi.Input[str]]
    private_zone_id: NotRequired[pulumi.Input[str]]
    certificate_arn: NotRequired[pulumi.Input[str]]
    """An existing certificate for every service; left out, each service gets its own."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    priority_class_prefix: NotRequired[pulumi.Input[str]]
    """PriorityClasses of tiers are called `<prefix>-<tier>`: critical and best-effort. Left out, there are
    none."""
    pod_log_prefix: NotRequired[pulumi.Input[str]]
    """Log groups of namespaces are called `<prefix>/<namespace>`; what has none there is not kept. Left out,
    nobody collects logs of pods."""
    scaler_role_arn: NotRequired[pulumi.Input[str]]
    """Role of KEDA's operator. What it must look at to scale a service lets it in by name; left out, it is
    taken to have its permissions already."""
