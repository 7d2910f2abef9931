"""Log groups, and the bucket for access logs of load balancers and of other buckets."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import cloudwatch, s3

from components.aws.arns import Account
from components.aws.iam import document, refusing_plain_transport
from components.aws.names import physical_name

DEBUG_DAYS = 30
"""Kept to find faults: application logs, flow logs of test environments."""
AUDIT_DAYS = 365
"""Kept to answer for: control plane, flow logs, access logs."""

BUCKET_LOGS = "s3/"
"""Folder that buckets write their access logs to, each to one of its name."""

# Source: CloudWatch Logs API, PutRetentionPolicy.
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def retention_days(days: float) -> int:
    """The days as CloudWatch takes them. Raises ValueError, with the next longer one, for another number."""
    if days in RETENTION_DAYS:
        return int(days)
    longer = next((allowed for allowed in RETENTION_DAYS if allowed > days), RETENTION_DAYS[-1])
    raise ValueError(f"logs cannot be kept for {days:g} days: CloudWatch takes {longer} instead")


class LogGroupArgs(TypedDict):
    key_arn: pulumi.Input[str]
    """Key that the log group is encrypted with."""
    days: int
    """Days that events are kept: 30 for debugging, 365 for audit, or another number that CloudWatch takes."""
    group_name: NotRequired[pulumi.Input[str]]
    """Name that a service insists on (`/aws/eks/…`). Default: made from the component's name. A change
    replaces the group, with what is in it."""
    retain: NotRequired[bool]
    """Keep the group when it is no longer part of the stack. Default: false."""


class LogGroup(pulumi.ComponentResource):
    """A log group that is encrypted with a key of the account and forgets after a stated time."""

    group_name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: LogGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:LogGroup", name, None, opts)
        self.group = group = cloudwatch.LogGroup(
            f"{name}-logs",
            name=args.get("group_name"),
            kms_key_id=args["key_arn"],
            retention_in_days=retention_days(args["days"]),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=args.get("retain", False)),
        )
        self.group_name = group.name
        self.arn = group.arn
        self.register_outputs({"group_name": self.group_name, "arn": self.arn})


class LogBucketArgs(TypedDict):
    account_id: pulumi.Input[str]
    """Load balancers and buckets of this account may write."""
    partition: pulumi.Input[str]
    region: pulumi.Input[str]
    days: NotRequired[int]
    """Days that an access log is kept. Default: 365."""
    protect: NotRequired[bool]
    """Refuse to delete the bucket, and keep it and its logs if it leaves the stack. Default: false, and then
    the bucket is deleted with everything in it."""


class LogBucket(pulumi.ComponentResource):
    """A private bucket that load balancers and other buckets write their access logs to.

    Encrypted with S3's own key (SSE-S3): neither can write to a bucket that asks for a KMS key. It does not
    log accesses to itself: each log it wrote would cause another.
    """

    bucket: pulumi.Output[str]
    """Name of the bucket. Known only after the policy that lets others write."""

    def __init__(self, name: str, args: LogBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:LogBucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        protect = args.get("protect", False)
        bucket = s3.Bucket(
            f"{name}-bucket",
            bucket=physical_name(f"{name}-bucket", 63),
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
            rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
            opts=child,
        )
        versioning = s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=child,
        )
        s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.id,
            rules=[
                {
                    "id": "forget",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": int(args.get("days", AUDIT_DAYS))},
                    "noncurrent_version_expiration": {"noncurrent_days": DEBUG_DAYS},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
                }
            ],
            # S3 takes rules for old versions only once there are versions.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
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
        policy = s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.id,
            policy=_policy(bucket.arn, args),
            # Both change who may reach the bucket; S3 refuses them at the same moment.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )
        self.bucket = policy.bucket
        self.register_outputs({"bucket": self.bucket})


def _policy(arn: pulumi.Output[str], args: LogBucketArgs) -> pulumi.Input[str]:
    # Source: User Guide for Application Load Balancers, "Enable access logs", step 2: the service's own
    # principal, the account's folder, and the source's ARN, which pins the account.
    account = args["account_id"]
    balancers = Account(args["partition"], args["region"], account).arn(
        "elasticloadbalancing", "loadbalancer/*"
    )
    return document(
        [
            {
                "Sid": "LoadBalancersOfTheAccountWriteLogs",
                "Effect": "Allow",
                "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": [
                    pulumi.Output.concat(arn, "/AWSLogs/", account, "/*"),
                    pulumi.Output.concat(arn, "/*/AWSLogs/", account, "/*"),
                ],
                "Condition": {"ArnLike": {"aws:SourceArn": balancers}},
            },
            {
                # Source: S3 User Guide, "Enabling Amazon S3 server access logging", permissions.
                # Without it S3 takes the setting and delivers nothing, in silence.
                "Sid": "BucketsOfTheAccountWriteLogs",
                "Effect": "Allow",
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": pulumi.Output.concat(arn, "/", BUCKET_LOGS, "*"),
                "Condition": {
                    "ArnLike": {"aws:SourceArn": pulumi.Output.concat("arn:", args["partition"], ":s3:::*")},
                    "StringEquals": {"aws:SourceAccount": account},
                },
            },
            refusing_plain_transport(["s3:*"], [arn, pulumi.Output.concat(arn, "/*")]),
        ]
    )
