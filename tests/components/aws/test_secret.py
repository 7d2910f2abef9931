"""Secret and its rotation: exact inputs, and no value anywhere."""

import json

import pulumi
import pytest
from blocks import (
    ACCOUNT,
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

from components.aws.secret import Secret, SecretArgs
from components.aws.secret_rotation import SecretRotation

GENERATED = {"account_id": ACCOUNT, "logs_key_arn": LOGS_KEY}


@pytest.fixture(scope="module")
def outside() -> Built:
    return build(lambda: Secret("partner", {"key_arn": KEY}))


@pytest.fixture(scope="module")
def generated() -> Built:
    args: SecretArgs = {
        "key_arn": KEY,
        "secret_name": "prod/jwt",
        "description": "Signs sessions",
        "generated": {**GENERATED, "days": 7, "length": 64.0},  # type: ignore[typeddict-item]
        "protect": True,
    }
    return build(lambda: Secret("jwt", args))


def test_a_value_from_outside_takes_two_resources(outside: Built) -> None:
    assert outside.names() == ["partner-policy", "partner-secret"]
    inputs = outside.inputs("partner-secret")
    assert inputs == {"kmsKeyId": KEY, "recoveryWindowInDays": 0}
    assert not outside.one("partner-secret").options.protect


def test_plain_transport_is_refused_and_nobody_else_is_let_in(outside: Built) -> None:
    arn = outside.one("partner-secret").outputs["arn"]
    assert outside.inputs("partner-policy")["blockPublicPolicy"] is True
    assert outside.policy("partner-policy") == [
        {
            "Sid": "RefusePlainTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["secretsmanager:*"],
            "Resource": [arn],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def test_a_generated_value_takes_a_function_of_its_own(generated: Built) -> None:
    assert generated.names() == [
        "jwt-policy",
        "jwt-rotation-failures",
        "jwt-rotation-failures-policy",
        "jwt-rotation-function",
        "jwt-rotation-function-logs",
        "jwt-rotation-permission",
        "jwt-rotation-role",
        "jwt-rotation-role-policy",
        "jwt-rotation-schedule",
        "jwt-secret",
    ]
    assert generated.inputs("jwt-secret") == {
        "name": "prod/jwt",
        "description": "Signs sessions",
        "kmsKeyId": KEY,
        "recoveryWindowInDays": 30,
    }
    assert generated.one("jwt-secret").options.protect


def test_no_value_is_in_the_plan(outside: Built, generated: Built) -> None:
    for built in (outside, generated):
        assert not built.deployed.of_type("aws:secretsmanager/secretVersion:SecretVersion")
        assert not built.deployed.of_type("random:index/randomPassword:RandomPassword")


def test_the_value_is_made_at_once_and_weekly(generated: Built) -> None:
    assert generated.inputs("jwt-rotation-schedule") == {
        "secretId": generated.one("jwt-secret").outputs["arn"],
        "rotationLambdaArn": generated.one("jwt-rotation-function").outputs["arn"],
        "rotationRules": {"automaticallyAfterDays": 7},
        "rotateImmediately": True,
    }
    assert generated.one("jwt-rotation-permission").urn in generated.one("jwt-rotation-schedule").dependencies


def test_function(generated: Built) -> None:
    inputs = generated.inputs("jwt-rotation-function")
    code = inputs.pop("code")
    assert "def handle(event" in code["assets"]["rotation_function.py"]["text"]
    assert inputs == {
        "description": "Gives a secret its value, and a new one on schedule",
        "runtime": "python3.13",
        "architectures": ["arm64"],
        "handler": "rotation_function.handle",
        "role": generated.one("jwt-rotation-role").outputs["arn"],
        "timeout": 300,
        "memorySize": 256,
        "reservedConcurrentExecutions": 1,
        "environment": {"variables": {"LENGTH": "64"}},
        "kmsKeyArn": KEY,
        "tracingConfig": {"mode": "Active"},
        "loggingConfig": {
            "logFormat": "JSON",
            "logGroup": generated.one("jwt-rotation-function-logs").outputs["name"],
        },
        "deadLetterConfig": {"targetArn": generated.one("jwt-rotation-failures").outputs["arn"]},
    }
    function = generated.one("jwt-rotation-function")
    assert generated.one("jwt-rotation-role-policy").urn in function.dependencies


def test_only_secrets_manager_may_call_it_and_only_for_this_secret(generated: Built) -> None:
    assert generated.inputs("jwt-rotation-permission") == {
        "action": "lambda:InvokeFunction",
        "function": generated.one("jwt-rotation-function").outputs["name"],
        "principal": "secretsmanager.amazonaws.com",
        "sourceArn": generated.one("jwt-secret").outputs["arn"],
        "sourceAccount": ACCOUNT,
    }


def test_its_role_reaches_this_secret_alone(generated: Built) -> None:
    def key(sid: str, service: str, *actions: str) -> dict[str, object]:
        return {
            "Sid": sid,
            "Effect": "Allow",
            "Action": [f"kms:{action}" for action in actions],
            "Resource": [KEY],
            "Condition": {"StringEquals": {"kms:ViaService": f"{service}.eu-central-1.amazonaws.com"}},
        }

    secret = generated.one("jwt-secret").outputs["arn"]
    failures = generated.one("jwt-rotation-failures").outputs["arn"]
    logs = generated.one("jwt-rotation-function-logs").outputs["arn"]
    rotate = ("DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage")
    assert generated.policy("jwt-rotation-role-policy") == [
        {
            "Sid": "RotateSecret",
            "Effect": "Allow",
            "Action": [f"secretsmanager:{action}" for action in rotate],
            "Resource": [secret],
        },
        {
            "Sid": "MakeValue",
            "Effect": "Allow",
            "Action": ["secretsmanager:GetRandomPassword"],
            "Resource": ["*"],
        },
        key("SecretKey", "secretsmanager", "Decrypt", "GenerateDataKey"),
        {
            "Sid": "Trace",
            "Effect": "Allow",
            "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            "Resource": ["*"],
        },
        key("SettingsKey", "lambda", "Decrypt"),
        {"Sid": "KeepFailures", "Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": [failures]},
        key("FailuresKey", "sqs", "Decrypt", "GenerateDataKey"),
        {
            "Sid": "WriteLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [f"{logs}:*"],
        },
    ]
    trust = json.loads(generated.inputs("jwt-rotation-role")["assumeRolePolicy"])["Statement"]
    assert [item["Principal"] for item in trust] == [{"Service": "lambda.amazonaws.com"}]


def test_a_function_of_yours_renews_a_value_that_came_from_outside() -> None:
    function = "arn:aws:lambda:eu-central-1:111111111111:function:renew"
    args: SecretArgs = {"key_arn": KEY, "rotation_function": {"arn": function, "days": 90}}
    built = build(lambda: Secret("partner", args))
    assert built.inputs("partner-schedule") == {
        "secretId": built.one("partner-secret").id,
        "rotationLambdaArn": function,
        "rotationRules": {"automaticallyAfterDays": 90},
        "rotateImmediately": False,
    }


def test_binding_and_existing() -> None:
    arn = "arn:aws:secretsmanager:eu-central-1:222222222222:secret:theirs-abc123"

    def program() -> None:
        secret = Secret("theirs", {"existing": {"arn": arn}, "key_arn": KEY})
        pulumi.export("binding", secret.binding("read", alias="api-key"))

    built = build(program)
    assert built.names() == []
    binding = plain(built.deployed, "binding")
    assert binding["environment"] == {"API_KEY_SECRET_ARN": arn}
    assert binding["statements"] == [
        {
            "sid": "ApiKeyRead",
            "actions": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
            "resources": [arn],
        },
        {
            "sid": "ApiKeyReadKey",
            "actions": ["kms:Decrypt"],
            "resources": [KEY],
            "conditions": {"StringEquals": {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"}},
        },
    ]


def test_unknown_inputs_survive() -> None:
    def program() -> None:
        values = {"account_id": unknown(), "logs_key_arn": unknown(), "days": unknown(), "length": unknown()}
        boundary = {"permissions_boundary_arn": unknown()}
        Secret("later", {"key_arn": unknown(), "generated": {**values, **boundary}})  # type: ignore[typeddict-item]
        function = {"arn": unknown(), "days": unknown()}
        Secret("partner", {"key_arn": unknown(), "rotation_function": function})  # type: ignore[typeddict-item]

    assert len(build(program).names()) == 13


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, "secret 'bad': give key_arn, or existing"),
        (
            {"key_arn": KEY, "generated": GENERATED, "rotation_function": {"arn": KEY, "days": 1}},
            "secret 'bad': give generated or rotation_function, not both",
        ),
    ],
)
def test_refused(args: SecretArgs, message: str) -> None:
    with pytest.raises(REFUSALS, match=message):
        build(lambda: Secret("bad", args))


def test_other_languages_can_use_it() -> None:
    assert set(component_inputs(Secret)) == {
        *("keyArn", "existing", "secretName", "description", "generated", "rotationFunction", "protect"),
    }
    assert component_outputs(Secret) == {"arn"}
    assert len(component_inputs(SecretRotation)) == 8
    assert component_outputs(SecretRotation) == {"functionArn", "failuresName"}
