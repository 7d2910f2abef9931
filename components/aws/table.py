"""DynamoDB table, on demand or with capacity that follows its load."""

from enum import StrEnum
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import appautoscaling, dynamodb

from components.aws.grants import grant
from components.aws.kinds import KINDS
from components.binding import Binding
from components.inputs import last_segment, whole

RECOVERY_DAYS = 35
TARGET_PERCENT = 70
SCALED = [
    "readCapacity",
    "writeCapacity",
    "globalSecondaryIndexes[*].readCapacity",
    "globalSecondaryIndexes[*].writeCapacity",
]


class AttributeType(StrEnum):
    STRING = "S"
    NUMBER = "N"
    BINARY = "B"


class Projection(StrEnum):
    """What an index holds of each item."""

    ALL = "ALL"
    KEYS_ONLY = "KEYS_ONLY"
    INCLUDE = "INCLUDE"


class StreamView(StrEnum):
    """What a change record holds of the item."""

    KEYS_ONLY = "KEYS_ONLY"
    NEW_IMAGE = "NEW_IMAGE"
    OLD_IMAGE = "OLD_IMAGE"
    NEW_AND_OLD_IMAGES = "NEW_AND_OLD_IMAGES"


class TableKeyArgs(TypedDict):
    name: str
    """Name of the attribute."""
    type: NotRequired[AttributeType]
    """Default: string."""


class TableIndexArgs(TypedDict):
    """A global secondary index."""

    name: str
    partition_key: TableKeyArgs
    sort_key: NotRequired[TableKeyArgs]
    projection: NotRequired[Projection]
    """Default: ALL. A change rebuilds the index."""
    included: NotRequired[list[str]]
    """Attributes that projection INCLUDE holds beside the keys."""


class TableCapacityArgs(TypedDict):
    """Bounds between which provisioned capacity follows its use, for the table and each index alike."""

    read_min: int
    read_max: int
    write_min: int
    write_max: int
    target_percent: NotRequired[pulumi.Input[int]]
    """Use of the provisioned capacity to aim for, 20 to 90. Default: 70."""


class ExistingTableArgs(TypedDict):
    """A table that somebody else owns; in another account its owner's policy must let this one in."""

    arn: pulumi.Input[str]


class TableArgs(TypedDict):
    """Inputs of `Table`. Give `key_arn` and `partition_key`, or `existing`."""

    key_arn: NotRequired[pulumi.Input[str]]
    """Customer-managed key. With `existing`: the key of that table, where it has one."""
    existing: NotRequired[ExistingTableArgs]
    """Use this table and create none; every other key but `key_arn` is then ignored."""
    partition_key: NotRequired[TableKeyArgs]
    """A change replaces the table."""
    sort_key: NotRequired[TableKeyArgs]
    """A change replaces the table."""
    indexes: NotRequired[list[TableIndexArgs]]
    table_name: NotRequired[pulumi.Input[str]]
    """Name of the table. Default: made from the component's name. A change replaces the table."""
    capacity: NotRequired[TableCapacityArgs]
    """Provisioned capacity that scales. Default: on demand."""
    ttl_attribute: NotRequired[pulumi.Input[str]]
    """Attribute with the time (seconds since 1970) after which an item is deleted. Default: none."""
    stream: NotRequired[StreamView]
    """Stream of changes, kept for 24 hours. Default: none."""
    recovery_days: NotRequired[int]
    """Days back to which it can be restored, to the second: 1 to 35, or 0 for no backup. Default: 35."""
    protect: NotRequired[bool]
    """Refuse to delete the table, in Pulumi and in DynamoDB, and keep it if it leaves the stack. Default:
    false."""


