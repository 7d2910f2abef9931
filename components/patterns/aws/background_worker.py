"""`background_worker` on AWS: a consumer on EKS of an SQS queue of its own."""

from typing import Any

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch

from components.aws.dashboard import with_errors
from components.aws.names import account_wide
from components.aws.pod_role import PodRole
from components.aws.queue import Queue, QueueSubscriptionArgs
from components.aws.queue_alarms import QueueAlarms
from components.aws.queue_dashboard import body
from components.aws.queue_timing import Backoff, QueueTiming, queue_timing, timing_findings
from components.binding import Binding, Statement
from components.findings import refuse
from components.kubernetes.namespace import ServiceNamespace
from components.kubernetes.queue_scaling import QueueScaler
from components.kubernetes.workload import Workload
from components.patterns import parts
from components.patterns.aws.background_worker_args import BackgroundWorkerArgs
from components.patterns.aws.common import (
    in_cluster,
    pod_log_group,
    service_role,
    service_workload,
    tier_labels,
)
from components.patterns.aws.scaler_role import scaler_role
from components.patterns.defaults import with_defaults
from components.patterns.escape import Escape
from components.patterns.parts import given
from skymason.diagnostics import suggestion
from skymason.patterns.quantities import backlog_per_replica


class BackgroundWorker(pulumi.ComponentResource):
    """A consumer of a queue: namespace, replicas, role, queue with dead letters, scaling, alarms, dashboard.

    Keys that are left out come from infrastructure-patterns.yaml. Resources inside are named
    `<name>-<short name>`; `escape` sets their properties by short name. The consumer is told in its settings
    where the queue is (`QUEUE_…`) and when to try again what failed (`RETRY_…`), see `consumer_settings`; it
    hides a failed message for that wait, and deletes what it has done. Raises ValueError for times with which
    messages would be lost or done twice.
    """

    role_arn: pulumi.Output[str]
    namespace: pulumi.Output[str]
    urls: pulumi.Output[list[str]]
    """Empty: nobody calls it."""
    queue_arn: pulumi.Output[str]
    queue_url: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]

    def __init__(self, name: str, args: BackgroundWorkerArgs, opts: ResourceOptions | None = None) -> None:
        escape = Escape(name, args.get("escape") or {})
        super().__init__("skymason:patterns:AwsBackgroundWorker", name, None, escape.within(opts))
        self._name, self._args = name, with_defaults("background_worker", "aws", args)
        self._platform, self._service = args["platform"], args["service"]["name"]
        self._below = ResourceOptions(parent=self)
        cluster = in_cluster(self, name, self._platform)

        labels = tier_labels(args["service"])
        namespace = ServiceNamespace(name, {"name": self._service, "labels": labels}, cluster).namespace
        used = args.get("bindings") or []
        queue = self._queue([binding for binding in used if "topic_arn" in binding])
        self.provides = {f"{self._service}-queue": queue}
        """Resources that other services may use, by name."""
        bindings = [self._own(queue), *(binding for binding in used if "topic_arn" not in binding)]
        role = service_role(name, self._service, self._platform, bindings, self._below)
        workload = self._workload(namespace, role, bindings, cluster)
        if not self._args["singleton"]:
            self._scaler(namespace, workload, queue, cluster)
        if self._args["alarms"]["enabled"]:
            self._alarms(queue)
        if self._args["dashboard"]:
            self._dashboard(queue)
        escape.check()

        self.role_arn, self.namespace = role.role_arn, namespace
        self.urls = pulumi.Output.from_input(list[str]())
        self.queue_arn, self.queue_url, self.dead_letter_url = queue.arn, queue.url, queue.dead_letter_url
        self.register_outputs({output: getattr(self, output) for output in BackgroundWorker.__annotations__})

    def _queue(self, topics: list[Binding]) -> Queue:
        queue, dead, platform = self._args["queue"], self._args["dead_letter"], self._platform
        timing = timing_of(self._args)
        processing = int(queue["processing_seconds"])
        # How long a message may wait for its first attempt is watched by an alarm, and bounds no setting.
        refuse(f"service '{self._service}'", timing_findings(timing, processing, backlog_seconds=0))
        if queue.get("existing"):
            return self._existing(topics)
        return Queue(
            f"{self._name}-work",
            {
                "key_arn": platform["data_key_arn"],
                "fifo": bool(queue["fifo"]),
                "visibility_seconds": timing.visibility_seconds,
                "retention_seconds": timing.retention_seconds,
                "dead_letter_retention_seconds": timing.dead_letter_retention_seconds,
                "max_receives": int(dead["max_receives"]),
                "long_poll_seconds": int(queue["long_poll_seconds"]),
                "max_message_bytes": int(queue["max_message_kb"]) * 1024,
                "watcher_arns": list(given(platform, "scaler_role_arn").values()),
                "subscriptions": subscriptions(self._service, queue, topics),
                "sources": [
                    {
                        "service": f"{source['service']}.amazonaws.com",
                        "source_arn": source["arn"],
                        "account_id": platform["account_id"],
                    }
                    for source in queue.get("sources") or []
                ],
            },
            self._below,
        )

    def _existing(self, topics: list[Binding]) -> Queue:
        """The queue that was there already. Who may send to it is its owner's to say, and no topic's."""
        if topics:
            raise ValueError(
                f"service '{self._service}': its queue is somebody else's and cannot subscribe to "
                f"'{topics[0]['name']}': have its owner subscribe it, or leave queue.existing out"
            )
        existing = {key: value for key, value in self._args["queue"]["existing"].items() if value is not None}
        key = given(existing, "key_arn")
        return Queue(
            f"{self._name}-work",
            {"existing": {name: existing[name] for name in existing if name != "key_arn"}, **key},
            self._below,
        )

    def _own(self, queue: Queue) -> Binding:
        """What the worker may do with its own queue. Settings of the one own queue have plain names."""
        binding = queue.binding("receive", f"{self._service}-queue")
        return {**binding, "environment": {"QUEUE_URL": queue.url, **consumer_settings(self._args)}}

    def _workload(
        self, namespace: pulumi.Output[str], role: PodRole, bindings: list[Binding], opts: ResourceOptions
    ) -> Workload:
        args = self._args
        return service_workload(
            self._name,
            args,
            namespace=namespace,
            role=role,
            bindings=bindings,
            network=parts.traffic(args["ports"], [], [], args["network"], bindings),
            # Whatever the grace is: a message that is begun is finished before the replica is killed.
            drain_seconds=int(args["shutdown"]["pre_stop_seconds"])
            + int(args["queue"]["processing_seconds"]),
            opts=opts,
        )

    def _scaler(
        self, namespace: pulumi.Output[str], workload: Workload, queue: Queue, opts: ResourceOptions
    ) -> None:
        scaling = self._args["scaling"]
        QueueScaler(
            self._name,
            {
                "name": self._service,
                "namespace": namespace,
                "deployment": workload.deployment_name,
                "queue_url": queue.url,
                **self._looking(queue),
                "region": self._platform["region"],
                "messages_per_replica": backlog_per_replica(
                    int(scaling["acceptable_latency_seconds"]),
                    int(self._args["queue"]["processing_seconds"]),
                    int(scaling["concurrency"]),
                ),
                **{key: scaling[key] for key in ("min", "max", "scale_down_seconds")},
                "schedule": scaling.get("schedule") or [],
            },
            opts,
        )

    def _looking(self, queue: Queue) -> dict[str, pulumi.Input[str]]:
        """A role for KEDA's operator, where the queue's policy is not ours to let it in."""
        if not self._args["queue"].get("existing"):
            return {}
        looking: Statement = {
            "sid": "Look",
            "actions": ["sqs:GetQueueAttributes"],
            "resources": [queue.arn],
        }
        return scaler_role(self._name, self._service, [looking], self._platform, self._below)

    def _alarms(self, queue: Queue) -> None:
        args = self._args
        QueueAlarms(
            self._name,
            {
                "service": self._service,
                "owner": args["service"]["owner"],
                "alert_topic_arn": self._platform["alert_topic_arn"],
                "queue_name": queue.queue_name,
                "dead_letter_name": queue.dead_letter_name,
                "silent_seconds": silent_seconds(args),
                "always_there": bool(args["singleton"]) or int(args["scaling"]["min"]) > 0,
                "alarms": args["alarms"],
            },
            self._below,
        )

    def _dashboard(self, queue: Queue) -> None:
        names = {"queue": queue.queue_name, "dead_letters": queue.dead_letter_name}
        alarms = self._args["alarms"]
        cloudwatch.Dashboard(
            f"{self._name}-dashboard",
            dashboard_name=account_wide(self._name),
            # Drawn from plain values, once these are known.
            dashboard_body=pulumi.Output.all(
                names, self._platform["region"], pod_log_group(self._args)
            ).apply(
                lambda known: with_errors(
                    body(*known[:2], alarms if alarms["enabled"] else {}), known[2], known[1]
                )
            ),
            opts=self._below,
        )


