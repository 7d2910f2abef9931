"""The users of a PostgreSQL database, their rights and its extensions: made by a Job, before migrations."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.batch import v1 as batch

from components.binding import NetworkRule
from components.kubernetes import one_off, pod
from components.kubernetes.args import ContainerArgs
from components.kubernetes.images import AWS_CLI, PSQL

COMPONENT = "database-setup"
TIMEOUT = 600
RETRIES = 6
OWNER = "app_owner"
"""Owns everything that migrations make. Nobody signs in as it: a user that holds `rds_iam`, even through
another role, signs in with IAM alone, so the master user must be no member of one that does."""

TRUSTSTORES = {
    "aws": "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
    "aws-us-gov": "https://truststore.pki.us-gov-west-1.rds.amazonaws.com/global/global-bundle.pem",
    "aws-cn": "https://rds-truststore.s3.cn-north-1.amazonaws.com.cn/global/global-bundle.pem",
}
"""Partition → certificates that RDS's own descend from. Source: Amazon RDS User Guide, "Using SSL/TLS to
encrypt a connection to a DB instance"."""

FETCH = f"""
aws secretsmanager get-secret-value --secret-id "$DATABASE_MASTER_SECRET_ARN" \\
  --query SecretString --output text > {one_off.FOLDER}/master.json
curl -fsS --retry 5 --tlsv1.2 "$TRUSTSTORE_URL" -o {one_off.FOLDER}/authorities.pem
"""
_FIELD = r"""sed -E 's/.*"%s" *: *"(([^"\\]|\\.)*)".*/\1/; s/\\(["\\\/])/\1/g'"""


class DatabaseSetupArgs(TypedDict):
    """Arguments of DatabaseSetup."""

    name: str
    """Name of the service."""
    namespace: pulumi.Input[str]
    environment: dict[str, pulumi.Input[str]]
    """Of the binding `administer` under the name `database`: host, port, database, user, master secret."""
    network: list[NetworkRule]
    role_arn: pulumi.Input[str]
    """Role of the service account `<service>-database-setup`."""
    region: pulumi.Input[str]
    partition: pulumi.Input[str]
    users: dict[str, str]
    """Access (read, readwrite, migrate) → database user."""
    extensions: NotRequired[list[str]]
    """Extensions to install. Default: none."""


