"""The arguments of each component and the keys of its pattern are one tree."""

import types
import typing
from enum import Enum
from typing import Any

import pytest
from pydantic import BaseModel

from components.patterns.aws.background_worker_args import BackgroundWorkerArgs
from components.patterns.aws.data_api_args import DataApiArgs
from components.patterns.aws.event_processor_args import EventProcessorArgs
from components.patterns.aws.web_api_args import WebApiArgs
from skymason.patterns.models.background_worker import BackgroundWorker
from skymason.patterns.models.data_api import DataApi
from skymason.patterns.models.event_processor import EventProcessor
from skymason.patterns.models.web_api import WebApi

PATTERNS = {
    WebApiArgs: WebApi,
    BackgroundWorkerArgs: BackgroundWorker,
    EventProcessorArgs: EventProcessor,
    DataApiArgs: DataApi,
}
"""Arguments of a component → model of its pattern."""
OWN = {"platform", "service", "bindings"}
"""Arguments that are not keys of a spec: the engine adds them."""
REQUIRED = {
    "ImageArgs": {"repository"},
    "ExistingDatabaseArgs": {"resource_id", "host"},
    "ExistingCacheArgs": {"arn", "host", "user_id", "user_arn"},
    "ExistingWorkerQueueArgs": {"arn", "dead_letter_arn"},
    "ExistingEventStreamArgs": {"arn"},
}
"""Sections about what no pattern can know."""


def without_none(annotation: Any) -> Any:
    """The one member of a union that is not None."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        (kept,) = (item for item in typing.get_args(annotation) if item is not type(None))
        return without_none(kept)
    if typing.get_origin(annotation) is typing.Annotated:
        return without_none(typing.get_args(annotation)[0])
    return annotation


def plain_argument(annotation: Any) -> Any:
    """An argument's type without Input, NotRequired and the like."""
    if typing.get_origin(annotation) in (typing.NotRequired, typing.Required):
        return plain_argument(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) is typing.Union and any(
        "Output" in str(item) for item in typing.get_args(annotation)
    ):
        return plain_argument(typing.get_args(annotation)[0])
    return annotation


def of_argument(annotation: Any) -> Any:
    """The shape of an argument's type as plain data."""
    kind = plain_argument(annotation)
    if typing.is_typeddict(kind):
        return {key: of_argument(value) for key, value in kind.__annotations__.items()}
    return leaf(kind, of_argument)


def of_model(annotation: Any) -> Any:
    """The shape of a model's type as plain data."""
    kind = without_none(annotation)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {key: of_model(field.annotation) for key, field in kind.model_fields.items()}
    return leaf(kind, of_model)


def leaf(kind: Any, below: Any) -> Any:
    if typing.get_origin(kind) is list:
        return [below(typing.get_args(kind)[0])]
    if typing.get_origin(kind) is dict:
        return {"*": below(typing.get_args(kind)[1])}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "str"
    return getattr(kind, "__name__", str(kind))


@pytest.mark.parametrize(("args", "model"), PATTERNS.items(), ids=lambda kind: kind.__name__)
def test_the_two_trees_are_equal(args: Any, model: Any) -> None:
    arguments = of_argument(args)
    for key in OWN:
        del arguments[key]
    assert arguments == of_model(model)


def sections(annotation: Any) -> list[Any]:
    """Types of sections: maps inside maps, where a key that is left out is filled by the pattern."""
    kind = plain_argument(annotation)
    if not typing.is_typeddict(kind):
        return []
    below = [plain_argument(value) for value in kind.__annotations__.values()]
    return [kind, *(section for value in below for section in sections(value))]


@pytest.mark.parametrize(
    "section",
    [
        section
        for args in PATTERNS
        for key, value in args.__annotations__.items()
        if key not in OWN
        for section in sections(value)
    ],
    ids=lambda section: section.__name__,
)
def test_every_key_of_a_section_may_be_left_out(section: Any) -> None:
    assert section.__required_keys__ == REQUIRED.get(section.__name__, set())


def items(annotation: Any, model: Any) -> list[tuple[Any, Any]]:
    """Types of list items, with the model of each: nothing fills a key that is left out there."""
    kind, model = plain_argument(annotation), without_none(model)
    if typing.get_origin(kind) is list:
        item = plain_argument(typing.get_args(kind)[0])
        if not typing.is_typeddict(item):
            return []
        return [(item, typing.get_args(model)[0])]
    if not typing.is_typeddict(kind):
        return []
    hints = kind.__annotations__
    return [
        pair
        for key, field in model.model_fields.items()
        if key in hints
        for pair in items(hints[key], field.annotation)
    ]


@pytest.mark.parametrize(
    ("item", "model"),
    [pair for pattern in PATTERNS.items() for pair in items(*pattern)],
    ids=lambda kind: getattr(kind, "__name__", ""),
)
def test_an_item_of_a_list_requires_what_the_model_requires(item: Any, model: Any) -> None:
    assert item.__required_keys__ == {key for key, field in model.model_fields.items() if field.is_required()}


@pytest.mark.parametrize("args", PATTERNS, ids=lambda kind: kind.__name__)
def test_only_what_has_no_default_anywhere_is_required(args: Any) -> None:
    assert args.__required_keys__ == {"platform", "service", "image"}
