"""A record of all traffic in a network."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import ec2, iam

from components.aws.arns import Account
from components.aws.iam import ROLE_NAME, document, trusting
from components.aws.logs import LogGroup
from components.aws.names import physical_name


class FlowLogsArgs(TypedDict):
    vpc_id: pulumi.Input[str]
    days: int
    """Days that the records are kept; a number that CloudWatch takes."""
    retain: NotRequired[bool]
    """Keep the records when the network is deleted. Default: false."""
    key_arn: pulumi.Input[str]
    """Key that the records are encrypted with."""
    account_id: pulumi.Input[str]
    partition: pulumi.Input[str]
    region: pulumi.Input[str]
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Permissions boundary of the role that writes the records. Default: none."""


class FlowLogs(pulumi.ComponentResource):
    """Accepted and rejected traffic of a network, minute by minute, in an encrypted log group."""

    group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:FlowLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = LogGroup(
            name,
            {"key_arn": args["key_arn"], "days": args["days"], "retain": args.get("retain", False)},
            child,
        )
        account = Account(args["partition"], args["region"], args["account_id"])
        role = iam.Role(
            f"{name}-role",
            name=physical_name(f"{name}-role", ROLE_NAME),
            description="Writes the flow logs of the network",
            # Source: VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs".
            assume_role_policy=trusting(
                "vpc-flow-logs.amazonaws.com",
                {
                    "StringEquals": {"aws:SourceAccount": args["account_id"]},
                    "ArnLike": {"aws:SourceArn": account.arn("ec2", "vpc-flow-log/*")},
                },
            ),
            permissions_boundary=args.get("permissions_boundary_arn"),
            opts=child,
        )
        policy = iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=document(
                [
                    {
                        "Sid": "WriteFlowLogs",
                        "Effect": "Allow",
                        "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                        "Resource": pulumi.Output.concat(group.arn, ":*"),
                    },
                    {
                        "Sid": "FindTheLogGroup",
                        "Effect": "Allow",
                        "Action": ["logs:DescribeLogGroups"],
                        "Resource": "*",
                    },
                ]
            ),
            opts=child,
        )
        ec2.FlowLog(
            f"{name}-log",
            vpc_id=args["vpc_id"],
            traffic_type="ALL",
            max_aggregation_interval=60,
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            # Without its policy the role cannot deliver, and EC2 marks the flow log as failed.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.group_name = group.group_name
        self.register_outputs({"group_name": self.group_name})
