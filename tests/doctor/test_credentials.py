"""Credentials: which are found, until when, and whose."""

import hashlib
import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from case_of import NOW, case, said

from skymason.doctor import credentials

ROOT = Path(__file__).parents[2]
KEY_ID, ACCOUNT = "ASIAQNZGKIQY56JQ7WML", "029608264753"
"""A pair that is public: A. Steele, 'A short note on AWS key ids', 2020."""
OFFLINE = "the offline cloud needs none"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    for path in ROOT.glob("Pulumi*.yaml"):
        shutil.copy(path, root)
    return root


def write(home: Path, name: str, text: str) -> None:
    file = home / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def aws(home: Path, root: Path | None = None, **environ: str) -> list[tuple[str, str, str]]:
    return said(credentials.aws(case(home, root, environ=environ)))


def test_none(tmp_path: Path, shop: Path) -> None:
    assert aws(tmp_path, shop) == [
        ("warn", f"none are found; {OFFLINE}", "before a real cloud: aws sso login, and export AWS_PROFILE")
    ]
    assert aws(tmp_path)[0][0] == "warn"
    for path in shop.glob("Pulumi.*.yaml"):
        path.write_text("config: {}\n")
    assert aws(tmp_path, shop) == [("ok", "none, and no stack deploys to AWS", "")]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (
            {"AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "s"},
            [("ok", "keys of a user in the environment")],
        ),
        (
            {"AWS_ACCESS_KEY_ID": "AKIA1"},
            [("fail", "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY")],
        ),
        (
            {"AWS_ACCESS_KEY_ID": "ASIA1", "AWS_SECRET_ACCESS_KEY": "s"},
            [
                ("ok", "temporary keys in the environment"),
                ("fail", "temporary keys need AWS_SESSION_TOKEN, which is not set"),
            ],
        ),
        (
            {"AWS_ACCESS_KEY_ID": "ASIA1", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"},
            [("ok", "temporary keys in the environment")],
        ),
        (
            {"AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere"},
            [("fail", "AWS_WEB_IDENTITY_TOKEN_FILE names /nowhere, which is not there")],
        ),
        (
            {"AWS_PROFILE": "ops"},
            [("fail", "AWS_PROFILE names 'ops', which is not configured (there are: none)")],
        ),
    ],
)
def test_in_the_environment(tmp_path: Path, environ: dict[str, str], expected: Any) -> None:
    assert [(status, text) for status, text, _ in aws(tmp_path, **environ)] == expected


