"""PgBouncer beside each replica: few connections to the database for many of the process's own. Pure data.

It listens inside the pod alone, so that whoever can connect is the service itself; it signs in to the
database with IAM, with tokens that a second container makes anew before they end. A pool for all replicas
would need a password of its own, or to trust the network.
"""

from typing import Any, NamedTuple, NotRequired, TypedDict

import pulumi

from components.kubernetes import one_off
from components.kubernetes.args import ResourcesArgs
from components.kubernetes.database_setup import TRUSTSTORES
from components.kubernetes.images import AWS_CLI, PGBOUNCER

HOST, PORT = "127.0.0.1", 6432
CLIENTS = 1000
"""Connections that one replica's process may open to its pool."""
REFRESH_SECONDS = 600
"""A token is valid for 15 minutes. Source: Amazon RDS User Guide, "IAM database authentication"."""
SECRET_SECONDS = 30
"""How soon a password that was rotated is used."""
PREPARED = 200
"""Prepared statements that are kept track of, for each server connection, so that clients may use them with
`transaction` too (PgBouncer 1.21 and later)."""
RESOURCES: ResourcesArgs = {
    "requests": {"cpu": "20m", "memory": "32Mi"},
    "limits": {"cpu": "500m", "memory": "128Mi"},
}
TOKEN_RESOURCES: ResourcesArgs = {
    "requests": {"cpu": "10m", "memory": "64Mi"},
    "limits": {"cpu": "500m", "memory": "256Mi"},
}

TOKENS = f"""
cd {one_off.FOLDER}
umask 077
trap 'exit 0' TERM INT
curl -fsS --retry 5 --tlsv1.2 "$TRUSTSTORE_URL" -o authorities.pem
while true; do
  : > users.new
  for user in $POOL_USERS; do
    token="$(aws rds generate-db-auth-token --hostname "$POOL_HOST" --port "$POOL_PORT" --username "$user")"
    printf '"%s" "%s"\\n' "$user" "$token" >> users.new
  done
  mv users.new users.txt
  sleep {REFRESH_SECONDS} & wait "$!"
done
"""

PASSWORDS = f"""
cd {one_off.FOLDER}
umask 077
trap 'exit 0' TERM INT
printf '%s\\n' "$POOL_AUTHORITIES" > authorities.pem
while true; do
  password="$(aws secretsmanager get-secret-value --secret-id "$POOL_SECRET_ARN" \\
    --query SecretString --output text)"
  for user in $POOL_USERS; do printf '"%s" "%s"\\n' "$user" "$password"; done > users.new
  cmp -s users.new users.txt || mv users.new users.txt
  sleep {SECRET_SECONDS} & wait "$!"
done
"""

_SERVE = """
cd {folder}
umask 077
until [ -s users.txt ]; do sleep 1; done
cat > pgbouncer.ini <<INI
[databases]
$POOL_DATABASE = host=$POOL_HOST port=$POOL_PORT

[pgbouncer]
{settings}
INI
pgbouncer pgbouncer.ini & pool="$!"
# It lets its clients finish: they are gone by then, for the service's own container has stopped before.
trap 'kill -TERM "$pool"' TERM INT
seen="$(cksum users.txt)"
while kill -0 "$pool" 2>/dev/null; do
  sleep 5 & wait "$!" || true
  now="$(cksum users.txt)"
  # PgBouncer reads its users again only when it is told to.
  if [ "$now" != "$seen" ]; then kill -HUP "$pool"; seen="$now"; fi
done
wait "$pool"
"""


class PgBouncerArgs(TypedDict):
    """What the pool needs to know."""

    host: pulumi.Input[str]
    """The database instance itself."""
    port: int
    database: pulumi.Input[str]
    users: list[str]
    """Database users that the process may come as. The pod's role may sign in as each."""
    mode: str
    """transaction or session."""
    size: int
    """Server connections of one replica, at most."""
    region: pulumi.Input[str]
    partition: pulumi.Input[str]
    secret_arn: NotRequired[pulumi.Input[str]]
    """Secret with the users' password, for a database without IAM. Default: they sign in with IAM."""
    authorities: NotRequired[pulumi.Input[str]]
    """With `secret_arn`: certificates (PEM) that the server's is checked against."""


class Companions(NamedTuple):
    """Containers that run beside a service's own, and the volumes that they need, as a pod has them."""

    containers: list[dict[str, Any]]
    volumes: list[dict[str, Any]]


def pgbouncer(args: PgBouncerArgs) -> Companions:
    """The pool and what signs it in. Both start before the service's own container and stop after it."""
    environment: dict[str, pulumi.Input[str]] = {
        "POOL_HOST": args["host"],
        "POOL_PORT": str(int(args["port"])),
        "POOL_DATABASE": args["database"],
        "POOL_USERS": " ".join(args["users"]),
        "AWS_REGION": args["region"],
    }
    if "secret_arn" in args:
        environment |= {"POOL_SECRET_ARN": args["secret_arn"], "POOL_AUTHORITIES": args["authorities"]}
    else:
        trusted = pulumi.Output.from_input(args["partition"]).apply(TRUSTSTORES.__getitem__)
        environment["TRUSTSTORE_URL"] = trusted
    sign_in = PASSWORDS if "secret_arn" in args else TOKENS
    listening = {"exec_": {"command": ["/bin/bash", "-c", f"</dev/tcp/{HOST}/{PORT}"]}}
    tokens = one_off.script("pool-tokens", AWS_CLI, sign_in, environment, TOKEN_RESOURCES)
    text = serve(str(args["mode"]), int(args["size"]))
    pool = {
        **one_off.script("pool", PGBOUNCER, text, environment, RESOURCES),
        # The next container starts when this one can be connected to.
        "startup_probe": {**listening, "period_seconds": 2, "failure_threshold": 60},
        "liveness_probe": {**listening, "period_seconds": 10, "failure_threshold": 3},
    }
    beside = [{**container, "restart_policy": "Always"} for container in (tokens, pool)]
    return Companions(beside, [one_off.memory()])


def serve(mode: str, size: int) -> str:
    """The script that writes the pool's configuration and runs it."""
    settings = {
        "listen_addr": HOST,
        "listen_port": PORT,
        "unix_socket_dir": "",
        "auth_type": "trust",
        "auth_file": f"{one_off.FOLDER}/users.txt",
        "pool_mode": mode,
        "default_pool_size": size,
        # Of all users together: each has a pool of its own.
        "max_db_connections": size,
        "max_client_conn": CLIENTS,
        "max_prepared_statements": PREPARED,
        "query_wait_timeout": 30,
        "server_tls_sslmode": "verify-full",
        "server_tls_ca_file": f"{one_off.FOLDER}/authorities.pem",
        "ignore_startup_parameters": "options,extra_float_digits",
        "log_connections": 0,
        "log_disconnections": 0,
    }
    listed = "\n".join(f"{key} = {value}".rstrip() for key, value in settings.items())
    return _SERVE.format(folder=one_off.FOLDER, settings=listed)
