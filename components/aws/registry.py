"""Where the images of the services are kept."""

import json
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import ecr

UNTAGGED_DAYS = 14
KEPT_IMAGES = 100
"""Enough to roll back for months, at a bounded price."""


class RegistryArgs(TypedDict):
    prefix: str
    """Put before each repository: `<project>-<environment>`. A change replaces all repositories."""
    repositories: list[str]
    """One for each service, without the prefix."""
    key_arn: pulumi.Input[str]
    """Key that images are encrypted with. A change replaces all repositories."""
    account_id: pulumi.Input[str]
    region: pulumi.Input[str]
    enhanced_scanning: NotRequired[bool]
    """Scan all images of the account again and again with Amazon Inspector, which is billed for each image.
    Default: false, and then each image is scanned once, when it is pushed."""
    protect: NotRequired[bool]
    """Refuse to delete repositories. Default: false, and then they are deleted with the images in them."""
    existing_host: NotRequired[pulumi.Input[str]]
    """Host of a registry that is there already; nothing is created then."""


class Registry(pulumi.ComponentResource):
    """Private repositories: immutable tags, encryption with a key of the account, every image scanned."""

    host: pulumi.Output[str]
    """`<account>.dkr.ecr.<region>.amazonaws.com`."""
    repository_arns: pulumi.Output[list[str]]
    """In the order given; empty for an existing registry."""

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Registry", name, None, opts)
        if "existing_host" in args:
            self.host = pulumi.Output.from_input(args["existing_host"])
            self.repository_arns = pulumi.Output.from_input([])
        else:
            self.host = pulumi.Output.all(args["account_id"], args["region"]).apply(_host)
            repositories = [
                self._repository(name, args, each) for each in dict.fromkeys(args["repositories"])
            ]
            self.repository_arns = pulumi.Output.all(*[each.arn for each in repositories])
            if args.get("enhanced_scanning", False):
                ecr.RegistryScanningConfiguration(
                    f"{name}-scanning",
                    scan_type="ENHANCED",
                    rules=[
                        {
                            "scan_frequency": "CONTINUOUS_SCAN",
                            "repository_filters": [{"filter": "*", "filter_type": "WILDCARD"}],
                        }
                    ],
                    opts=pulumi.ResourceOptions(parent=self),
                )
        self.register_outputs({"host": self.host, "repository_arns": self.repository_arns})

    def _repository(self, name: str, args: RegistryArgs, repository: str) -> ecr.Repository:
        short = repository.replace("/", "-")
        protect = args.get("protect", False)
        made = ecr.Repository(
            f"{name}-{short}",
            name=f"{args['prefix']}/{repository}",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": args["key_arn"]}],
            force_delete=not protect,
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        ecr.LifecyclePolicy(
            f"{name}-{short}-lifecycle",
            repository=made.name,
            policy=json.dumps({"rules": LIFECYCLE}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return made


LIFECYCLE = [
    {
        "rulePriority": 1,
        "description": f"Layers of failed pushes go after {UNTAGGED_DAYS} days",
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": UNTAGGED_DAYS,
        },
        "action": {"type": "expire"},
    },
    {
        "rulePriority": 2,
        "description": f"The newest {KEPT_IMAGES} images stay",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": KEPT_IMAGES},
        "action": {"type": "expire"},
    },
]


def _host(known: list[str]) -> str:
    account_id, region = known
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{account_id}.dkr.ecr.{region}.{suffix}"
