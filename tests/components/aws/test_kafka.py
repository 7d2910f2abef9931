"""MSK: exact inputs of both modes, topics, bindings."""

from typing import Any

import pulumi
import pytest
from blocks import (
    KEY,
    LOGS_KEY,
    REFUSALS,
    Built,
    build,
    component_inputs,
    component_outputs,
    plain,
    unknown,
)

from components.aws.kafka import Kafka, KafkaArgs, KafkaMode
from components.aws.kafka_settings import copies, kafka_setting_findings, server_properties

SUBNETS = [f"subnet-0123456789abcdef{number}" for number in range(3)]
BASE: Any = {
    "vpc_cidr": "10.0.0.0/16",
    "vpc_id": "vpc-0123456789abcdef0",
    "subnet_ids": SUBNETS,
    "clients": {"cluster": "sg-0123456789abcdef0"},
    "key_arn": KEY,
    "logs_key_arn": LOGS_KEY,
}


def program(args: KafkaArgs) -> None:
    kafka = Kafka("events", args)
    pulumi.export("send", kafka.binding("send", topic="readings"))
    pulumi.export("receive", kafka.binding("receive", alias="telemetry", topic="readings"))
    pulumi.export("administer", kafka.binding("administer"))


@pytest.fixture(scope="module")
def serverless() -> Built:
    return build(lambda: program(BASE))


@pytest.fixture(scope="module")
def provisioned() -> Built:
    args: KafkaArgs = {
        **BASE,
        "mode": KafkaMode.PROVISIONED,
        "brokers": {
            "broker_type": "kafka.m7g.xlarge",
            "brokers_per_zone": 2,
            "storage_gb": 500,
            "max_storage_gb": 2000,
            "retention_hours": 24,
            "topics": [
                {"name": "readings", "partitions": 12, "settings": {"retention.ms": "3600000"}},
                {"name": "alarms", "partitions": 3},
            ],
        },
        "delivery": True,
        "protect": True,
        "log_days": 30,
    }
    return build(lambda: program(args))


def test_serverless(serverless: Built) -> None:
    assert serverless.names() == ["events-cluster", "events-from-cluster-9098", "events-group"]
    inputs = serverless.inputs("events-cluster")
    assert inputs == {
        "clientAuthentication": {"sasl": {"iam": {"enabled": True}}},
        "vpcConfigs": [{"subnetIds": SUBNETS, "securityGroupIds": [serverless.one("events-group").id]}],
    }
    rule = serverless.inputs("events-from-cluster-9098")
    assert (rule["fromPort"], rule["toPort"], rule["description"]) == (9098, 9098, "cluster to brokers")


def test_provisioned(provisioned: Built) -> None:
    assert provisioned.names() == [
        "events-alarms-topic",
        "events-brokers-logs",
        "events-cluster",
        "events-from-cluster-9098",
        "events-group",
        "events-policy",
        "events-readings-topic",
        "events-settings",
        "events-storage-range",
        "events-storage-scaling",
    ]
    settings = provisioned.one("events-settings").outputs
    assert provisioned.inputs("events-cluster") == {
        "kafkaVersion": "3.8.x",
        "numberOfBrokerNodes": 6,
        "brokerNodeGroupInfo": {
            "instanceType": "kafka.m7g.xlarge",
            "clientSubnets": SUBNETS,
            "securityGroups": [provisioned.one("events-group").id],
            "storageInfo": {"ebsStorageInfo": {"volumeSize": 500}},
            "connectivityInfo": {
                "publicAccess": {"type": "DISABLED"},
                "vpcConnectivity": {"clientAuthentication": {"sasl": {"iam": True}}},
            },
        },
        "clientAuthentication": {"sasl": {"iam": True, "scram": False}, "unauthenticated": False},
        "encryptionInfo": {
            "encryptionAtRestKmsKeyArn": KEY,
            "encryptionInTransit": {"clientBroker": "TLS", "inCluster": True},
        },
        "enhancedMonitoring": "PER_TOPIC_PER_BROKER",
        "configurationInfo": {"arn": settings["arn"], "revision": settings["latestRevision"]},
        "loggingInfo": {
            "brokerLogs": {
                "cloudwatchLogs": {
                    "enabled": True,
                    "logGroup": provisioned.one("events-brokers-logs").outputs["name"],
                }
            }
        },
    }
    options = provisioned.one("events-cluster").options
    assert options.protect
    assert options.ignore_changes == ("brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize",)
    assert provisioned.inputs("events-brokers-logs")["retentionInDays"] == 30


