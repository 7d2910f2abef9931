"""DynamoDB table: exact inputs, scaling and bindings."""

import pulumi
import pytest
from blocks import KEY, REFUSALS, Built, build, component_inputs, component_outputs, plain, unknown

from components.aws.table import AttributeType, Projection, StreamView, Table, TableArgs


@pytest.fixture(scope="module")
def simple() -> Built:
    return build(lambda: Table("jobs", {"key_arn": KEY, "partition_key": {"name": "PK"}}))


@pytest.fixture(scope="module")
def full() -> Built:
    args: TableArgs = {
        "key_arn": KEY,
        "table_name": "prod-data",
        "partition_key": {"name": "PK"},
        "sort_key": {"name": "SK", "type": AttributeType.NUMBER},
        "indexes": [
            {
                "name": "by-owner",
                "partition_key": {"name": "owner"},
                "sort_key": {"name": "SK", "type": AttributeType.NUMBER},
            },
            {
                "name": "by-state",
                "partition_key": {"name": "state"},
                "projection": Projection.INCLUDE,
                "included": ["title"],
            },
        ],
        "capacity": {"read_min": 5, "read_max": 50, "write_min": 2, "write_max": 20},
        "ttl_attribute": "expires",
        "stream": StreamView.NEW_IMAGE,
        "recovery_days": 7,
        "protect": True,
    }
    return build(lambda: Table("jobs", args))


def test_on_demand_encrypted_and_restorable(simple: Built) -> None:
    assert simple.names() == ["jobs-table"]
    inputs = simple.inputs("jobs-table")
    assert inputs == {
        "hashKey": "PK",
        "attributes": [{"name": "PK", "type": "S"}],
        "billingMode": "PAY_PER_REQUEST",
        "serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY},
        "pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 35},
        "deletionProtectionEnabled": False,
    }
    options = simple.one("jobs-table").options
    assert (options.protect, options.retain_on_delete, options.ignore_changes) == (False, False, ())


def test_recovery_can_be_given_up(simple: Built) -> None:
    args: TableArgs = {"key_arn": KEY, "partition_key": {"name": "PK"}, "recovery_days": 0}
    assert build(lambda: Table("a", args)).inputs("a-table")["pointInTimeRecovery"] == {"enabled": False}


def test_everything(full: Built) -> None:
    assert full.inputs("jobs-table") == {
        "name": "prod-data",
        "hashKey": "PK",
        "rangeKey": "SK",
        "attributes": [
            {"name": "PK", "type": "S"},
            {"name": "SK", "type": "N"},
            {"name": "owner", "type": "S"},
            {"name": "state", "type": "S"},
        ],
        "globalSecondaryIndexes": [
            {
                "name": "by-owner",
                "keySchemas": [
                    {"attributeName": "owner", "keyType": "HASH"},
                    {"attributeName": "SK", "keyType": "RANGE"},
                ],
                "projectionType": "ALL",
                "readCapacity": 5,
                "writeCapacity": 2,
            },
            {
                "name": "by-state",
                "keySchemas": [{"attributeName": "state", "keyType": "HASH"}],
                "projectionType": "INCLUDE",
                "nonKeyAttributes": ["title"],
                "readCapacity": 5,
                "writeCapacity": 2,
            },
        ],
        "billingMode": "PROVISIONED",
        "readCapacity": 5,
        "writeCapacity": 2,
        "serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY},
        "pointInTimeRecovery": {"enabled": True, "recoveryPeriodInDays": 7},
        "ttl": {"enabled": True, "attributeName": "expires"},
        "streamEnabled": True,
        "streamViewType": "NEW_IMAGE",
        "deletionProtectionEnabled": True,
    }
    options = full.one("jobs-table").options
    assert options.protect
    assert options.retain_on_delete
    assert options.ignore_changes == (
        "readCapacity",
        "writeCapacity",
        "globalSecondaryIndexes[*].readCapacity",
        "globalSecondaryIndexes[*].writeCapacity",
    )


def test_table_and_indexes_scale_both_ways(full: Built) -> None:
    assert full.names() == sorted(
        [
            "jobs-table",
            *(
                f"jobs{index}-{dimension}-{part}"
                for index in ("", "-by-owner", "-by-state")
                for dimension in ("read", "write")
                for part in ("range", "scaling")
            ),
        ]
    )
    table = full.one("jobs-table").outputs["name"]
    assert full.inputs("jobs-read-range") == {
        "serviceNamespace": "dynamodb",
        "resourceId": f"table/{table}",
        "scalableDimension": "dynamodb:table:ReadCapacityUnits",
        "minCapacity": 5,
        "maxCapacity": 50,
    }
    assert full.inputs("jobs-by-state-write-range") == {
        "serviceNamespace": "dynamodb",
        "resourceId": f"table/{table}/index/by-state",
        "scalableDimension": "dynamodb:index:WriteCapacityUnits",
        "minCapacity": 2,
        "maxCapacity": 20,
    }
    policy = full.inputs("jobs-by-state-write-scaling")
    assert policy == {
        "policyType": "TargetTrackingScaling",
        "serviceNamespace": "dynamodb",
        "resourceId": f"table/{table}/index/by-state",
        "scalableDimension": "dynamodb:index:WriteCapacityUnits",
        "targetTrackingScalingPolicyConfiguration": {
            "targetValue": 70,
            "predefinedMetricSpecification": {"predefinedMetricType": "DynamoDBWriteCapacityUtilization"},
        },
    }


