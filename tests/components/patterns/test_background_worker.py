"""A background worker on AWS: exact sets of resources for each variant, and how the blocks fit together."""

import json
import re
from collections import Counter
from typing import Any

import pulumi
import pytest
from blocks import KEY, Built, component_inputs, component_outputs, unknown
from manifests import validate
from web_apis import IMAGE, SERVICE, build, kinds, later, provider
from workers import SCALER, WORKER_PLATFORM, make_worker, worker_args

from components.aws.queue_timing import timing_findings
from components.patterns.aws.background_worker import (
    BackgroundWorker,
    consumer_settings,
    silent_seconds,
    timing_of,
)
from skymason.diagnostics import DiagnosticError
from skymason.patterns.engine import pattern_defaults

PLAIN = Counter(
    {
        "kubernetes": 1,
        # namespace
        "Namespace": 1,
        "NetworkPolicy": 3,
        # workload
        "ServiceAccount": 1,
        "ConfigMap": 1,
        "Service": 1,
        "Deployment": 1,
        "PodDisruptionBudget": 1,
        "ScaledObject": 1,
        "LogGroup": 1,
        # identity
        "Role": 1,
        "RolePolicy": 1,
        "PodIdentityAssociation": 1,
        # queue
        "Queue": 2,
        "QueuePolicy": 2,
        "RedriveAllowPolicy": 1,
        # alarms
        "MetricAlarm": 4,
        "Dashboard": 1,
    }
)
"""With alarms and dashboard, no bindings, no tasks: 25 resources."""
BINDING = {
    "name": "images",
    "environment": {"IMAGES_BUCKET": "images"},
    "statements": [{"sid": "Read", "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::images/*"]}],
    "network": [{"direction": "egress", "port": 443, "cidr": "0.0.0.0/0"}],
}


def added(built: Built) -> dict[str, int]:
    """How the variant's resources differ in number from the plain one's."""
    found = kinds(built)
    return {kind: found[kind] - PLAIN[kind] for kind in found | PLAIN if found[kind] != PLAIN[kind]}


@pytest.fixture(scope="module")
def plain() -> Built:
    return make_worker()


def test_plain(plain: Built) -> None:
    assert kinds(plain) == PLAIN
    assert sum(PLAIN.values()) == 25
    components = Counter(item.type for item in plain.deployed.resources if not item.custom)
    assert components == {
        "skymason:aws:LogGroup": 1,
        "skymason:patterns:AwsBackgroundWorker": 1,
        "skymason:kubernetes:ServiceNamespace": 1,
        "skymason:kubernetes:Workload": 1,
        "skymason:kubernetes:QueueScaler": 1,
        "skymason:aws:PodRole": 1,
        "skymason:aws:Queue": 1,
        "skymason:aws:QueueAlarms": 1,
    }


def test_every_resource_has_a_short_name_of_its_own(plain: Built) -> None:
    names = [item.name for item in plain.deployed.resources if item.custom]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"orders-[a-z]([a-z0-9-]*[a-z0-9])?", name) for name in names)


def test_the_api_takes_every_manifest(plain: Built) -> None:
    assert validate(plain.deployed) == 10


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        pytest.param({"queue": {"fifo": True}}, {}, id="fifo"),
        pytest.param(
            {"queue": {"fifo": True}, "singleton": True, "scaling": {"min": 1, "max": 1}},
            {"ScaledObject": -1},
            id="singleton",
        ),
        pytest.param({"scaling": {"min": 0}}, {}, id="down to zero"),
        pytest.param({"spot": True}, {}, id="spot"),
        pytest.param(
            {"tasks": [{"name": "seed", "command": ["s"]}, {"name": "train", "command": ["t"]}]},
            {"Job": 2},
            id="one-off tasks",
        ),
        pytest.param(
            {"tasks": [{"name": "tidy", "command": ["t"], "schedule": "0 3 * * *"}]},
            {"CronJob": 1},
            id="a scheduled task",
        ),
        pytest.param({"bindings": [BINDING]}, {}, id="a binding"),
        pytest.param({"alarms": {"enabled": False}}, {"MetricAlarm": -4}, id="no alarms"),
        pytest.param({"dashboard": False}, {"Dashboard": -1}, id="no dashboard"),
        pytest.param({"escape": {"work-queue": {"delay_seconds": 5}}}, {}, id="escape"),
    ],
)
def test_variants(changed: dict[str, Any], difference: dict[str, int]) -> None:
    built = make_worker(**changed)
    assert added(built) == difference
    validate(built.deployed)


