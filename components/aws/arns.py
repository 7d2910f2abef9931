"""ARNs and other texts put together from parts that may not be known yet.

Parts that are plain make a plain text: each output is a task of its own while a program runs, and a platform
with every ARN as an output takes twice as long to evaluate.
"""

import json
from collections.abc import Mapping
from typing import Any

import pulumi


def joined(*parts: pulumi.Input[str]) -> pulumi.Input[str]:
    """The parts as one text: plain where all of them are."""
    if all(isinstance(part, str) for part in parts):
        return "".join(parts)  # type: ignore[arg-type]
    return pulumi.Output.concat(*parts)


def json_text(value: Any) -> pulumi.Input[str]:
    """`value` as JSON: plain where everything in it is, else one output for all that has to be waited for."""
    later: dict[int, Any] = {}
    _collect(value, later)
    if not later:
        return json.dumps(value)
    places = list(later)
    return pulumi.Output.all(*later.values()).apply(
        lambda known: json.dumps(_filled(value, dict(zip(places, known, strict=True))))
    )


def _collect(value: Any, later: dict[int, Any]) -> None:
    """Add every leaf that is not plain, once, by its identity."""
    if isinstance(value, Mapping):
        for item in value.values():
            _collect(item, later)
    elif isinstance(value, list | tuple):
        for item in value:
            _collect(item, later)
    elif not (value is None or isinstance(value, str | int | float)):
        later[id(value)] = value


def _filled(value: Any, known: Mapping[int, Any]) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(item, known) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(item, known) for item in value]
    return known.get(id(value), value)


class Account:
    """One account and region of one partition, for the ARNs of what is in it."""

    def __init__(
        self, partition: pulumi.Input[str], region: pulumi.Input[str], account_id: pulumi.Input[str]
    ) -> None:
        self.partition = partition
        self.region = region
        self.id = account_id

    def arn(self, service: str, *resource: pulumi.Input[str]) -> pulumi.Input[str]:
        """ARN of a resource of the region, or a pattern; the resource in parts."""
        return joined("arn:", self.partition, f":{service}:", self.region, ":", self.id, ":", *resource)

    def root(self) -> pulumi.Input[str]:
        """The account itself, as a principal."""
        return joined("arn:", self.partition, ":iam::", self.id, ":root")


def managed_policy(partition: pulumi.Input[str], policy: str) -> pulumi.Input[str]:
    """ARN of a policy that AWS itself keeps."""
    return joined("arn:", partition, ":iam::aws:policy/", policy)
