"""The engine's side of an evaluation in this process: takes registrations, asks the cloud, keeps a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.mocks import MockMonitor, Mocks
from pulumi.runtime.proto import provider_pb2, resource_pb2

from skymason.offline import codes, contract, sdk, wire
from skymason.offline.answers import NOT_FOUND, Reason, Refused
from skymason.offline.cloud import Cloud
from skymason.offline.component import Component, Made, build
from skymason.offline.deployment import Deployment
from skymason.offline.findings import Findings
from skymason.offline.registration import STACK, is_stack, options_of, unknown_paths
from skymason.offline.settings import configuration
from skymason.offline.source import Sources
from skymason.offline.templates import uuid_text
from skymason.offline.transforms import Transforms
from skymason.offline.view import StoredResource
from skymason.plan.model import UNKNOWN, PlannedResource, ResourceOptions

STACK_REFERENCE = "pulumi:pulumi:StackReference"
PROVIDER = "pulumi:providers:"


class _NoMocks(Mocks):  # type: ignore[misc]
    """The monitor answers by itself; the SDK's type wants these all the same."""

    def call(self, args: Any) -> Any:
        raise AssertionError("the recording monitor answers calls itself")

    def new_resource(self, args: Any) -> Any:
        raise AssertionError("the recording monitor answers registrations itself")


