"""The operations of the offline cloud on plain values."""

import re
from pathlib import Path
from typing import Any

import pytest

from skymason.offline.answers import Reason, Refused
from skymason.offline.cloud import Cloud
from skymason.offline.faults import Fault, Faults
from skymason.offline.view import StoredResource
from skymason.plan.model import UNKNOWN
from skymason.plan.paths import Change

VPC, SUBNET, QUEUE = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:sqs/queue:Queue"
ROLE, BUCKET, TOPIC = "aws:iam/role:Role", "aws:s3/bucket:Bucket", "aws:sns/topic:Topic"
TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'


def urn(type: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::{type}::{name}"


def make(
    cloud: Cloud, type: str, name: str, /, config: dict[str, Any] | None = None, **inputs: Any
) -> StoredResource:
    where = urn(type, name)
    old = cloud.current(where)
    checked = cloud.check(where, type, inputs, old=old.inputs if old else None, config=config or {})
    assert checked.problems == ()
    return cloud.create(where, type, checked.inputs, config=config or {})


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


# --- check


def test_a_missing_name_is_generated_and_kept(cloud: Cloud) -> None:
    queue = make(cloud, QUEUE, "jobs")
    assert re.fullmatch(r"jobs-[0-9a-f]{7}", queue.inputs["name"])
    again = cloud.check(queue.urn, QUEUE, {"delaySeconds": 5}, old=queue.inputs)
    assert again.inputs == {"delaySeconds": 5, "name": queue.inputs["name"]}
    fresh = cloud.check(queue.urn, QUEUE, {})
    assert fresh.inputs["name"] != queue.inputs["name"]


def test_a_name_that_was_given_is_not_kept_when_it_is_taken_away(cloud: Cloud) -> None:
    queue = make(cloud, QUEUE, "jobs", name="mine")
    again = cloud.check(queue.urn, QUEUE, {}, old=queue.inputs)
    assert re.fullmatch(r"jobs-[0-9a-f]{7}", again.inputs["name"])


@pytest.mark.parametrize(
    ("type", "inputs", "property", "pattern"),
    [
        (BUCKET, {}, "bucket", r"data-[0-9a-f]{7}"),
        (QUEUE, {"fifoQueue": True}, "name", r"Data-[0-9a-f]{7}\.fifo"),
        ("aws:kms/alias:Alias", {"targetKeyId": "k"}, "name", r"alias/Data-[0-9a-f]{7}"),
        ("aws:s3/bucketObject:BucketObject", {"bucket": "b"}, "key", "Data"),
        ("aws:lb/targetGroup:TargetGroup", {}, "name", r"Data-[0-9a-f]{7}"),
        ("azure-native:resources:ResourceGroup", {}, "resourceGroupName", r"Data[0-9a-f]{8}"),
        ("azure-native:storage:StorageAccount", {"resourceGroupName": "g", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}},
         "accountName", r"data[0-9a-f]{8}"),
        ("kubernetes:helm.sh/v3:Release", {"chart": "c"}, "name", r"Data-[0-9a-f]{8}"),
    ],
)  # fmt: skip
def test_generated_names_follow_the_provider(
    cloud: Cloud, type: str, inputs: dict[str, Any], property: str, pattern: str
) -> None:
    checked = cloud.check(urn(type, "Data"), type, inputs)
    assert checked.problems == ()
    assert re.fullmatch(pattern, checked.inputs[property])


def test_kubernetes_names_are_generated_and_say_so(cloud: Cloud) -> None:
    inputs = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"labels": {"a": "b"}}}
    checked = cloud.check(urn("kubernetes:core/v1:Namespace", "apps"), "kubernetes:core/v1:Namespace", inputs)
    metadata = checked.inputs["metadata"]
    assert re.fullmatch(r"apps-[0-9a-f]{8}", metadata["name"])
    assert metadata["annotations"] == {"pulumi.com/autonamed": "true"}
    again = cloud.check(
        "urn:pulumi:a::b::c::apps", "kubernetes:core/v1:Namespace", inputs, old=checked.inputs
    )
    assert again.inputs == checked.inputs


