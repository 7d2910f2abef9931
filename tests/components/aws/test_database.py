"""RDS PostgreSQL: exact inputs, who rotates the password, replicas, pool, bindings."""

import json
from typing import Any

import pulumi
import pytest
from blocks import (
    ACCOUNT,
    KEY,
    LOGS_KEY,
    REFUSALS,
    REGION,
    Built,
    build,
    component_inputs,
    component_outputs,
    plain,
    unknown,
)

from components.aws.database import Database
from components.aws.database_args import DatabaseArgs
from components.aws.database_proxy import DatabaseProxy

WHERE: dict[str, Any] = {
    "account_id": ACCOUNT,
    "partition": "aws",
    "region": REGION,
    "vpc_cidr": "10.0.0.0/16",
}
BASE: Any = {
    **WHERE,
    "identifier": "shop-prod-ledger",
    "vpc_id": "vpc-0123456789abcdef0",
    "subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    "clients": {"cluster": "sg-0123456789abcdef0"},
    "key_arn": KEY,
    "logs_key_arn": LOGS_KEY,
}
OTHER_KEY = "arn:aws:kms:eu-west-1:111111111111:key/22222222-2222-3333-4444-555555555555"
SHARED = {
    "storageEncrypted": True,
    "storageType": "gp3",
    "publiclyAccessible": False,
    "iamDatabaseAuthenticationEnabled": True,
    "caCertIdentifier": "rds-ca-rsa2048-g1",
    "autoMinorVersionUpgrade": True,
    "copyTagsToSnapshot": True,
    "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
    "maintenanceWindow": "sun:03:30-sun:04:30",
    "applyImmediately": False,
    "performanceInsightsEnabled": True,
    "performanceInsightsKmsKeyId": KEY,
    "performanceInsightsRetentionPeriod": 7,
    "monitoringInterval": 60,
}
ACCESSES = ("read", "readwrite", "migrate", "administer")


def program(args: DatabaseArgs) -> None:
    database = Database("ledger", args)
    for access in ACCESSES:
        pulumi.export(access, database.binding(access))
    pulumi.export("secret", database.master_secret_arn)
    pulumi.export("replicas", database.replica_identifiers)


@pytest.fixture(scope="module")
def simple() -> Built:
    return build(lambda: program(BASE))


@pytest.fixture(scope="module")
def full() -> Built:
    args: DatabaseArgs = {
        **BASE,
        "engine_version": "17.4",
        "instance_class": "db.m7g.large",
        "storage_gb": 400,
        "max_storage_gb": 1000,
        "iops": 14_000,
        "read_replicas": 2,
        "replica_class": "db.m7g.xlarge",
        "backup_days": 35,
        "backup_copy": {"region": "eu-west-1", "key_arn": OTHER_KEY, "days": 14},
        "pool": {"connections_percent": 80.0},  # type: ignore[typeddict-item]  as a hosted component gets it
        "parameters": {"work_mem": "65536"},
        "protect": True,
        "log_days": 30,
        "permissions_boundary_arn": "arn:aws:iam::111111111111:policy/boundary",
    }
    return build(lambda: program(args))


def test_resources(simple: Built) -> None:
    assert simple.names() == [
        "ledger-from-cluster-5432",
        "ledger-group",
        "ledger-instance",
        "ledger-monitoring",
        "ledger-monitoring-policy",
        "ledger-parameters",
        "ledger-postgresql-logs",
        "ledger-subnets",
        "ledger-upgrade-logs",
    ]


def test_instance(simple: Built) -> None:
    group = simple.one("ledger-group").id
    assert simple.inputs("ledger-instance") == {
        **SHARED,
        "identifier": "shop-prod-ledger",
        "engine": "postgres",
        "engineVersion": "16",
        "instanceClass": "db.t4g.medium",
        "allocatedStorage": 20,
        "kmsKeyId": KEY,
        "multiAz": True,
        "username": "administrator",
        "dbName": "app",
        "manageMasterUserPassword": True,
        "masterUserSecretKmsKeyId": KEY,
        "backupRetentionPeriod": 30,
        "backupWindow": "02:00-03:00",
        "deleteAutomatedBackups": True,
        "skipFinalSnapshot": True,
        "allowMajorVersionUpgrade": False,
        "deletionProtection": False,
        "parameterGroupName": simple.one("ledger-parameters").outputs["name"],
        "dbSubnetGroupName": simple.one("ledger-subnets").outputs["name"],
        "vpcSecurityGroupIds": [group],
        "monitoringRoleArn": simple.one("ledger-monitoring").outputs["arn"],
    }
    assert not simple.one("ledger-instance").options.protect