class RecordingMonitor(MockMonitor):  # type: ignore[misc]
    """A resource monitor that keeps every registration as a PlannedResource, in `records` by URN.

    config: the stack's configuration, whose `aws:region` and the like are those of the default providers.
    Everything that is refused goes to `findings`, and the program goes on as if it were not.
    """

    def __init__(
        self,
        cloud: Cloud,
        project: str,
        stack: str,
        root: Path,
        *,
        preview: bool,
        config: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(_NoMocks())
        self.cloud = cloud
        self.project = project
        self.stack = stack
        self.sources = Sources(root)
        self.preview = preview
        self.records: dict[str, PlannedResource] = {}
        self.external: dict[str, PlannedResource] = {}
        self.outputs = wire.Decoded({}, (), ())
        self.findings = Findings(self.records)
        self.refused_calls: list[str] = []
        self.deployment = Deployment(cloud, preview=preview)
        self.transforms = Transforms()
        self._config = dict(config or {})
        self._providers: dict[str, dict[str, Any]] = {}

    # --- the protocol

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """A URN as the engine makes it: the parents' types in front, except for the stack's."""
        qualified = parent.split("::")[2] if parent else STACK
        chain = type_ if qualified == STACK else f"{qualified}${type_}"
        return f"urn:pulumi:{self.stack}::{self.project}::{chain}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  the protocol's name
        self.sources.on_resource()
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if urn in self.records:
            self.findings.twice(self.records[urn], self.sources.of_trace(request.stackTrace))
            known = self.records[urn]
            return resource_pb2.RegisterResourceResponse(
                urn=urn, id=known.id, object=wire.encode(known.outputs)
            )
        self.transforms.add(urn, request.transforms)
        options = options_of(request, urn)
        properties = request.object
        if self.transforms:
            properties, options = self.transforms.apply(
                self._chain(urn, request.parent), request, properties, options
            )
        given = wire.decode(properties, keep_references=not request.custom)
        secrets = wire.heads(given.secrets) | set(request.additionalSecretOutputs)
        record = PlannedResource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent="" if is_stack(request.parent) else request.parent,
            custom=request.custom,
            remote=request.remote,
            inputs=given.value,
            options=options,
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                key: tuple(sorted(request.propertyDependencies[key].urns))
                for key in sorted(request.propertyDependencies)
            },
            secrets=tuple(sorted({*given.secrets, *request.additionalSecretOutputs})),
            unknowns=given.unknowns,
            source=self.sources.of_trace(request.stackTrace),
        )
        # Known before the cloud is asked, so that children of a remote component find their parent.
        self.records[urn] = record
        if request.custom:
            config = self._provider_config(options.provider, request.type)
            record = self._custom(record, config, request.importId)
        elif request.remote:
            record = self._remote(record, dict(request.providers))
        self.records[urn] = record
        answer = {} if not (request.custom or request.remote) else record.outputs
        return resource_pb2.RegisterResourceResponse(
            urn=urn, id=record.id, object=wire.encode(answer, secrets)
        )

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        urn = self.make_urn(request.parent, request.type, request.name)
        state = wire.decode(request.properties)
        if request.type == STACK_REFERENCE:
            return self._stack_reference(urn, request, state.value)
        config = self._provider_config(request.provider, request.type)
        source = self.sources.of_trace(request.stackTrace)
        record = PlannedResource(urn, request.type, request.name, inputs=state.value, source=source)
        found: StoredResource | None = None
        if request.id != UNKNOWN:
            found = self.cloud.read(urn, request.type, request.id, state.value, config=config)
            if found is None:
                self.findings.refused(record, [Reason(NOT_FOUND, f"there is none with the id {request.id}")])
        if found is None:
            found = self.cloud.create(urn, request.type, state.value, config=config, preview=True)
        self.external[urn] = replace(record, id=found.id, outputs=found.outputs)
        return resource_pb2.ReadResourceResponse(
            urn=urn, id=found.id, properties=wire.encode(found.outputs, wire.heads(state.secrets))
        )

    def RegisterStackTransform(self, request: Any) -> Any:  # noqa: N802
        self.transforms.add("", [request])
        return empty_pb2.Empty()

    def _chain(self, urn: str, parent: str) -> Iterable[str]:
        """A resource, its parents from the inside out, and '' for the stack."""
        yield urn
        while parent in self.records:
            yield parent
            parent = self.records[parent].parent
        yield ""

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        args = wire.decode(request.args).value
        if request.tok == "pulumi:pulumi:getResource":
            found = self.records.get(args["urn"]) or self.external[args["urn"]]
            state = {"urn": found.urn, "id": found.id, "state": dict(found.outputs)}
            return resource_pb2.ResourceInvokeResponse(**{"return": wire.encode(state)})
        try:
            config = self._provider_config(request.provider, request.tok)
            answer = self.cloud.invoke(request.tok, args, config=config)
        except Refused as error:
            return resource_pb2.ResourceInvokeResponse(failures=self._refused_call(error.reasons))
        return resource_pb2.ResourceInvokeResponse(**{"return": wire.encode(answer)})

    def Call(self, request: Any) -> Any:  # noqa: N802
        """A method of a remote component; `eks.Cluster.get_kubeconfig` is the one that programs use."""
        args = wire.decode(request.args, keep_references=True).value
        me = args.get("__self__")
        record = self.records.get(me["urn"]) if isinstance(me, Mapping) else None
        if request.tok == "eks:index:Cluster/getKubeconfig" and record is not None:
            result = {"result": record.outputs.get("kubeconfigJson", UNKNOWN)}
            return provider_pb2.CallResponse(**{"return": wire.encode(result)})
        message = f"{request.tok} is not a method that the offline cloud knows"
        return provider_pb2.CallResponse(failures=self._refused_call([Reason("UnknownMethod", message)]))

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        outputs = wire.decode(request.outputs)
        if is_stack(request.urn):
            self.outputs = outputs
        elif request.urn in self.records:
            record = self.records[request.urn]
            self.records[request.urn] = replace(
                record,
                outputs=outputs.value,
                secrets=tuple(sorted({*record.secrets, *outputs.secrets})),
            )
        return empty_pb2.Empty()

    def finish(self) -> None:
        """After the program: remove what it no longer has, and keep its outputs for other stacks."""
        for resource, reasons in self.deployment.remove_rest(self.project, self.stack, set(self.records)):
            self.findings.kept(resource, reasons)
        if not self.preview:
            self.cloud.export(self.project, self.stack, self.outputs.value)

    # --- resources

    def _custom(
        self,
        record: PlannedResource,
        config: Mapping[str, Any],
        import_id: str = "",
    ) -> PlannedResource:
        if record.type.startswith(PROVIDER):
            return self._provider(record)
        outcome = self.deployment.put(record, config, import_id=import_id)
        self.findings.breaches(record, outcome.problems)
        self.findings.refused(record, outcome.reasons)
        if outcome.protected:
            self.findings.protected(record, "replaced")
        return replace(
            record, id=outcome.resource.id, inputs=outcome.resource.inputs, outputs=outcome.resource.outputs
        )

    def _provider(self, record: PlannedResource) -> PlannedResource:
        self.findings.breaches(record, contract.problems(record.type, record.inputs))
        self._providers[record.urn] = configuration(record.inputs)
        id = UNKNOWN if self.preview else uuid_text(record.urn)
        return replace(record, id="" if self.preview else id, outputs=record.inputs)

    def _provider_config(self, reference: str, token: str) -> Mapping[str, Any]:
        """The configuration of the provider that serves a resource: an explicit one, or the stack's."""
        if reference:
            return self._providers.get(reference.rpartition("::")[0], {})
        package = sdk.package_of(token)
        if package not in self._providers:
            prefix = f"{package}:"
            self._providers[package] = configuration(
                {key[len(prefix) :]: value for key, value in self._config.items() if key.startswith(prefix)}
            )
        return self._providers[package]

    def _remote(self, record: PlannedResource, providers: Mapping[str, str]) -> PlannedResource:
        self.findings.breaches(record, contract.problems(record.type, record.inputs))

        def register(token: str, name: str, inputs: Mapping[str, Any], *, needs: Sequence[Made] = ()) -> Made:
            reference = providers.get(sdk.package_of(token), "")
            return self._child(record, token, name, inputs, needs, reference)

        outputs = build(Component(record.type, record.name, record.inputs, register, self._resolve))
        return replace(record, outputs=outputs)

    def _child(
        self,
        parent: PlannedResource,
        token: str,
        name: str,
        inputs: Mapping[str, Any],
        needs: Sequence[Made],
        provider: str,
    ) -> Made:
        """Register what a remote component makes, as the component's provider would."""
        urn = self.make_urn(parent.urn, token, name)
        options = ResourceOptions(protect=parent.options.protect, provider=provider)
        if self.transforms:
            request = resource_pb2.RegisterResourceRequest(
                type=token, name=name, custom=True, parent=parent.urn
            )
            properties, options = self.transforms.apply(
                self._chain(urn, parent.urn), request, wire.encode(inputs), options
            )
            inputs = wire.decode(properties).value
        record = PlannedResource(
            urn=urn,
            type=token,
            name=name,
            parent=parent.urn,
            inputs=inputs,
            options=options,
            dependencies=tuple(sorted({*parent.dependencies, *(made.urn for made in needs)})),
            unknowns=tuple(sorted(unknown_paths(inputs))),
            source=parent.source,
        )
        if urn in self.records:
            self.findings.twice(self.records[urn], parent.source)
        record = self._custom(record, self._provider_config(provider, token))
        self.records[urn] = record
        return Made(urn, record.id, record.outputs, token)

    def _resolve(self, value: Any) -> Made | None:
        """What a reference among a component's inputs refers to."""
        if not isinstance(value, Mapping) or value.get(wire.SIGNATURE) != wire.RESOURCE:
            return None
        found = self.records.get(str(value.get("urn"))) or self.external.get(str(value.get("urn")))
        return Made(found.urn, found.id, found.outputs, found.type) if found is not None else None

    def _stack_reference(self, urn: str, request: Any, state: Mapping[str, Any]) -> Any:
        name = str(state.get("name") or request.id)
        key = "/".join(name.split("/")[-2:])
        exported = self.cloud.exports.get(key)
        if exported is None and not self.preview:
            source = self.sources.of_trace(request.stackTrace)
            record = PlannedResource(urn, request.type, request.name, source=source)
            known = ", ".join(sorted(self.cloud.exports)) or "none"
            self.findings.report(
                record,
                codes.NO_STACK,
                "",
                f"{name} has no outputs here",
                f"deploy {key} first; stacks that are known here: {known}",
            )
        outputs = UNKNOWN if exported is None else exported
        properties: dict[str, Any] = {"name": name, "outputs": outputs, "secretOutputNames": []}
        self.external[urn] = PlannedResource(urn, request.type, request.name, id=name, outputs=properties)
        return resource_pb2.ReadResourceResponse(urn=urn, id=name, properties=wire.encode(properties))

    def _refused_call(self, reasons: Sequence[Reason]) -> list[Any]:
        """What a function or a method refuses, as the protocol tells the program."""
        self.refused_calls += [reason.message for reason in reasons]
        return [
            provider_pb2.CheckFailure(property=reason.property, reason=reason.message) for reason in reasons
        ]