def test_development() -> None:
    """It may rest, and nobody is woken."""
    built = make_worker(platform={**WORKER_PLATFORM, "environment": "dev"})
    assert added(built) == {"MetricAlarm": -4, "Dashboard": -1}
    assert built.inputs("orders-scaled-object")["spec"]["minReplicaCount"] == 0


def test_nothing_of_the_platform_need_be_known(plain: Built) -> None:
    built = build(lambda: BackgroundWorker("orders", worker_args(platform=later(WORKER_PLATFORM))))
    assert built.names() == plain.names()


def test_the_same_input_gives_the_same_plan(plain: Built) -> None:
    again = make_worker()
    assert again.deployed.to_json() == plain.deployed.to_json()
    assert again.preview.to_json() == plain.preview.to_json()


def test_a_new_image_touches_one_resource(plain: Built) -> None:
    other = make_worker(image={**IMAGE, "digest": "sha256:" + "b" * 64})
    changed = [
        before.name
        for before, after in zip(plain.deployed.resources, other.deployed.resources, strict=True)
        if (before.inputs, before.urn) != (after.inputs, after.urn)
    ]
    assert changed == ["orders-deployment"]


def test_queue_follows_from_the_processing_time() -> None:
    built = make_worker(
        queue={"processing_seconds": 120, "max_message_kb": 64},
        dead_letter={"max_receives": 3, "retention_seconds": 600_000},
    )
    queue, dead = built.inputs("orders-work-queue"), built.inputs("orders-work-dlq")
    assert queue["visibilityTimeoutSeconds"] == 720
    assert (queue["messageRetentionSeconds"], dead["messageRetentionSeconds"]) == (345_600, 600_000)
    assert (queue["receiveWaitTimeSeconds"], queue["maxMessageSize"]) == (20, 65_536)
    assert queue["redrivePolicy"] == (
        f'{{"deadLetterTargetArn": "{built.one("orders-work-dlq").outputs["arn"]}", "maxReceiveCount": 3}}'
    )
    assert queue["kmsMasterKeyId"] == dead["kmsMasterKeyId"] == WORKER_PLATFORM["data_key_arn"]
    pod = built.inputs("orders-deployment")["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] == 120


def test_visibility_that_is_given_stays() -> None:
    built = make_worker(queue={"visibility_seconds": 400})
    assert built.inputs("orders-work-queue")["visibilityTimeoutSeconds"] == 400
    assert built.inputs("orders-config")["data"]["QUEUE_VISIBILITY_SECONDS"] == "400"


def test_order_goes_through_and_through() -> None:
    built = make_worker(queue={"fifo": True})
    for short in ("work-queue", "work-dlq"):
        inputs = built.one(f"orders-{short}").inputs
        assert inputs["fifoQueue"] is True
        assert inputs["name"].endswith(".fifo")
    assert built.inputs("orders-config")["data"]["QUEUE_FIFO"] == "true"


def test_a_singleton_is_one_replica_that_stops_before_the_next_starts() -> None:
    spec = make_worker(singleton=True, scaling={"min": 1, "max": 1}).inputs("orders-deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_a_replica_s_share_of_the_backlog() -> None:
    built = make_worker(
        queue={"processing_seconds": 20},
        scaling={"min": 0, "max": 40, "acceptable_latency_seconds": 120, "concurrency": 4},
    )
    spec = built.inputs("orders-scaled-object")["spec"]
    (trigger,) = spec["triggers"]
    assert trigger["metadata"]["queueLength"] == "24"
    assert trigger["metadata"]["queueURL"] == built.one("orders-work-queue").outputs["url"]
    assert (spec["minReplicaCount"], spec["maxReplicaCount"], spec["cooldownPeriod"]) == (0, 40, 300)


def test_the_scaler_may_look_at_the_queue_and_at_nothing_in_it(plain: Built) -> None:
    _, allowed = plain.policy("orders-work-policy")
    assert allowed["Principal"] == {"AWS": [SCALER]}
    assert allowed["Action"] == "sqs:GetQueueAttributes"
    trusted = plain.one("orders-role").inputs["assumeRolePolicy"]
    assert SCALER not in trusted


def test_a_platform_whose_scaler_is_somebody_else_s() -> None:
    platform = {key: value for key, value in WORKER_PLATFORM.items() if key != "scaler_role_arn"}
    built = make_worker(platform=platform)
    assert [item["Sid"] for item in built.policy("orders-work-policy")] == ["RefusePlainTransport"]


def test_settings_of_the_consumer(plain: Built) -> None:
    assert plain.inputs("orders-config")["data"] == {
        "SERVICE_NAME": "orders",
        "ENVIRONMENT": "prod",
        "LOG_LEVEL": "info",
        "PORT": "8081",
        "QUEUE_URL": plain.one("orders-work-queue").outputs["url"],
        "QUEUE_FIFO": "false",
        "QUEUE_CONCURRENCY": "1",
        "QUEUE_LONG_POLL_SECONDS": "20",
        "QUEUE_MAX_RECEIVES": "5",
        "QUEUE_PROCESSING_SECONDS": "30",
        "QUEUE_VISIBILITY_SECONDS": "180",
        "RETRY_BASE_SECONDS": "10",
        "RETRY_FACTOR": "2",
        "RETRY_MAX_SECONDS": "900",
        "RETRY_JITTER": "0.5",
    }


def test_numbers_of_a_hosted_component_read_as_they_were_written() -> None:
    config = pattern_defaults("background_worker", "aws", "prod")
    config["retry"] |= {"base_seconds": 100_000.0, "factor": 1.25, "jitter": 1.0}
    config["queue"]["processing_seconds"] = 30.0
    settings = consumer_settings(config)
    assert settings["RETRY_BASE_SECONDS"] == "100000"
    assert settings["RETRY_FACTOR"] == "1.25"
    assert settings["RETRY_JITTER"] == "1"
    assert settings["QUEUE_VISIBILITY_SECONDS"] == "180"


def test_the_role_may_use_its_own_queue_and_what_it_is_bound_to(plain: Built) -> None:
    queue = plain.one("orders-work-queue").outputs["arn"]
    own, key = plain.policy("orders-policy")
    assert own == {
        "Sid": "OrdersQueueReceive",
        "Effect": "Allow",
        "Action": [
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibility",
            "sqs:GetQueueUrl",
            "sqs:GetQueueAttributes",
        ],
        "Resource": [queue],
    }
    assert (key["Sid"], key["Action"]) == ("OrdersQueueReceiveKey", ["kms:Decrypt"])
    bound = make_worker(bindings=[BINDING]).policy("orders-policy")
    assert [item["Sid"] for item in bound] == ["OrdersQueueReceive", "OrdersQueueReceiveKey", "Read"]


def test_nobody_gets_in_and_it_gets_out_to_aws(plain: Built) -> None:
    spec = plain.inputs("orders-network-policy")["spec"]
    assert spec["ingress"] == []
    assert [entry["to"][0]["ipBlock"]["cidr"] for entry in spec["egress"]] == [
        *("0.0.0.0/0", "169.254.170.23/32")
    ]
    labels = plain.inputs("orders-namespace")["metadata"]["labels"]
    assert "elbv2.k8s.aws/pod-readiness-gate-inject" not in labels
    assert labels["skymason.dev/tier"] == "critical"


def test_replicas_have_probes_on_the_health_port_and_start_after_their_role(plain: Built) -> None:
    pod = plain.inputs("orders-deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["ports"] == [{"name": "health", "containerPort": 8081, "protocol": "TCP"}]
    for kind in ("liveness", "readiness", "startup"):
        assert container[f"{kind}Probe"]["tcpSocket"] == {"port": "health"}
    names = {item.urn: item.name for item in plain.deployed.resources}
    assert "orders-association" in {names[urn] for urn in plain.one("orders-service-account").dependencies}


def test_spot() -> None:
    spec = make_worker(spot=True).inputs("orders-deployment")["spec"]["template"]["spec"]
    (term,) = spec["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert term["preference"]["matchExpressions"][0]["values"] == ["SPOT"]


@pytest.mark.parametrize(
    ("changed", "breaching"),
    [
        ({}, True),
        ({"scaling": {"min": 0}}, False),
        ({"scaling": {"min": 0}, "singleton": True}, True),
    ],
)
def test_where_a_consumer_must_always_be_its_silence_alarms(changed: dict[str, Any], breaching: bool) -> None:
    alarm = make_worker(**changed).inputs("orders-alarm-consumers")
    assert (alarm["treatMissingData"] == "breaching") is breaching
    assert alarm["metricQueries"][0]["metric"]["dimensions"]["QueueName"].startswith("orders-work-queue-")


def test_silence_of_a_worker_in_good_health() -> None:
    config = pattern_defaults("background_worker", "aws", "prod")
    # 30 s of work, 20 s of long poll, 24 × 5 s for the successor to start.
    assert silent_seconds(config) == 170


def test_every_default_holds() -> None:
    for environment in ("dev", "staging", "prod"):
        config = pattern_defaults("background_worker", "aws", environment)
        assert timing_findings(timing_of(config), config["queue"]["processing_seconds"], 0) == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"queue": {"visibility_seconds": 60}}, "visibility_covers_processing"),
        ({"queue": {"retention_seconds": 600}}, "attempts_within_retention"),
        ({"dead_letter": {"retention_seconds": 3600}}, "dead_letters_outlive_messages"),
        (
            {"queue": {"processing_seconds": 7200}, "retry": {"base_seconds": 40_000, "max_seconds": 40_000}},
            "backoff_within_visibility",
        ),
    ],
)
def test_times_that_lose_messages_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(DiagnosticError, match=f"service 'orders'[^§]*{message}"):
        make_worker(**changed)


