"""Entry point: processes the stream until it is told to stop; with REPLAY=true, the past instead."""

import logging
import os
import sys

from . import logs, replay, telemetry
from .consumer import open_consumer
from .health_server import HealthServer
from .parts import handler_of, processor_of, schemas_of
from .service_settings import load
from .settings import Settings
from .stopping import on_signal

logger = logging.getLogger(__name__)


def main() -> int:
    if os.environ.get("REPLAY", "").lower() == "true":
        return replay.main()
    settings = load(Settings)
    logs.configure(settings.service_name, settings.environment, settings.log_level)
    flush = telemetry.start(settings.service_name, settings.environment)
    processor = processor_of(settings, handler_of(settings), settings.stream_name)
    consumer = open_consumer(settings, processor, schemas_of(settings), on_signal())
    try:
        with HealthServer(consumer, settings.port):
            logger.info("started", extra={"stream": settings.stream_name})
            consumer.run()
    finally:
        logger.info("stopped")
        flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
