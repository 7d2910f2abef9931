"""S3 bucket: exact inputs, options and policy."""

import pulumi
import pytest
from blocks import KEY, REFUSALS, Built, build, component_inputs, component_outputs, plain, unknown

from components.aws.bucket import Bucket, BucketArgs, RetentionMode, StorageClass

PARTS = [
    "files-bucket",
    "files-encryption",
    "files-lifecycle",
    "files-logging",
    "files-ownership",
    "files-policy",
    "files-public-access",
    "files-versioning",
]


@pytest.fixture(scope="module")
def simple() -> Built:
    return build(lambda: Bucket("files", {"key_arn": KEY, "log_bucket": "logs"}))


@pytest.fixture(scope="module")
def kept() -> Built:
    args: BucketArgs = {
        "key_arn": KEY,
        "log_bucket": "logs",
        "bucket_name": "known-outside",
        "old_version_days": 30.0,  # type: ignore[typeddict-item]  as a hosted component gets it
        "expire_days": 400,
        "transitions": [
            {"days": 30, "storage_class": StorageClass.INFREQUENT},
            {"days": 120, "storage_class": StorageClass.DEEP_ARCHIVE},
        ],
        "lock": {"mode": RetentionMode.COMPLIANCE, "days": 365},
        "protect": True,
    }
    return build(lambda: Bucket("files", args))


def test_parts(simple: Built, kept: Built) -> None:
    assert simple.names() == PARTS
    assert kept.names() == sorted([*PARTS, "files-lock"])


def test_the_bucket_goes_with_everything_in_it_unless_protected(simple: Built, kept: Built) -> None:
    inputs = simple.inputs("files-bucket")
    assert inputs == {"forceDestroy": True}
    assert not simple.one("files-bucket").options.protect
    assert kept.inputs("files-bucket") == {
        "bucket": "known-outside",
        "forceDestroy": False,
        "objectLockEnabled": True,
    }
    assert kept.one("files-bucket").options.protect
    assert kept.one("files-bucket").options.retain_on_delete