TOPIC = "arn:aws:sns:eu-central-1:123456789012:sales"


def topic(name: str, arn: str) -> Any:
    """An edge that subscribes, as `edges.binding` makes it of an existing topic."""
    return {
        "name": name,
        "environment": {"SALES_TOPIC_ARN": arn},
        "statements": [{"sid": "Subscribe", "actions": ["sns:Subscribe"], "resources": [arn]}],
        "network": [{"direction": "egress", "port": 443, "cidr": "0.0.0.0/0"}],
        "topic_arn": arn,
    }


def test_messages_of_a_topic_come_into_the_queue(plain: Built) -> None:
    edges = [topic("sales", TOPIC), topic("returns", f"{TOPIC}-returns"), BINDING]
    built = make_worker(bindings=edges, queue={"filters": {"returns": {"kind": ["damaged", "lost"]}}})
    assert added(built) == {"TopicSubscription": 2}
    queue = built.one("orders-work-queue").outputs["arn"]
    common = {"protocol": "sqs", "endpoint": queue, "rawMessageDelivery": True}
    assert built.inputs("orders-work-sales-subscription") == {**common, "topic": TOPIC}
    assert built.inputs("orders-work-returns-subscription") == {
        **common,
        "topic": f"{TOPIC}-returns",
        "filterPolicy": '{"kind": ["damaged", "lost"]}',
        "filterPolicyScope": "MessageAttributes",
    }
    senders = [item for item in built.policy("orders-work-policy") if item["Sid"].startswith("AllowSource")]
    assert [item["Condition"]["ArnLike"]["aws:SourceArn"] for item in senders] == [
        *(TOPIC, f"{TOPIC}-returns")
    ]
    # The stack subscribes the queue: the consumer itself need not be able to.
    bound = make_worker(bindings=[BINDING])
    assert built.policy("orders-policy") == bound.policy("orders-policy")
    assert built.inputs("orders-config") == bound.inputs("orders-config")


