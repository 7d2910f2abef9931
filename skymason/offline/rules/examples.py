"""Examples of rules: what their short notations stand for, and the cloud in which they are asked.

`{$pad: orders, to: 64}` is a text of that length, `{$json: …}` the JSON text of a value, and
`{$list: "item-{n}", times: 3}` a list of so many items, numbered from 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from skymason.offline.rules.rule import Example, Rule
from skymason.offline.view import ResourceIndex, StoredResource

SUBJECT = "urn:pulumi:test::rules::{type}::subject"
GONE = "-gone"
ACCOUNT, REGION = "123456789012", "eu-central-1"


def expanded(value: Any) -> Any:
    """A value with its short notations written out."""
    if isinstance(value, list):
        return [expanded(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if "$pad" in value:
        return value["$pad"].ljust(value["to"], "a")
    if "$json" in value:
        return json.dumps(expanded(value["$json"]))
    if "$list" in value:
        return [numbered(expanded(value["$list"]), number) for number in range(value["times"])]
    return {key: expanded(item) for key, item in value.items()}


def numbered(value: Any, number: int) -> Any:
    """A value with `{n}` in each text replaced."""
    if isinstance(value, str):
        return value.replace("{n}", str(number))
    if isinstance(value, list):
        return [numbered(item, number) for item in value]
    if isinstance(value, Mapping):
        return {key: numbered(item, number) for key, item in value.items()}
    return value


def surroundings(rule: Rule, example: Example) -> ResourceIndex:
    """The cloud of an example: the rule's `given` resources, each as often as its `times` says, but for the
    last ones, if the example says `$without` how many. Those with `gone` were made and deleted again."""
    given = list(_given(rule))
    index = ResourceIndex(given[: len(given) - example.get("$without", 0)], account=ACCOUNT, region=REGION)
    for resource in given:
        if resource.name.endswith(GONE):
            index.remove(resource)
    return index


def _given(rule: Rule) -> Iterator[StoredResource]:
    for position, entry in enumerate(rule.given):
        for number in range(entry.get("times", 1)):
            item = numbered(expanded({key: value for key, value in entry.items() if key != "times"}), number)
            name = f"given-{position}-{number}{GONE if entry.get('gone') else ''}"
            yield StoredResource(
                urn=f"urn:pulumi:test::rules::{item['type']}::{name}",
                type=item["type"],
                name=name,
                id=item.get("id", name),
                inputs=item.get("inputs", {}),
                outputs=item.get("outputs", {}),
            )


def subject(rule: Rule, example: Example, token: str = "") -> StoredResource:
    """The resource of an example, as one of the rule's types (the first, where none is given).

    The key `$id` is its id; it has none while it is about to be created.
    """
    token = (token or next(iter(rule.types))).replace("*", "test/example:Example")
    inputs = expanded({key: value for key, value in example.items() if key not in ("$id", "$without")})
    return StoredResource(
        urn=SUBJECT.format(type=token), type=token, name="subject", id=example.get("$id", ""), inputs=inputs
    )
