"""The offline cloud over the provider protocol: one gRPC server for each package, in this process.

The engine opens one connection for each provider of a program, and says nothing else about which provider it
means: configurations are kept by connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
    resource_pb2,
    resource_pb2_grpc,
)

from skymason.offline import component, contract, sdk, wire
from skymason.offline.answers import NOT_FOUND, Reason, Refused
from skymason.offline.cloud import Cloud
from skymason.offline.component import Component
from skymason.offline.engine_client import EngineClient, state_of
from skymason.offline.settings import configuration
from skymason.offline.shapes import Problem
from skymason.plan.codes import BY_KIND
from skymason.plan.model import UNKNOWN

NO_LIMIT = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
_LEFT_OUT = ("Handshake", "Parameterize", "GetMapping", "GetMappings", "GetSchema", "List", "StreamInvoke")


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The stand-in for one package's provider, whatever the package."""

    def __init__(self, package: str, cloud: Cloud) -> None:
        self.package = package
        self.cloud = cloud
        self._configs: dict[str, Mapping[str, Any]] = {}
        self._last: Mapping[str, Any] = {}

    # --- what every provider must have

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802  the protocol's name
        return plugin_pb2.PluginInfo(version=sdk.version_of(self.package) or "0.0.0")

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = wire.decode(request.news).value
        problems = contract.problems(f"pulumi:providers:{self.package}", inputs)
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(problems, ()))

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        changed = wire.decode(request.old_inputs).value != wire.decode(request.news).value
        return provider_pb2.DiffResponse(changes=_changes(changed))

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._last = configuration(wire.decode(request.args).value)
        self._configs[context.peer()] = self._last
        # Without secrets, outputs and references the engine sends plain values, and marks secrets again
        # itself; but it lets only a provider that takes secrets build components.
        return provider_pb2.ConfigureResponse(
            acceptSecrets=self.package in component.PACKAGES,
            supportsPreview=True,
            acceptResources=self.package in component.PACKAGES,
            acceptOutputs=False,
        )

    # --- resources

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        token = _type(request)
        inputs = wire.decode(request.news).value
        old = wire.decode(request.olds).value or None
        with self.cloud.lock:
            checked = self.cloud.check(request.urn, token, inputs, old=old, config=self._config(context))
            reasons: Sequence[Reason] = ()
            if checked.sound:
                reasons = self.cloud.refusals(request.urn, token, checked.inputs, id="-" if old else "")
        return provider_pb2.CheckResponse(
            inputs=wire.encode(checked.inputs), failures=_failures(checked.problems, reasons)
        )

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        old, new = wire.decode(request.old_inputs).value, wire.decode(request.news).value
        with self.cloud.lock:
            found = self.cloud.diff(
                _type(request),
                old,
                new,
                ignore=list(request.ignoreChanges),
                name=_name(request.urn),
                config=self._config(context),
            )
        detailed = {
            item.path: provider_pb2.PropertyDiff(
                kind=_kind(item.kind, item.path in found.replaces), inputDiff=True
            )
            for item in found.changes
        }
        return provider_pb2.DiffResponse(
            changes=_changes(bool(found.changes)),
            replaces=sorted(wire.heads(found.replaces)),
            diffs=sorted(wire.heads(item.path for item in found.changes)),
            detailedDiff=detailed,
            hasDetailedDiff=True,
            deleteBeforeReplace=found.delete_first,
        )

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs = wire.decode(request.properties).value
        token = _type(request)

        def create() -> Any:
            return self.cloud.create(
                request.urn, token, inputs, config=self._config(context), preview=request.preview
            )

        if not request.preview:
            self.cloud.faults.pause("create", token, _name(request.urn))
        made = self._refusable(create, context)
        return provider_pb2.CreateResponse(id=made.id, properties=wire.encode(made.outputs))

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs, state = wire.decode(request.inputs).value, wire.decode(request.properties).value
        found = self._refusable(
            lambda: self.cloud.read(
                request.urn,
                _type(request),
                request.id,
                state,
                managed=bool(inputs),
                config=self._config(context),
            ),
            context,
        )
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=found.id, properties=wire.encode(found.outputs), inputs=wire.encode(found.inputs)
        )

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        new = wire.decode(request.news).value
        token = _type(request)

        def update() -> Any:
            old = self.cloud.find(request.urn, request.id)
            if old is None:
                raise Refused([Reason(NOT_FOUND, f"{token} {request.id} does not exist")])
            return self.cloud.update(old, new, config=self._config(context), preview=request.preview)

        if not request.preview:
            self.cloud.faults.pause("update", token, _name(request.urn))
        changed = self._refusable(update, context)
        return provider_pb2.UpdateResponse(properties=wire.encode(changed.outputs))

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        def delete() -> None:
            found = self.cloud.find(request.urn, request.id)
            if found is not None:
                self.cloud.delete(found)

        self.cloud.faults.pause("delete", _type(request), _name(request.urn))
        self._refusable(delete, context)
        return empty_pb2.Empty()

    # --- functions and components

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        args = wire.decode(request.args).value
        try:
            with self.cloud.lock:
                answer = self.cloud.invoke(request.tok, args, config=self._config(context))
        except Refused as refused:
            return provider_pb2.InvokeResponse(failures=_failures((), refused.reasons))
        return provider_pb2.InvokeResponse(**{"return": wire.encode(answer)})

    def Construct(self, request: Any, context: Any) -> Any:  # noqa: N802
        with grpc.insecure_channel(request.monitorEndpoint, options=NO_LIMIT) as channel:
            engine = EngineClient(resource_pb2_grpc.ResourceMonitorStub(channel), request)
            inputs = wire.decode(request.inputs, keep_references=True).value
            problems = contract.problems(request.type, inputs)
            if problems:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, _text(request, _failures(problems, ())))
            urn = engine.register_component()
            made = Component(request.type, request.name, inputs, engine.register, engine.resolve)
            outputs = wire.encode(component.build(made))
            engine.monitor.RegisterResourceOutputs(
                resource_pb2.RegisterResourceOutputsRequest(urn=urn, outputs=outputs)
            )
            return provider_pb2.ConstructResponse(urn=urn, state=outputs)

    def Call(self, request: Any, context: Any) -> Any:  # noqa: N802
        me = wire.decode(request.args, keep_references=True).value.get("__self__")
        if request.tok != "eks:index:Cluster/getKubeconfig" or not isinstance(me, Mapping):
            message = f"{request.tok} is not a method that the offline cloud knows"
            return provider_pb2.CallResponse(failures=[provider_pb2.CheckFailure(reason=message)])
        with grpc.insecure_channel(request.monitorEndpoint, options=NO_LIMIT) as channel:
            found = state_of(resource_pb2_grpc.ResourceMonitorStub(channel), str(me["urn"]))
        result = {"result": found.get("kubeconfigJson", UNKNOWN)}
        return provider_pb2.CallResponse(**{"return": wire.encode(result)})

    # --- inside

    def _config(self, context: Any) -> Mapping[str, Any]:
        return self._configs.get(context.peer(), self._last)

    def _refusable(self, operation: Callable[[], Any], context: Any) -> Any:
        try:
            with self.cloud.lock:
                return operation()
        except Refused as refused:
            context.abort(
                grpc.StatusCode.UNKNOWN,
                "; ".join(f"{reason.code}: {reason.message}" for reason in refused.reasons),
            )


