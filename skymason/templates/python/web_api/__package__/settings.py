"""Settings of the service."""

from .service_settings import ServiceSettings


class Settings(ServiceSettings):
    """Those of every service, and of what this one uses."""
