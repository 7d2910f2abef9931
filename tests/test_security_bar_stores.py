"""The security bar of stores, queues and streams: what must hold in the shipped stacks staging and prod."""

import json
import re
from pathlib import Path

import pytest

from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import Plan, PlannedResource

ROOT = Path(__file__).parent.parent
KEY_ARN = re.compile(r"arn:aws:kms:eu-central-1:\d{12}:key/.+")
RUNTIMES = {"python3.12", "python3.13", "python3.14"}
"""Of Lambda, with more than a year of support left."""


@pytest.fixture(scope="module", params=["staging", "prod"])
def plan(request: pytest.FixtureRequest) -> Plan:
    return evaluate_project(ROOT, request.param)


def some(plan: Plan, type: str) -> list[PlannedResource]:
    found = plan.of_type(type)
    assert found, f"the stack has no {type}: this line would prove nothing"
    return found


def refuses_plain_transport(document: str) -> bool:
    denied = [s for s in json.loads(document)["Statement"] if s["Effect"] == "Deny"]
    return any(s.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false" for s in denied)


class TestDatabases:
    def primaries(self, plan: Plan) -> list[PlannedResource]:
        return [db for db in some(plan, "aws:rds/instance:Instance") if "replicateSourceDb" not in db.inputs]

    def test_encrypted_private_and_signed_in_by_iam(self, plan: Plan) -> None:
        for database in some(plan, "aws:rds/instance:Instance"):
            inputs = database.inputs
            assert inputs["storageEncrypted"] is True
            assert inputs["publiclyAccessible"] is False
            assert inputs["iamDatabaseAuthenticationEnabled"] is True
            assert inputs["caCertIdentifier"] == "rds-ca-rsa2048-g1"
        assert all(KEY_ARN.fullmatch(database.inputs["kmsKeyId"]) for database in self.primaries(plan))

    def test_deletion_takes_two_steps_and_leaves_a_snapshot(self, plan: Plan) -> None:
        for database in self.primaries(plan):
            assert database.inputs["skipFinalSnapshot"] is False
            assert database.inputs["finalSnapshotIdentifier"]
            assert database.inputs["deleteAutomatedBackups"] is False
            if plan.stack == "prod":
                assert database.inputs["deletionProtection"] is True
                assert database.options.protect

    def test_two_zones_and_backups(self, plan: Plan) -> None:
        for database in self.primaries(plan):
            assert database.inputs["multiAz"] is True
            assert database.inputs["backupRetentionPeriod"] >= (30 if plan.stack == "prod" else 7)
            assert database.inputs["copyTagsToSnapshot"] is True

    def test_watched_and_kept_up_to_date(self, plan: Plan) -> None:
        for database in some(plan, "aws:rds/instance:Instance"):
            inputs = database.inputs
            assert inputs["autoMinorVersionUpgrade"] is True
            assert inputs["performanceInsightsEnabled"] is True
            assert KEY_ARN.fullmatch(inputs["performanceInsightsKmsKeyId"])
            assert inputs["monitoringInterval"] in (1, 5, 10, 15, 30, 60)
            assert inputs["enabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]

    def test_tls_is_forced_and_slow_queries_are_logged(self, plan: Plan) -> None:
        for group in some(plan, "aws:rds/parameterGroup:ParameterGroup"):
            values = {p["name"]: p["value"] for p in group.inputs["parameters"]}
            assert values["rds.force_ssl"] == "1"
            assert values["ssl_min_protocol_version"] == "TLSv1.2"
            assert 0 < int(values["log_min_duration_statement"]) <= 1000
        for proxy in some(plan, "aws:rds/proxy:Proxy"):
            assert proxy.inputs["requireTls"] is True

    def test_nobody_knows_the_master_password(self, plan: Plan) -> None:
        rotated = {r.name for r in plan.of_type("aws:secretsmanager/secretRotation:SecretRotation")}
        for database in self.primaries(plan):
            if database.inputs.get("manageMasterUserPassword"):
                assert KEY_ARN.fullmatch(database.inputs["masterUserSecretKmsKeyId"])
            else:  # RDS manages no password of an instance with read replicas: ours is replaced at once
                assert "password" in database.secrets
                stem = database.name.removesuffix("-instance")
                assert any(name.startswith(f"{stem}-master") for name in rotated), database.name


class TestCaches:
    def test_encrypted_signed_in_and_over_zones(self, plan: Plan) -> None:
        for cache in some(plan, "aws:elasticache/replicationGroup:ReplicationGroup"):
            inputs = cache.inputs
            assert inputs["atRestEncryptionEnabled"] is True
            assert KEY_ARN.fullmatch(inputs["kmsKeyId"])
            assert inputs["transitEncryptionEnabled"] is True
            assert inputs["transitEncryptionMode"] == "required"
            assert len(inputs["userGroupIds"]) == 1
            assert inputs["automaticFailoverEnabled"] is True
            assert inputs["multiAzEnabled"] is True
            assert inputs["snapshotRetentionLimit"] >= 1
            assert inputs["subnetGroupName"].startswith(f"skymason-{plan.stack}")

    def test_the_default_user_can_do_nothing(self, plan: Plan) -> None:
        users = {user.outputs["userId"]: user.inputs for user in some(plan, "aws:elasticache/user:User")}
        for group in some(plan, "aws:elasticache/userGroup:UserGroup"):
            for identifier in group.inputs["userIds"]:
                user = users[identifier]
                assert user["authenticationMode"]["type"] == "iam" or "off" in user["accessString"]


class TestQueuesAndTopics:
    def test_queues_are_encrypted_and_refuse_plain_transport(self, plan: Plan) -> None:
        policies = {
            p.inputs["queueUrl"]: p.inputs["policy"] for p in some(plan, "aws:sqs/queuePolicy:QueuePolicy")
        }
        for queue in some(plan, "aws:sqs/queue:Queue"):
            assert KEY_ARN.fullmatch(queue.inputs["kmsMasterKeyId"]), queue.name
            assert refuses_plain_transport(policies[queue.outputs["url"]]), queue.name

    def test_what_fails_too_often_is_set_aside_and_kept_longer(self, plan: Plan) -> None:
        queues = {queue.outputs["arn"]: queue for queue in some(plan, "aws:sqs/queue:Queue")}
        redriving = [q for q in queues.values() if "redrivePolicy" in q.inputs]
        assert redriving
        for queue in redriving:
            policy = json.loads(queue.inputs["redrivePolicy"])
            dead = queues[policy["deadLetterTargetArn"]]
            assert 1 <= policy["maxReceiveCount"] <= 100
            kept = dead.inputs["messageRetentionSeconds"]
            assert kept >= queue.inputs["messageRetentionSeconds"], queue.name
        targets = {json.loads(q.inputs["redrivePolicy"])["deadLetterTargetArn"] for q in redriving}
        alone = [q.name for arn, q in queues.items() if q not in redriving and arn not in targets]
        # Where functions leave what they could not do: nothing takes from there by itself.
        assert all(name.endswith("-failures") for name in alone), alone


class TestStreams:
    def test_kinesis_is_encrypted_and_keeps_a_day_at_least(self, plan: Plan) -> None:
        for stream in some(plan, "aws:kinesis/stream:Stream"):
            assert stream.inputs["encryptionType"] == "KMS"
            assert KEY_ARN.fullmatch(stream.inputs["kmsKeyId"])
            assert stream.inputs["retentionPeriod"] >= 24

    def test_kafka_speaks_tls_with_known_clients_only(self, plan: Plan) -> None:
        for cluster in some(plan, "aws:msk/cluster:Cluster"):
            inputs = cluster.inputs
            assert inputs["encryptionInfo"]["encryptionInTransit"] == {
                "clientBroker": "TLS",
                "inCluster": True,
            }
            assert KEY_ARN.fullmatch(inputs["encryptionInfo"]["encryptionAtRestKmsKeyArn"])
            assert inputs["clientAuthentication"]["sasl"] == {"iam": True, "scram": False}
            assert inputs["clientAuthentication"]["unauthenticated"] is False
            public = inputs["brokerNodeGroupInfo"]["connectivityInfo"]["publicAccess"]
            assert public == {"type": "DISABLED"}
            assert inputs["loggingInfo"]["brokerLogs"]["cloudwatchLogs"]["enabled"] is True
            assert len(inputs["brokerNodeGroupInfo"]["clientSubnets"]) == 3


class TestTables:
    def test_encrypted_restorable_and_protected(self, plan: Plan) -> None:
        for table in some(plan, "aws:dynamodb/table:Table"):
            assert table.inputs["billingMode"] == "PAY_PER_REQUEST"
            assert KEY_ARN.fullmatch(table.inputs["serverSideEncryption"]["kmsKeyArn"])
            assert table.inputs["pointInTimeRecovery"]["enabled"] is True
            if plan.stack == "prod":
                assert table.inputs["deletionProtectionEnabled"] is True, table.name


class TestSecretsAndFunctions:
    def test_secrets_have_our_key_and_rotate(self, plan: Plan) -> None:
        rotated = {
            r.inputs["secretId"] for r in some(plan, "aws:secretsmanager/secretRotation:SecretRotation")
        }
        for secret in some(plan, "aws:secretsmanager/secret:Secret"):
            assert KEY_ARN.fullmatch(secret.inputs["kmsKeyId"])
            assert secret.inputs["recoveryWindowInDays"] >= 7
            assert secret.id in rotated

    def test_no_secret_is_plain_in_an_input(self, plan: Plan) -> None:
        telling = re.compile(r"password|secretString|authToken", re.IGNORECASE)
        shown = [
            f"{resource.name}.{key}"
            for resource in plan.resources
            for key, value in resource.inputs.items()
            if telling.search(key) and isinstance(value, str) and key not in resource.secrets
        ]
        assert shown == []

    def test_functions_are_traced_bounded_and_logged(self, plan: Plan) -> None:
        groups = {group.outputs["name"] for group in some(plan, "aws:cloudwatch/logGroup:LogGroup")}
        for function in some(plan, "aws:lambda/function:Function"):
            inputs = function.inputs
            assert inputs["runtime"] in RUNTIMES
            assert inputs["tracingConfig"]["mode"] == "Active"
            assert inputs["deadLetterConfig"]["targetArn"]
            assert KEY_ARN.fullmatch(inputs["kmsKeyArn"])
            assert inputs["reservedConcurrentExecutions"] >= 1
            assert inputs["loggingConfig"]["logGroup"] in groups
        for permission in some(plan, "aws:lambda/permission:Permission"):
            assert permission.inputs.get("sourceArn") or permission.inputs.get("sourceAccount")


class TestEventStores:
    def test_data_buckets_tell_who_read_them(self, plan: Plan) -> None:
        logged = {entry.inputs["bucket"] for entry in some(plan, "aws:s3/bucketLogging:BucketLogging")}
        targets = {
            entry.inputs["targetBucket"] for entry in plan.of_type("aws:s3/bucketLogging:BucketLogging")
        }
        for bucket in some(plan, "aws:s3/bucket:Bucket"):
            assert logged & {bucket.id, bucket.outputs["bucket"]} or targets & {
                bucket.id,
                bucket.outputs["bucket"],
            }

    def test_what_must_not_change_cannot(self, plan: Plan) -> None:
        for lock in some(plan, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"):
            assert lock.inputs["rule"]["defaultRetention"]["days"] == 730
