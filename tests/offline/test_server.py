"""The provider protocol, spoken directly: what the engine would send, and what it would get."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, resource_pb2, resource_pb2_grpc

from skymason.diagnostics import DiagnosticError
from skymason.offline import sdk, wire
from skymason.offline.cloud import Cloud
from skymason.offline.faults import Fault, Faults
from skymason.offline.servers import Servers
from skymason.plan.model import UNKNOWN

QUEUE, VPC = "aws:sqs/queue:Queue", "aws:ec2/vpc:Vpc"


class Engine:
    """The engine's side of the protocol for one package."""

    def __init__(self, servers: Servers, package: str) -> None:
        own = [("grpc.use_local_subchannel_pool", 1)]  # a connection of its own, as the engine opens them
        self.channel = grpc.insecure_channel(f"127.0.0.1:{servers.ports[package]}", options=own)
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)

    def configure(self, **values: str) -> Any:
        return self.stub.Configure(provider_pb2.ConfigureRequest(args=wire.encode(values)))

    def check(self, type: str, name: str, news: dict[str, Any], olds: dict[str, Any] | None = None) -> Any:
        return self.stub.Check(
            provider_pb2.CheckRequest(
                urn=urn(type, name), type=type, olds=wire.encode(olds or {}), news=wire.encode(news)
            )
        )

    def create(self, type: str, name: str, inputs: dict[str, Any], preview: bool = False) -> Any:
        checked = self.check(type, name, inputs)
        return self.stub.Create(
            provider_pb2.CreateRequest(
                urn=urn(type, name), type=type, properties=checked.inputs, preview=preview
            )
        )


