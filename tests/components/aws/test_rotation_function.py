"""The rotation function, step by step, against a stand-in for Secrets Manager and RDS."""

import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from components.aws import rotation_function

ARN = "arn:aws:secretsmanager:eu-central-1:111111111111:secret:jwt-abc123"


class NotFoundError(Exception):
    pass


class Secrets:
    """Versions of one secret: id → (value, stages)."""

    exceptions = SimpleNamespace(ResourceNotFoundException=NotFoundError)

    def __init__(self) -> None:
        self.versions: dict[str, tuple[str | None, set[str]]] = {}
        self.made = 0

    def get_secret_value(self, *, SecretId: str, VersionId: str, VersionStage: str) -> dict[str, Any]:  # noqa: N803
        value, stages = self.versions[VersionId]
        if SecretId != ARN or value is None or VersionStage not in stages:
            raise NotFoundError
        return {"SecretString": value}

    def get_random_password(self, **options: Any) -> dict[str, str]:
        self.made += 1
        assert options == {"PasswordLength": 20, "ExcludePunctuation": True, "RequireEachIncludedType": True}
        return {"RandomPassword": f"value{self.made}"}

    def put_secret_value(
        self,
        *,
        SecretId: str,  # noqa: N803
        ClientRequestToken: str,  # noqa: N803
        SecretString: str,  # noqa: N803
        VersionStages: list[str],  # noqa: N803
    ) -> None:
        self.versions[ClientRequestToken] = (SecretString, set(VersionStages))

    def describe_secret(self, *, SecretId: str) -> dict[str, Any]:  # noqa: N803
        return {"VersionIdsToStages": {id: sorted(stages) for id, (_, stages) in self.versions.items()}}

    def update_secret_version_stage(
        self,
        *,
        SecretId: str,  # noqa: N803
        VersionStage: str,  # noqa: N803
        MoveToVersionId: str,  # noqa: N803
        RemoveFromVersionId: str | None = None,  # noqa: N803
    ) -> None:
        if RemoveFromVersionId:
            self.versions[RemoveFromVersionId][1].remove(VersionStage)
        self.versions[MoveToVersionId][1].add(VersionStage)

    def current(self) -> list[str | None]:
        return [value for value, stages in self.versions.values() if "AWSCURRENT" in stages]


class Databases:
    """One instance that takes `delay` looks to take a new password over."""

    def __init__(self, delay: int) -> None:
        self.delay = delay
        self.password = ""

    def modify_db_instance(self, **change: Any) -> None:
        assert change["DBInstanceIdentifier"] == "ledger"
        assert change["ApplyImmediately"] is True
        self.password = change["MasterUserPassword"]

    def describe_db_instances(self, **_: Any) -> dict[str, Any]:
        self.delay -= 1
        if self.delay >= 1:
            return {
                "DBInstances": [
                    {
                        "DBInstanceStatus": "available",
                        "PendingModifiedValues": {"MasterUserPassword": "****"},
                    }
                ]
            }
        status = "resetting-master-credentials" if self.delay == 0 else "available"
        return {"DBInstances": [{"DBInstanceStatus": status}]}


@pytest.fixture
def secrets() -> Secrets:
    return Secrets()


@pytest.fixture
def databases() -> Databases:
    return Databases(delay=3)


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, secrets: Secrets, databases: Databases) -> list[float]:
    """boto3 as Lambda has it; returns the waits."""
    waits: list[float] = []
    clients = {"secretsmanager": secrets, "rds": databases}
    monkeypatch.setitem(sys.modules, "boto3", SimpleNamespace(client=clients.__getitem__))
    monkeypatch.setattr(rotation_function.time, "sleep", waits.append)
    monkeypatch.setenv("LENGTH", "20")
    return waits


def rotate(secrets: Secrets, version: str) -> None:
    """As Secrets Manager does, each step twice: it repeats a step when in doubt."""
    secrets.versions[version] = (None, {"AWSPENDING"})
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        for _ in range(2):
            event = {"SecretId": ARN, "ClientRequestToken": version, "Step": step}
            rotation_function.handle(event, None)


def test_the_first_value_needs_none_before_it(secrets: Secrets, aws: list[float]) -> None:
    rotate(secrets, "v1")
    assert secrets.current() == ["value1"]
    assert secrets.made == 1
    assert aws == []


def test_the_next_value_takes_the_place_of_the_first(secrets: Secrets) -> None:
    rotate(secrets, "v1")
    secrets.versions["v1"][1].discard("AWSPENDING")
    rotate(secrets, "v2")
    assert secrets.current() == ["value2"]


def test_a_master_user_gets_the_password_before_anybody_reads_it(
    secrets: Secrets, databases: Databases, monkeypatch: pytest.MonkeyPatch, aws: list[float]
) -> None:
    monkeypatch.setenv("DATABASE", "ledger")
    monkeypatch.setenv("MASTER_USER", "administrator")
    rotate(secrets, "v1")
    assert [json.loads(value or "") for value in secrets.current()] == [
        {"username": "administrator", "password": "value1"}
    ]
    assert databases.password == "value1"
    assert aws == [10, 10, 10, 10, 10]


def test_a_database_that_never_takes_it_over_fails_the_rotation(
    secrets: Secrets, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE", "ledger")
    monkeypatch.setenv("MASTER_USER", "administrator")
    databases.delay = 1000
    with pytest.raises(TimeoutError, match="database ledger has not taken its new password over"):
        rotate(secrets, "v1")
    assert secrets.current() == []