def subscriptions(service: str, queue: dict[str, Any], topics: list[Binding]) -> list[QueueSubscriptionArgs]:
    """Of a worker's queue, one for each topic. queue: the section, complete.

    Raises ValueError for a filter of a topic that it does not subscribe to, and for a topic without order
    before a queue that keeps it.
    """
    filters = queue.get("filters") or {}
    names = [topic["name"] for topic in topics]
    for name in filters:
        if name not in names:
            raise ValueError(f"service '{service}': queue.filters: {name}: {suggestion(name, names)}")
    for topic in topics:
        arn = topic["topic_arn"]
        if queue["fifo"] and isinstance(arn, str) and not arn.endswith(".fifo"):
            raise ValueError(
                f"service '{service}': a FIFO queue cannot subscribe to '{topic['name']}', which keeps no "
                "order: use a FIFO topic, or set queue.fifo: false"
            )
    return [
        {
            "name": topic["name"],
            "topic_arn": topic["topic_arn"],
            **given(filters, topic["name"], "filter_policy"),
        }
        for topic in topics
    ]


def timing_of(args: dict[str, Any]) -> QueueTiming:
    """Times of a worker's queue. args: of the pattern, complete."""
    queue, dead, retry = args["queue"], args["dead_letter"], args["retry"]
    visibility = queue.get("visibility_seconds")
    return queue_timing(
        int(queue["processing_seconds"]),
        int(dead["max_receives"]),
        Backoff(retry["base_seconds"], retry["factor"], retry["max_seconds"], retry["jitter"]),
        visibility_seconds=None if visibility is None else int(visibility),
        retention_seconds=int(queue["retention_seconds"]),
        dead_letter_retention_seconds=int(dead["retention_seconds"]),
    )


