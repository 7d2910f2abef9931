"""S3 bucket: private, versioned, encrypted with the customer's key, logged."""

from enum import StrEnum
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import s3

from components.aws.grants import grant
from components.aws.iam import document, refusing_plain_transport
from components.aws.kinds import KINDS
from components.aws.logs import BUCKET_LOGS
from components.aws.names import physical_name
from components.binding import Binding
from components.inputs import whole

NAME_LIMIT = 63
OLD_VERSION_DAYS = 90
UPLOAD_DAYS = 7
"""Age at which the parts of an unfinished upload are deleted: they cost, and nobody sees them."""


class RetentionMode(StrEnum):
    """Who may delete a locked object before its time."""

    GOVERNANCE = "GOVERNANCE"
    """Whoever has s3:BypassGovernanceRetention: to guard against mistakes."""
    COMPLIANCE = "COMPLIANCE"
    """Nobody, not even the account's root, and the bucket cannot be emptied: to answer to a regulator."""


class StorageClass(StrEnum):
    """Where objects move as they age."""

    INFREQUENT = "STANDARD_IA"
    ARCHIVE_INSTANT = "GLACIER_IR"
    ARCHIVE = "GLACIER"
    DEEP_ARCHIVE = "DEEP_ARCHIVE"
    INTELLIGENT = "INTELLIGENT_TIERING"


class BucketTransitionArgs(TypedDict):
    days: pulumi.Input[int]
    """Age at which objects move. S3 wants 30 or more for STANDARD_IA."""
    storage_class: StorageClass


class BucketLockArgs(TypedDict):
    mode: RetentionMode
    days: pulumi.Input[int]
    """How long each new version is locked, from when it is written."""


class ExistingBucketArgs(TypedDict):
    """A bucket that somebody else owns; in another account its owner's policy must let this one in."""

    name: pulumi.Input[str]
    arn: pulumi.Input[str]


class BucketArgs(TypedDict):
    """Inputs of `Bucket`. Give `key_arn` and `log_bucket`, or `existing`."""

    key_arn: NotRequired[pulumi.Input[str]]
    """Customer-managed key of the objects. With `existing`: the key of that bucket, where it has one."""
    log_bucket: NotRequired[pulumi.Input[str]]
    """Name of the bucket that takes the access log, as `LogBucket` makes it: without a KMS key, and with a
    policy that lets S3 write there."""
    existing: NotRequired[ExistingBucketArgs]
    """Use this bucket and create none; every other key but `key_arn` is then ignored."""
    bucket_name: NotRequired[pulumi.Input[str]]
    """Name of the bucket, where something outside knows it. Default: made from the component's name. A change
    replaces the bucket."""
    old_version_days: NotRequired[pulumi.Input[int]]
    """Days that a version is kept after a newer one (or a deletion) took its place. Default: 90."""
    expire_days: NotRequired[pulumi.Input[int]]
    """Age at which objects are deleted. Default: never."""
    transitions: NotRequired[list[BucketTransitionArgs]]
    """Cheaper storage for older objects. Default: none."""
    lock: NotRequired[BucketLockArgs]
    """Make objects immutable. A change from or to no lock replaces the bucket."""
    protect: NotRequired[bool]
    """Refuse to delete the bucket, and keep it with its objects if it leaves the stack. Default: false, and
    then the bucket is deleted with everything in it."""


class Bucket(pulumi.ComponentResource):
    """S3 bucket that is private, versioned, encrypted, reachable over TLS only, and writes an access log.

    Raises ValueError when neither `key_arn` and `log_bucket` nor `existing` are given.
    """

    bucket_name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Bucket", name, None, opts)
        self._short = name
        self.key_arn = args.get("key_arn")
        if "existing" in args:
            self.bucket_name = pulumi.Output.from_input(args["existing"]["name"])
            self.arn = pulumi.Output.from_input(args["existing"]["arn"])
        elif "key_arn" in args and "log_bucket" in args:
            self._create(name, args)
        else:
            raise ValueError(f"bucket '{name}': give key_arn and log_bucket, or existing")
        self.register_outputs({"bucket_name": self.bucket_name, "arn": self.arn})

    def binding(self, access: str, alias: str | None = None) -> Binding:
        """What a workload gets. access: read, write or readwrite. alias: its name for it, if another."""
        return grant(
            KINDS["s3_bucket"],
            alias or self._short,
            access,
            arn=self.arn,
            key_arn=self.key_arn,
            environment={"BUCKET": self.bucket_name},
        )

    def _create(self, name: str, args: BucketArgs) -> None:
        child = pulumi.ResourceOptions(parent=self)
        protect = args.get("protect", False)
        bucket = s3.Bucket(
            f"{name}-bucket",
            bucket=args.get("bucket_name") or physical_name(f"{name}-bucket", NAME_LIMIT),
            object_lock_enabled=True if "lock" in args else None,
            force_destroy=not protect,
            opts=pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect),
        )
        s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=bucket.id,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=child,
        )
        s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": args["key_arn"],
                    },
                    "bucket_key_enabled": True,  # one call to KMS per bucket and hour instead of per object
                }
            ],
            opts=child,
        )
        versioning = s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=child,
        )
        versioned = pulumi.ResourceOptions(parent=self, depends_on=[versioning])
        s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle", bucket=bucket.id, rules=[_ageing(args)], opts=versioned
        )
        if "lock" in args:
            s3.BucketObjectLockConfiguration(
                f"{name}-lock",
                bucket=bucket.id,
                rule={
                    "default_retention": {
                        "mode": str(args["lock"]["mode"]),
                        "days": whole(args["lock"]["days"]),
                    }
                },
                opts=versioned,
            )
        s3.BucketLogging(
            f"{name}-logging",
            bucket=bucket.id,
            target_bucket=args["log_bucket"],
            target_prefix=f"{BUCKET_LOGS}{name}/",
            target_object_key_format={"partitioned_prefix": {"partition_date_source": "EventTime"}},
            opts=child,
        )
        closed = s3.BucketPublicAccessBlock(
            f"{name}-public-access",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        objects = pulumi.Output.concat(bucket.arn, "/*")
        policy = s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.id,
            policy=document([refusing_plain_transport(["s3:*"], [bucket.arn, objects])]),
            # Both change who may reach the bucket; S3 refuses them at the same moment.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )
        self.bucket_name = policy.bucket  # nobody writes before the bucket is closed
        self.arn = bucket.arn


def _ageing(args: BucketArgs) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": "ageing",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrent_version_expiration": {
            "noncurrent_days": whole(args.get("old_version_days", OLD_VERSION_DAYS))
        },
        "abort_incomplete_multipart_upload": {"days_after_initiation": UPLOAD_DAYS},
    }
    if "expire_days" in args:
        rule["expiration"] = {"days": whole(args["expire_days"])}
    if args.get("transitions"):
        rule["transitions"] = [
            {"days": whole(item["days"]), "storage_class": str(item["storage_class"])}
            for item in args["transitions"]
        ]
    return rule
