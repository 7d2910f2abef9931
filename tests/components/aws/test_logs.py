"""Log groups and the bucket for access logs."""

from typing import Any

import pytest
from blocks import ACCOUNT, KEY, LOGS_KEY, REGION, Built, build

from components.aws.bucket import Bucket
from components.aws.logs import AUDIT_DAYS, DEBUG_DAYS, LogBucket, LogBucketArgs, LogGroup, retention_days


def test_a_log_group_is_encrypted_and_forgets() -> None:
    built = build(lambda: LogGroup("app", {"key_arn": LOGS_KEY, "days": 30}))
    assert built.names() == ["app-logs"]
    group = built.one("app-logs")
    assert group.inputs["kmsKeyId"] == LOGS_KEY
    assert group.inputs["retentionInDays"] == 30
    assert group.options.retain_on_delete is False


def test_a_name_that_a_service_insists_on_and_retention() -> None:
    built = build(
        lambda: LogGroup(
            "plane",
            {"key_arn": LOGS_KEY, "days": 365, "group_name": "/aws/eks/shop/cluster", "retain": True},
        )
    )
    assert built.inputs("plane-logs")["name"] == "/aws/eks/shop/cluster"
    assert built.one("plane-logs").options.retain_on_delete is True


@pytest.mark.parametrize(("days", "kept"), [(DEBUG_DAYS, 30), (AUDIT_DAYS, 365), (90.0, 90)])
def test_days_that_cloudwatch_takes(days: float, kept: int) -> None:
    assert retention_days(days) == kept


@pytest.mark.parametrize(("days", "instead"), [(31, 60), (2, 3), (5000, 3653)])
def test_days_that_it_does_not_take(days: int, instead: int) -> None:
    with pytest.raises(ValueError, match=f"for {days} days: CloudWatch takes {instead} instead"):
        retention_days(days)


def args(**changed: Any) -> LogBucketArgs:
    return {"account_id": ACCOUNT, "partition": "aws", "region": REGION, **changed}


@pytest.fixture(scope="module")
def built() -> Built:
    return build(lambda: LogBucket("logs", args(protect=True)))


def test_the_bucket_and_all_that_closes_it(built: Built) -> None:
    assert built.names() == [
        *("logs-bucket", "logs-encryption", "logs-lifecycle", "logs-ownership", "logs-policy"),
        *("logs-public-access", "logs-versioning"),
    ]
    bucket = built.one("logs-bucket")
    assert bucket.inputs["forceDestroy"] is False
    assert (bucket.options.protect, bucket.options.retain_on_delete) == (True, True)
    wanted = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert [built.inputs("logs-public-access")[key] for key in wanted] == [True] * 4
    assert built.inputs("logs-ownership")["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    assert built.inputs("logs-versioning")["versioningConfiguration"] == {"status": "Enabled"}
    assert built.inputs("logs-encryption")["rules"] == [
        {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    ]


def test_logs_are_forgotten_and_broken_uploads_too(built: Built) -> None:
    assert built.inputs("logs-lifecycle")["rules"] == [
        {
            "id": "forget",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "expiration": {"days": 365},
            "noncurrentVersionExpiration": {"noncurrentDays": 30},
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        }
    ]
    assert built.one("logs-versioning").urn in built.one("logs-lifecycle").dependencies


def test_load_balancers_and_buckets_of_the_account_write_and_nothing_comes_in_plain(built: Built) -> None:
    arn = built.one("logs-bucket").outputs["arn"]
    assert built.policy("logs-policy") == [
        {
            "Sid": "LoadBalancersOfTheAccountWriteLogs",
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": [f"{arn}/AWSLogs/{ACCOUNT}/*", f"{arn}/*/AWSLogs/{ACCOUNT}/*"],
            "Condition": {
                "ArnLike": {
                    "aws:SourceArn": f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/*"
                }
            },
        },
        {
            "Sid": "BucketsOfTheAccountWriteLogs",
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{arn}/s3/*",
            "Condition": {
                "ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"},
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
            },
        },
        {
            "Sid": "RefusePlainTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:*"],
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]
    assert built.one("logs-public-access").urn in built.one("logs-policy").dependencies


def test_a_bucket_to_throw_away() -> None:
    built = build(lambda: LogBucket("logs", args(days=30)))
    bucket = built.one("logs-bucket")
    assert bucket.inputs["forceDestroy"] is True
    assert (bucket.options.protect, bucket.options.retain_on_delete) == (False, False)
    assert built.inputs("logs-lifecycle")["rules"][0]["expiration"] == {"days": 30}


def test_buckets_write_where_they_may() -> None:
    def program() -> None:
        logs = LogBucket("logs", args())
        Bucket("pictures", {"key_arn": KEY, "log_bucket": logs.bucket})

    built = build(program)
    logging = built.inputs("pictures-logging")
    assert logging["targetBucket"] == built.one("logs-bucket").outputs["bucket"]
    assert logging["targetPrefix"] == "s3/pictures/"
    (allowed,) = [item for item in built.policy("logs-policy") if item["Sid"].startswith("Buckets")]
    arn = built.one("logs-bucket").outputs["arn"]
    assert f"{arn}/{logging['targetPrefix']}".startswith(allowed["Resource"].removesuffix("*"))
    # S3 is let in before it is told to write.
    policy, setting = built.one("logs-policy").urn, built.one("pictures-logging")
    assert policy in setting.dependencies