def consumer_settings(args: dict[str, Any]) -> dict[str, str]:
    """What the consumer must know beside the queue's address; numbers as text, times in seconds.

    After attempt n of `QUEUE_MAX_RECEIVES` has failed, it hides the message for
    w = min(RETRY_MAX_SECONDS, RETRY_BASE_SECONDS × RETRY_FACTOR^(n-1)), drawn between (1 - RETRY_JITTER) × w
    and w. n is the message's ApproximateReceiveCount.
    """
    queue, retry, timing = args["queue"], args["retry"], timing_of(args)
    return {
        "QUEUE_FIFO": str(bool(queue["fifo"])).lower(),
        "QUEUE_CONCURRENCY": _number(args["scaling"]["concurrency"]),
        "QUEUE_LONG_POLL_SECONDS": _number(queue["long_poll_seconds"]),
        "QUEUE_MAX_RECEIVES": _number(timing.max_receives),
        "QUEUE_PROCESSING_SECONDS": _number(queue["processing_seconds"]),
        "QUEUE_VISIBILITY_SECONDS": _number(timing.visibility_seconds),
        **{f"RETRY_{key.upper()}": _number(retry[key]) for key in RETRY_KEYS},
    }


RETRY_KEYS = ("base_seconds", "factor", "max_seconds", "jitter")


def silent_seconds(args: dict[str, Any]) -> int:
    """Longest time in which a worker in good health asks for no message: one is worked on, the next receive
    waits, and in between an only replica may have been replaced by a new one."""
    startup = args["probes"]["startup"]
    start = int(startup["period_seconds"]) * int(startup["failure_threshold"])
    return int(args["queue"]["processing_seconds"]) + int(args["queue"]["long_poll_seconds"]) + start


def _number(value: float) -> str:
    """`2` for 2 and for 2.0, which is what a number is in a hosted component; `0.5` for 0.5."""
    return f"{value:g}" if value != int(value) else str(int(value))