@pytest.mark.parametrize("metadata", [{"name": "x"}, {"generateName": "x-"}, UNKNOWN])
def test_kubernetes_names_that_are_given_stay(cloud: Cloud, metadata: Any) -> None:
    inputs = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    where = urn("kubernetes:core/v1:Namespace", "apps")
    assert cloud.check(where, "kubernetes:core/v1:Namespace", inputs).inputs == inputs


def test_a_generated_name_that_is_too_long_is_a_problem(cloud: Cloud) -> None:
    checked = cloud.check(urn(ROLE, "r" * 60), ROLE, {"assumeRolePolicy": TRUST})
    (problem,) = checked.problems
    assert (problem.kind, problem.path) == ("name", "name")
    assert problem.message.endswith("has 68 characters of 64 allowed")
    assert problem.fix == "shorten the resource's name to 56 characters, or set name"


def test_a_prefix_takes_the_place_of_a_name(cloud: Cloud) -> None:
    assert cloud.check(urn(ROLE, "r"), ROLE, {"assumeRolePolicy": TRUST, "namePrefix": "p"}).inputs == {
        "assumeRolePolicy": TRUST,
        "namePrefix": "p",
    }


def test_defaults_and_documents_are_filled_in(cloud: Cloud) -> None:
    group = "aws:ec2/securityGroup:SecurityGroup"
    assert cloud.check(urn(group, "g"), group, {}).inputs["description"] == "Managed by Pulumi"
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
    checked = cloud.check(urn(ROLE, "r"), ROLE, {"assumeRolePolicy": trust})
    assert checked.inputs["assumeRolePolicy"].startswith('{"Version": "2012-10-17"')


def test_azure_resources_lie_where_their_group_does(cloud: Cloud) -> None:
    group = make(cloud, "azure-native:resources:ResourceGroup", "g", location="northeurope")
    vnet = "azure-native:network:VirtualNetwork"
    inputs = {"resourceGroupName": group.inputs["resourceGroupName"]}
    assert cloud.check(urn(vnet, "v"), vnet, inputs).inputs["location"] == "northeurope"
    assert cloud.check(urn(vnet, "v"), vnet, {"resourceGroupName": "x"}).inputs["location"] == "westeurope"
    config = {"location": "uksouth"}
    found = cloud.check(urn(vnet, "v"), vnet, {"resourceGroupName": "x"}, config=config)
    assert found.inputs["location"] == "uksouth"


def test_an_unknown_type_is_left_as_it_is(cloud: Cloud) -> None:
    checked = cloud.check(urn("aws:a/b:C", "x"), "aws:a/b:C", {"a": 1})
    assert checked.inputs == {"a": 1}
    assert not checked.sound


# --- create


def test_outputs_are_complete_and_look_real(cloud: Cloud) -> None:
    vpc = make(cloud, VPC, "net", cidrBlock="10.0.0.0/16", tags={"a": "b"})
    assert re.fullmatch(r"vpc-[0-9a-f]{17}", vpc.id)
    assert vpc.outputs["arn"] == f"arn:aws:ec2:eu-central-1:123456789012:vpc/{vpc.id}"
    assert vpc.outputs["tagsAll"] == {"a": "b"}
    assert vpc.outputs["ownerId"] == "123456789012"
    subnet = make(cloud, SUBNET, "a", vpcId=vpc.id, cidrBlock="10.0.0.0/24", availabilityZone="eu-central-1b")
    assert subnet.outputs["availabilityZoneId"] == "euc1-az2"


