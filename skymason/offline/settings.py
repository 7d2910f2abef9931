"""The configuration of a provider, as the engine hands it over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def configuration(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """A provider's configuration: what is not text comes as JSON text, and is read here."""
    result: dict[str, Any] = {}
    for key, value in inputs.items():
        result[key] = value
        if isinstance(value, str) and value[:1] in ("{", "["):
            try:
                result[key] = json.loads(value)
            except ValueError:
                continue  # text that only looks like JSON, as a kubeconfig in flow style may
    return result
