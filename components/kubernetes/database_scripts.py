"""Shell scripts of a database on the cluster: passwords, users, dumps. Pure data."""

from components.kubernetes import one_off
from components.kubernetes.database_metrics import ALIVE, put
from components.kubernetes.database_metrics import DUMP as DUMP_BYTES

_MEMORY = one_off.FOLDER

HBA = """\
# From inside the pod: the superuser, for whoever may run commands there.
local all all trust
host all postgres 127.0.0.1/32 trust
hostssl all {users} all scram-sha-256
"""
"""Who may connect, from where, and how. Without TLS nobody from outside."""

SECRETS = f"""
cd {_MEMORY}
umask 077
trap 'exit 0' TERM INT
# PostgreSQL wants a password of its superuser; nobody has to know it.
[ -s superuser ] || head -c 48 /dev/urandom | base64 | tr -d '\\n' > superuser
while true; do
  for pair in $SECRETS; do
    password="$(aws secretsmanager get-secret-value --secret-id "${{pair#*=}}" \\
      --query SecretString --output text)"
    printf "ALTER ROLE \\"%s\\" PASSWORD '%s';\\n" "${{pair%%=*}}" "$password"
  done > passwords.new
  mv passwords.new passwords.sql
  sleep 60 & wait "$!"
done
"""
"""The passwords as SQL, anew every minute. They are letters and digits alone."""

FETCH = f"""
cd {_MEMORY}
umask 077
printf '%s\\n' "$AUTHORITIES" > authorities.pem
aws secretsmanager get-secret-value --secret-id "$SECRET_ARN" --query SecretString --output text > password
"""

DUMP = f"""
export PGPASSWORD="$(cat {_MEMORY}/password)" PGSSLMODE=verify-full PGSSLROOTCERT={_MEMORY}/authorities.pem
pg_dump --format=custom --file=/dump/database
"""
"""A dump that `pg_restore` reads; a run that fails leaves none."""

BACKUP = f"""
aws s3 cp --only-show-errors /dump/database "s3://$BUCKET/$(date -u +%Y/%m/%d/%H%M%S).dump"
{put(f"MetricName={DUMP_BYTES},Unit=Bytes,Value=$(stat -c %s /dump/database)")}
"""


def setup_loop() -> str:
    """Makes users, rights and extensions once the server is there, and sets each new password.

    Passwords are kept out of the server's log.
    """
    return f"""
cd {_MEMORY}
trap 'exit 0' TERM INT
ask() {{ psql --no-psqlrc --quiet --host=127.0.0.1 --username=postgres --dbname="$DATABASE" \\
  --set ON_ERROR_STOP=1 "$@"; }}
until [ -s passwords.sql ] && ask --command='SELECT 1' >/dev/null 2>&1; do sleep 1; done
ask --file=/config/setup.sql
seen=""
while true; do
  now="$(cksum passwords.sql)"
  if [ "$now" != "$seen" ]; then
    ask --command='SET log_statement = none; SET log_min_duration_statement = -1' \\
      --command='SET log_min_error_statement = panic' --file=passwords.sql
    seen="$now"
    touch ready
  fi
  if ask --command='SELECT 1' >/dev/null 2>&1; then date +%s > {ALIVE}.new; mv {ALIVE}.new {ALIVE}; fi
  sleep 5 & wait "$!"
done
"""