class Table(pulumi.ComponentResource):
    """DynamoDB table, encrypted with the customer's key, with point-in-time recovery.

    Raises ValueError for keys that one table cannot have together.
    """

    table_name: pulumi.Output[str]
    arn: pulumi.Output[str]
    stream_arn: pulumi.Output[str]
    """Empty where there is no stream."""

    def __init__(self, name: str, args: TableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Table", name, None, opts)
        self._short = name
        self.key_arn = args.get("key_arn")
        self.stream_arn = pulumi.Output.from_input("")
        if "existing" in args:
            self.arn = pulumi.Output.from_input(args["existing"]["arn"])
            self.table_name = last_segment(self.arn, "/")
        elif "key_arn" in args and "partition_key" in args:
            self._create(name, args)
        else:
            raise ValueError(f"table '{name}': give key_arn and partition_key, or existing")
        self.register_outputs({"table_name": self.table_name, "arn": self.arn, "stream_arn": self.stream_arn})

    def binding(self, access: str, alias: str | None = None) -> Binding:
        """What a workload gets. access: read, write or readwrite. alias: its name for it, if another."""
        return grant(
            KINDS["dynamodb_table"],
            alias or self._short,
            access,
            arn=self.arn,
            key_arn=self.key_arn,
            environment={"TABLE": self.table_name, "TABLE_ARN": self.arn},
        )

    def _create(self, name: str, args: TableArgs) -> None:
        protect = args.get("protect", False)
        recovery_days = int(args.get("recovery_days", RECOVERY_DAYS))
        capacity = args.get("capacity")
        table = dynamodb.Table(
            f"{name}-table",
            name=args.get("table_name"),
            hash_key=args["partition_key"]["name"],
            range_key=args["sort_key"]["name"] if "sort_key" in args else None,
            attributes=_attributes(name, args),
            global_secondary_indexes=[_index(item, capacity) for item in args.get("indexes", [])] or None,
            **_billing(capacity),
            server_side_encryption={"enabled": True, "kms_key_arn": args["key_arn"]},
            point_in_time_recovery=(
                {"enabled": True, "recovery_period_in_days": recovery_days}
                if recovery_days
                else {"enabled": False}
            ),
            ttl={"enabled": True, "attribute_name": args["ttl_attribute"]}
            if "ttl_attribute" in args
            else None,
            stream_enabled=True if "stream" in args else None,
            stream_view_type=str(args["stream"]) if "stream" in args else None,
            deletion_protection_enabled=protect,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=protect,
                retain_on_delete=protect,
                # What scaling has set stays: an update would throw capacity back to its minimum.
                ignore_changes=SCALED if capacity else None,
            ),
        )
        self.table_name, self.arn = table.name, table.arn
        if "stream" in args:
            self.stream_arn = table.stream_arn
        if capacity:
            targets = {"": pulumi.Output.concat("table/", table.name)}
            for index in args.get("indexes", []):
                path = pulumi.Output.concat("table/", table.name, "/index/", index["name"])
                targets[f"-{index['name']}"] = path
            for short, resource_id in targets.items():
                for dimension in ("read", "write"):
                    self._scale(f"{name}{short}-{dimension}", resource_id, dimension, capacity, bool(short))

    def _scale(
        self,
        name: str,
        resource_id: pulumi.Input[str],
        dimension: str,
        capacity: TableCapacityArgs,
        is_index: bool,
    ) -> None:
        units = f"{dimension.capitalize()}CapacityUnits"
        bounds: dict[str, Any] = dict(capacity)
        target = appautoscaling.Target(
            f"{name}-range",
            service_namespace="dynamodb",
            resource_id=resource_id,
            scalable_dimension=f"dynamodb:{'index' if is_index else 'table'}:{units}",
            min_capacity=int(bounds[f"{dimension}_min"]),
            max_capacity=int(bounds[f"{dimension}_max"]),
            opts=pulumi.ResourceOptions(parent=self),
        )
        appautoscaling.Policy(
            f"{name}-scaling",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            resource_id=target.resource_id,
            scalable_dimension=target.scalable_dimension,
            target_tracking_scaling_policy_configuration={
                "target_value": capacity.get("target_percent", TARGET_PERCENT),
                "predefined_metric_specification": {
                    "predefined_metric_type": f"DynamoDB{dimension.capitalize()}CapacityUtilization"
                },
            },
            opts=pulumi.ResourceOptions(parent=self),
        )


def _attributes(name: str, args: TableArgs) -> list[dict[str, str]]:
    """Every key attribute once; DynamoDB wants those and no other declared."""
    keys = [args["partition_key"], *([args["sort_key"]] if "sort_key" in args else [])]
    for index in args.get("indexes", []):
        keys.append(index["partition_key"])
        keys.extend([index["sort_key"]] if "sort_key" in index else [])
    types: dict[str, str] = {}
    for key in keys:
        type_ = str(key.get("type", AttributeType.STRING))
        if types.setdefault(key["name"], type_) != type_:
            raise ValueError(
                f"table '{name}': attribute '{key['name']}' is both {types[key['name']]} and {type_}"
            )
    return [{"name": attribute, "type": type_} for attribute, type_ in types.items()]


def _index(index: TableIndexArgs, capacity: TableCapacityArgs | None) -> dict[str, Any]:
    schema = [{"attribute_name": index["partition_key"]["name"], "key_type": "HASH"}]
    if "sort_key" in index:
        schema.append({"attribute_name": index["sort_key"]["name"], "key_type": "RANGE"})
    projection = index.get("projection", Projection.ALL)
    return {
        "name": index["name"],
        "key_schemas": schema,
        "projection_type": str(projection),
        **({"non_key_attributes": index["included"]} if "included" in index else {}),
        **_units(capacity),
    }


def _billing(capacity: TableCapacityArgs | None) -> dict[str, Any]:
    return {"billing_mode": "PROVISIONED" if capacity else "PAY_PER_REQUEST", **_units(capacity)}


def _units(capacity: TableCapacityArgs | None) -> dict[str, Any]:
    if capacity is None:
        return {}
    return {"read_capacity": whole(capacity["read_min"]), "write_capacity": whole(capacity["write_min"])}