def urn(type: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::{type}::{name}"


def plain(struct: Any) -> dict[str, Any]:
    return wire.decode(struct).value


def refused(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as error:
        call()
    return error.value.code(), error.value.details()


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def servers(cloud: Cloud) -> Iterator[Servers]:
    made = Servers(cloud, ["aws", "eks", "cloudflare"])
    made.start()
    yield made
    made.stop()


@pytest.fixture
def aws(servers: Servers) -> Engine:
    return Engine(servers, "aws")


def test_a_provider_says_who_it_is_and_takes_plain_values(aws: Engine, servers: Servers) -> None:
    assert aws.stub.GetPluginInfo(empty_pb2.Empty()).version == sdk.version_of("aws")
    assert Engine(servers, "cloudflare").stub.GetPluginInfo(empty_pb2.Empty()).version == "0.0.0"
    assert aws.stub.Attach(provider_pb2.ConfigureRequest()) is not None or True
    assert aws.stub.Cancel(empty_pb2.Empty()) == empty_pb2.Empty()
    answer = aws.configure(region="eu-central-1")
    assert (answer.acceptSecrets, answer.acceptOutputs, answer.acceptResources) == (False, False, False)
    assert answer.supportsPreview
    assert Engine(servers, "eks").configure().acceptSecrets


def test_calls_that_are_left_out_are_unimplemented(aws: Engine) -> None:
    stub = aws.stub
    for call, request in (
        (stub.Handshake, provider_pb2.ProviderHandshakeRequest()),
        (stub.Parameterize, provider_pb2.ParameterizeRequest()),
        (stub.GetMapping, provider_pb2.GetMappingRequest()),
        (stub.GetMappings, provider_pb2.GetMappingsRequest()),
        (stub.GetSchema, provider_pb2.GetSchemaRequest()),
    ):
        assert refused(lambda: call(request))[0] is grpc.StatusCode.UNIMPLEMENTED  # noqa: B023


def test_provider_configuration_is_checked_and_compared(aws: Engine) -> None:
    news = wire.encode({"region": "eu-central-1", "regoin": "x"})
    answer = aws.stub.CheckConfig(provider_pb2.CheckRequest(urn="urn:p", news=news))
    assert [failure.property for failure in answer.failures] == ["regoin"]
    assert answer.failures[0].reason.startswith("is not a property of this type; did you mean 'region'?")
    same = aws.stub.DiffConfig(provider_pb2.DiffRequest(old_inputs=news, news=news))
    other = aws.stub.DiffConfig(provider_pb2.DiffRequest(old_inputs=wire.encode({}), news=news))
    kinds = provider_pb2.DiffResponse
    assert (same.changes, other.changes) == (kinds.DIFF_NONE, kinds.DIFF_SOME)


def test_every_failure_of_a_resource_comes_at_once(aws: Engine) -> None:
    answer = aws.check(VPC, "v", {"cidrBlock": "10.0.0.0/8", "tag": {}, "instanceTenancy": "odd"})
    found = {failure.property: failure.reason for failure in answer.failures}
    assert set(found) == {"tag", "cidrBlock", "instanceTenancy"}
    assert found["tag"].endswith("(SM3011)")
    assert found["cidrBlock"].startswith("InvalidVpc.Range: ")


def test_rules_say_nothing_where_types_are_wrong(aws: Engine) -> None:
    answer = aws.check(VPC, "v", {"cidrBlock": 10})
    assert [failure.property for failure in answer.failures] == ["cidrBlock"]
    assert answer.failures[0].reason == "is a number, must be a string; give a string (SM3013)"


def test_the_life_of_a_resource(aws: Engine, cloud: Cloud) -> None:
    seen = aws.create(QUEUE, "jobs", {"delaySeconds": 1}, preview=True)
    assert (seen.id, plain(seen.properties)["arn"]) == ("", UNKNOWN)
    made = aws.create(QUEUE, "jobs", {"delaySeconds": 1})
    (stored,) = cloud.resources
    assert (made.id, plain(made.properties)) == (stored.id, stored.outputs)

    old = wire.encode(stored.inputs)
    news = aws.check(QUEUE, "jobs", {"delaySeconds": 2, "fifoQueue": True}, dict(stored.inputs)).inputs
    base = {"urn": stored.urn, "id": stored.id, "old_inputs": old, "news": news}
    diff = aws.stub.Diff(provider_pb2.DiffRequest(**base))
    assert (list(diff.replaces), list(diff.diffs), diff.deleteBeforeReplace) == (
        ["fifoQueue"],
        ["delaySeconds", "fifoQueue"],
        False,
    )
    kinds = provider_pb2.PropertyDiff
    assert {path: item.kind for path, item in diff.detailedDiff.items()} == {
        "delaySeconds": kinds.UPDATE,
        "fifoQueue": kinds.ADD_REPLACE,
    }
    ignored = aws.stub.Diff(provider_pb2.DiffRequest(**base, ignoreChanges=["delaySeconds", "fifoQueue"]))
    assert ignored.changes == provider_pb2.DiffResponse.DIFF_NONE

    changed = wire.encode({**stored.inputs, "delaySeconds": 3})
    for preview in (True, False):
        answer = aws.stub.Update(
            provider_pb2.UpdateRequest(
                urn=stored.urn, id=stored.id, old_inputs=old, news=changed, preview=preview
            )
        )
        assert plain(answer.properties)["delaySeconds"] == 3
    read = aws.stub.Read(provider_pb2.ReadRequest(urn=stored.urn, id=stored.id, inputs=old))
    assert (read.id, plain(read.inputs)["delaySeconds"], plain(read.properties)["arn"]) == (
        stored.id,
        3,
        stored.outputs["arn"],
    )
    for _ in range(2):
        aws.stub.Delete(provider_pb2.DeleteRequest(urn=stored.urn, id=stored.id, type=QUEUE))
    assert cloud.resources == []
    assert aws.stub.Read(provider_pb2.ReadRequest(urn=stored.urn, id=stored.id, inputs=old)).id == ""


def test_refusals_are_errors_in_the_clouds_words(aws: Engine, cloud: Cloud) -> None:
    vpc = aws.create(VPC, "v", {"cidrBlock": "10.0.0.0/16"})
    aws.create("aws:ec2/subnet:Subnet", "s", {"vpcId": vpc.id, "cidrBlock": "10.0.0.0/24"})
    request = provider_pb2.DeleteRequest(urn=urn(VPC, "v"), id=vpc.id)
    code, details = refused(lambda: aws.stub.Delete(request))
    assert (code, details.startswith("DependencyViolation: ")) == (grpc.StatusCode.UNKNOWN, True)
    cloud.faults = Faults([Fault(type=QUEUE)])
    assert (
        refused(lambda: aws.create(QUEUE, "q", {}))[1]
        == f"InternalFailure: create of {QUEUE} was made to fail"
    )
    lost = provider_pb2.UpdateRequest(urn=urn(QUEUE, "q"), id="x", news=wire.encode({}))
    assert refused(lambda: aws.stub.Update(lost))[1] == f"ResourceNotFound: {QUEUE} x does not exist"


def test_each_connection_has_its_own_configuration(aws: Engine, servers: Servers) -> None:
    other = Engine(servers, "aws")
    aws.configure(region="eu-west-1", defaultTags='{"tags": {"a": "b"}}')
    other.configure(region="us-east-1", skipMetadataApiCheck="true", kubeconfig="{not JSON")
    topic = "aws:sns/topic:Topic"
    first, second = aws.create(topic, "a", {}), other.create(topic, "b", {})
    assert ":eu-west-1:" in first.id
    assert plain(first.properties)["tagsAll"] == {"a": "b"}
    assert ":us-east-1:" in second.id
    assert plain(second.properties)["tagsAll"] == {}


def test_functions(aws: Engine) -> None:
    def invoke(token: str) -> Any:
        return aws.stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=wire.encode({})))

    answer = invoke("aws:index/getCallerIdentity:getCallerIdentity")
    assert plain(getattr(answer, "return"))["accountId"] == "123456789012"
    (failure,) = invoke("aws:index/getNothing:getNothing").failures
    assert failure.reason.startswith("UnknownFunction: ")