@pytest.mark.parametrize(
    ("type", "inputs", "property", "pattern"),
    [
        (ROLE, {"assumeRolePolicy": TRUST, "path": "/apps/"}, "arn", r"arn:aws:iam::123456789012:role/apps/x-[0-9a-f]{7}"),
        (BUCKET, {}, "bucketRegionalDomainName", r"x-[0-9a-f]{7}\.s3\.eu-central-1\.amazonaws\.com"),
        (QUEUE, {}, "url", r"https://sqs\.eu-central-1\.amazonaws\.com/123456789012/x-[0-9a-f]{7}"),
        (TOPIC, {}, "arn", r"arn:aws:sns:eu-central-1:123456789012:x-[0-9a-f]{7}"),
        ("aws:iam/openIdConnectProvider:OpenIdConnectProvider",
         {"url": "https://oidc.eks/id/A", "clientIdLists": ["sts.amazonaws.com"]}, "arn",
         r"arn:aws:iam::123456789012:oidc-provider/oidc\.eks/id/A"),
        ("aws:ec2/eip:Eip", {"domain": "vpc"}, "publicIp", r"203\.0\.113\.\d+"),
        ("aws:ec2/eip:Eip", {"domain": "vpc"}, "publicDns", r"ec2-203-0-113-\d+\.eu-central-1\.compute\.amazonaws\.com"),
        ("aws:lb/loadBalancer:LoadBalancer", {"internal": True, "loadBalancerType": "network"}, "dnsName",
         r"internal-x-[0-9a-f]{7}-\d{10}\.eu-central-1\.elb\.amazonaws\.com"),
        ("aws:lb/listener:Listener", {"loadBalancerArn": "arn:aws:elasticloadbalancing:r:a:loadbalancer/app/n/1", "defaultActions": []},
         "arn", r"arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/n/1/[0-9a-f]{16}"),
        ("aws:wafv2/webAcl:WebAcl", {"scope": "CLOUDFRONT", "defaultAction": {"allow": {}}, "visibilityConfig":
         {"cloudwatchMetricsEnabled": True, "metricName": "m", "sampledRequestsEnabled": True}}, "arn", r".*:global/webacl/.*"),
        ("aws:iam/serviceLinkedRole:ServiceLinkedRole", {"awsServiceName": "es.amazonaws.com"}, "arn",
         r"arn:aws:iam::123456789012:role/aws-service-role/es\.amazonaws\.com/AWSServiceRoleForEs"),
        ("aws:ecs/service:Service", {"cluster": "arn:aws:ecs:r:a:cluster/blue"}, "arn", r".*:service/blue/x-[0-9a-f]{7}"),
        ("random:index/randomInteger:RandomInteger", {"min": 5, "max": 7}, "result", r"[567]"),
        ("random:index/randomPet:RandomPet", {"prefix": "a", "separator": "_"}, "id", r"a_[a-z]+_[a-z]+"),
        ("random:index/randomId:RandomId", {"byteLength": 4}, "hex", r"[0-9a-f]{8}"),
        ("random:index/randomBytes:RandomBytes", {"length": 3}, "base64", r"[A-Za-z0-9+/]{4}"),
        ("tls:index/privateKey:PrivateKey", {"algorithm": "RSA"}, "privateKeyPem", r"(?s)-----BEGIN PRIVATE KEY-----\n.*"),
        ("azure-native:keyvault:Vault", {"resourceGroupName": "g", "properties": {"tenantId": "t", "sku": {"family": "A", "name": "standard"}}},
         "id", r"/subscriptions/[0-9a-f-]+/resourceGroups/g/providers/Microsoft\.KeyVault/vaults/x[0-9a-f]{8}"),
        ("azure-native:network:Subnet", {"resourceGroupName": "g", "virtualNetworkName": "v"}, "id",
         r".*/Microsoft\.Network/virtualNetworks/v/subnets/x[0-9a-f]{8}"),
        ("azure-native:authorization:RoleAssignment", {"scope": "/sub/1", "principalId": "p", "roleDefinitionId": "r"}, "id",
         r"/sub/1/providers/Microsoft\.Authorization/roleAssignments/[0-9a-f-]{36}"),
        ("kubernetes:core/v1:ConfigMap", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n"}}, "id", "n/c"),
        ("kubernetes:core/v1:Namespace", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}, "id", "n"),
        ("kubernetes:a.b/v1:Thing", {"apiVersion": "a.b/v1", "kind": "Thing", "metadata": {"name": "t"}}, "id", "default/t"),
        ("kubernetes:helm.sh/v3:Release", {"chart": "c", "name": "r", "namespace": "n"}, "id", "n/r"),
        ("cloudflare:index:Record", {"name": "r"}, "id", "r"),
    ],
)  # fmt: skip
def test_values_by_type(cloud: Cloud, type: str, inputs: dict[str, Any], property: str, pattern: str) -> None:
    made = make(cloud, type, "x", **inputs)
    value = made.id if property == "id" else made.outputs[property]
    assert re.fullmatch(pattern, str(value)), value