def test_buckets_and_rules_put_messages_into_the_queue() -> None:
    rule = "arn:aws:events:eu-central-1:123456789012:rule/nightly"
    sources = [{"service": "s3", "arn": "arn:aws:s3:::shop-uploads"}, {"service": "events", "arn": rule}]
    built = make_worker(queue={"sources": sources})
    assert added(built) == {}
    senders = [item for item in built.policy("orders-work-policy") if item["Sid"].startswith("AllowSource")]
    assert [(item["Principal"], item["Condition"]) for item in senders] == [
        (
            {"Service": f"{source['service']}.amazonaws.com"},
            {
                "ArnLike": {"aws:SourceArn": source["arn"]},
                # A bucket's name says nothing of whose it is.
                "StringEquals": {"aws:SourceAccount": "123456789012"},
            },
        )
        for source in sources
    ]


def test_a_topic_that_is_not_known_yet() -> None:
    built = build(lambda: BackgroundWorker("orders", worker_args(bindings=[topic("sales", unknown())])))
    assert added(built) == {"TopicSubscription": 1}


def test_order_of_a_topic_goes_into_a_queue_with_order() -> None:
    built = make_worker(queue={"fifo": True}, bindings=[topic("sales", f"{TOPIC}.fifo")])
    assert built.inputs("orders-work-sales-subscription")["topic"] == f"{TOPIC}.fifo"