class DatabaseSetup(pulumi.ComponentResource):
    """A Job that makes users and extensions, and does nothing where they are there.

    It runs anew whenever what it would do, or where, is another. It signs in as the master user, with the
    password from the secret, which it reads into memory.
    """

    job: batch.Job

    def __init__(self, name: str, args: DatabaseSetupArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:kubernetes:DatabaseSetup", name, None, opts)
        service, namespace = args["name"], args["namespace"]
        account = f"{service}-{COMPONENT}"
        below = ResourceOptions(parent=self)
        needs = one_off.identity(
            f"{name}-setup",
            service,
            namespace,
            COMPONENT,
            account=account,
            role_arn=args["role_arn"],
            network=args["network"],
            opts=below,
        )
        environment = {
            **args["environment"],
            "AWS_REGION": args["region"],
            "TRUSTSTORE_URL": pulumi.Output.from_input(args["partition"]).apply(TRUSTSTORES.__getitem__),
        }
        text = run_script(statements(args["users"], args.get("extensions") or []))
        container: ContainerArgs = {"user": pod.NOBODY, "read_only_root": True, "scratch_size": "16Mi"}
        fetch = one_off.script("fetch", AWS_CLI, FETCH, environment)
        run = {
            **one_off.run_pod(
                account, [one_off.script("setup", PSQL, text, environment)], container, [fetch]
            ),
            "volumes": [one_off.memory()],
        }
        self.job = batch.Job(
            f"{name}-setup",
            metadata=one_off.metadata(service, _name(text, environment), namespace, COMPONENT),
            spec={
                "active_deadline_seconds": TIMEOUT,
                "backoff_limit": RETRIES,
                **one_off.job(one_off.metadata(service, "", namespace, COMPONENT)["labels"], run),
            },
            opts=ResourceOptions(parent=self, depends_on=needs, delete_before_replace=True),
        )
        self.register_outputs({})


def _name(text: str, environment: Mapping[str, pulumi.Input[str]]) -> pulumi.Output[str]:
    """Told apart by all that the Job does, for a Job cannot change."""
    return pulumi.Output.all(**environment).apply(
        lambda known: (
            f"{COMPONENT}-"
            + hashlib.sha256(json.dumps([text, FETCH, known], sort_keys=True).encode()).hexdigest()[:12]
        )
    )


def statements(users: Mapping[str, str], extensions: Sequence[str], *, iam: bool = True) -> str:
    """SQL that makes users and extensions where they are not there.

    users: access (read, readwrite, migrate; backup, which reads everything) → user. Nobody but these can
    connect. What `migrate` makes belongs to OWNER, and the others may use it as soon as it is there. iam: on
    RDS, where they sign in with IAM.
    """
    listed = ", ".join(quoted(user) for user in users.values())
    read, write, migrate = (quoted(users[access]) for access in ("read", "readwrite", "migrate"))
    # Roles know no `IF NOT EXISTS`.
    roles = [
        f"DO $$ BEGIN CREATE ROLE {quoted(role)} {kind}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
        for role, kind in ((OWNER, "NOLOGIN"), *((user, "LOGIN") for user in users.values()))
    ]
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT"
    return "\n".join(
        [
            *roles,
            *([f"GRANT rds_iam TO {listed};"] if iam else []),
            *([f"GRANT pg_read_all_data TO {quoted(users['backup'])};"] if "backup" in users else []),
            f"GRANT {OWNER} TO CURRENT_USER;",
            f"GRANT {OWNER} TO {migrate};",
            f"ALTER ROLE {migrate} SET role TO '{OWNER}';",
            'REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;',
            f'GRANT CONNECT ON DATABASE :"DBNAME" TO {listed};',
            f'GRANT CREATE, TEMPORARY ON DATABASE :"DBNAME" TO {OWNER};',
            f'GRANT TEMPORARY ON DATABASE :"DBNAME" TO {write};',
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC;",
            f"GRANT USAGE, CREATE ON SCHEMA public TO {OWNER};",
            f"GRANT USAGE ON SCHEMA public TO {read}, {write};",
            f"{defaults} SELECT ON TABLES TO {read};",
            f"{defaults} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {write};",
            f"{defaults} SELECT ON SEQUENCES TO {read};",
            f"{defaults} USAGE, SELECT, UPDATE ON SEQUENCES TO {write};",
            f"{defaults} EXECUTE ON ROUTINES TO {write};",
            *(f"CREATE EXTENSION IF NOT EXISTS {quoted(extension)} CASCADE;" for extension in extensions),
        ]
    )


def run_script(sql: str) -> str:
    """A shell script that runs `sql` as the master user, over TLS with the server's certificate checked."""
    folder = one_off.FOLDER
    return f"""
PGUSER="$({_FIELD % "username"} {folder}/master.json)"
PGPASSWORD="$({_FIELD % "password"} {folder}/master.json)"
PGHOST="$DATABASE_HOST" PGPORT="$DATABASE_PORT" PGDATABASE="$DATABASE_DATABASE"
PGSSLMODE=verify-full PGSSLROOTCERT={folder}/authorities.pem PGCONNECT_TIMEOUT=10
export PGUSER PGPASSWORD PGHOST PGPORT PGDATABASE PGSSLMODE PGSSLROOTCERT PGCONNECT_TIMEOUT
psql --no-psqlrc --set ON_ERROR_STOP=1 <<'SQL'
{sql}
SQL
"""


def quoted(identifier: str) -> str:
    """An identifier as SQL takes it whatever it holds."""
    escaped = identifier.replace('"', '""')
    return f'"{escaped}"'