def test_random_passwords_keep_their_rules(cloud: Cloud) -> None:
    made = make(
        cloud, "random:index/randomPassword:RandomPassword", "p", length=24, special=False, minUpper=20
    )
    result = made.outputs["result"]
    assert len(result) == 24
    assert result.isalnum()
    assert sum(letter.isupper() for letter in result) >= 20
    assert made.outputs["upper"] is True


def test_shuffles_give_what_is_asked(cloud: Cloud) -> None:
    made = make(cloud, "random:index/randomShuffle:RandomShuffle", "s", inputs=["a", "b", "c"], resultCount=2)
    assert len(made.outputs["results"]) == 2
    assert set(made.outputs["results"]) < {"a", "b", "c"}


def test_certificates_are_validated_by_one_record_a_name(cloud: Cloud) -> None:
    made = make(
        cloud, "aws:acm/certificate:Certificate", "c",
        domainName="*.a.com", subjectAlternativeNames=["a.com", "b.com"], validationMethod="DNS",
    )  # fmt: skip
    options = made.outputs["domainValidationOptions"]
    assert [item["domainName"] for item in options] == ["*.a.com", "a.com", "b.com"]
    assert options[0]["resourceRecordName"] == options[1]["resourceRecordName"]
    assert options[2]["resourceRecordName"].endswith(".b.com.")


def test_what_is_computed_inside_of_inputs_is_filled_in(cloud: Cloud) -> None:
    inputs = {"roleArn": "arn:aws:iam::1:role/r", "vpcConfig": {"subnetIds": ["subnet-1", "subnet-2"]}}
    made = cloud.imagine(urn("aws:eks/cluster:Cluster", "c"), "aws:eks/cluster:Cluster", inputs)
    assert made.outputs["vpcConfig"]["subnetIds"] == ["subnet-1", "subnet-2"]
    assert made.outputs["vpcConfig"]["clusterSecurityGroupId"].startswith("sg-")
    assert made.outputs["identities"][0]["oidcs"][0]["issuer"].startswith("https://oidc.eks.eu-central-1.")


def test_a_preview_knows_names_and_nothing_else(cloud: Cloud) -> None:
    where = urn(QUEUE, "jobs")
    checked = cloud.check(where, QUEUE, {"tags": {"a": UNKNOWN}})
    seen = cloud.create(where, QUEUE, checked.inputs, preview=True)
    assert seen.id == ""
    assert seen.outputs["name"] == checked.inputs["name"]
    assert seen.outputs["arn"] == seen.outputs["url"] == UNKNOWN
    assert seen.outputs["tagsAll"] == {"a": UNKNOWN}
    assert cloud.resources == []


def test_kubernetes_objects_get_what_the_api_server_adds(cloud: Cloud) -> None:
    type = "kubernetes:core/v1:Service"
    inputs = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"ports": [{"port": 80}]},
    }
    made = make(cloud, type, "s", **inputs)
    assert made.outputs["metadata"]["namespace"] == "default"
    assert made.outputs["metadata"]["resourceVersion"] == "1"
    assert made.outputs["spec"]["clusterIP"].startswith("172.20.")
    assert made.outputs["spec"]["ports"][0]["port"] == 80
    unknown = cloud.create(urn(type, "t"), type, {**inputs, "metadata": UNKNOWN}, preview=True)
    assert unknown.outputs["metadata"] == UNKNOWN


