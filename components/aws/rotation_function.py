"""The code of the function that gives a secret its value, and a new one on schedule.

It runs in AWS Lambda, which brings boto3, and is deployed by `SecretRotation`. The value is made by Secrets
Manager and goes nowhere but there (and, for the master user of a database, to RDS): it is in no program, no
state and no log. Secrets Manager calls it four times in each rotation, with a step each time; a step that
fails is called again, so each does nothing when its work is done.
"""

import json
import os
import time
from typing import Any

POLL_SECONDS = 10
ATTEMPTS = 24


def handle(event: dict[str, str], context: Any) -> None:
    """Entry point. event: SecretId, ClientRequestToken (the version to make) and Step."""
    import boto3

    step = STEPS[event["Step"]]
    step(boto3.client, event["SecretId"], event["ClientRequestToken"])


def create(client: Any, secret: str, version: str) -> None:
    """Make a value and keep it as the pending version."""
    secrets = client("secretsmanager")
    try:
        secrets.get_secret_value(SecretId=secret, VersionId=version, VersionStage="AWSPENDING")
    except secrets.exceptions.ResourceNotFoundException:
        value = secrets.get_random_password(
            PasswordLength=int(os.environ["LENGTH"]),
            ExcludePunctuation=True,  # fits into an URL, a shell and a connection string as it is
            RequireEachIncludedType=True,
        )["RandomPassword"]
        user = os.environ.get("MASTER_USER")
        text = json.dumps({"username": user, "password": value}) if user else value
        secrets.put_secret_value(
            SecretId=secret, ClientRequestToken=version, SecretString=text, VersionStages=["AWSPENDING"]
        )


def apply(client: Any, secret: str, version: str) -> None:
    """Give the pending value to the database whose master user the secret is for, if any."""
    database = os.environ.get("DATABASE")
    if database:
        text = client("secretsmanager").get_secret_value(
            SecretId=secret, VersionId=version, VersionStage="AWSPENDING"
        )["SecretString"]
        client("rds").modify_db_instance(
            DBInstanceIdentifier=database,
            MasterUserPassword=json.loads(text)["password"],
            ApplyImmediately=True,
        )


def verify(client: Any, secret: str, version: str) -> None:
    """Wait until the database has taken the password over. Raises TimeoutError after four minutes."""
    database = os.environ.get("DATABASE")
    if not database:
        return
    rds = client("rds")
    for _ in range(ATTEMPTS):
        time.sleep(POLL_SECONDS)  # the change shows only after a moment
        instance = rds.describe_db_instances(DBInstanceIdentifier=database)["DBInstances"][0]
        waiting = "MasterUserPassword" in instance.get("PendingModifiedValues", {})
        if not waiting and instance["DBInstanceStatus"] != "resetting-master-credentials":
            return
    raise TimeoutError(f"database {database} has not taken its new password over")


def finish(client: Any, secret: str, version: str) -> None:
    """Make the pending version the current one."""
    secrets = client("secretsmanager")
    stages = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    current = next((item for item, labels in stages.items() if "AWSCURRENT" in labels), None)
    if current == version:
        return
    moved = {"RemoveFromVersionId": current} if current else {}
    secrets.update_secret_version_stage(
        SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=version, **moved
    )


STEPS = {"createSecret": create, "setSecret": apply, "testSecret": verify, "finishSecret": finish}
