"""Customer-managed encryption keys: one each for data, for logs and for alerts."""

from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import kms

from components.aws.arns import Account, joined
from components.aws.iam import document
from components.aws.topic import delivery_key_statement

ROTATION_DAYS = 365
DELETION_DAYS = 7
"""How long a deleted key can be got back; KMS takes 7 to 30."""
PROTECTED_DELETION_DAYS = 30


class KeysArgs(TypedDict):
    alias_prefix: str
    """Put before the purpose in the alias: `alias/<prefix>-data`. A change replaces the aliases, not
    the keys."""
    account_id: pulumi.Input[str]
    """The account whose IAM policies decide who may use the keys."""
    partition: pulumi.Input[str]
    region: pulumi.Input[str]
    delivering_accounts: NotRequired[list[pulumi.Input[str]]]
    """Other accounts whose topics deliver to queues under the data key. Default: none."""
    protect: NotRequired[bool]
    """Refuse to delete the keys, and keep a deleted one for 30 days instead of 7. Default: false."""


class Keys(pulumi.ComponentResource):
    """Three keys with yearly rotation. Only the account itself is a principal, which leaves use to IAM
    policies, and of AWS services those that must encrypt by themselves: SNS, S3 and EventBridge what
    they deliver to queues, CloudWatch Logs the log groups, CloudWatch and EventBridge the messages to the
    alert topic, each for this account, and deliveries of those accounts that are named."""

    data_key_arn: pulumi.Output[str]
    """Data at rest: cluster secrets, images, queues, tables, buckets."""
    logs_key_arn: pulumi.Output[str]
    """Log groups of the account and region."""
    alerts_key_arn: pulumi.Output[str]
    """The alert topic."""

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Keys", name, None, opts)
        self._name = name
        self._args = args
        self._account = Account(args["partition"], args["region"], args["account_id"])
        delivery = delivery_key_statement(args["account_id"], args.get("delivering_accounts", []))
        self.data_key_arn = self._key("data", "Data at rest", [delivery])
        self.logs_key_arn = self._key("logs", "Log groups", [self._log_service()])
        self.alerts_key_arn = self._key("alerts", "Alert topic", [self._alert_services()])
        self.register_outputs(
            {
                "data_key_arn": self.data_key_arn,
                "logs_key_arn": self.logs_key_arn,
                "alerts_key_arn": self.alerts_key_arn,
            }
        )

    def _key(self, short: str, description: str, statements: Sequence[dict[str, Any]]) -> pulumi.Output[str]:
        protect = self._args.get("protect", False)
        key = kms.Key(
            f"{self._name}-{short}-key",
            description=f"{description} of {self._args['alias_prefix']}",
            enable_key_rotation=True,
            rotation_period_in_days=ROTATION_DAYS,
            deletion_window_in_days=PROTECTED_DELETION_DAYS if protect else DELETION_DAYS,
            policy=document([self._owner(), *statements]),
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        kms.Alias(
            f"{self._name}-{short}-alias",
            name=f"alias/{self._args['alias_prefix']}-{short}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return key.arn

    def _owner(self) -> dict[str, Any]:
        return {
            "Sid": "AccountDecidesThroughIam",
            "Effect": "Allow",
            "Principal": {"AWS": self._account.root()},
            "Action": "kms:*",
            "Resource": "*",
        }

    def _log_service(self) -> dict[str, Any]:
        return {
            "Sid": "LogGroupsOfTheAccount",
            "Effect": "Allow",
            "Principal": {"Service": joined("logs.", self._account.region, ".amazonaws.com")},
            "Action": [
                "kms:Encrypt*",
                "kms:Decrypt*",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                "kms:Describe*",
            ],
            "Resource": "*",
            "Condition": {
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": self._account.arn("logs", "log-group:*")}
            },
        }

    def _alert_services(self) -> dict[str, Any]:
        return {
            "Sid": "AlarmsAndEventsOfTheAccount",
            "Effect": "Allow",
            "Principal": {"Service": ["cloudwatch.amazonaws.com", "events.amazonaws.com"]},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": self._account.id}},
        }