def test_no_topic_by_accident_and_no_event_on_one_broker_alone(provisioned: Built) -> None:
    assert provisioned.inputs("events-settings")["serverProperties"] == (
        "auto.create.topics.enable=false\n"
        "default.replication.factor=3\n"
        "log.retention.hours=24\n"
        "min.insync.replicas=2\n"
        "num.partitions=3\n"
        "unclean.leader.election.enable=false\n"
    )


@pytest.mark.parametrize(
    ("brokers", "factor", "in_sync"),
    [({"zones": 2}, 2, 1), ({"zones": 2, "brokers_per_zone": 2}, 3, 2), ({}, 3, 2)],
)
def test_as_many_copies_as_there_are_brokers_three_at_most(
    brokers: dict[str, int], factor: int, in_sync: int
) -> None:
    properties = server_properties(brokers)
    assert f"default.replication.factor={factor}\n" in properties
    assert f"min.insync.replicas={in_sync}\n" in properties
    assert copies(brokers) == factor


def test_topics(provisioned: Built) -> None:
    cluster = provisioned.one("events-cluster").outputs["arn"]
    assert provisioned.inputs("events-readings-topic") == {
        "name": "readings",
        "clusterArn": cluster,
        "partitionCount": 12,
        "replicationFactor": 3,
        "configs": '{"retention.ms": "3600000"}',
    }
    assert "configs" not in provisioned.inputs("events-alarms-topic")


def test_storage_grows(provisioned: Built) -> None:
    cluster = provisioned.one("events-cluster").outputs["arn"]
    assert provisioned.inputs("events-storage-range") == {
        "serviceNamespace": "kafka",
        "resourceId": cluster,
        "scalableDimension": "kafka:broker-storage:VolumeSize",
        "minCapacity": 1,
        "maxCapacity": 2000,
    }
    policy = provisioned.inputs("events-storage-scaling")["targetTrackingScalingPolicyConfiguration"]
    assert policy == {
        "disableScaleIn": True,
        "targetValue": 60,
        "predefinedMetricSpecification": {"predefinedMetricType": "KafkaBrokerStorageUtilization"},
    }


def test_firehose_may_connect_where_asked(provisioned: Built) -> None:
    assert provisioned.policy("events-policy") == [
        {
            "Sid": "FirehoseConnects",
            "Effect": "Allow",
            "Principal": {"Service": "firehose.amazonaws.com"},
            "Action": ["kafka:CreateVpcConnection"],
            "Resource": provisioned.one("events-cluster").outputs["arn"],
        }
    ]


def inside(arn: str, kind: str, name: str) -> str:
    return f"{arn.replace(':cluster/', f':{kind}/')}/{name}"