def test_rds_rotates_the_password_and_nothing_of_it_is_in_the_plan(simple: Built) -> None:
    assert not simple.deployed.of_type("random:index/randomPassword:RandomPassword")
    assert "password" not in simple.one("ledger-instance").inputs


def test_no_way_in_but_for_the_clients_and_no_way_out(simple: Built) -> None:
    group = simple.one("ledger-group")
    assert simple.inputs("ledger-group") == {
        "description": "database of ledger: named clients only",
        "vpcId": BASE["vpc_id"],
    }
    assert simple.inputs("ledger-from-cluster-5432") == {
        "securityGroupId": group.id,
        "referencedSecurityGroupId": "sg-0123456789abcdef0",
        "ipProtocol": "tcp",
        "fromPort": 5432,
        "toPort": 5432,
        "description": "cluster to database",
    }


def test_parameters_subnets_and_logs_stand_before_the_instance(simple: Built) -> None:
    group = simple.inputs("ledger-parameters")
    assert group["family"] == "postgres16"
    values = {item["name"]: item["value"] for item in group["parameters"]}
    assert values["rds.force_ssl"] == "1"
    assert values["log_min_duration_statement"] == "500"
    assert simple.inputs("ledger-subnets")["subnetIds"] == BASE["subnet_ids"]
    for log in ("postgresql", "upgrade"):
        assert simple.inputs(f"ledger-{log}-logs") == {
            "name": f"/aws/rds/instance/shop-prod-ledger/{log}",
            "kmsKeyId": LOGS_KEY,
            "retentionInDays": 365,
        }
        assert simple.one(f"ledger-{log}-logs").urn in simple.one("ledger-instance").dependencies
    assert simple.one("ledger-monitoring-policy").urn in simple.one("ledger-instance").dependencies


