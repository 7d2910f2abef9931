"""A web application firewall in front of load balancers: managed rules, a rate limit, logs."""

from typing import Any, TypedDict

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch, wafv2

from components.aws.names import account_wide

KNOWN_BAD_INPUTS = "AWSManagedRulesKnownBadInputsRuleSet"
"""Log4j and its like: always on, whatever else is chosen."""
OVERRIDES = {"block": "none", "count": "count"}
"""Mode → what WAF calls the override of a group: none leaves the group's own actions, which block."""
RATE_WINDOW = 300
LOG_PREFIX = "aws-waf-logs-"
"""The only log groups that WAF writes to are named so."""
REDACTED = ("authorization", "cookie", "x-api-key")


class FirewallArgs(TypedDict):
    """Arguments of Firewall."""

    service: str
    mode: str
    """`block`, or `count` to see first what managed rules would block. The rate limit always blocks."""
    managed_groups: list[str]
    """AWS managed rule groups, in order of evaluation."""
    requests_per_5_minutes: int
    """Requests of one address in five minutes before it is blocked."""
    load_balancer_arns: dict[str, pulumi.Input[str]]
    """What it protects, each under a name."""
    log_retention_days: int
    logs_key_arn: pulumi.Input[str]


class Firewall(pulumi.ComponentResource):
    """Regional web ACL, its associations and its encrypted log, without credentials in it."""

    arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: FirewallArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Firewall", name, None, opts)
        below = ResourceOptions(parent=self)
        acl = wafv2.WebAcl(
            f"{name}-firewall",
            description=f"Requests to {args['service']}",
            scope="REGIONAL",
            default_action={"allow": {}},
            rules=rules(args["managed_groups"], args["mode"], int(args["requests_per_5_minutes"])),
            visibility_config=_metrics(f"{args['service']}-firewall"),
            opts=below,
        )
        for key, load_balancer_arn in args["load_balancer_arns"].items():
            wafv2.WebAclAssociation(
                f"{name}-firewall-{key}", web_acl_arn=acl.arn, resource_arn=load_balancer_arn, opts=below
            )
        logs = cloudwatch.LogGroup(
            f"{name}-firewall-logs",
            name=f"{LOG_PREFIX}{account_wide(name)}",
            retention_in_days=int(args["log_retention_days"]),
            kms_key_id=args["logs_key_arn"],
            opts=below,
        )
        wafv2.WebAclLoggingConfiguration(
            f"{name}-firewall-logging",
            resource_arn=acl.arn,
            log_destination_configs=[logs.arn],
            redacted_fields=[{"single_header": {"name": header}} for header in REDACTED],
            opts=below,
        )
        self.arn, self.log_group_name = acl.arn, logs.name
        self.register_outputs({"arn": self.arn, "log_group_name": self.log_group_name})


def rules(managed_groups: list[str], mode: str, limit: int) -> list[dict[str, Any]]:
    """The rate limit first, as it is the cheapest, then the managed groups in order."""
    groups = list(dict.fromkeys([*managed_groups, KNOWN_BAD_INPUTS]))
    return [
        {
            "name": "rate-limit",
            "priority": 0,
            "action": {"block": {}},
            "statement": {
                "rate_based_statement": {
                    "limit": limit,
                    "aggregate_key_type": "IP",
                    "evaluation_window_sec": RATE_WINDOW,
                }
            },
            "visibility_config": _metrics("rate-limit"),
        },
        *(
            {
                "name": group,
                "priority": index,
                "override_action": {OVERRIDES[mode]: {}},
                "statement": {"managed_rule_group_statement": {"vendor_name": "AWS", "name": group}},
                "visibility_config": _metrics(group),
            }
            for index, group in enumerate(groups, start=1)
        ),
    ]


def _metrics(name: str) -> dict[str, Any]:
    return {"cloudwatch_metrics_enabled": True, "sampled_requests_enabled": True, "metric_name": name}
