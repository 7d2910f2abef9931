"""Logs: one JSON object a line on stdout, with the ids of the trace that is being worked on."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

from opentelemetry import trace

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""Attributes that every record has; any other was given as `extra` and belongs into the line."""

NOISY = ("botocore", "boto3", "urllib3", "httpx", "httpcore", "azure", "uamqp", "opentelemetry")
"""Libraries that say at `info`, and below, what the spans say already."""


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON. service, environment: what every line carries."""

    def __init__(self, service: str, environment: str) -> None:
        super().__init__()
        self._always = {"service": service, "environment": environment}

    def format(self, record: logging.LogRecord) -> str:
        context = trace.get_current_span().get_span_context()
        line: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            "logger": record.name,
            **self._always,
            "trace_id": trace.format_trace_id(context.trace_id) if context.is_valid else None,
            "span_id": trace.format_span_id(context.span_id) if context.is_valid else None,
            **{key: value for key, value in vars(record).items() if key not in _STANDARD},
        }
        if record.exc_info and record.exc_info[0] is not None:
            kind, error, _ = record.exc_info
            line["error"] = {
                "type": kind.__qualname__,
                "message": str(error),
                "stack": "".join(traceback.format_exception(error)),
            }
        return json.dumps(line, default=str, ensure_ascii=False)


def configure(service: str, environment: str, level: str, stream: TextIO | None = None) -> None:
    """Send all logs of the process to `stream` (default: stdout) as JSON lines, from `level` on."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonFormatter(service, environment))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
