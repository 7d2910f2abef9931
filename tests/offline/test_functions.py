"""Providers' functions: what they answer with and without resources in the cloud."""

import json
from typing import Any

import pytest

from skymason.offline.data_sources import FUNCTIONS
from skymason.offline.functions import NoAnswer, call, result_of
from skymason.offline.policy_document import policy_document
from skymason.offline.view import ResourceIndex, StoredResource
from skymason.offline.words import Place

PLACE = Place("123456789012", "eu-central-1", {})
VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"


def stored(type: str, id: str, /, **outputs: Any) -> StoredResource:
    return StoredResource(f"urn:{id}", type, id, id, outputs, outputs)


HELD = ResourceIndex(
    [
        stored(VPC, "vpc-1", cidrBlock="10.0.0.0/16", tagsAll={"Name": "main"}),
        stored(SUBNET, "subnet-1", vpcId="vpc-1", cidrBlock="10.0.0.0/24", tagsAll={"tier": "private"}),
        stored(SUBNET, "subnet-2", vpcId="vpc-2", cidrBlock="10.1.0.0/24", tagsAll={"tier": "private"}),
        stored("aws:route53/zone:Zone", "Z1", name="a.com", zoneId="Z1"),
        stored("aws:ssm/parameter:Parameter", "/mine", name="/mine", value="own", type="String"),
        stored("aws:acm/certificate:Certificate", "arn:cert", domainName="a.com", arn="arn:cert"),
        stored("aws:kms/key:Key", "key-1", arn="arn:aws:kms:k:key/key-1"),
        stored("aws:iam/role:Role", "r-1", name="r-1", arn="arn:aws:iam::1:role/r-1", assumeRolePolicy="{}"),
        stored("aws:s3/bucket:Bucket", "logs-1", bucket="logs-1", arn="arn:aws:s3:::logs-1"),
    ]
)
EMPTY = ResourceIndex()


@pytest.mark.parametrize(
    ("token", "args", "expected"),
    [
        ("aws:index/getCallerIdentity:getCallerIdentity", {}, {"accountId": "123456789012"}),
        ("aws:index/getRegion:getRegion", {}, {"region": "eu-central-1"}),
        ("aws:index/getPartition:getPartition", {}, {"partition": "aws", "dnsSuffix": "amazonaws.com"}),
        ("aws:index/getAvailabilityZones:getAvailabilityZones", {"state": "available"},
         {"names": ["eu-central-1a", "eu-central-1b", "eu-central-1c"], "zoneIds": ["euc1-az1", "euc1-az2", "euc1-az3"]}),
        ("aws:index/getServicePrincipal:getServicePrincipal", {"serviceName": "logs"}, {"name": "logs.amazonaws.com"}),
        ("aws:ec2/getVpc:getVpc", {"id": "vpc-1"}, {"cidrBlock": "10.0.0.0/16", "id": "vpc-1"}),
        ("aws:ec2/getVpc:getVpc", {"tags": {"Name": "main"}}, {"id": "vpc-1"}),
        ("aws:ec2/getVpc:getVpc", {"id": "vpc-theirs"}, {"id": "vpc-theirs", "cidrBlock": "172.31.0.0/16"}),
        ("aws:ec2/getSubnets:getSubnets", {"filters": [{"name": "vpc-id", "values": ["vpc-1"]}]}, {"ids": ["subnet-1"]}),
        ("aws:ec2/getSubnets:getSubnets", {"filters": [{"name": "tag:tier", "values": ["private"]}]},
         {"ids": ["subnet-1", "subnet-2"]}),
        ("aws:ec2/getSubnet:getSubnet", {"id": "subnet-2"}, {"vpcId": "vpc-2"}),
        ("aws:ec2/getSubnet:getSubnet", {"id": "subnet-theirs"}, {"id": "subnet-theirs", "state": "available"}),
        ("aws:route53/getZone:getZone", {"name": "a.com."}, {"zoneId": "Z1"}),
        ("aws:route53/getZone:getZone", {"zoneId": "Z9"}, {"zoneId": "Z9", "name": "example.com"}),
        ("aws:ssm/getParameter:getParameter", {"name": "/mine"}, {"value": "own"}),
        ("aws:ssm/getParameter:getParameter", {"name": "/a/b"}, {"value": "value-of-a-b"}),
        ("aws:acm/getCertificate:getCertificate", {"domain": "a.com"}, {"arn": "arn:cert", "status": "ISSUED"}),
        ("aws:kms/getKey:getKey", {"keyId": "key-1"}, {"arn": "arn:aws:kms:k:key/key-1"}),
        ("aws:iam/getRole:getRole", {"name": "r-1"}, {"arn": "arn:aws:iam::1:role/r-1"}),
        ("aws:s3/getBucket:getBucket", {"bucket": "logs-1"}, {"arn": "arn:aws:s3:::logs-1"}),
        ("aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings",
         {"filters": [{"name": "instance-type", "values": ["t3.medium"]}]}, {"instanceTypes": ["t3.medium"]}),
        ("azure-native:authorization:getClientConfig", {}, {"tenantId": "11111111-2222-4333-8444-555555555555"}),
        ("kubernetes:yaml:decode", {"text": "kind: A\n---\nkind: B\nmetadata: {name: b}\n---\n", "defaultNamespace": "n"},
         {"result": [{"kind": "A", "metadata": {"namespace": "n"}}, {"kind": "B", "metadata": {"name": "b", "namespace": "n"}}]}),
    ],
)  # fmt: skip
def test_answers(token: str, args: dict[str, Any], expected: dict[str, Any]) -> None:
    found = call(token, args, HELD, PLACE)
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("token", "args", "property", "start"),
    [
        ("aws:ec2/getAmi:getAmi", {"mostRecent": True, "owners": ["amazon"]}, "id", "ami-"),
        ("aws:ssm/getParameter:getParameter", {"name": "/aws/service/ami-amazon-linux-latest/x"}, "value", "ami-"),
        ("aws:eks/getClusterAuth:getClusterAuth", {"name": "c"}, "token", "k8s-aws-v1."),
        ("aws:acm/getCertificate:getCertificate", {"domain": "b.com"}, "arn", "arn:aws:acm:eu-central-1:"),
        ("aws:kms/getAlias:getAlias", {"name": "alias/a"}, "targetKeyArn", "arn:aws:kms:eu-central-1:"),
        ("aws:lb/getHostedZoneId:getHostedZoneId", {}, "id", "Z"),
        ("aws:elb/getServiceAccount:getServiceAccount", {}, "arn", "arn:aws:iam::"),
        ("aws:ecr/getAuthorizationToken:getAuthorizationToken", {}, "proxyEndpoint", "https://123456789012.dkr.ecr."),
        ("aws:route53/getZone:getZone", {"name": "b.com"}, "zoneId", "Z"),
    ],
)  # fmt: skip
def test_what_is_not_in_the_store_looks_real(
    token: str, args: dict[str, Any], property: str, start: str
) -> None:
    assert call(token, args, EMPTY, PLACE)[property].startswith(start)


