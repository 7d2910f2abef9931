"""Autoscaling of a workload by KEDA: CPU, requests at a load balancer, and the clock."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource

from components.kubernetes import labels
from components.kubernetes.args import ScheduledCapacityArgs

POLLING_SECONDS = 30
METRIC_PERIOD = 60
METRIC_WINDOW = 300
"""CloudWatch publishes load balancer metrics every minute, up to a few minutes late."""


class RequestMetricArgs(TypedDict):
    """A target group whose requests are counted, named as CloudWatch's dimensions are."""

    load_balancer: pulumi.Input[str]
    """`app/<name>/<id>`."""
    target_group: pulumi.Input[str]
    """`targetgroup/<name>/<id>`."""
    region: pulumi.Input[str]


class AutoscalerArgs(TypedDict):
    """Arguments of Autoscaler."""

    name: str
    """Name of the service."""
    namespace: pulumi.Input[str]
    deployment: pulumi.Input[str]
    """Name of the Deployment to scale."""
    min: int
    max: int
    cpu_percent: int
    """Target use of the CPU requests, over all replicas."""
    scale_down_seconds: int
    """Load must stay low for this long before replicas go."""
    requests_per_target: NotRequired[int]
    """Requests per minute and replica to aim for; left out, CPU alone counts."""
    request_metrics: NotRequired[list[RequestMetricArgs]]
    """One for each target group; the busiest one decides."""
    schedule: NotRequired[list[ScheduledCapacityArgs]]


class Autoscaler(pulumi.ComponentResource):
    """A KEDA ScaledObject, from which KEDA makes the HorizontalPodAutoscaler. The highest trigger decides."""

    scaled_object_name: pulumi.Output[str]

    def __init__(self, name: str, args: AutoscalerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:kubernetes:Autoscaler", name, None, opts)
        spec = {"pollingInterval": POLLING_SECONDS, "triggers": _triggers(args)}
        scaled = scaled_object(name, args, spec, ResourceOptions(parent=self))
        self.scaled_object_name = scaled.metadata["name"]
        self.register_outputs({"scaled_object_name": self.scaled_object_name})


def scaled_object(
    name: str, args: Mapping[str, Any], spec: dict[str, Any], opts: ResourceOptions
) -> CustomResource:
    """A ScaledObject. args: name, namespace, deployment, min, max, scale_down_seconds. spec: the rest."""
    # The spec of a custom resource is sent as it stands, so its keys are Kubernetes' own.
    return CustomResource(
        f"{name}-scaled-object",
        api_version="keda.sh/v1alpha1",
        kind="ScaledObject",
        metadata={
            "name": args["name"],
            "namespace": args["namespace"],
            "labels": labels.standard(args["name"]),
        },
        spec={
            "scaleTargetRef": {"name": args["deployment"]},
            "minReplicaCount": int(args["min"]),
            "maxReplicaCount": int(args["max"]),
            "advanced": {
                "horizontalPodAutoscalerConfig": {"behavior": behavior(int(args["scale_down_seconds"]))}
            },
            **spec,
        },
        opts=opts,
    )


def scaled_consumer(
    name: str,
    args: Mapping[str, Any],
    trigger: dict[str, Any],
    *,
    polling_seconds: int,
    failures: int,
    opts: ResourceOptions,
) -> CustomResource:
    """A ScaledObject of consumers: by what waits for them, and by schedule.

    args: as of `scaled_object`, and schedule. trigger: what waits. polling_seconds: how often that is asked.
    failures: times that it cannot be read before what runs keeps running, and one replica at least.
    """
    spec = {
        "pollingInterval": polling_seconds,
        "cooldownPeriod": int(args["scale_down_seconds"]),
        "fallback": {
            "failureThreshold": failures,
            "replicas": max(1, int(args["min"])),
            "behavior": "currentReplicasIfHigher",
        },
        "triggers": [trigger, *(cron_trigger(entry) for entry in args.get("schedule") or [])],
    }
    return scaled_object(name, args, spec, opts)


def behavior(scale_down_seconds: int) -> dict[str, Any]:
    """Up at once and at most double in half a minute; down slowly, a quarter a minute."""
    return {
        "scaleUp": {
            "stabilizationWindowSeconds": 0,
            "selectPolicy": "Max",
            "policies": [
                {"type": "Percent", "value": 100, "periodSeconds": 30},
                {"type": "Pods", "value": 4, "periodSeconds": 30},
            ],
        },
        "scaleDown": {
            "stabilizationWindowSeconds": scale_down_seconds,
            "selectPolicy": "Max",
            "policies": [
                {"type": "Percent", "value": 25, "periodSeconds": 60},
                {"type": "Pods", "value": 1, "periodSeconds": 60},
            ],
        },
    }


def _triggers(args: AutoscalerArgs) -> list[dict[str, Any]]:
    cpu = {"type": "cpu", "metricType": "Utilization", "metadata": {"value": str(int(args["cpu_percent"]))}}
    target = args.get("requests_per_target")
    requests = (
        [_requests(int(target), metric) for metric in args.get("request_metrics") or []] if target else []
    )
    return [cpu, *requests, *(cron_trigger(entry) for entry in args.get("schedule") or [])]


def _requests(target: int, metric: RequestMetricArgs) -> dict[str, Any]:
    return {
        "type": "aws-cloudwatch",
        # The metric is an average over replicas already; KEDA must not divide it by them once more.
        "metricType": "Value",
        "metadata": {
            "namespace": "AWS/ApplicationELB",
            "metricName": "RequestCountPerTarget",
            "dimensionName": "LoadBalancer;TargetGroup",
            "dimensionValue": pulumi.Output.concat(metric["load_balancer"], ";", metric["target_group"]),
            "targetMetricValue": str(target),
            "minMetricValue": "0",
            "metricStat": "Sum",
            "metricStatPeriod": str(METRIC_PERIOD),
            "metricCollectionTime": str(METRIC_WINDOW),
            "metricEndTimeOffset": str(METRIC_PERIOD),
            "awsRegion": metric["region"],
            # KEDA's own role reads the metric: the service needs no right to read CloudWatch.
            "identityOwner": "operator",
        },
    }


def cron_trigger(entry: ScheduledCapacityArgs) -> dict[str, Any]:
    """Holds replicas at certain times."""
    return {
        "type": "cron",
        "metadata": {
            "timezone": entry.get("timezone") or "Etc/UTC",
            "start": entry["start"],
            "end": entry["end"],
            "desiredReplicas": str(int(entry["replicas"])),
        },
    }


def sign_in(
    name: str, args: Mapping[str, Any], role_arn: pulumi.Input[str] | None, opts: ResourceOptions
) -> CustomResource:
    """A TriggerAuthentication: KEDA's operator takes on the role, or stays what it is. args: name and
    namespace of the service."""
    role = {} if role_arn is None else {"roleArn": role_arn}
    return CustomResource(
        f"{name}-scaler-sign-in",
        api_version="keda.sh/v1alpha1",
        kind="TriggerAuthentication",
        metadata={
            "name": args["name"],
            "namespace": args["namespace"],
            "labels": labels.standard(args["name"]),
        },
        spec={"podIdentity": {"provider": "aws", **role}},
        opts=opts,
    )
