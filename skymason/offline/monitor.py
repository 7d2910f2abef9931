"""The engine's side of an evaluation in this process: takes each registration, asks the cloud, keeps a record."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from google.protobuf import empty_pb2
from pulumi.runtime.mocks import MockMonitor, Mocks
from pulumi.runtime.proto import resource_pb2

from skymason.offline import wire
from skymason.offline.cloud import Cloud
from skymason.plan.model import PlannedResource, ResourceOptions, SourceLine

STACK = "pulumi:pulumi:Stack"
_LIBRARY = re.compile(r"(^|/)(site-packages|dist-packages|skymason/(offline|plan))/")


class _NoMocks(Mocks):
    """The monitor answers by itself; the SDK's type wants these all the same."""

    def call(self, args: Any) -> Any:
        raise AssertionError("the recording monitor answers calls itself")

    def new_resource(self, args: Any) -> Any:
        raise AssertionError("the recording monitor answers registrations itself")


class RecordingMonitor(MockMonitor):  # type: ignore[misc]
    """A resource monitor that keeps every registration as a PlannedResource, in `records` by URN."""

    def __init__(self, cloud: Cloud, project: str, stack: str, root: Path, *, preview: bool) -> None:
        super().__init__(_NoMocks())
        self.cloud = cloud
        self.project = project
        self.stack = stack
        self.root = root.resolve()
        self.preview = preview
        self.records: dict[str, PlannedResource] = {}
        self.outputs: wire.Decoded = wire.Decoded({}, (), ())
        self._sources: dict[tuple[str, int], SourceLine | None] = {}

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """A URN as the engine makes it: the parents' types in front, except for the stack's."""
        qualified = parent.split("::")[2] if parent else STACK
        chain = type_ if qualified == STACK else f"{qualified}${type_}"
        return f"urn:pulumi:{self.stack}::{self.project}::{chain}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  the protocol's name
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        given = wire.decode(request.object)
        source = self._source(request)
        id = ""
        outputs: dict[str, Any] = {}
        inputs = given.value
        if request.custom:
            inputs, _ = self.cloud.check(urn, request.type, given.value)
            stored = self.cloud.create(urn, request.type, inputs, preview=self.preview)
            id, outputs = stored.id, dict(stored.outputs)
        elif request.remote:
            outputs = dict(given.value)
        secrets = _top_level(given.secrets) | set(request.additionalSecretOutputs)
        self.records[urn] = PlannedResource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent="" if request.parent.split("::")[2:3] == [STACK] else request.parent,
            id=id,
            custom=request.custom,
            remote=request.remote,
            inputs=inputs,
            outputs=outputs,
            options=_options(request),
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                key: tuple(sorted(request.propertyDependencies[key].urns))
                for key in sorted(request.propertyDependencies)
            },
            secrets=given.secrets,
            unknowns=given.unknowns,
            source=source,
        )
        return resource_pb2.RegisterResourceResponse(urn=urn, id=id, object=wire.encode(outputs, secrets))

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        urn = self.make_urn(request.parent, request.type, request.name)
        state = wire.decode(request.properties)
        return resource_pb2.ReadResourceResponse(urn=urn, properties=wire.encode(state.value))

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        args = wire.decode(request.args)
        if request.tok == "pulumi:pulumi:getResource":
            found = self.records[args.value["urn"]]
            answer = {"urn": found.urn, "id": found.id, "state": dict(found.outputs)}
        else:
            answer = self.cloud.invoke(request.tok, args.value)
        return resource_pb2.ResourceInvokeResponse(**{"return": wire.encode(answer)})

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        outputs = wire.decode(request.outputs)
        if request.urn.split("::")[2] == STACK:
            self.outputs = outputs
        elif request.urn in self.records:
            record = self.records[request.urn]
            self.records[request.urn] = dataclasses.replace(record, outputs=outputs.value)
        return empty_pb2.Empty()

    def _source(self, request: Any) -> SourceLine | None:
        """The innermost frame of the program's own code: a library's line tells its user nothing."""
        for frame in request.stackTrace.frames:
            if not frame.pc.uri:
                continue
            found = self._line(frame.pc.uri, frame.pc.line)
            if found is not None:
                return found
        return None

    def _line(self, uri: str, line: int) -> SourceLine | None:
        key = (uri, line)
        if key not in self._sources:
            path = Path(unquote(urlparse(uri).path))
            inside = path.is_relative_to(self.root) and not _LIBRARY.search(
                path.relative_to(self.root).as_posix()
            )
            self._sources[key] = SourceLine(path.relative_to(self.root).as_posix(), line) if inside else None
        return self._sources[key]


def _top_level(paths: Iterable[str]) -> set[str]:
    return {re.split(r"[.\[]", path, maxsplit=1)[0] for path in paths}


def _options(request: Any) -> ResourceOptions:
    return ResourceOptions(
        protect=request.protect,
        retain_on_delete=request.retainOnDelete,
        delete_before_replace=request.deleteBeforeReplace,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        aliases=tuple(_alias(alias) for alias in request.aliases),
        provider=request.provider,
        deleted_with=request.deletedWith,
    )


def _alias(alias: Any) -> str:
    """A URN, or the parts of one that the alias names: `name=old parent=urn:…`."""
    if alias.urn:
        return str(alias.urn)
    spec = alias.spec
    parts = {
        "name": spec.name,
        "type": spec.type,
        "stack": spec.stack,
        "project": spec.project,
        "parent": spec.parentUrn,
        "no_parent": "true" if spec.noParent else "",
    }
    return " ".join(f"{key}={value}" for key, value in parts.items() if value)