@pytest.mark.parametrize(
    ("config", "inputs", "arn"),
    [
        ({"region": "cn-north-1"}, {}, "arn:aws-cn:sns:cn-north-1:123456789012:"),
        ({"region": "us-gov-west-1"}, {}, "arn:aws-us-gov:sns:us-gov-west-1:123456789012:"),
        ({"allowedAccountIds": ["111111111111"]}, {}, "arn:aws:sns:eu-central-1:111111111111:"),
        ({"region": "us-east-1"}, {"region": "eu-west-1"}, "arn:aws:sns:eu-west-1:123456789012:"),
        ({"region": UNKNOWN}, {}, "arn:aws:sns:eu-central-1:123456789012:"),
    ],
)
def test_where_a_resource_is(cloud: Cloud, config: dict[str, Any], inputs: dict[str, Any], arn: str) -> None:
    assert make(cloud, TOPIC, "t", config=config, **inputs).outputs["arn"].startswith(arn)


def test_default_tags_of_the_provider_are_under_those_of_the_resource(cloud: Cloud) -> None:
    config = {"defaultTags": {"tags": {"a": "provider", "b": "provider"}}}
    made = make(cloud, TOPIC, "t", config=config, tags={"b": "own"})
    assert made.outputs["tagsAll"] == {"a": "provider", "b": "own"}
    assert make(cloud, TOPIC, "u", config=config).outputs["tagsAll"] == {"a": "provider", "b": "provider"}


def test_the_same_urn_gives_the_same_values_and_a_successor_others() -> None:
    first, second = Cloud(), Cloud()
    assert make(first, VPC, "net", cidrBlock="10.0.0.0/16") == make(
        second, VPC, "net", cidrBlock="10.0.0.0/16"
    )
    old = make(first, TOPIC, "t")
    first.delete(old)
    new = make(first, TOPIC, "t")
    assert (old.id, old.inputs["name"]) != (new.id, new.inputs["name"])


# --- rules


def test_a_refusal_has_the_words_of_the_cloud(cloud: Cloud) -> None:
    make(cloud, TOPIC, "net")
    vpc = make(cloud, VPC, "net", cidrBlock="10.0.0.0/16")
    make(cloud, SUBNET, "a", vpcId=vpc.id, cidrBlock="10.0.0.0/24")
    with pytest.raises(Refused, match=r"InvalidSubnet\.Conflict: ") as refused:
        make(cloud, SUBNET, "b", vpcId=vpc.id, cidrBlock="10.0.0.128/25")
    (reason,) = refused.value.reasons
    assert reason.property == "cidrBlock"
    assert reason.rule.startswith("aws-ec2-")
    assert len(cloud.resources) == 3


def test_what_is_in_use_is_not_deleted(cloud: Cloud) -> None:
    vpc = make(cloud, VPC, "net", cidrBlock="10.0.0.0/16")
    subnet = make(cloud, SUBNET, "a", vpcId=vpc.id, cidrBlock="10.0.0.0/24")
    with pytest.raises(Refused, match="DependencyViolation"):
        cloud.delete(vpc)
    cloud.delete(subnet)
    cloud.delete(vpc)
    cloud.delete(vpc)  # what is gone is gone
    assert cloud.resources == []


def test_rules_on_inputs_alone_need_no_deployment(cloud: Cloud) -> None:
    reasons = cloud.refusals(urn(VPC, "v"), VPC, {"cidrBlock": "10.0.0.0/8"})
    assert [reason.property for reason in reasons] == ["cidrBlock"]
    assert cloud.refusals(urn(VPC, "v"), VPC, {"cidrBlock": UNKNOWN}, id="vpc-1") == []


# --- diff and update