def test_binding() -> None:
    def program() -> None:
        table = Table("jobs", {"key_arn": KEY, "partition_key": {"name": "PK"}})
        pulumi.export("binding", table.binding("readwrite", alias="idempotency"))
        pulumi.export("arn", table.arn)
        pulumi.export("name", table.table_name)

    built = build(program)
    arn = plain(built.deployed, "arn")
    reads = ["DescribeTable", "GetItem", "BatchGetItem", "ConditionCheckItem", "Query", "Scan"]
    writes = ["DescribeTable", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"]
    assert plain(built.deployed, "binding") == {
        "name": "idempotency",
        "environment": {
            "IDEMPOTENCY_TABLE": plain(built.deployed, "name"),
            "IDEMPOTENCY_TABLE_ARN": plain(built.deployed, "arn"),
        },
        "statements": [
            {
                "sid": "IdempotencyReadwrite",
                "actions": [f"dynamodb:{action}" for action in reads],
                "resources": [arn, f"{arn}/index/*"],
            },
            {
                "sid": "IdempotencyReadwrite1",
                "actions": [f"dynamodb:{action}" for action in writes],
                "resources": [arn],
            },
            {
                "sid": "IdempotencyReadwriteKey",
                "actions": ["kms:Decrypt", "kms:GenerateDataKey"],
                "resources": [KEY],
                "conditions": {"StringEquals": {"kms:ViaService": "dynamodb.eu-central-1.amazonaws.com"}},
            },
        ],
        "network": [{"direction": "egress", "port": 443, "cidr": "0.0.0.0/0"}],
    }


def test_an_existing_table_is_used_and_none_is_made() -> None:
    def program() -> None:
        arn = "arn:aws:dynamodb:eu-central-1:222222222222:table/theirs"
        table = Table("theirs", {"existing": {"arn": arn}})
        pulumi.export("outputs", [table.table_name, table.arn, table.stream_arn])
        pulumi.export("binding", table.binding("read"))

    built = build(program)
    assert built.names() == []
    arn = "arn:aws:dynamodb:eu-central-1:222222222222:table/theirs"
    assert plain(built.deployed, "outputs") == ["theirs", arn, ""]
    assert [item["sid"] for item in plain(built.deployed, "binding")["statements"]] == ["TheirsRead"]


def test_unknown_inputs_survive() -> None:
    def program() -> None:
        args: TableArgs = {
            "key_arn": unknown(),
            "table_name": unknown(),
            "partition_key": {"name": "PK"},
            "ttl_attribute": unknown(),
            "stream": StreamView.KEYS_ONLY,
            "capacity": {
                "read_min": 1,
                "read_max": 2,
                "write_min": 1,
                "write_max": 2,
                "target_percent": unknown(),
            },
        }
        table = Table("later", args)
        pulumi.export("binding", table.binding("read"))

    assert len(build(program).names()) == 5


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, "table 'bad': give key_arn and partition_key, or existing"),
        ({"key_arn": KEY}, "table 'bad': give key_arn and partition_key, or existing"),
        (
            {
                "key_arn": KEY,
                "partition_key": {"name": "id"},
                "sort_key": {"name": "id", "type": AttributeType.NUMBER},
            },
            "table 'bad': attribute 'id' is both S and N",
        ),
    ],
)
def test_refused(args: TableArgs, message: str) -> None:
    with pytest.raises(REFUSALS, match=message):
        build(lambda: Table("bad", args))


def test_an_access_that_there_is_not() -> None:
    table: TableArgs = {"key_arn": KEY, "partition_key": {"name": "PK"}}
    with pytest.raises(REFUSALS, match="access of 'jobs': 'reed' is not known; did you mean 'read'"):
        build(lambda: Table("jobs", table).binding("reed"))


def test_other_languages_can_use_it() -> None:
    assert set(component_inputs(Table)) == {
        *("keyArn", "existing", "partitionKey", "sortKey", "indexes", "tableName", "capacity"),
        *("ttlAttribute", "stream", "recoveryDays", "protect"),
    }
    assert component_outputs(Table) == {"tableName", "arn", "streamArn"}