def test_a_token_file(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("hush")
    assert aws(tmp_path, AWS_WEB_IDENTITY_TOKEN_FILE=str(token)) == [
        ("ok", f"a web identity, in the file {token}", "")
    ]


CONFIG = """\
[default]
region = eu-central-1
[profile ops]
sso_session = corp
sso_account_id = 111122223333
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
[profile old]
sso_start_url = https://old.awsapps.com/start
[profile role]
role_arn = arn:aws:iam::444455556666:role/deploy
source_profile = keys
[profile program]
credential_process = /bin/helper
"""


def sign_in(home: Path, key: str, ends: str) -> None:
    name = hashlib.sha1(key.encode()).hexdigest()
    write(home, f".aws/sso/cache/{name}.json", json.dumps({"expiresAt": ends}))


def test_profiles(tmp_path: Path) -> None:
    write(tmp_path, ".aws/config", CONFIG)
    write(
        tmp_path, ".aws/credentials", f"[keys]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = hush\n"
    )
    assert aws(tmp_path, AWS_PROFILE="role") == [("ok", "profile role, by a role", "")]
    assert aws(tmp_path, AWS_PROFILE="program") == [("ok", "profile program, by a program", "")]
    assert aws(tmp_path, AWS_PROFILE="keys") == [("ok", "profile keys, with keys", "")]
    assert aws(tmp_path, AWS_PROFILE="opps")[0][1] == (
        "AWS_PROFILE names 'opps', which is not configured (there are: keys, old, ops, program, role)"
    )
    assert "hush" not in str(credentials.aws_profiles(case(tmp_path)))
    assert aws(tmp_path)[0][0] == "warn"  # the default profile has a region and nothing else
    both = aws(tmp_path, AWS_PROFILE="role", AWS_ACCESS_KEY_ID="AKIA1", AWS_SECRET_ACCESS_KEY="s")
    assert both[-1][:2] == (
        "warn",
        "AWS_ACCESS_KEY_ID and AWS_PROFILE are both set: the keys win in most tools",
    )


@pytest.mark.parametrize(
    ("after", "status", "words"),
    [
        (timedelta(hours=4), "ok", "profile ops, by single sign-on until 2026-11-21 12:00 UTC"),
        (timedelta(minutes=5), "warn", "profile ops, by single sign-on: the sign-in ends in 5 minutes"),
        (
            timedelta(hours=-1),
            "fail",
            "profile ops, by single sign-on: the sign-in ended at 2026-11-21 07:00 UTC",
        ),
        (None, "warn", "profile ops, by single sign-on: not signed in"),
    ],
)
def test_single_sign_on(tmp_path: Path, after: timedelta | None, status: str, words: str) -> None:
    write(tmp_path, ".aws/config", CONFIG)
    if after is not None:
        sign_in(tmp_path, "corp", (NOW + after).strftime("%Y-%m-%dT%H:%M:%SZ"))
    ((found, text, fix),) = aws(tmp_path, AWS_PROFILE="ops")
    assert (found, text) == (status, words)
    assert fix == ("" if status == "ok" else "aws sso login --profile ops")


def test_single_sign_on_as_it_was_written_before(tmp_path: Path) -> None:
    write(tmp_path, ".aws/config", CONFIG)
    sign_in(tmp_path, "https://old.awsapps.com/start", "2026-11-21T10:00:00UTC")
    assert (
        aws(tmp_path, AWS_PROFILE="old")[0][1] == "profile old, by single sign-on until 2026-11-21 10:00 UTC"
    )
    sign_in(tmp_path, "https://old.awsapps.com/start", "2026-11-21T10:00:00")
    assert aws(tmp_path, AWS_PROFILE="old")[0][0] == "ok"
    sign_in(tmp_path, "https://old.awsapps.com/start", "soon")
    assert aws(tmp_path, AWS_PROFILE="old")[0][0] == "warn"


def test_files_in_other_places_and_broken_ones(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere", "[profile ops]\ncredential_process = x\n")
    assert aws(tmp_path, AWS_PROFILE="ops", AWS_CONFIG_FILE=str(tmp_path / "elsewhere"))[0][0] == "ok"
    write(tmp_path, ".aws/config", "no section\n")
    assert aws(tmp_path, AWS_PROFILE="ops")[0][0] == "fail"


def azure(home: Path, root: Path | None = None, **environ: str) -> list[tuple[str, str, str]]:
    return said(credentials.azure(case(home, root, environ=environ)))


def test_azure(tmp_path: Path, shop: Path) -> None:
    assert azure(tmp_path, shop) == [("ok", "none, and no stack deploys to Azure", "")]
    assert azure(tmp_path, ARM_CLIENT_ID="a", ARM_TENANT_ID="b") == [
        ("fail", "ARM_CLIENT_ID is set without ARM_SUBSCRIPTION_ID", "export all of them")
    ]
    assert azure(tmp_path, ARM_CLIENT_ID="a", ARM_TENANT_ID="b", ARM_SUBSCRIPTION_ID="c")[0][0] == "ok"
    assert azure(tmp_path, AZURE_FEDERATED_TOKEN_FILE="/nowhere")[0][0] == "fail"
    profile = {"subscriptions": [{"name": "one"}, {"name": "two", "isDefault": True}]}
    write(tmp_path, ".azure/azureProfile.json", "\ufeff" + json.dumps(profile))
    assert azure(tmp_path) == [("ok", "signed in with the Azure CLI, subscription two", "")]
    write(tmp_path, "other/azureProfile.json", json.dumps({"subscriptions": []}))
    assert azure(tmp_path, AZURE_CONFIG_DIR=str(tmp_path / "other"))[0][1].startswith("none")


def test_azure_is_missed_where_a_stack_needs_it(tmp_path: Path, shop: Path) -> None:
    (shop / "Pulumi.dev.yaml").write_text(
        "config:\n  azure-native:location: germanywestcentral\n  skymason:environment: dev\n"
        "  skymason:owner: a\n  skymason:cost_center: b\n"
    )
    assert azure(tmp_path, shop) == [("warn", f"none are found; {OFFLINE}", "before a real cloud: az login")]


@pytest.mark.parametrize(
    ("key", "number"),
    [
        (KEY_ID, ACCOUNT),
        ("AKIAIOSFODNN7EXAMPLE", "581039954779"),
        ("AKIA", None),
        ("nonsense", None),
        ("", None),
        ("AROAQNZGKIQY56JQ7WML", None),
    ],
)
def test_the_account_that_a_key_id_holds(key: str, number: str | None) -> None:
    assert credentials.account_of_key(key) == number


def set_account(shop: Path, stack: str, number: str) -> None:
    file = shop / f"Pulumi.{stack}.yaml"
    text = file.read_text().replace("123456789012", number)
    file.write_text(text.replace("  skymason:aws:\n", f'  skymason:aws:\n    account_id: "{number}"\n'))


def test_accounts_of_stacks(tmp_path: Path, shop: Path) -> None:
    set_account(shop, "dev", ACCOUNT)
    set_account(shop, "prod", "999988887777")
    environ = {"AWS_ACCESS_KEY_ID": KEY_ID}
    assert said(credentials.account(case(tmp_path, shop, environ=environ))) == [
        ("ok", f"dev: {ACCOUNT}, and so is the key in the environment", ""),
        (
            "warn",
            f"prod: 999988887777, and the key in the environment is of {ACCOUNT}",
            "before `sm up --stack prod --cloud real`: credentials of 999988887777",
        ),
        (
            "warn",
            "staging: any account would do, for none is set",
            "set aws.account_id in Pulumi.staging.yaml",
        ),
    ]
    assert said(credentials.account(case(tmp_path, shop)))[0] == (
        "ok",
        f"dev: {ACCOUNT}; whose credentials these are cannot be told offline",
        "",
    )


def test_what_tells_the_account(tmp_path: Path) -> None:
    write(tmp_path, ".aws/config", CONFIG + f"[default]\naws_access_key_id = {KEY_ID}\n")

    def of(online: bool = False, said: str | None = None, **environ: str) -> tuple[str | None, str]:
        programs = {"aws": said} if said is not None else {}
        return credentials.account_of(case(tmp_path, environ=environ, online=online, programs=programs))

    assert of(AWS_ROLE_ARN="arn:aws:iam::777788889999:role/ci") == ("777788889999", "AWS_ROLE_ARN")
    assert of(AWS_PROFILE="role") == ("444455556666", "profile role")
    assert of(AWS_PROFILE="ops") == ("111122223333", "profile ops")
    assert of(AWS_PROFILE="program")[0] is None
    assert of() == (ACCOUNT, "profile default")
    assert of(online=True, said="123412341234") == ("123412341234", "the identity that AWS sees")
    assert of(online=True, said="Unable to locate credentials")[1] == "profile default"
    assert of(said="123412341234")[1] == "profile default"  # not asked without --online