@pytest.mark.parametrize(
    ("type", "old", "new", "changes", "replaces"),
    [
        (QUEUE, {"a": 1}, {"a": 1}, [], ()),
        (QUEUE, {"tags": {"a": "1"}}, {"tags": {"a": "2"}}, [Change("tags.a", "update")], ()),
        (QUEUE, {"name": "a"}, {"name": "b"}, [Change("name", "update")], ("name",)),
        (QUEUE, {}, {"fifoQueue": True}, [Change("fifoQueue", "add")], ("fifoQueue",)),
        (VPC, {"cidrBlock": "a"}, {"cidrBlock": UNKNOWN}, [Change("cidrBlock", "update")], ("cidrBlock",)),
        (
            "aws:eks/cluster:Cluster",
            {"encryptionConfig": {"provider": {"keyArn": "a"}}},
            {"encryptionConfig": {"provider": {"keyArn": "b"}}},
            [Change("encryptionConfig.provider.keyArn", "update")],
            ("encryptionConfig.provider.keyArn",),
        ),
        ("random:index/randomId:RandomId", {"keepers": {"a": "1"}}, {"keepers": {"a": "2"}},
         [Change("keepers.a", "update")], ("keepers.a",)),
    ],
)  # fmt: skip
def test_diff(
    cloud: Cloud,
    type: str,
    old: dict[str, Any],
    new: dict[str, Any],
    changes: list[Change],
    replaces: tuple[str, ...],
) -> None:
    found = cloud.diff(type, old, new)
    assert list(found.changes) == changes
    assert found.replaces == replaces


def test_diff_follows_the_resource_options(cloud: Cloud) -> None:
    old, new = {"tags": {"a": "1"}, "delaySeconds": 1}, {"tags": {"a": "2"}, "delaySeconds": 2}
    assert cloud.diff(QUEUE, old, new, ignore=["tags", "delaySeconds"]).changes == ()
    assert cloud.diff(QUEUE, old, new, ignore=["tags"], replace_on=["delaySeconds"]).replaces == (
        "delaySeconds",
    )


def test_diff_follows_the_configuration_of_the_provider(cloud: Cloud) -> None:
    old, new = ({"metadata": {"name": "c"}, "data": {"A": value}} for value in "xy")
    settings = "kubernetes:core/v1:ConfigMap"
    replaced = cloud.diff(settings, old, new)
    assert (replaced.replaces, replaced.delete_first) == (("data.A",), True)
    updated = cloud.diff(settings, old, new, config={"enableConfigMapMutable": "true"})
    assert (updated.changes, updated.replaces) == ((Change("data.A", "update"),), ())


@pytest.mark.parametrize(
    ("type", "old", "new", "first"),
    [
        (QUEUE, {"name": "jobs-1234567"}, {"name": "jobs-1234567", "fifoQueue": True}, False),
        (QUEUE, {"name": "mine"}, {"name": "mine", "fifoQueue": True}, True),
        (QUEUE, {"name": "mine"}, {"name": "other"}, False),
        (SUBNET, {"cidrBlock": "a"}, {"cidrBlock": "b"}, False),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"role": "a"}, {"role": "b"}, True),
        ("kubernetes:core/v1:ConfigMap", {"metadata": {"name": "c"}, "data": {}},
         {"metadata": {"name": "c"}, "data": {"a": "b"}}, True),
        ("kubernetes:core/v1:ConfigMap", {"metadata": {"name": "c", "annotations": {"pulumi.com/autonamed": "true"}}},
         {"metadata": {"name": "c", "annotations": {"pulumi.com/autonamed": "true"}}, "data": {"a": "b"}}, False),
        ("kubernetes:core/v1:ConfigMap", {"metadata": {"name": "c"}}, {"metadata": UNKNOWN}, False),
    ],
)  # fmt: skip
def test_what_keeps_its_name_goes_first(
    cloud: Cloud, type: str, old: dict[str, Any], new: dict[str, Any], first: bool
) -> None:
    found = cloud.diff(type, old, new, name="jobs")
    assert found.replaces
    assert found.delete_first is first