def test_monitoring_role(simple: Built) -> None:
    (trust,) = json.loads(simple.inputs("ledger-monitoring")["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert simple.inputs("ledger-monitoring-policy")["policyArn"] == (
        "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
    )


def test_protected_instance_with_replicas(full: Built) -> None:
    inputs = full.inputs("ledger-instance")
    expected = {
        "engineVersion": "17.4",
        "autoMinorVersionUpgrade": False,
        "instanceClass": "db.m7g.large",
        "allocatedStorage": 400,
        "maxAllocatedStorage": 1000,
        "iops": 14_000,
        "backupRetentionPeriod": 35,
        "deleteAutomatedBackups": False,
        "skipFinalSnapshot": False,
        "finalSnapshotIdentifier": "shop-prod-ledger-final",
        "deletionProtection": True,
        "password": full.one("ledger-first-password").outputs["result"],
    }
    assert {key: inputs.get(key) for key in expected} == expected
    assert "manageMasterUserPassword" not in inputs
    assert full.one("ledger-instance").options.protect
    assert full.inputs("ledger-parameters")["family"] == "postgres17"
    assert {"applyMethod": "immediate", "name": "work_mem", "value": "65536"} in full.inputs(
        "ledger-parameters"
    )["parameters"]


def test_the_first_password_is_secret_and_replaced_at_once(full: Built) -> None:
    assert "password" in full.one("ledger-instance").secrets
    schedule = full.inputs("ledger-master-rotation-schedule")
    assert schedule["rotateImmediately"] is True
    assert schedule["secretId"] == plain(full.deployed, "secret")
    function = full.inputs("ledger-master-rotation-function")
    assert function["environment"]["variables"] == {
        "LENGTH": "48",
        "DATABASE": "shop-prod-ledger",
        "MASTER_USER": "administrator",
    }
    allowed = {item["Sid"]: item for item in full.policy("ledger-master-rotation-role-policy")}
    assert allowed["SetPassword"] == {
        "Sid": "SetPassword",
        "Effect": "Allow",
        "Action": ["rds:ModifyDBInstance", "rds:DescribeDBInstances"],
        "Resource": [full.one("ledger-instance").outputs["arn"]],
    }
    assert full.one("ledger-master-secret").options.protect


def test_replicas(full: Built) -> None:
    for number in (1, 2):
        replica = full.inputs(f"ledger-replica-{number}")
        assert replica == {
            **SHARED,
            "autoMinorVersionUpgrade": False,
            "maxAllocatedStorage": 1000,
            "iops": 14_000,
            "identifier": f"shop-prod-ledger-replica-{number}",
            "replicateSourceDb": "shop-prod-ledger",
            "instanceClass": "db.m7g.xlarge",
            "skipFinalSnapshot": True,
            "parameterGroupName": full.one("ledger-parameters").outputs["name"],
            "vpcSecurityGroupIds": [full.one("ledger-group").id],
            "monitoringRoleArn": full.one("ledger-monitoring").outputs["arn"],
        }
        logs = full.inputs(f"ledger-replica-{number}-postgresql-logs")
        assert logs["name"] == f"/aws/rds/instance/shop-prod-ledger-replica-{number}/postgresql"
        assert logs["retentionInDays"] == 30
    assert plain(full.deployed, "replicas") == ["shop-prod-ledger-replica-1", "shop-prod-ledger-replica-2"]


def test_backups_in_a_second_region(full: Built) -> None:
    assert full.inputs("ledger-backup-copy") == {
        "sourceDbInstanceArn": full.one("ledger-instance").outputs["arn"],
        "kmsKeyId": OTHER_KEY,
        "retentionPeriod": 14,
        "region": "eu-west-1",
    }


def test_pool(full: Built) -> None:
    proxy = full.inputs("ledger-pool-proxy")
    assert proxy == {
        "name": "shop-prod-ledger",
        "engineFamily": "POSTGRESQL",
        "defaultAuthScheme": "IAM_AUTH",
        "requireTls": True,
        "debugLogging": False,
        "idleClientTimeout": 1800,
        "roleArn": full.one("ledger-pool-role").outputs["arn"],
        "vpcSecurityGroupIds": [full.one("ledger-pool-group").id],
        "vpcSubnetIds": BASE["subnet_ids"],
    }
    assert full.inputs("ledger-pool-targets")["connectionPoolConfig"] == {
        "maxConnectionsPercent": 80,
        "maxIdleConnectionsPercent": 50,
        "connectionBorrowTimeout": 120,
    }
    assert full.inputs("ledger-pool-target")["dbInstanceIdentifier"] == "shop-prod-ledger"
    assert full.inputs("ledger-pool-proxy-logs")["name"] == "/aws/rds/proxy/shop-prod-ledger"


def test_pool_signs_in_with_its_role_as_two_users_only(full: Built) -> None:
    resource = full.one("ledger-instance").outputs["resourceId"]
    users = f"arn:aws:rds-db:eu-central-1:111111111111:dbuser:{resource}"
    assert full.policy("ledger-pool-role-policy") == [
        {
            "Sid": "Connect",
            "Effect": "Allow",
            "Action": ["rds-db:connect"],
            "Resource": [f"{users}/app_readwrite", f"{users}/app_read"],
        }
    ]


def test_the_ways_between_clients_pool_and_database(full: Built) -> None:
    pool, database = full.one("ledger-pool-group").id, full.one("ledger-group").id
    ways = {
        (rule.inputs["referencedSecurityGroupId"], rule.inputs["securityGroupId"])
        for rule in full.deployed.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    }
    assert ways == {("sg-0123456789abcdef0", pool), ("sg-0123456789abcdef0", database), (pool, database)}
    (out,) = full.deployed.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert (out.inputs["securityGroupId"], out.inputs["referencedSecurityGroupId"]) == (pool, database)


def test_every_role_has_the_boundary(full: Built) -> None:
    roles = full.deployed.of_type("aws:iam/role:Role")
    assert len(roles) == 3
    assert {role.inputs["permissionsBoundary"] for role in roles} == {BOUNDARY}


BOUNDARY = "arn:aws:iam::111111111111:policy/boundary"


def user(id: str, name: str) -> str:
    return f"arn:aws:rds-db:eu-central-1:111111111111:dbuser:{id}/{name}"


def test_bindings_of_a_database_alone(simple: Built) -> None:
    outputs = simple.one("ledger-instance").outputs
    host, id = outputs["address"], outputs["resourceId"]
    readwrite = plain(simple.deployed, "readwrite")
    assert readwrite == {
        "name": "ledger",
        "environment": {
            "LEDGER_HOST": host,
            "LEDGER_PORT": "5432",
            "LEDGER_DATABASE": "app",
            "LEDGER_USER": "app_readwrite",
            "LEDGER_SSL_MODE": "verify-full",
            "LEDGER_READ_HOSTS": host,
            "LEDGER_READ_USER": "app_read",
        },
        "statements": [
            {
                "sid": "LedgerReadwrite",
                "actions": ["rds-db:connect"],
                "resources": [user(id, "app_readwrite"), user(id, "app_read")],
            }
        ],
        "network": [{"direction": "egress", "port": 5432, "cidr": "10.0.0.0/16"}],
    }


def test_bindings_with_pool_and_replicas(full: Built) -> None:
    primary = full.one("ledger-instance").outputs
    proxy = full.one("ledger-pool-proxy").outputs
    pool_id = proxy["arn"].rsplit(":", 1)[1]
    replicas = [full.one(f"ledger-replica-{number}").outputs for number in (1, 2)]
    readers = [user(replica["resourceId"], "app_read") for replica in replicas]
    hosts = ",".join(replica["address"] for replica in replicas)

    def of(access: str) -> tuple[str, str, list[str]]:
        binding = plain(full.deployed, access)
        environment = binding["environment"]
        return environment["LEDGER_HOST"], environment["LEDGER_USER"], binding["statements"][0]["resources"]

    assert of("read") == (replicas[0]["address"], "app_read", readers)
    assert of("readwrite") == (
        proxy["endpoint"],
        "app_readwrite",
        [user(pool_id, "app_readwrite"), *readers],
    )
    assert plain(full.deployed, "readwrite")["environment"]["LEDGER_READ_HOSTS"] == hosts
    id = primary["resourceId"]
    assert of("migrate") == (primary["address"], "app_migrate", [user(id, "app_migrate")])
    assert of("administer") == (primary["address"], "administrator", [user(id, "administrator")])


def test_whoever_makes_the_users_reads_the_master_secret(full: Built) -> None:
    binding = plain(full.deployed, "administer")
    secret = plain(full.deployed, "secret")
    assert binding["environment"]["LEDGER_MASTER_SECRET_ARN"] == secret
    assert binding["statements"][1:] == [
        {
            "sid": "LedgerMasterRead",
            "actions": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
            "resources": [secret],
        },
        {
            "sid": "LedgerMasterReadKey",
            "actions": ["kms:Decrypt"],
            "resources": [KEY],
            "conditions": {"StringEquals": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"}},
        },
    ]
    assert [rule["port"] for rule in binding["network"]] == [5432, 443]


def test_from_a_snapshot_without_statistics_and_on_blue_green() -> None:
    args: DatabaseArgs = {
        **BASE,
        "snapshot": "shop-prod-ledger-final",
        "insights_days": 0,
        "monitoring_seconds": 0,
        "blue_green": True,
        "allow_major_upgrade": True,
        "apply_immediately": True,
        "final_snapshot": True,
    }
    built = build(lambda: Database("ledger", args))
    inputs = built.inputs("ledger-instance")
    # RDS restores under the snapshot's key: what is restored is a copy under ours.
    assert built.inputs("ledger-origin") == {
        "sourceDbSnapshotIdentifier": "shop-prod-ledger-final",
        "targetDbSnapshotIdentifier": "shop-prod-ledger-origin-859ccef",
        "kmsKeyId": KEY,
    }
    assert inputs["snapshotIdentifier"] == "shop-prod-ledger-origin-859ccef"
    assert inputs["kmsKeyId"] == KEY
    assert inputs["blueGreenUpdate"] == {"enabled": True}
    assert inputs["allowMajorVersionUpgrade"] is True
    assert inputs["applyImmediately"] is True
    assert inputs["performanceInsightsEnabled"] is False
    # Nor is its last snapshot called as the one that it came from.
    assert inputs["finalSnapshotIdentifier"] == "shop-prod-ledger-final-859ccef"
    assert not {"username", "dbName", "monitoringInterval", "manageMasterUserPassword"} & set(inputs)
    assert "ledger-monitoring" not in built.names()
    assert "ledger-master-rotation-schedule" in built.names()


def test_an_existing_database_is_used_and_none_is_made() -> None:
    args: DatabaseArgs = {
        **WHERE,  # type: ignore[typeddict-item]
        "database_name": "theirs",
        "existing": {
            "resource_id": "db-WRITER",
            "host": "writer.example",
            "replicas": [{"resource_id": "db-READER", "host": "reader.example"}],
        },
    }
    built = build(lambda: program(args))
    assert built.names() == []
    readwrite = plain(built.deployed, "readwrite")
    assert readwrite["environment"]["LEDGER_HOST"] == "writer.example"
    assert readwrite["environment"]["LEDGER_DATABASE"] == "theirs"
    assert readwrite["statements"][0]["resources"] == [
        user("db-WRITER", "app_readwrite"),
        user("db-READER", "app_read"),
    ]
    assert plain(built.deployed, "read")["environment"]["LEDGER_HOST"] == "reader.example"


def test_an_existing_database_elsewhere_behind_its_own_group() -> None:
    args: Any = {
        **WHERE,
        "clients": {"cluster": "sg-nodes"},
        "existing": {
            "resource_id": "cluster-WRITER",
            "host": "writer.example",
            "port": 6432,
            "cidr": "10.9.0.0/16",
            "security_group_id": "sg-theirs",
            "master_secret_arn": "arn:aws:secretsmanager:eu-central-1:111111111111:secret:master",
            "master_secret_key_arn": KEY,
        },
    }
    built = build(lambda: program(args))
    assert built.names() == ["ledger-from-cluster-6432"]
    rule = built.inputs("ledger-from-cluster-6432")
    assert (rule["securityGroupId"], rule["referencedSecurityGroupId"]) == ("sg-theirs", "sg-nodes")
    assert (rule["fromPort"], rule["toPort"]) == (6432, 6432)
    administer = plain(built.deployed, "administer")
    assert administer["environment"]["LEDGER_PORT"] == "6432"
    assert administer["network"][0] == {"direction": "egress", "port": 6432, "cidr": "10.9.0.0/16"}
    assert administer["statements"][-1]["resources"] == [KEY]


def test_unknown_inputs_survive() -> None:
    texts = ("account_id", "partition", "region", "vpc_cidr", "identifier", "vpc_id", "subnet_ids")
    more = ("key_arn", "logs_key_arn", "database_name", "backup_window", "maintenance_window")

    def later() -> None:
        args: Any = {key: unknown() for key in (*texts, *more, "permissions_boundary_arn")}
        args |= {
            "clients": {"cluster": unknown()},
            "read_replicas": 1,
            "pool": {"connections_percent": unknown(), "borrow_seconds": unknown()},
            "backup_copy": {"region": "eu-west-1", "key_arn": unknown(), "days": unknown()},
        }
        program(args)
        existing = {"resource_id": unknown(), "host": unknown(), "master_secret_arn": unknown()}
        Database("theirs", {**{key: unknown() for key in WHERE}, "existing": existing})  # type: ignore[typeddict-item]

    assert len(build(later).names()) == 34


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (WHERE, "database 'ledger': give identifier, vpc_id, subnet_ids, key_arn, logs_key_arn, or existing"),
        ({**BASE, "blue_green": True, "read_replicas": 1}, "blue_green_alone"),
        ({**BASE, "monitoring_seconds": 7}, "monitoring_seconds is 7"),
        ({**BASE, "insights_days": 8}, "insights_days is 8"),
        ({**BASE, "protect": True, "multi_az": False}, "protected_survives"),
    ],
)
def test_refused(args: Any, message: str) -> None:
    with pytest.raises(REFUSALS, match=message):
        build(lambda: Database("ledger", args))


def test_an_access_that_there_is_not() -> None:
    with pytest.raises(REFUSALS, match="access of 'ledger': 'write' is not known"):
        build(lambda: Database("ledger", BASE).binding("write"))


def test_other_languages_can_use_it() -> None:
    inputs = component_inputs(Database)
    assert [name for name, optional in inputs.items() if not optional] == [
        "accountId",
        "partition",
        "region",
        "vpcCidr",
    ]
    assert len(inputs) == 38
    assert len(component_outputs(Database)) == 9
    assert component_outputs(DatabaseProxy) == {"host", "proxyId", "securityGroupId"}