@pytest.mark.parametrize(
    ("queue", "message"),
    [
        ({"fifo": True}, "a FIFO queue cannot subscribe to 'sales', which keeps no order"),
        ({"filters": {"sale": {"kind": ["x"]}}}, "queue.filters: sale: did you mean 'sales'"),
    ],
)
def test_subscriptions_that_cannot_be(queue: dict[str, Any], message: str) -> None:
    with pytest.raises(DiagnosticError, match=message):
        make_worker(bindings=[topic("sales", TOPIC)], queue=queue)


PLACE = "arn:aws:sqs:eu-central-1:210987654321"
THEIRS = {"arn": f"{PLACE}:jobs", "dead_letter_arn": f"{PLACE}:jobs-failed", "key_arn": KEY}


def test_a_queue_that_was_there(plain: Built) -> None:
    built = make_worker(queue={"existing": THEIRS})
    assert added(built) == {
        **{"Queue": -2, "QueuePolicy": -2, "RedriveAllowPolicy": -1},
        **{"Role": 1, "RolePolicy": 1, "TriggerAuthentication": 1},
    }
    url = "https://sqs.eu-central-1.amazonaws.com/210987654321/jobs"
    settings = built.inputs("orders-config")["data"]
    assert settings == {**plain.inputs("orders-config")["data"], "QUEUE_URL": url}
    statements = {item["Sid"]: item for item in built.policy("orders-policy")}
    assert statements["OrdersQueueReceive"]["Resource"] == [f"{PLACE}:jobs"]
    assert statements["OrdersQueueReceiveKey"]["Resource"] == [KEY]
    # What scales it takes on a role that may look at this queue alone: its policy is not ours to change.
    role = built.one("orders-scaler-role")
    trust = json.loads(role.inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"AWS": SCALER}
    assert built.policy("orders-scaler-policy") == [
        {
            "Sid": "Look",
            "Effect": "Allow",
            "Action": ["sqs:GetQueueAttributes"],
            "Resource": [f"{PLACE}:jobs"],
        }
    ]
    sign_in = built.inputs("orders-scaler-sign-in")
    assert sign_in["spec"] == {"podIdentity": {"provider": "aws", "roleArn": role.outputs["arn"]}}
    (trigger,) = built.inputs("orders-scaled-object")["spec"]["triggers"]
    assert trigger["authenticationRef"] == {"name": "orders"}
    assert trigger["metadata"]["queueURL"] == url
    assert "identityOwner" not in trigger["metadata"]
    # It is watched all the same.
    names = {
        key: {
            query["metric"]["dimensions"]["QueueName"]
            for query in built.inputs(f"orders-alarm-{key}")["metricQueries"]
            if "metric" in query
        }
        for key in ("oldest-message", "dead-letters")
    }
    assert names == {"oldest-message": {"jobs"}, "dead-letters": {"jobs-failed"}}
    drawn = built.inputs("orders-dashboard")["dashboardBody"]
    assert "jobs-failed" in drawn
    assert "SOURCE '/aws/eks/any/pods/orders'" in drawn


