"""Settings of a data API's own database and cache, beside those of their bindings. Pure functions."""

import pulumi

from components.aws.data_network import POSTGRESQL
from components.binding import Binding

IAM = "iam"
"""Sign in with a token that the SDK makes of the role's credentials, valid for 15 minutes."""


def database_binding(binding: Binding, region: pulumi.Input[str]) -> Binding:
    """How to sign in, and where reads go: the same settings whatever stands between."""
    read = {"DATABASE_READ_PORT": str(POSTGRESQL), "DATABASE_READ_AUTH": IAM}
    return with_settings(
        binding,
        {
            "DATABASE_AUTH": IAM,
            "DATABASE_REGION": region,
            **(read if "DATABASE_READ_HOSTS" in binding["environment"] else {}),
        },
    )


def cache_binding(binding: Binding, region: pulumi.Input[str]) -> Binding:
    return with_settings(binding, {"CACHE_AUTH": IAM, "CACHE_REGION": region})


def with_settings(binding: Binding, settings: dict[str, pulumi.Input[str]]) -> Binding:
    return {**binding, "environment": {**binding["environment"], **settings}}