def test_private(simple: Built) -> None:
    block = simple.inputs("files-public-access")
    block.pop("bucket")
    assert block == dict.fromkeys(
        ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
    )
    assert simple.inputs("files-ownership")["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    assert simple.one("files-public-access").urn in simple.one("files-policy").dependencies


def test_plain_transport_is_denied(simple: Built) -> None:
    arn = simple.one("files-bucket").outputs["arn"]
    assert simple.policy("files-policy") == [
        {
            "Sid": "RefusePlainTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:*"],
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def test_encrypted_with_the_customers_key(simple: Built) -> None:
    assert simple.inputs("files-encryption")["rules"] == [
        {
            "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY},
            "bucketKeyEnabled": True,
        }
    ]


def test_versions_and_unfinished_uploads_do_not_pile_up(simple: Built) -> None:
    assert simple.inputs("files-versioning")["versioningConfiguration"] == {"status": "Enabled"}
    assert simple.inputs("files-lifecycle")["rules"] == [
        {
            "id": "ageing",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "noncurrentVersionExpiration": {"noncurrentDays": 90},
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        }
    ]
    assert simple.one("files-versioning").urn in simple.one("files-lifecycle").dependencies


def test_objects_age(kept: Built) -> None:
    rule = kept.inputs("files-lifecycle")["rules"][0]
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    assert rule["expiration"] == {"days": 400}
    assert rule["transitions"] == [
        {"days": 30, "storageClass": "STANDARD_IA"},
        {"days": 120, "storageClass": "DEEP_ARCHIVE"},
    ]


def test_locked_objects(kept: Built) -> None:
    lock = kept.inputs("files-lock")
    assert lock["rule"] == {"defaultRetention": {"mode": "COMPLIANCE", "days": 365}}
    assert kept.one("files-versioning").urn in kept.one("files-lock").dependencies


def test_access_log(simple: Built) -> None:
    logging = simple.inputs("files-logging")
    logging.pop("bucket")
    assert logging == {
        "targetBucket": "logs",
        "targetPrefix": "s3/files/",
        "targetObjectKeyFormat": {"partitionedPrefix": {"partitionDateSource": "EventTime"}},
    }


def test_the_name_is_known_only_once_the_bucket_is_closed() -> None:
    def program() -> None:
        bucket = Bucket("files", {"key_arn": KEY, "log_bucket": "logs"})
        Bucket("other", {"key_arn": KEY, "log_bucket": bucket.bucket_name})

    built = build(program)
    assert built.one("files-policy").urn in built.one("other-logging").dependencies


def test_an_existing_bucket_is_used_and_none_is_made() -> None:
    def program() -> None:
        bucket = Bucket("theirs", {"existing": {"name": "theirs", "arn": "arn:aws:s3:::theirs"}})
        pulumi.export("outputs", [bucket.bucket_name, bucket.arn])

    built = build(program)
    assert built.names() == []
    assert plain(built.deployed, "outputs") == ["theirs", "arn:aws:s3:::theirs"]


@pytest.mark.parametrize(
    ("access", "on_bucket", "on_objects", "key_actions"),
    [
        (
            "read",
            [["ListBucket", "GetBucketLocation"]],
            [["GetObject", "GetObjectVersion"]],
            ["kms:Decrypt"],
        ),
        (
            "write",
            [["ListBucketMultipartUploads", "GetBucketLocation"]],
            [["PutObject", "DeleteObject", "AbortMultipartUpload", "ListMultipartUploadParts"]],
            ["kms:Decrypt", "kms:GenerateDataKey"],
        ),
        (
            "readwrite",
            [["ListBucket", "GetBucketLocation"], ["ListBucketMultipartUploads", "GetBucketLocation"]],
            [
                ["GetObject", "GetObjectVersion"],
                ["PutObject", "DeleteObject", "AbortMultipartUpload", "ListMultipartUploadParts"],
            ],
            ["kms:Decrypt", "kms:GenerateDataKey"],
        ),
    ],
)
def test_binding(
    access: str, on_bucket: list[list[str]], on_objects: list[list[str]], key_actions: list[str]
) -> None:
    def program() -> None:
        bucket = Bucket("files", {"key_arn": KEY, "log_bucket": "logs"})
        pulumi.export("binding", bucket.binding(access))

    built = build(program)
    outputs = built.one("files-bucket").outputs
    binding = plain(built.deployed, "binding")
    assert binding["environment"] == {"FILES_BUCKET": built.one("files-policy").outputs["bucket"]}
    granted = {outputs["arn"]: [], f"{outputs['arn']}/*": []}  # type: ignore[var-annotated]
    *statements, key = binding["statements"]
    for statement in statements:
        granted[statement["resources"][0]].append([action[len("s3:") :] for action in statement["actions"]])
    assert granted == {outputs["arn"]: on_bucket, f"{outputs['arn']}/*": on_objects}
    assert key == {
        "sid": f"Files{access.title()}Key",
        "actions": key_actions,
        "resources": [KEY],
        "conditions": {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}},
    }


def test_unknown_inputs_survive() -> None:
    def program() -> None:
        args: BucketArgs = {
            "key_arn": unknown(),
            "log_bucket": unknown(),
            "bucket_name": unknown(),
            "old_version_days": unknown(),
            "expire_days": unknown(),
            "transitions": [{"days": unknown(), "storage_class": StorageClass.ARCHIVE}],
            "lock": {"mode": RetentionMode.GOVERNANCE, "days": unknown()},
        }
        Bucket("files", args)

    assert len(build(program).names()) == 9


@pytest.mark.parametrize("args", [{}, {"key_arn": KEY}, {"log_bucket": "logs"}])
def test_refused(args: BucketArgs) -> None:
    with pytest.raises(REFUSALS, match="bucket 'bad': give key_arn and log_bucket, or existing"):
        build(lambda: Bucket("bad", args))


def test_a_name_of_any_length_fits() -> None:
    built = build(lambda: Bucket("b" * 60, {"key_arn": KEY, "log_bucket": "logs"}))
    assert len(built.inputs(f"{'b' * 60}-bucket")["bucket"]) == 63


def test_other_languages_can_use_it() -> None:
    assert set(component_inputs(Bucket)) == {
        *("keyArn", "logBucket", "existing", "bucketName", "oldVersionDays", "expireDays"),
        *("transitions", "lock", "protect"),
    }
    assert component_outputs(Bucket) == {"bucketName", "arn"}