def test_azure_credentials_and_keys() -> None:
    found = call(
        "azure-native:containerservice:listManagedClusterUserCredentials", {"resourceName": "c"}, EMPTY, PLACE
    )
    assert found["kubeconfigs"][0]["name"] == "clusterUser"
    keys = call("azure-native:storage:listStorageAccountKeys", {"accountName": "a"}, EMPTY, PLACE)["keys"]
    assert [key["keyName"] for key in keys] == ["key1", "key2"]


def test_answers_are_complete_and_the_same_each_time() -> None:
    args = {"name": "theirs"}
    found = call("aws:iam/getRole:getRole", args, EMPTY, PLACE)
    assert found == call("aws:iam/getRole:getRole", args, EMPTY, PLACE)
    shape = result_of("aws:iam/getRole:getRole")
    assert shape is not None
    assert {name for name, item in shape.properties.items() if item.required} <= set(found)


def test_functions_that_do_not_exist_name_the_nearest() -> None:
    with pytest.raises(NoAnswer, match=r"is not a function of aws .*; did you mean aws:ec2:getVpc\?"):
        call("aws:ec2:getVpcc", {}, EMPTY, PLACE)
    with pytest.raises(NoAnswer, match="answers for aws, azure-native, eks"):
        call("cloudflare:index:getZone", {}, EMPTY, PLACE)


def test_what_is_gone_and_what_a_strict_cloud_lacks_is_not_found() -> None:
    index = ResourceIndex([stored("aws:iam/role:Role", "r-1", name="r-1")])
    index.remove(stored("aws:iam/role:Role", "r-1", name="r-1"))
    with pytest.raises(NoAnswer, match="found nothing for name"):
        call("aws:iam/getRole:getRole", {"name": "r-1"}, index, PLACE)
    with pytest.raises(NoAnswer) as error:
        call("aws:iam/getRole:getRole", {"name": "x"}, ResourceIndex(strict=True), PLACE)
    assert error.value.code == "ResourceNotFound"


def test_every_function_of_the_table_exists_in_the_sdk() -> None:
    def tokens(short: str) -> list[str]:
        package, module, name = short.split(":")
        return [short, f"{package}:{module}/{name}:{name}"]

    assert [short for short in FUNCTIONS if not any(map(result_of, tokens(short)))] == [
        "kubernetes:yaml:decode"
    ]


def test_policy_documents() -> None:
    document = policy_document(
        {
            "policyId": "p",
            "statements": [
                {
                    "sid": "Read",
                    "actions": ["s3:ListBucket", "s3:GetObject", "s3:GetObject"],
                    "resources": ["arn:aws:s3:::b"],
                    "principals": [{"type": "AWS", "identifiers": ["1", "2"]}, {"type": "Service", "identifiers": ["ec2"]}],
                    "conditions": [
                        {"test": "StringEquals", "variable": "a", "values": ["x"]},
                        {"test": "StringEquals", "variable": "b", "values": ["x", "y"]},
                    ],
                },
                {
                    "effect": "Deny",
                    "notActions": ["iam:*"],
                    "notResources": ["*"],
                    "principals": [{"type": "*", "identifiers": ["*"]}],
                },
            ],
        }
    )  # fmt: skip
    assert json.loads(document) == {
        "Version": "2012-10-17",
        "Id": "p",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": "arn:aws:s3:::b",
                "Principal": {"AWS": ["1", "2"], "Service": "ec2"},
                "Condition": {"StringEquals": {"a": "x", "b": ["x", "y"]}},
            },
            {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "*", "Principal": "*"},
        ],
    }


def test_policy_documents_are_merged_by_sid() -> None:
    source = json.dumps({"Statement": {"Sid": "A", "Effect": "Allow", "Action": "a"}})
    override = json.dumps({"Statement": [{"Sid": "B", "Effect": "Deny", "Action": "b"}]})
    statements = [{"sid": "A", "actions": ["own"]}, {"sid": "B", "actions": ["own"]}]
    document = policy_document(
        {
            "sourcePolicyDocuments": [source, ""],
            "statements": statements,
            "overridePolicyDocuments": [override],
        }
    )
    assert json.loads(document)["Statement"] == [
        {"Sid": "A", "Effect": "Allow", "Action": "own"},
        {"Sid": "B", "Effect": "Deny", "Action": "b"},
    ]