def test_a_package_without_an_sdk_takes_anything(servers: Servers, cloud: Cloud) -> None:
    engine = Engine(servers, "cloudflare")
    made = engine.create("cloudflare:index:Record", "r", {"zone": "z", "content": [1]})
    assert plain(made.properties) == {"zone": "z", "content": [1]}
    assert [item.id for item in cloud.resources] == [made.id]


def test_types_come_from_the_urn_of_an_older_engine(aws: Engine) -> None:
    nested = "urn:pulumi:dev::shop::my:index:C$aws:sqs/queue:Queue::q"
    answer = aws.stub.Check(provider_pb2.CheckRequest(urn=nested, news=wire.encode({"nonsense": 1})))
    assert [failure.property for failure in answer.failures] == ["nonsense"]


def test_a_port_that_cannot_be_opened_is_a_diagnostic(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf:
        def add_generic_rpc_handlers(self, *_: Any) -> None: ...
        def add_registered_method_handlers(self, *_: Any) -> None: ...
        def add_insecure_port(self, _: str) -> int:
            return 0

    monkeypatch.setattr("skymason.offline.servers.grpc.server", lambda *_, **__: Deaf())
    with pytest.raises(DiagnosticError) as error:
        Servers(Cloud(), ["aws"])
    assert error.value.diagnostics[0].code.id == "SM4010"


# --- components


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """The engine's resource monitor, which asks the cloud for what a component registers."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.registered: list[Any] = []
        self.outputs: dict[str, Any] = {}
        self.states: dict[str, dict[str, Any]] = {}

    def RegisterResource(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.registered.append(request)
        where = f"urn:pulumi:dev::shop::{request.type}::{request.name}"
        if not request.custom:
            return resource_pb2.RegisterResourceResponse(urn=where)
        checked = self.cloud.check(where, request.type, plain(request.object))
        assert checked.problems == ()
        made = self.cloud.create(where, request.type, checked.inputs)
        self.states[where] = dict(made.outputs)
        return resource_pb2.RegisterResourceResponse(urn=where, id=made.id, object=wire.encode(made.outputs))

    def RegisterResourceOutputs(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.outputs[request.urn] = wire.decode(request.outputs, keep_references=True).value
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        state = self.states.get(plain(request.args)["urn"], {})
        return resource_pb2.ResourceInvokeResponse(**{"return": wire.encode({"state": state})})


@pytest.fixture
def monitor(cloud: Cloud) -> Iterator[tuple[Monitor, str]]:
    server, servicer = grpc.server(ThreadPoolExecutor(max_workers=8)), Monitor(cloud)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield servicer, f"127.0.0.1:{port}"
    server.stop(None)


def construct(servers: Servers, address: str, **inputs: Any) -> Any:
    return Engine(servers, "eks").stub.Construct(
        provider_pb2.ConstructRequest(
            monitorEndpoint=address,
            type="eks:index:Cluster",
            name="c",
            parent="urn:parent",
            inputs=wire.encode(inputs),
            providers={"aws": "urn:provider::id"},
            dependencies=["urn:first"],
            protect=True,
        )
    )


def test_a_component_is_built_through_the_engine(servers: Servers, monitor: tuple[Monitor, str]) -> None:
    engine, address = monitor
    role = {wire.SIGNATURE: wire.RESOURCE, "urn": "urn:role", "id": "r"}
    engine.states["urn:role"] = {"arn": "arn:aws:iam::123456789012:role/r"}
    answer = construct(
        servers, address, subnetIds=["subnet-a", "subnet-b"], serviceRole=role,
        skipDefaultNodeGroup=True, skipDefaultSecurityGroups=True,
    )  # fmt: skip
    component, cluster, *addons = engine.registered
    assert (component.type, component.parent, component.custom, component.protect) == (
        "eks:index:Cluster",
        "urn:parent",
        False,
        True,
    )
    assert (cluster.type, cluster.name, cluster.parent) == (
        "aws:eks/cluster:Cluster",
        "c-eksCluster",
        answer.urn,
    )
    assert plain(cluster.object)["roleArn"] == "arn:aws:iam::123456789012:role/r"
    assert cluster.provider == "urn:provider::id"
    assert cluster.version == sdk.version_of("aws")
    assert list(cluster.dependencies) == ["urn:first", "urn:role"]
    assert [item.name for item in addons] == ["c-vpc-cni", "c-kube-proxy"]
    state = wire.decode(answer.state, keep_references=True).value
    assert state == engine.outputs[answer.urn]
    assert state["eksCluster"]["urn"].endswith("::c-eksCluster")

    engine.states["urn:component"] = {"kubeconfigJson": "{}"}
    me = {wire.SIGNATURE: wire.RESOURCE, "urn": "urn:component"}
    request = provider_pb2.CallRequest(
        tok="eks:index:Cluster/getKubeconfig", args=wire.encode({"__self__": me}), monitorEndpoint=address
    )
    stub = Engine(servers, "eks").stub
    assert plain(getattr(stub.Call(request), "return")) == {"result": "{}"}
    other = provider_pb2.CallRequest(tok="eks:index:Cluster/do", args=wire.encode({"__self__": me}))
    assert "is not a method" in stub.Call(other).failures[0].reason


def test_wrong_arguments_of_a_component_are_refused(servers: Servers, monitor: tuple[Monitor, str]) -> None:
    code, details = refused(lambda: construct(servers, monitor[1], subnetIDs=["a"]))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert details.startswith(
        "eks:index:Cluster 'c': subnetIDs: is not a property of this type; did you mean"
    )
    assert monitor[0].registered == []
