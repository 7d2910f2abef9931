"""What a database on the cluster says of itself to CloudWatch. Pure data.

Container Insights knows neither how full a volume is, nor whether a server answers, nor whether a dump was
made.
"""

from components.binding import Binding
from components.kubernetes import one_off

NAMESPACE = "Skymason/Database"
DIMENSION = "Database"
READY, VOLUME, DUMP = "Ready", "VolumeUsed", "DumpBytes"
"""1 where the server answered within the last minute; percent of the volume that is taken, both every minute.
Size of a dump, when it has arrived in the bucket."""
NAME = "METRICS_NAME"
"""Setting of the scripts: what the database is called."""
SECONDS = 60
ALIVE = "alive"
"""File that holds when the server answered last, in seconds of the epoch."""


def put(*values: str) -> str:
    """A shell command that sends metrics. values: `MetricName=…,Value=…`.

    What cannot be sent is lost: an alarm notices that nothing comes.
    """
    named = " ".join(f'"{value},Dimensions=[{{Name={DIMENSION},Value=${NAME}}}]"' for value in values)
    return (
        f"aws cloudwatch put-metric-data --namespace {NAMESPACE} --metric-data {named} "
        "|| echo 'metrics are lost' >&2"
    )


REPORT = f"""
cd {one_off.FOLDER}
trap 'exit 0' TERM INT
while true; do
  seen="$(cat {ALIVE} 2>/dev/null || echo 0)"
  ready=0
  if [ "$(($(date +%s) - seen))" -lt {SECONDS} ]; then ready=1; fi
  used="$(df --output=pcent /data | tail -n 1 | tr -dc 0-9)"
  {put(f"MetricName={READY},Value=$ready", f"MetricName={VOLUME},Unit=Percent,Value=$used")}
  sleep {SECONDS} & wait "$!"
done
"""

BINDING: Binding = {
    "name": "metrics",
    "environment": {},
    "statements": [
        {
            "sid": "Metrics",
            "actions": ["cloudwatch:PutMetricData"],
            # Metrics have no ARN; the namespace is all that can be named.
            "resources": ["*"],
            "conditions": {"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
        }
    ],
    "network": [],
}
"""What whoever writes the metrics is granted."""
