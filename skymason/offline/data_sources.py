"""Data sources with an answer of their own, by token without the file part (`aws:ec2:getVpc`)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import yaml  # type: ignore[import-untyped]

from skymason.offline.policy_document import policy_document
from skymason.offline.templates import random_text, uuid_text
from skymason.offline.view import CloudView, StoredResource
from skymason.offline.words import SUBSCRIPTION, TENANT, Place

Arguments = Mapping[str, Any]


Answer = dict[str, Any]


Function = Callable[[Arguments, CloudView, Place], Answer]


_ZONES = ("a", "b", "c")


_REGIONS = [
    "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1",
    "eu-north-1",
    "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
]  # fmt: skip


def _filtered(args: Arguments, view: CloudView, token: str) -> list[StoredResource]:
    """Resources of a type that satisfy EC2 filters (`vpc-id`, `tag:Name` …) and tags."""
    result = []
    for item in view.of_type(token):
        tags = item.outputs.get("tagsAll") or {}
        ok = all(tags.get(key) == value for key, value in (args.get("tags") or {}).items())
        for entry in args.get("filters") or []:
            ok = ok and _filter_value(item, tags, entry.get("name", "")) in (entry.get("values") or [])
        if ok:
            result.append(item)
    return result


def _filter_value(item: StoredResource, tags: Arguments, name: str) -> Any:
    if name.startswith("tag:"):
        return tags.get(name[4:])
    parts = name.split("-")
    value = item.outputs.get(parts[0] + "".join(part.capitalize() for part in parts[1:]))
    return item.id if name.endswith("-id") and value is None else value


def _caller(args: Arguments, view: CloudView, place: Place) -> Answer:
    arn = f"arn:{place.partition}:sts::{place.account}:assumed-role/offline/session"
    return {
        "accountId": place.account,
        "arn": arn,
        "id": place.account,
        "userId": "AROAOFFLINE0000000000:session",
    }


def _region(args: Arguments, view: CloudView, place: Place) -> Answer:
    return {
        "region": place.region,
        "name": place.region,
        "id": place.region,
        "description": f"Region {place.region}",
        "endpoint": f"ec2.{place.region}.{place.dns_suffix}",
    }


def _partition(args: Arguments, view: CloudView, place: Place) -> Answer:
    reverse = ".".join(reversed(place.dns_suffix.split(".")))
    return {
        "partition": place.partition,
        "id": place.partition,
        "dnsSuffix": place.dns_suffix,
        "reverseDnsPrefix": reverse,
    }


def _zones(args: Arguments, view: CloudView, place: Place) -> Answer:
    names = [f"{place.region}{letter}" for letter in _ZONES]
    area = "".join(part[:1] for part in place.region.split("-")[1:-1])
    ids = [f"{place.region[:2]}{area}{place.region[-1]}-az{n}" for n in range(1, len(_ZONES) + 1)]
    return {"names": names, "zoneIds": ids, "groupNames": [place.region], "id": place.region}


def _regions(args: Arguments, view: CloudView, place: Place) -> Answer:
    return {"names": _REGIONS, "id": place.partition}


def _ami(args: Arguments, view: CloudView, place: Place) -> Answer:
    seed = repr(sorted(args.items(), key=lambda item: item[0]))
    id = f"ami-{random_text('hex', 17, seed)}"
    return {
        "id": id,
        "imageId": id,
        "arn": f"arn:{place.partition}:ec2:{place.region}::image/{id}",
        "architecture": "arm64" if "arm64" in seed else "x86_64",
        "state": "available",
        "virtualizationType": "hvm",
        "rootDeviceName": "/dev/xvda",
        "rootDeviceType": "ebs",
        "creationDate": "2025-01-01T00:00:00.000Z",
    }


def _parameter(args: Arguments, view: CloudView, place: Place) -> Answer:
    name = str(args.get("name"))
    for found in view.by_property("aws:ssm/parameter:Parameter", "name", name):
        return {**found.outputs, "id": name}
    if "/ami" in name or "image_id" in name or "image-id" in name:
        value = f"ami-{random_text('hex', 17, name)}"
    else:
        value = f"value-of-{name.strip('/').replace('/', '-')}"
    arn = place.arn("ssm", f"parameter/{name.removeprefix('/')}")
    return {"id": name, "arn": arn, "type": "String", "value": value, "insecureValue": value, "version": 1}


def _cluster_auth(args: Arguments, view: CloudView, place: Place) -> Answer:
    return {
        "id": args.get("name"),
        "token": f"k8s-aws-v1.{random_text('letters', 40, str(args.get('name')))}",
    }


def _vpc(args: Arguments, view: CloudView, place: Place) -> Answer:
    found = _filtered(args, view, "aws:ec2/vpc:Vpc")
    by_id = [item for item in found if args.get("id") in (None, item.id)]
    if by_id:
        return {**by_id[-1].outputs, "id": by_id[-1].id}
    id = str(args.get("id") or f"vpc-{random_text('hex', 17, 'default')}")
    return {
        "id": id,
        "cidrBlock": "172.31.0.0/16",
        "arn": place.arn("ec2", f"vpc/{id}"),
        "state": "available",
        "instanceTenancy": "default",
        "enableDnsHostnames": True,
        "enableDnsSupport": True,
    }


def _subnets(args: Arguments, view: CloudView, place: Place) -> Answer:
    found = [item.id for item in _filtered(args, view, "aws:ec2/subnet:Subnet")]
    seed = repr(args.get("filters"))
    return {
        "id": place.region,
        "ids": found or [f"subnet-{random_text('hex', 17, seed, zone)}" for zone in _ZONES],
    }


def _subnet(args: Arguments, view: CloudView, place: Place) -> Answer:
    for item in _filtered(args, view, "aws:ec2/subnet:Subnet"):
        if args.get("id") in (None, item.id):
            return {**item.outputs, "id": item.id}
    id = str(args.get("id") or f"subnet-{random_text('hex', 17, repr(args))}")
    number = int(random_text("digits", 2, id))
    zone = f"{place.region}{_ZONES[number % 3]}"
    return {
        "id": id,
        "cidrBlock": f"172.31.{number}.0/24",
        "availabilityZone": zone,
        "availableIpAddressCount": 251,
        "vpcId": f"vpc-{random_text('hex', 17, 'default')}",
        "state": "available",
    }


def _hosted_zone(args: Arguments, view: CloudView, place: Place) -> Answer:
    id, name = args.get("zoneId"), str(args.get("name") or "example.com").rstrip(".")
    for item in view.of_type("aws:route53/zone:Zone"):
        if id == item.id or (id is None and str(item.inputs.get("name")).rstrip(".") == name):
            return {**item.outputs, "id": item.id}
    id = str(id or f"Z{random_text('upper', 20, name)}")
    servers = [f"ns-{n}.awsdns-0{n}.{end}" for n, end in enumerate(("com", "net", "org", "co.uk"), 1)]
    return {
        "id": id,
        "zoneId": id,
        "name": name,
        "arn": f"arn:{place.partition}:route53:::hostedzone/{id}",
        "nameServers": servers,
        "primaryNameServer": servers[0],
        "privateZone": False,
        "resourceRecordSetCount": 2,
    }


def _policy(args: Arguments, view: CloudView, place: Place) -> Answer:
    text = policy_document(args)
    return {"id": random_text("digits", 10, text), "json": text, "minifiedJson": text}


def _certificate(args: Arguments, view: CloudView, place: Place) -> Answer:
    for item in view.by_property("aws:acm/certificate:Certificate", "domainName", args.get("domain")):
        return {**item.outputs, "id": item.id, "domain": args.get("domain"), "status": "ISSUED"}
    arn = place.arn("acm", f"certificate/{uuid_text(str(args.get('domain')))}")
    return {"id": place.region, "arn": arn, "status": "ISSUED"}


def _balancer_zone(args: Arguments, view: CloudView, place: Place) -> Answer:
    return {"id": f"Z{random_text('upper', 13, place.region)}"}


def _log_account(args: Arguments, view: CloudView, place: Place) -> Answer:
    account = random_text("digits", 12, place.region)
    return {"id": account, "arn": f"arn:{place.partition}:iam::{account}:root"}


def _key(args: Arguments, view: CloudView, place: Place) -> Answer:
    wanted = str(args.get("keyId") or args.get("name"))
    for item in view.of_type("aws:kms/key:Key"):
        if wanted in (item.id, item.outputs.get("arn")):
            return {**item.outputs, "id": item.id}
    id = uuid_text(wanted)
    arn = place.arn("kms", f"key/{id}")
    return {
        "id": id,
        "arn": arn,
        "targetKeyId": id,
        "targetKeyArn": arn,
        "enabled": True,
        "keyState": "Enabled",
        "keyUsage": "ENCRYPT_DECRYPT",
    }


def _registry_token(args: Arguments, view: CloudView, place: Place) -> Answer:
    host = f"{place.account}.dkr.ecr.{place.region}.{place.dns_suffix}"
    return {
        "id": place.region,
        "authorizationToken": "QVdTOm9mZmxpbmU=",
        "userName": "AWS",
        "password": "offline",
        "proxyEndpoint": f"https://{host}",
        "expiresAt": "2025-01-01T12:00:00Z",
    }


def _service_principal(args: Arguments, view: CloudView, place: Place) -> Answer:
    name = f"{args.get('serviceName')}.amazonaws.com"
    return {"id": name, "name": name, "suffix": "amazonaws.com"}


def _offerings(args: Arguments, view: CloudView, place: Place) -> Answer:
    types = [value for entry in args.get("filters") or [] for value in entry.get("values") or []]
    return {"id": place.region, "instanceTypes": types, "locations": [f"{place.region}{z}" for z in _ZONES]}


def _client_config(args: Arguments, view: CloudView, place: Place) -> Answer:
    return {
        "clientId": uuid_text("client"),
        "objectId": uuid_text("object"),
        "subscriptionId": SUBSCRIPTION,
        "tenantId": TENANT,
    }


def _credentials(args: Arguments, view: CloudView, place: Place) -> Answer:
    text = f"apiVersion: v1\nkind: Config\nclusters: [{{name: {args.get('resourceName')}}}]\n"
    return {"kubeconfigs": [{"name": "clusterUser", "value": base64.b64encode(text.encode()).decode()}]}


def _storage_keys(args: Arguments, view: CloudView, place: Place) -> Answer:
    account = str(args.get("accountName"))
    return {
        "keys": [
            {
                "keyName": f"key{n}",
                "permissions": "FULL",
                "creationTime": "2025-01-01T00:00:00Z",
                "value": random_text("hex", 88, account, str(n)),
            }
            for n in (1, 2)
        ]
    }


def _decode(args: Arguments, view: CloudView, place: Place) -> Answer:
    """Kubernetes: the objects in a YAML text."""
    documents = yaml.safe_load_all(str(args.get("text", "")))
    namespace = args.get("defaultNamespace")
    result = []
    for item in documents:
        if isinstance(item, dict):
            if namespace:
                item.setdefault("metadata", {}).setdefault("namespace", namespace)
            result.append(item)
    return {"result": result}


FUNCTIONS: dict[str, Function] = {
    "aws:index:getCallerIdentity": _caller,
    "aws:index:getRegion": _region,
    "aws:index:getPartition": _partition,
    "aws:index:getAvailabilityZones": _zones,
    "aws:index:getRegions": _regions,
    "aws:index:getServicePrincipal": _service_principal,
    "aws:acm:getCertificate": _certificate,
    "aws:ec2:getAmi": _ami,
    "aws:ec2:getVpc": _vpc,
    "aws:ec2:getSubnet": _subnet,
    "aws:ec2:getSubnets": _subnets,
    "aws:ec2:getInstanceTypeOfferings": _offerings,
    "aws:ecr:getAuthorizationToken": _registry_token,
    "aws:ecr:getCredentials": _registry_token,
    "aws:eks:getClusterAuth": _cluster_auth,
    "aws:elb:getHostedZoneId": _balancer_zone,
    "aws:lb:getHostedZoneId": _balancer_zone,
    "aws:elb:getServiceAccount": _log_account,
    "aws:iam:getPolicyDocument": _policy,
    "aws:kms:getKey": _key,
    "aws:kms:getAlias": _key,
    "aws:route53:getZone": _hosted_zone,
    "aws:ssm:getParameter": _parameter,
    "azure-native:authorization:getClientConfig": _client_config,
    "azure-native:containerservice:listManagedClusterUserCredentials": _credentials,
    "azure-native:containerservice:listManagedClusterAdminCredentials": _credentials,
    "azure-native:storage:listStorageAccountKeys": _storage_keys,
    "kubernetes:yaml:decode": _decode,
}
"""Functions with an answer of their own. The others are answered from the resources in the store."""
