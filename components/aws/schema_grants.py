"""What an access to a schema registry grants: to find a schema by its name, its text or its version."""

import pulumi

from components.aws.grants import grant
from components.aws.kinds import Access, Grant, Kind
from components.binding import Binding

REGISTRY = Kind(
    "glue",
    {
        "read": Access(
            (
                Grant(("GetRegistry", "GetSchemaByDefinition", "GetSchema"), ("", "schemas")),
                # A reader knows the version's id alone, which names no resource. Source: AWS Glue Developer
                # Guide, "IAM policy examples for serializers and deserializers".
                Grant(("GetSchemaVersion",), ("any",)),
            )
        )
    },
)


def registry_binding(
    name: str,
    access: str,
    *,
    arn: pulumi.Input[str],
    registry_name: pulumi.Input[str],
    schema_arns: list[pulumi.Input[str]],
) -> Binding:
    """access: of the table above; raises ValueError for another. schema_arns: those that may be read."""
    return grant(
        REGISTRY,
        name,
        access,
        arn=arn,
        targets={"schemas": [*schema_arns], "any": ["*"]},
        environment={"REGISTRY": registry_name},
    )


def schemas_of(registry_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """All schemas of a registry."""
    return pulumi.Output.from_input(registry_arn).apply(
        lambda text: text.replace(":registry/", ":schema/", 1) + "/*"
    )