def test_an_update_keeps_what_was_computed(cloud: Cloud) -> None:
    queue = make(cloud, QUEUE, "jobs", tags={"a": "1"})
    new = {**queue.inputs, "tags": {"a": "2"}}
    seen = cloud.update(queue, new, preview=True)
    assert cloud.current(queue.urn) == queue
    updated = cloud.update(queue, new)
    assert updated == seen
    assert (updated.id, updated.outputs["arn"], updated.outputs["tagsAll"]) == (
        queue.id,
        queue.outputs["arn"],
        {"a": "2"},
    )
    assert cloud.current(queue.urn) == updated


# --- read, drift


def test_reading_finds_what_is_there_and_tells_what_is_gone(cloud: Cloud) -> None:
    queue = make(cloud, QUEUE, "jobs")
    assert cloud.read(queue.urn, QUEUE, queue.id, managed=True) == queue
    cloud.delete(queue)
    assert cloud.read(queue.urn, QUEUE, queue.id) is None
    assert cloud.read(queue.urn, QUEUE, "https://elsewhere/x", managed=True) is None


def test_what_was_never_made_here_exists_elsewhere_unless_the_cloud_is_strict(cloud: Cloud) -> None:
    found = cloud.read(urn(VPC, "mine"), VPC, "vpc-0123", {"cidrBlock": "10.1.0.0/16"})
    assert found is not None
    assert (found.id, found.outputs["cidrBlock"]) == ("vpc-0123", "10.1.0.0/16")
    assert found.outputs["arn"].endswith(":vpc/vpc-0123")
    assert cloud.resources == []
    assert Cloud(strict=True).read(urn(VPC, "mine"), VPC, "vpc-0123") is None


def test_drift(cloud: Cloud) -> None:
    queue = make(cloud, QUEUE, "jobs", delaySeconds=1)
    drifted = cloud.drift("jobs", {"delaySeconds": 9})
    assert drifted is not None
    assert (drifted.inputs["delaySeconds"], drifted.outputs["delaySeconds"]) == (9, 9)
    assert cloud.read(queue.urn, QUEUE, queue.id) == drifted
    assert cloud.drift(queue.urn, None) is None
    assert cloud.resources == []
    with pytest.raises(KeyError, match="drift names jobs"):
        cloud.drift("jobs", None)


# --- functions, faults


def test_functions_refuse_in_the_clouds_words(cloud: Cloud) -> None:
    assert (
        cloud.invoke("aws:index/getRegion:getRegion", {}, config={"region": "us-east-1"})["region"]
        == "us-east-1"
    )
    with pytest.raises(Refused) as refused:
        cloud.invoke("aws:ec2/getVpcc:getVpcc", {})
    assert refused.value.reasons[0].code == "UnknownFunction"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(type=QUEUE, nth=2), Reason("InternalFailure", f"create of {QUEUE} was made to fail")),
        (Fault(kind="throttle", nth=2), Reason("ThrottlingException", "Rate exceeded")),
        (Fault(name="b", code="Own", message="words"), Reason("Own", "words")),
    ],
)
def test_faults_refuse(fault: Fault, reason: Reason) -> None:
    cloud = Cloud(faults=Faults([fault]))
    make(cloud, QUEUE, "a")
    with pytest.raises(Refused) as refused:
        make(cloud, QUEUE, "b")
    assert refused.value.reasons == (reason,)
    assert [item.name for item in cloud.resources] == ["a"]


def test_faults_of_other_operations_and_types_do_not_strike() -> None:
    cloud = Cloud(faults=Faults([Fault(operation="delete"), Fault(type=VPC), Fault(kind="slow", seconds=60)]))
    queue = make(cloud, QUEUE, "a")
    with pytest.raises(Refused):
        cloud.delete(queue)


def test_a_cloud_without_a_folder_keeps_nothing(tmp_path: Path) -> None:
    make(Cloud(), QUEUE, "a")
    assert list(tmp_path.iterdir()) == []
