"""An event processor on AWS: exact sets of resources for each variant, and how the blocks fit together."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from blocks import Built, component_inputs, component_outputs
from manifests import validate
from processors import PROCESSOR_PLATFORM, SCALER, make_processor, processor_args
from web_apis import IMAGE, build, kinds, later

from components.patterns.aws.event_processor import EventProcessor
from components.patterns.aws.event_processor_settings import (
    consumer_settings,
    failure_retention,
    findings,
    lag_events,
    lanes_of,
    load_of,
)
from skymason.diagnostics import DiagnosticError
from skymason.patterns.engine import InfrastructurePatternEngine, pattern_defaults
from skymason.settings import load_stack

ROOT = Path(__file__).parents[3]
SPECS = ROOT / "services"
SERVERLESS = {"kind": "msk_serverless"}
PROVISIONED = {"kind": "msk_provisioned", "broker_type": "kafka.m7g.large"}
PLAIN = Counter(
    {
        "kubernetes": 1,
        # namespace
        "Namespace": 1,
        "NetworkPolicy": 3,
        # workload
        "ServiceAccount": 2,
        "ConfigMap": 1,
        "Service": 1,
        "Deployment": 1,
        "PodDisruptionBudget": 1,
        "ScaledObject": 1,
        "CronJob": 1,
        # identities: consumer, replay, delivery, envelopes
        "Role": 4,
        "RolePolicy": 4,
        "PodIdentityAssociation": 2,
        # stream, leases, memory
        "Stream": 1,
        "Table": 2,
        # failed events, and failed envelopes
        "Queue": 3,
        "QueuePolicy": 3,
        "RedriveAllowPolicy": 1,
        # store
        "Bucket": 1,
        "BucketLifecycleConfiguration": 1,
        "BucketLogging": 1,
        "BucketOwnershipControls": 1,
        "BucketPolicy": 1,
        "BucketPublicAccessBlock": 1,
        "BucketServerSideEncryptionConfiguration": 1,
        "BucketVersioning": 1,
        "FirehoseDeliveryStream": 1,
        "Function": 1,
        "LogGroup": 3,
        "LogStream": 1,
        # alarms
        "MetricAlarm": 7,
        "Dashboard": 1,
    }
)
STORE = {
    **{kind: -PLAIN[kind] for kind in PLAIN if kind.startswith("Bucket")},
    **dict.fromkeys(("FirehoseDeliveryStream", "Function", "LogStream", "CronJob", "ServiceAccount"), -1),
    **{"Queue": -1, "QueuePolicy": -1, "PodIdentityAssociation": -1},
    **{"LogGroup": -2, "Role": -3, "RolePolicy": -3, "MetricAlarm": -2},
}
KAFKA = {
    **{"Stream": -1, "Table": -1, "Role": 1, "RolePolicy": 1, "TriggerAuthentication": 1},
    **{"SecurityGroup": 1, "SecurityGroupIngressRule": 1, "ClusterPolicy": 1},
}


def added(built: Built) -> dict[str, int]:
    """How the variant's resources differ in number from the plain one's."""
    found = kinds(built)
    return {kind: found[kind] - PLAIN[kind] for kind in found | PLAIN if found[kind] != PLAIN[kind]}


@pytest.fixture(scope="module")
def plain() -> Built:
    return make_processor()


@pytest.fixture(scope="module")
def kafka() -> Built:
    return make_processor(stream=PROVISIONED)


def settings_of(built: Built) -> dict[str, str]:
    return built.inputs("orders-config")["data"]


def config(**changed: Any) -> dict[str, Any]:
    made = pattern_defaults("event_processor", "aws", "prod")
    for key, value in changed.items():
        made[key] = {**made[key], **value} if isinstance(value, dict) else value
    return made


def test_plain(plain: Built) -> None:
    assert kinds(plain) == PLAIN
    assert sum(PLAIN.values()) == 55


def test_every_resource_has_a_short_name_of_its_own(plain: Built) -> None:
    names = [item.name for item in plain.deployed.resources if item.custom]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"orders-[a-z]([a-z0-9-]*[a-z0-9])?", name) for name in names)


def test_the_api_takes_every_manifest(plain: Built) -> None:
    assert validate(plain.deployed) == 12


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        pytest.param({"stream": {"enhanced_fan_out": True}}, {"StreamConsumer": 1}, id="fan-out"),
        pytest.param({"stream": {"capacity": "on_demand", "partitions": None}}, {}, id="on demand"),
        pytest.param(
            {"stream": SERVERLESS}, {**KAFKA, "ServerlessCluster": 1, "MetricAlarm": -2}, id="serverless"
        ),
        pytest.param(
            {"stream": PROVISIONED},
            {**KAFKA, "Cluster": 1, "Configuration": 1, "Topic": 1, "LogGroup": 1, "MetricAlarm": -1},
            id="provisioned",
        ),
        pytest.param({"store": {"enabled": False}}, STORE, id="no store"),
        pytest.param({"store": {"object_lock_days": 30}}, {"BucketObjectLockConfiguration": 1}, id="lock"),
        pytest.param({"idempotency": {"enabled": False}}, {"Table": -1}, id="no memory"),
        pytest.param({"singleton": True}, {"ScaledObject": -1}, id="singleton"),
        pytest.param({"alarms": {"enabled": False}}, {"MetricAlarm": -7}, id="no alarms"),
        pytest.param({"dashboard": False}, {"Dashboard": -1}, id="no dashboard"),
        pytest.param(
            {"schemas": {"format": "avro", "files": [str(SPECS / "schemas" / "reading.v2.avsc")]}},
            {"Registry": 1, "Schema": 1},
            id="schemas",
        ),
        pytest.param({"escape": {"events-stream": {"retention_period": 200}}}, {}, id="escape"),
    ],
)
def test_variants(changed: dict[str, Any], difference: dict[str, int]) -> None:
    built = make_processor(**changed)
    assert added(built) == difference
    validate(built.deployed)


@pytest.mark.parametrize("stream", [{}, {"enhanced_fan_out": True}, SERVERLESS, PROVISIONED])
def test_nothing_of_the_platform_need_be_known(stream: dict[str, Any]) -> None:
    known = make_processor(stream=stream)
    built = build(
        lambda: EventProcessor("orders", processor_args(platform=later(PROCESSOR_PLATFORM), stream=stream))
    )
    assert built.names() == known.names()


def test_the_same_input_gives_the_same_plan(plain: Built) -> None:
    again = make_processor()
    assert again.deployed.to_json() == plain.deployed.to_json()


def test_a_new_image_touches_the_replicas_and_the_replay(plain: Built) -> None:
    other = make_processor(image={**IMAGE, "digest": "sha256:" + "b" * 64})
    changed = [
        before.name
        for before, after in zip(plain.deployed.resources, other.deployed.resources, strict=True)
        if (before.inputs, before.urn) != (after.inputs, after.urn)
    ]
    assert sorted(changed) == ["orders-deployment", "orders-replay"]


def test_the_stream_is_as_wide_as_the_load_and_encrypted(plain: Built) -> None:
    stream = plain.inputs("orders-events-stream")
    assert (stream["shardCount"], stream["retentionPeriod"]) == (4, 168)
    assert (stream["encryptionType"], stream["kmsKeyId"]) == ("KMS", PROCESSOR_PLATFORM["data_key_arn"])
    wider = make_processor(stream={"partitions": None, "events_per_second": 6000, "event_bytes": 700})
    assert wider.inputs("orders-events-stream")["shardCount"] == 8


def test_settings_of_the_consumer(plain: Built) -> None:
    assert settings_of(plain) == {
        "SERVICE_NAME": "orders",
        "ENVIRONMENT": "prod",
        "LOG_LEVEL": "info",
        "PORT": "8081",
        "STREAM_KIND": "kinesis",
        "STREAM_NAME": plain.one("orders-events-stream").outputs["name"],
        "STREAM_ARN": plain.one("orders-events-stream").outputs["arn"],
        "STREAM_LANES": "4",
        "LEASE_TABLE": plain.one("orders-events-leases-table").outputs["name"],
        "BATCH_SIZE": "500",
        "BATCH_WINDOW_SECONDS": "1",
        "LANE_PARALLELISM": "2",
        "MAX_ATTEMPTS": "5",
        "FAILURE_CONTEXT": "stream,lane,sequence,key,attempts,error,first_failed_at,trace",
        "FAILURE_QUEUE_URL": plain.one("orders-failed-queue").outputs["url"],
        "IDEMPOTENCY_TABLE": plain.one("orders-seen-table").outputs["name"],
        "IDEMPOTENCY_TTL_SECONDS": "1209600",
        "IDEMPOTENCY_SCOPE": "live",
    }


def test_order_by_key_is_a_setting() -> None:
    assert settings_of(make_processor(ordering={"key": "building"}))["ORDERING_KEY"] == "building"


def test_the_memory_forgets(plain: Built) -> None:
    table = plain.inputs("orders-seen-table")
    assert table["ttl"] == {"attributeName": "expires_at", "enabled": True}
    assert table["hashKey"] == "id"


def test_the_role_reads_the_stream_and_not_the_store(plain: Built) -> None:
    sids = [item["Sid"] for item in plain.policy("orders-policy")]
    assert sids == [
        "OrdersStreamReceive",
        "OrdersStreamReceiveKey",
        "OrdersLeasesReadwrite",
        "OrdersLeasesReadwrite1",
        "OrdersLeasesReadwriteKey",
        "OrdersFailuresSend",
        "OrdersFailuresSendKey",
        "OrdersSeenReadwrite",
        "OrdersSeenReadwrite1",
        "OrdersSeenReadwriteKey",
    ]


def test_a_replay_reads_the_store_and_not_the_stream(plain: Built) -> None:
    actions = {action for item in plain.policy("orders-replay-policy") for action in item["Action"]}
    assert "s3:GetObject" in actions
    assert not any(action.startswith("kinesis:") for action in actions)
    job = plain.inputs("orders-replay")["spec"]
    assert (job["suspend"], job["concurrencyPolicy"]) == (True, "Forbid")
    pod = job["jobTemplate"]["spec"]["template"]["spec"]
    (run,) = pod["containers"]
    (replica,) = plain.inputs("orders-deployment")["spec"]["template"]["spec"]["containers"]
    assert (run["image"], run["envFrom"]) == (replica["image"], replica["envFrom"])
    assert pod["serviceAccountName"] == "orders-replay"
    assert {entry["name"]: entry.get("value") for entry in run["env"]} == {
        "ORDERS_STORE_BUCKET": plain.one("orders-kept-store-bucket").outputs["bucket"],
        "ORDERS_STORE_PREFIX": "events/",
        "REPLAY": "true",
        "REPLAY_FROM": "",
        "REPLAY_TO": "",
        "REPLAY_KEY": "",
        "REPLAY_EVENTS_PER_SECOND": "1000",
        "IDEMPOTENCY_SCOPE": None,
    }


def test_a_replay_with_a_command_of_its_own() -> None:
    job = make_processor(replay={"command": ["/app/replay"]}).inputs("orders-replay")["spec"]
    (run,) = job["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert run["command"] == ["/app/replay"]


def test_locked_events_cannot_be_deleted_by_anybody() -> None:
    built = make_processor(store={"object_lock_days": 30})
    (lock,) = [item for item in built.deployed.resources if "ObjectLock" in item.type]
    assert lock.inputs["rule"]["defaultRetention"] == {"mode": "COMPLIANCE", "days": 30}


def test_failed_events_are_kept() -> None:
    built = make_processor(failure_queue={"retention_seconds": 600_000})
    assert built.inputs("orders-failed-queue")["messageRetentionSeconds"] == 600_000
    assert built.inputs("orders-failed-dlq")["messageRetentionSeconds"] == 686_400
    assert failure_retention(1_209_600) == (1_123_200, 1_209_600)


def test_a_broker_s_lag_is_seen_by_a_role_that_sees_no_event(kafka: Built) -> None:
    actions = [action for item in kafka.policy("orders-events-scaler-policy") for action in item["Action"]]
    assert actions == [f"kafka-cluster:{action}" for action in ("Connect", "DescribeTopic", "DescribeGroup")]
    (trust,) = kafka.policy("orders-events-scaler-role", "assumeRolePolicy")
    assert trust["Principal"] == {"AWS": SCALER}
    sign_in = kafka.inputs("orders-scaler-sign-in")["spec"]["podIdentity"]
    assert sign_in == {"provider": "aws", "roleArn": kafka.one("orders-events-scaler-role").outputs["arn"]}


def test_a_platform_whose_scaler_is_somebody_else_s() -> None:
    platform = {key: value for key, value in PROCESSOR_PLATFORM.items() if key != "scaler_role_arn"}
    built = make_processor(platform=platform, stream=SERVERLESS)
    assert built.inputs("orders-scaler-sign-in")["spec"]["podIdentity"] == {"provider": "aws"}


def test_kafka_takes_iam_over_tls_alone(kafka: Built) -> None:
    cluster = kafka.inputs("orders-events-cluster")
    assert cluster["encryptionInfo"]["encryptionInTransit"] == {"clientBroker": "TLS", "inCluster": True}
    assert cluster["clientAuthentication"]["unauthenticated"] is False
    topic = kafka.inputs("orders-events-events-topic")
    assert (topic["partitionCount"], json.loads(topic["configs"])) == (4, {"retention.ms": "604800000"})
    settings = settings_of(kafka)
    assert (settings["TOPIC"], settings["CONSUMER_GROUP"]) == ("events", "orders")
    assert settings["SECURITY_PROTOCOL"] == "SASL_SSL"


def test_a_serverless_topic_is_made_by_its_consumer() -> None:
    built = make_processor(stream=SERVERLESS)
    assert settings_of(built)["TOPIC_PARTITIONS"] == "4"
    actions = {action for item in built.policy("orders-policy") for action in item["Action"]}
    assert "kafka-cluster:CreateTopic" in actions


def test_scaling_looks_at_the_channel_of_its_own() -> None:
    built = make_processor(stream={"enhanced_fan_out": True})
    (trigger,) = built.inputs("orders-scaled-object")["spec"]["triggers"]
    assert trigger["metadata"]["metricName"] == "SubscribeToShardEvent.MillisBehindLatest"
    assert trigger["metadata"]["dimensionName"] == "StreamName;ConsumerName"
    assert settings_of(built)["CONSUMER_ARN"].startswith("arn:")


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"scaling": {"max": 5}}, "replicas_within_lanes"),
        ({"scaling": {"min": 0}}, "lag_needs_a_reader"),
        ({"consumer": {"event_ms": 50}}, "consumers_keep_up"),
        ({"stream": {"kind": "event_hubs"}}, "stream_kind"),
        ({"stream": {"retention_hours": 12}}, "stream_retention"),
        ({"stream": {**SERVERLESS, "event_bytes": 9_000_000, "partitions": 4}}, "serverless_message"),
    ],
)
def test_what_cannot_work_is_refused(changed: dict[str, Any], rule: str) -> None:
    assert rule in [item.rule for item in findings(config(**changed))]
    with pytest.raises((ValueError, DiagnosticError), match=rule):
        make_processor(**changed)


def test_every_default_holds() -> None:
    for environment in ("dev", "staging", "prod"):
        assert findings(pattern_defaults("event_processor", "aws", environment)) == []


def test_lanes_follow_from_load_work_and_replicas() -> None:
    free = {"partitions": None}
    assert lanes_of(config(stream=free)) == 4
    assert lanes_of(config(stream=free, consumer={"event_ms": 20})) == 10
    assert lanes_of(config(stream={**free, "capacity": "on_demand"})) is None
    assert lanes_of(config(stream={**free, **SERVERLESS, "event_bytes": 100_000})) == 24
    assert load_of(config(stream={"enhanced_fan_out": True})).shared_consumers == 1
    assert lag_events(config(consumer={"event_ms": 5})) == 12_000
    assert "STREAM_LANES" not in consumer_settings(config(stream={**free, "capacity": "on_demand"}))


def protection(built: Built, *names: str) -> dict[str, tuple[bool, bool]]:
    """Whether Pulumi refuses to delete each, and keeps it when it leaves the stack."""
    return {name: (one.protect, one.retain_on_delete) for name in names for one in [built.one(name).options]}


KEPT = ("orders-kept-store-bucket", "orders-seen-table")
ON_KINESIS = (*KEPT, "orders-events-stream", "orders-events-leases-table")


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_what_remembers_is_protected(environment: str) -> None:
    built = make_processor(platform={**PROCESSOR_PLATFORM, "environment": environment})
    assert protection(built, *ON_KINESIS) == dict.fromkeys(ON_KINESIS, (True, True))
    assert built.inputs("orders-kept-store-bucket")["forceDestroy"] is False
    assert built.inputs("orders-events-stream")["enforceConsumerDeletion"] is False
    for name in ("orders-seen-table", "orders-events-leases-table"):
        assert built.inputs(name)["deletionProtectionEnabled"] is True
    assert not built.one("orders-failed-queue").options.protect


def test_a_protected_cluster(kafka: Built) -> None:
    assert kafka.one("orders-events-cluster").options.protect
    loose = make_processor(stream=SERVERLESS, deletion_protection=False)
    assert not loose.one("orders-events-cluster").options.protect


def test_in_development_nothing_is_protected() -> None:
    built = make_processor(platform={**PROCESSOR_PLATFORM, "environment": "dev"})
    assert protection(built, *ON_KINESIS) == dict.fromkeys(ON_KINESIS, (False, False))
    assert built.inputs("orders-kept-store-bucket")["forceDestroy"] is True
    for name in ("orders-seen-table", "orders-events-leases-table"):
        assert built.inputs(name)["deletionProtectionEnabled"] is False
    assert not [item for item in built.deployed.resources if item.options.protect]


def test_a_schema_file_that_is_not_there() -> None:
    with pytest.raises((ValueError, DiagnosticError), match="there is no file"):
        make_processor(schemas={"files": ["gone.json"]})


def test_a_kinesis_stream_that_was_there(plain: Built) -> None:
    arn, key = "arn:aws:kinesis:eu-central-1:210987654321:stream/theirs", "arn:aws:kms:eu-central-1:1:key/k"
    built = make_processor(stream={"existing": {"arn": arn, "key_arn": key}})
    assert added(built) == {"Stream": -1}
    settings = settings_of(built)
    assert (settings["STREAM_ARN"], settings["STREAM_NAME"]) == (arn, "theirs")
    statements = {item["Sid"]: item for item in built.policy("orders-policy")}
    assert statements["OrdersStreamReceive"]["Resource"] == [arn]
    assert statements["OrdersStreamReceiveKey"]["Resource"] == [key]
    delivery = {item["Sid"]: item for item in built.policy("orders-kept-delivery-role-policy")}
    assert delivery["ReadStream"]["Resource"] == [arn]
    assert delivery["StreamKey"]["Resource"] == [key]
    (trigger,) = built.inputs("orders-scaled-object")["spec"]["triggers"]
    assert trigger["metadata"]["dimensionValue"] == "theirs"


def test_a_channel_of_a_kinesis_stream_that_was_there() -> None:
    arn = "arn:aws:kinesis:eu-central-1:210987654321:stream/theirs"
    built = make_processor(stream={"existing": {"arn": arn}, "enhanced_fan_out": True})
    assert added(built) == {"Stream": -1, "StreamConsumer": 1}
    assert built.inputs("orders-events-main-consumer")["streamArn"] == arn
    # Without a key of its owner's there is none to ask for.
    assert not [item for item in built.policy("orders-policy") if item["Sid"] == "OrdersStreamReceiveKey"]


@pytest.mark.parametrize("kind", ["msk_serverless", "msk_provisioned"])
def test_a_cluster_that_was_there(kind: str) -> None:
    arn = "arn:aws:kafka:eu-central-1:210987654321:cluster/shared/aaaa-1"
    existing = {
        "arn": arn,
        "bootstrap_servers": "b-1.shared:9098",
        "topic": "payments",
        "cidr": "10.9.0.0/16",
        "security_group_id": "sg-0123456789abcdef0",
    }
    broker = {"broker_type": "kafka.m7g.large"} if kind == "msk_provisioned" else {}
    built = make_processor(stream={"kind": kind, "existing": existing, **broker})
    assert added(built) == {
        **{key: value for key, value in KAFKA.items() if key not in ("SecurityGroup", "ClusterPolicy")},
        "MetricAlarm": -2,  # its brokers are its owner's to watch
    }
    settings = settings_of(built)
    assert (settings["BOOTSTRAP_SERVERS"], settings["TOPIC"]) == ("b-1.shared:9098", "payments")
    assert settings["CONSUMER_GROUP"] == "orders"
    # Its topics are its owner's to make.
    assert "TOPIC_PARTITIONS" not in settings
    rule = built.inputs("orders-events-from-cluster-9098")
    assert rule["securityGroupId"] == "sg-0123456789abcdef0"
    egress = built.inputs("orders-network-policy")["spec"]["egress"]
    assert [
        [port["port"] for port in entry["ports"]]
        for entry in egress
        if entry["to"][0].get("ipBlock", {}).get("cidr") == "10.9.0.0/16"
    ] == [[9098]]
    source = built.inputs("orders-kept-delivery")["mskSourceConfiguration"]
    assert (source["mskClusterArn"], source["topicName"]) == (arn, "payments")
    topics = [
        resource
        for name in ("orders-policy", "orders-events-scaler-policy", "orders-kept-delivery-role-policy")
        for item in built.policy(name)
        for resource in item["Resource"]
        if ":topic/" in resource
    ]
    assert topics == 3 * [f"{arn.replace(':cluster/', ':topic/')}/payments"]


def test_a_source_that_is_no_stream() -> None:
    stream = {"arn": "arn:aws:kinesis:eu-central-1:123456789012:stream/theirs"}
    edge: Any = {"name": "theirs", "environment": {}, "statements": [], "network": []}
    with pytest.raises(DiagnosticError, match="'theirs' is no stream to read; there is none"):
        make_processor(stream={"source": "theirs"}, bindings=[edge])
    with pytest.raises(DiagnosticError, match="'their' is no stream to read; did you mean 'theirs'"):
        make_processor(stream={"source": "their"}, bindings=[{**edge, "stream": stream}])


def test_what_others_are_bound_to() -> None:
    made: list[EventProcessor] = []
    build(lambda: made.append(EventProcessor("orders", processor_args())))
    assert set(made[0].provides) == {"orders-stream", "orders-events"}


def test_in_other_languages() -> None:
    assert component_inputs(EventProcessor)["stream"] is True
    assert {"role_arn", "stream_arn", "failure_queue_url"} <= {
        re.sub(r"(?<!^)(?=[A-Z])", "_", output).lower() for output in component_outputs(EventProcessor)
    }


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
@pytest.mark.parametrize("name", ["building-telemetry", "payment-events"])
def test_the_specs_are_right_in_every_environment(name: str, stack: str) -> None:
    engine, settings = InfrastructurePatternEngine.load(ROOT), load_stack(ROOT, stack)
    specs = [spec for spec in engine.load_services(SPECS) if spec.name == name]
    assert engine.validate(specs, settings.environment, settings.cloud, settings) == []