def _refuse(name: str) -> Callable[[Any, Any, Any], None]:
    def refused(self: Any, request: Any, context: Any) -> None:
        # What the generated class does here would be reported as UNKNOWN, and the engine would stop.
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the offline cloud has no {name}")

    return refused


for _name_of_call in _LEFT_OUT:
    setattr(Provider, _name_of_call, _refuse(_name_of_call))


def _type(request: Any) -> str:
    """The type of a resource; older engines give it in the URN only."""
    return str(request.type or request.urn.split("::")[2].rpartition("$")[2])


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _kind(kind: str, replaces: bool) -> Any:
    return provider_pb2.PropertyDiff.Kind.Value(kind.upper() + ("_REPLACE" if replaces else ""))


def _changes(changed: bool) -> Any:
    kinds = provider_pb2.DiffResponse.DiffChanges
    return kinds.Value("DIFF_SOME" if changed else "DIFF_NONE")


def _failures(problems: Sequence[Problem], reasons: Sequence[Reason]) -> list[Any]:
    """Everything that is wrong with a resource, at once, in the protocol's form."""
    found = [
        provider_pb2.CheckFailure(
            property=problem.path, reason=f"{problem.message}; {problem.fix} ({BY_KIND[problem.kind].id})"
        )
        for problem in problems
    ]
    found += [
        provider_pb2.CheckFailure(property=reason.property, reason=f"{reason.code}: {reason.message}")
        for reason in reasons
    ]
    return found


def _text(request: Any, failures: Sequence[Any]) -> str:
    lines = "; ".join(f"{failure.property}: {failure.reason}" for failure in failures)
    return f"{request.type} '{request.name}': {lines}"
