"""The engine, as a component's provider sees it while it builds the component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi.runtime.proto import resource_pb2

from skymason.offline import sdk, wire
from skymason.offline.component import Made
from skymason.plan.model import UNKNOWN


class EngineClient:
    """The engine, as a component's provider sees it while it builds the component."""

    def __init__(self, monitor: Any, request: Any) -> None:
        self.monitor = monitor
        self._request = request
        self._urn = ""

    def register_component(self) -> str:
        request = self._request
        answer = self.monitor.RegisterResource(
            resource_pb2.RegisterResourceRequest(
                type=request.type,
                name=request.name,
                parent=request.parent,
                object=request.inputs,
                protect=request.protect if request.HasField("protect") else None,
                providers=dict(request.providers),
                dependencies=list(request.dependencies),
                aliases=list(request.aliases),
                ignoreChanges=list(request.ignoreChanges),
                acceptSecrets=True,
                acceptResources=True,
            )
        )
        self._urn = answer.urn
        return self._urn

    def register(
        self, token: str, name: str, inputs: Mapping[str, Any], *, needs: Sequence[Made] = ()
    ) -> Made:
        package = sdk.package_of(token)
        answer = self.monitor.RegisterResource(
            resource_pb2.RegisterResourceRequest(
                type=token,
                name=name,
                parent=self._urn,
                custom=True,
                object=wire.encode(inputs),
                provider=self._request.providers.get(package, ""),
                version=sdk.version_of(package),
                dependencies=sorted({*self._request.dependencies, *(made.urn for made in needs)}),
                acceptSecrets=True,
                acceptResources=True,
                supportsPartialValues=True,
            )
        )
        return Made(answer.urn, answer.id, wire.decode(answer.object).value, token)

    def resolve(self, value: Any) -> Made | None:
        if not isinstance(value, Mapping) or value.get(wire.SIGNATURE) != wire.RESOURCE:
            return None
        urn, id = str(value["urn"]), str(value.get("id") or "")
        return Made(urn, "" if id == UNKNOWN else id, state_of(self.monitor, urn))


def state_of(monitor: Any, urn: str) -> dict[str, Any]:
    """What the engine knows of a resource."""
    answer = monitor.Invoke(
        resource_pb2.ResourceInvokeRequest(
            tok="pulumi:pulumi:getResource", args=wire.encode({"urn": urn}), acceptResources=True
        )
    )
    found = wire.decode(getattr(answer, "return"), keep_references=True).value.get("state")
    return found if isinstance(found, dict) else {}