def test_bindings() -> None:
    arn = "arn:aws:kafka:eu-central-1:222222222222:cluster/theirs/aaaa-bbbb-1"
    existing: Any = {"arn": arn, "bootstrap_servers": "b-1.theirs:9098"}
    built = build(lambda: program({"vpc_cidr": "10.0.0.0/16", "existing": existing}))
    assert built.names() == []
    network = [{"direction": "egress", "port": 9098, "cidr": "10.0.0.0/16"}]
    assert plain(built.deployed, "send") == {
        "name": "events",
        "environment": {
            "EVENTS_BOOTSTRAP_SERVERS": "b-1.theirs:9098",
            "EVENTS_SECURITY_PROTOCOL": "SASL_SSL",
            "EVENTS_TOPIC": "readings",
        },
        "statements": [
            {
                "sid": "EventsSend",
                "actions": ["kafka-cluster:Connect", "kafka-cluster:WriteDataIdempotently"],
                "resources": [arn],
            },
            {
                "sid": "EventsSend1",
                "actions": ["kafka-cluster:DescribeTopic", "kafka-cluster:WriteData"],
                "resources": [inside(arn, "topic", "readings")],
            },
        ],
        "network": network,
    }
    receive = plain(built.deployed, "receive")
    assert receive["environment"]["TELEMETRY_GROUP"] == "telemetry"
    assert receive["statements"] == [
        {"sid": "TelemetryReceive", "actions": ["kafka-cluster:Connect"], "resources": [arn]},
        {
            "sid": "TelemetryReceive1",
            "actions": ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"],
            "resources": [inside(arn, "topic", "readings")],
        },
        {
            "sid": "TelemetryReceive2",
            "actions": ["kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup"],
            "resources": [inside(arn, "group", "telemetry")],
        },
    ]
    administer = plain(built.deployed, "administer")["statements"]
    assert [item["resources"] for item in administer] == [[arn], [inside(arn, "topic", "*")]]


def test_a_binding_of_a_new_cluster_names_its_own_topics(serverless: Built) -> None:
    cluster = serverless.one("events-cluster").outputs
    send = plain(serverless.deployed, "send")
    assert send["environment"]["EVENTS_BOOTSTRAP_SERVERS"] == cluster["bootstrapBrokersSaslIam"]
    assert send["statements"][0]["resources"] == [cluster["arn"]]


def test_unknown_inputs_survive() -> None:
    def later() -> None:
        args: Any = {key: unknown() for key in BASE if key != "clients"}
        program({**args, "clients": {"cluster": unknown()}})
        brokers: Any = {"broker_type": unknown()}
        Kafka("own", {**args, "mode": KafkaMode.PROVISIONED, "brokers": brokers, "delivery": True})
        Kafka(
            "theirs", {"vpc_cidr": unknown(), "existing": {"arn": unknown(), "bootstrap_servers": unknown()}}
        )

    assert len(build(later).names()) == 8


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({}, []),
        ({"mode": "provisioned"}, []),
        ({"brokers": {"zones": 3}}, ["serverless_brokers"]),
        ({"mode": "provisioned", "brokers": {"zones": 4}}, ["kafka_zones"]),
        ({"mode": "provisioned", "brokers": {"storage_gb": 16_385}}, ["kafka_storage"]),
        ({"mode": "provisioned", "brokers": {"max_storage_gb": 100}}, ["kafka_growth"]),
        ({"mode": "provisioned", "brokers": {"topics": [{"name": "a b", "partitions": 1}]}}, ["topic_name"]),
    ],
)
def test_findings(change: dict[str, Any], rules: list[str]) -> None:
    assert [item.rule for item in kafka_setting_findings({**BASE, **change})] == rules


def test_refused() -> None:
    with pytest.raises(REFUSALS, match="kafka 'bad': vpc_id, subnet_ids, key_arn, logs_key_arn missing"):
        build(lambda: Kafka("bad", {"vpc_cidr": "10.0.0.0/16"}))


def test_an_access_that_there_is_not() -> None:
    with pytest.raises(REFUSALS, match="access of 'events': 'read' is not known"):
        build(lambda: Kafka("events", BASE).binding("read"))


def test_other_languages_can_use_it() -> None:
    inputs = component_inputs(Kafka)
    assert [name for name, optional in inputs.items() if not optional] == ["vpcCidr"]
    assert len(inputs) == 12
    assert component_outputs(Kafka) == {"arn", "bootstrapServers", "clusterName", "securityGroupId"}
