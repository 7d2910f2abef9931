"""`event_processor` on AWS: a consumer on EKS of a stream whose every event is kept."""

from pathlib import Path
from typing import Any

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch

from components.aws.bucket import RetentionMode
from components.aws.dashboard import with_errors
from components.aws.event_store import EventPartition, EventStore
from components.aws.names import account_wide
from components.aws.pod_role import PodRole
from components.aws.queue import Queue
from components.aws.schema_registry import SchemaRegistry
from components.aws.stream_alarms import StreamAlarms
from components.aws.table import Table
from components.binding import Binding
from components.findings import refuse
from components.kubernetes.namespace import ServiceNamespace
from components.kubernetes.stream_scaling import StreamScaler
from components.kubernetes.workload import Workload
from components.patterns import parts
from components.patterns.aws import event_processor_dashboard as dashboard
from components.patterns.aws.common import (
    in_cluster,
    pod_log_group,
    service_role,
    service_workload,
    tier_labels,
)
from components.patterns.aws.event_processor_args import EventProcessorArgs
from components.patterns.aws.event_processor_replay import REPLAY, replay_template
from components.patterns.aws.event_processor_settings import (
    consumer_settings,
    failure_retention,
    findings,
    schemas_of,
)
from components.patterns.aws.event_processor_stream import Carrier, carrier
from components.patterns.defaults import with_defaults
from components.patterns.escape import Escape
from components.patterns.parts import given
from skymason.diagnostics import suggestion


