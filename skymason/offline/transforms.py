"""Resource transforms: functions of the program, called for every resource and for remote children too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import sync_await
from pulumi.runtime._callbacks import _CallbackServicer
from pulumi.runtime.proto import resource_pb2

from skymason.plan.model import ResourceOptions


class Transforms:
    """The transforms of a program, by the URN of the resource they were given to; '' stands for the stack."""

    def __init__(self) -> None:
        self._tokens: dict[str, list[str]] = {}

    def add(self, urn: str, callbacks: Iterable[Any]) -> None:
        """Remember the callbacks of a registration."""
        tokens = [callback.token for callback in callbacks]
        if tokens:
            self._tokens.setdefault(urn, []).extend(tokens)

    def __bool__(self) -> bool:
        return bool(self._tokens)

    def apply(
        self,
        urns: Iterable[str],
        request: Any,
        properties: struct_pb2.Struct,
        options: ResourceOptions,
    ) -> tuple[struct_pb2.Struct, ResourceOptions]:
        """Properties and options after all transforms that concern a resource.

        urns: the resource itself, its parents from the inside out, and '' for the stack, the order in which
        they run. request: anything with type, name, custom and parent.
        """
        for urn in urns:
            for token in self._tokens.get(urn, ()):
                answer = sync_await._sync_await(
                    _callback(token)(
                        resource_pb2.TransformRequest(
                            type=request.type,
                            name=request.name,
                            custom=request.custom,
                            parent=request.parent,
                            properties=properties,
                            options=_to_message(options),
                        ).SerializeToString()
                    )
                )
                properties = answer.properties
                if answer.HasField("options"):
                    options = _from_message(options, answer.options)
        return properties, options


def _callback(token: str) -> Callable[[bytes], Any]:
    for servicer in _CallbackServicer._servicers:
        found = servicer._callbacks.get(token)
        if found is not None:
            return found  # type: ignore[no-any-return]
    raise LookupError(f"transform {token} is not registered")


def _to_message(options: ResourceOptions) -> Any:
    return resource_pb2.TransformResourceOptions(
        protect=options.protect,
        retain_on_delete=options.retain_on_delete,
        delete_before_replace=options.delete_before_replace,
        ignore_changes=options.ignore_changes,
        replace_on_changes=options.replace_on_changes,
        provider=options.provider,
        deleted_with=options.deleted_with,
    )


def _from_message(options: ResourceOptions, message: Any) -> ResourceOptions:
    return replace(
        options,
        protect=message.protect,
        retain_on_delete=message.retain_on_delete,
        delete_before_replace=message.delete_before_replace,
        ignore_changes=tuple(message.ignore_changes),
        replace_on_changes=tuple(message.replace_on_changes),
        provider=message.provider or options.provider,
        deleted_with=message.deleted_with or options.deleted_with,
    )
