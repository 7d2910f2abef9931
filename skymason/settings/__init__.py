"""The settings of a stack: typed, frozen, checked as a whole, and the same wherever they are read from."""

from skymason.settings.load import (
    check_stack,
    config_of,
    examine,
    load_settings,
    load_stack,
    source_of,
    stack_names,
)
from skymason.settings.models import (
    AlertSettings,
    AwsSettings,
    ClusterSettings,
    DomainSettings,
    ExistingResource,
    NetworkSettings,
    NodePool,
    RegistrySettings,
    Settings,
)

__all__ = [
    "AlertSettings",
    "AwsSettings",
    "ClusterSettings",
    "DomainSettings",
    "ExistingResource",
    "NetworkSettings",
    "NodePool",
    "RegistrySettings",
    "Settings",
    "check_stack",
    "config_of",
    "examine",
    "load_settings",
    "load_stack",
    "source_of",
    "stack_names",
]