class EventProcessor(pulumi.ComponentResource):
    """A consumer of a stream: namespace, replicas, role, stream, event store, replay template, schemas,
    failure queue, memory of what was processed, scaling by lag, alarms, dashboard.

    Keys that are left out come from infrastructure-patterns.yaml. Resources inside are named
    `<name>-<short name>`; `escape` sets their properties by short name. The consumer is told in its settings
    what to read and how, see `consumer_settings`; a replay, see `replay_template`. Raises ValueError for a
    stream that cannot carry the load, and for more replicas than can read at once.
    """

    role_arn: pulumi.Output[str]
    namespace: pulumi.Output[str]
    urls: pulumi.Output[list[str]]
    """Empty: nobody calls it."""
    stream_arn: pulumi.Output[str]
    """Of the Kinesis stream or the MSK cluster."""
    failure_queue_url: pulumi.Output[str]
    store_bucket: pulumi.Output[str]
    """Empty where events are not kept."""

    def __init__(self, name: str, args: EventProcessorArgs, opts: ResourceOptions | None = None) -> None:
        escape = Escape(name, args.get("escape") or {})
        super().__init__("skymason:patterns:AwsEventProcessor", name, None, escape.within(opts))
        self._name, self._args = name, with_defaults("event_processor", "aws", args)
        self._platform, self._service = args["platform"], args["service"]["name"]
        self._below = ResourceOptions(parent=self)
        refuse(f"service '{self._service}'", findings(self._args))
        used = self._take_source(args.get("bindings") or [])
        cluster = in_cluster(self, name, self._platform)

        labels = tier_labels(args["service"])
        namespace = ServiceNamespace(name, {"name": self._service, "labels": labels}, cluster).namespace
        stream = carrier(f"{name}-events", self._args, self._below)
        failures = self._failures()
        store = self._store(stream) if self._args["store"]["enabled"] else None
        self.provides: dict[str, Any] = {f"{self._service}-stream": stream.provided}
        """Resources that other services may use, by name."""
        if store is not None:
            self.provides[f"{self._service}-events"] = store
        shared = [*self._own(failures), *used]
        bindings = [*stream.bindings, *shared]
        role = service_role(name, self._service, self._platform, bindings, self._below)
        workload = self._workload(namespace, role, bindings, cluster)
        if store is not None:
            self._replay(namespace, [store.binding("read", f"{self._service}-store"), *shared], cluster)
        if not self._args["singleton"]:
            self._scaler(namespace, workload, stream, cluster)
        if self._args["alarms"]["enabled"]:
            self._alarms(stream, failures, store)
        if self._args["dashboard"]:
            self._dashboard(stream, failures, store)
        escape.check()

        self.role_arn, self.namespace = role.role_arn, namespace
        self.urls = pulumi.Output.from_input(list[str]())
        self.stream_arn, self.failure_queue_url = stream.arn, failures.url
        self.store_bucket = store.bucket_name if store is not None else pulumi.Output.from_input("")
        self.register_outputs({output: getattr(self, output) for output in EventProcessor.__annotations__})

    def _take_source(self, used: list[Binding]) -> list[Binding]:
        """Makes the stream of a binding the processor's own, where `stream.source` names one; the bindings
        that are left. Raises ValueError for one that is not there or receives from no stream."""
        stream = self._args["stream"]
        name = stream.get("source")
        if not name:
            return used
        sources = {binding["name"]: binding["stream"] for binding in used if "stream" in binding}
        if name not in sources:
            known = suggestion(name, sorted(sources)) if sources else "there is none"
            raise ValueError(
                f"service '{self._service}': stream.source: '{name}' is no stream to read; {known}"
            )
        self._args = {**self._args, "stream": {**stream, "existing": sources[name]}}
        return [binding for binding in used if binding["name"] != name]

    def _failures(self) -> Queue:
        kept, kept_again = failure_retention(int(self._args["failure_queue"]["retention_seconds"]))
        return Queue(
            f"{self._name}-failed",
            {
                "key_arn": self._platform["data_key_arn"],
                "retention_seconds": kept,
                "dead_letter_retention_seconds": kept_again,
            },
            self._below,
        )

    def _store(self, stream: Carrier) -> EventStore:
        store, platform = self._args["store"], self._platform
        days = store.get("object_lock_days")
        return EventStore(
            f"{self._name}-kept",
            {
                **{key: platform[key] for key in ("account_id", "logs_key_arn", "log_bucket")},
                "key_arn": platform["data_key_arn"],
                **stream.store,
                "protect": bool(self._args["deletion_protection"]),
                "partition_by": EventPartition(str(store["partition_by"])),
                "retention_days": int(store["retention_days"]),
                # Archived after its end, an event is never archived.
                **(
                    {"archive_days": int(store["archive_after_days"])}
                    if int(store["archive_after_days"]) < int(store["retention_days"])
                    else {}
                ),
                # Nobody may shorten it, the account's own root among them.
                **({"lock": {"mode": RetentionMode.COMPLIANCE, "days": int(days)}} if days else {}),
                **given(platform, "permissions_boundary_arn"),
            },
            self._below,
        )

    def _own(self, failures: Queue) -> list[Binding]:
        """What processing needs, of live events and of old ones. Settings of what is its own have plain
        names."""
        sending = failures.binding("send", f"{self._service}-failures")
        settings = consumer_settings(self._args)
        own: list[Binding] = [
            {**sending, "environment": {"FAILURE_QUEUE_URL": failures.url, **settings}},
        ]
        idempotency = self._args["idempotency"]
        if idempotency["enabled"]:
            seen = Table(
                f"{self._name}-seen",
                {
                    "key_arn": self._platform["data_key_arn"],
                    "partition_key": {"name": "id"},
                    "ttl_attribute": "expires_at",
                    "protect": bool(self._args["deletion_protection"]),
                },
                self._below,
            )
            memory = {
                "IDEMPOTENCY_TABLE": seen.table_name,
                "IDEMPOTENCY_TTL_SECONDS": str(int(idempotency["ttl_hours"]) * 3600),
                "IDEMPOTENCY_SCOPE": "live",
            }
            own.append(
                {**seen.binding("readwrite", f"{self._service}-seen"), "environment": {**memory}},
            )
        schemas = schemas_of(self._args, Path.cwd())
        if schemas:
            registry = SchemaRegistry(f"{self._name}-schemas", {"schemas": schemas}, self._below)
            self.provides[f"{self._service}-schemas"] = registry
            names = {
                "SCHEMA_REGISTRY": registry.registry_name,
                "SCHEMA_FORMAT": str(self._args["schemas"]["format"]),
                "SCHEMA_NAMES": ",".join(schema["name"] for schema in schemas),
            }
            own.append(
                {**registry.binding("read", f"{self._service}-schemas"), "environment": {**names}},
            )
        return own

    def _workload(
        self, namespace: pulumi.Output[str], role: PodRole, bindings: list[Binding], opts: ResourceOptions
    ) -> Workload:
        args = self._args
        consumer = args["consumer"]
        batch_ms = int(consumer["event_ms"]) * int(consumer["batch_size"])
        return service_workload(
            self._name,
            args,
            namespace=namespace,
            role=role,
            bindings=bindings,
            network=parts.traffic(args["ports"], [], [], args["network"], bindings),
            # A batch that is begun is finished, where that takes no longer than a node drain waits.
            drain_seconds=min(int(args["shutdown"]["pre_stop_seconds"]) + batch_ms // 1000 + 1, 900),
            opts=opts,
        )

    def _replay(self, namespace: pulumi.Output[str], bindings: list[Binding], opts: ResourceOptions) -> None:
        account = f"{self._service}-{REPLAY}"
        role = service_role(
            f"{self._name}-{REPLAY}", self._service, self._platform, bindings, self._below, account=account
        )
        replay_template(
            self._name,
            self._args,
            namespace=namespace,
            role_arn=role.role_arn,
            settings=bindings[0]["environment"],
            opts=opts,
        )

    def _scaler(
        self, namespace: pulumi.Output[str], workload: Workload, stream: Carrier, opts: ResourceOptions
    ) -> None:
        scaling = self._args["scaling"]
        StreamScaler(
            self._name,
            {
                "name": self._service,
                "namespace": namespace,
                "deployment": workload.deployment_name,
                **{key: scaling[key] for key in ("min", "max", "scale_down_seconds")},
                "schedule": scaling.get("schedule") or [],
                **stream.scaling,
            },
            opts,
        )

    def _alarms(self, stream: Carrier, failures: Queue, store: EventStore | None) -> None:
        args = self._args
        StreamAlarms(
            self._name,
            {
                "service": self._service,
                "owner": args["service"]["owner"],
                "alert_topic_arn": self._platform["alert_topic_arn"],
                **stream.alarms,
                "failure_queue_name": failures.queue_name,
                **({"delivery_name": store.delivery_name} if store is not None else {}),
                "retention_hours": int(args["stream"]["retention_hours"]),
                "alarms": args["alarms"],
            },
            self._below,
        )

    def _dashboard(self, stream: Carrier, failures: Queue, store: EventStore | None) -> None:
        places = {
            "stream": stream.alarms["stream"],
            "consumer": stream.alarms["consumer"],
            "failures": {"QueueName": failures.queue_name},
            **({"delivery": {"DeliveryStreamName": store.delivery_name}} if store is not None else {}),
        }
        alarms, reading = self._args["alarms"], stream.alarms["reading"]
        cloudwatch.Dashboard(
            f"{self._name}-dashboard",
            dashboard_name=account_wide(self._name),
            # Drawn from plain values, once these are known.
            dashboard_body=pulumi.Output.all(
                places, self._platform["region"], pod_log_group(self._args)
            ).apply(
                lambda known: with_errors(
                    dashboard.body(reading, *known[:2], alarms if alarms["enabled"] else {}),
                    known[2],
                    known[1],
                )
            ),
            opts=self._below,
        )
