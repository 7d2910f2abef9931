"""Settings of a data API's own database and cache, beside those of their bindings. Pure functions."""

import pulumi

from components.aws.grants import HTTPS
from components.binding import Binding
from components.kubernetes import pgbouncer

NONE = "none"
"""Nothing: whoever can connect is the service itself."""
IAM = "iam"
"""Sign in with a token that the SDK makes of the role's credentials, valid for 15 minutes."""


def database_binding(binding: Binding, region: pulumi.Input[str]) -> Binding:
    """How to sign in, and where reads go: the same settings whatever stands between."""
    read = {
        "DATABASE_READ_PORT": binding["environment"]["DATABASE_PORT"],
        "DATABASE_READ_AUTH": IAM,
        "DATABASE_READ_SSL_MODE": "verify-full",
    }
    return with_settings(
        binding,
        {
            "DATABASE_AUTH": IAM,
            "DATABASE_REGION": region,
            **(read if "DATABASE_READ_HOSTS" in binding["environment"] else {}),
        },
    )


def through_pool(binding: Binding, replicas: int) -> Binding:
    """The settings of a service with PgBouncer in its pods. Reads go through it too, where there are no
    replicas to read from. The pool fetches the certificates that it checks the server's against."""
    own = {"HOST": pgbouncer.HOST, "PORT": str(pgbouncer.PORT), "SSL_MODE": "disable", "AUTH": NONE}
    read = {} if replicas else {f"READ_{key}": value for key, value in own.items() if key != "HOST"}
    if not replicas:
        read["READ_HOSTS"] = pgbouncer.HOST
    made = with_settings(binding, {f"DATABASE_{key}": value for key, value in (own | read).items()})
    return {**made, "network": [*made["network"], HTTPS]}


def cache_binding(binding: Binding, region: pulumi.Input[str]) -> Binding:
    return with_settings(binding, {"CACHE_AUTH": IAM, "CACHE_REGION": region})


def with_settings(binding: Binding, settings: dict[str, pulumi.Input[str]]) -> Binding:
    return {**binding, "environment": {**binding["environment"], **settings}}