def test_a_queue_that_was_there_under_another_operator() -> None:
    platform = {key: value for key, value in WORKER_PLATFORM.items() if key != "scaler_role_arn"}
    built = make_worker(platform=platform, queue={"existing": {**THEIRS, "url": "https://elsewhere"}})
    assert "orders-scaler-role" not in built.names()
    assert built.inputs("orders-config")["data"]["QUEUE_URL"] == "https://elsewhere"


def test_a_queue_that_was_there_cannot_subscribe() -> None:
    with pytest.raises(DiagnosticError, match="somebody else's and cannot subscribe to 'sales'"):
        make_worker(bindings=[topic("sales", TOPIC)], queue={"existing": THEIRS})


def test_nothing_of_a_queue_that_was_there_need_be_known() -> None:
    def program() -> None:
        existing = {key: unknown() for key in THEIRS}
        BackgroundWorker("orders", worker_args(queue={"existing": existing}))

    built = build(program)
    assert built.names() == make_worker(queue={"existing": THEIRS}).names()


def test_what_other_services_may_use() -> None:
    def program() -> None:
        made = BackgroundWorker("orders", worker_args())
        assert list(made.provides) == ["orders-queue"]
        pulumi.export("binding", made.provides["orders-queue"].binding("send", "orders-queue"))
        for output in BackgroundWorker.__annotations__:
            pulumi.export(output, getattr(made, output))

    built = build(program)
    outputs, queue = built.deployed.outputs, built.one("orders-work-queue").outputs
    assert outputs["binding"]["environment"] == {"ORDERS_QUEUE_QUEUE_URL": queue["url"]}
    assert outputs["binding"]["statements"][0]["resources"] == [queue["arn"]]
    assert (outputs["queue_arn"], outputs["queue_url"]) == (queue["arn"], queue["url"])
    assert outputs["dead_letter_url"] == built.one("orders-work-dlq").outputs["url"]
    assert (outputs["urls"], outputs["namespace"]) == ([], "orders")
    assert outputs["role_arn"] == built.one("orders-role").outputs["arn"]


def test_the_clusters_provider_is_the_callers_where_there_is_one() -> None:
    def program() -> None:
        BackgroundWorker("orders", worker_args(), pulumi.ResourceOptions(providers=[provider()]))

    built = build(program)
    assert added(built) == {}
    assert [item.name for item in built.deployed.of_type("pulumi:providers:kubernetes")] == ["shared"]


def test_a_service_without_a_tier() -> None:
    built = make_worker(service={key: value for key, value in SERVICE.items() if key != "tier"})
    assert "skymason.dev/tier" not in built.inputs("orders-deployment")["metadata"]["labels"]


def test_other_languages_can_use_it() -> None:
    inputs = component_inputs(BackgroundWorker)
    assert {name for name, optional in inputs.items() if not optional} == {"platform", "service", "image"}
    assert component_outputs(BackgroundWorker) == {
        *("roleArn", "namespace", "urls", "queueArn", "queueUrl", "deadLetterUrl")
    }
