"""Types of single values: each says what is wrong with a value, with a code of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from skymason.diagnostics import Code, nearest, suggestion
from skymason.settings import codes, facts


@dataclass(frozen=True, slots=True)
class Change:
    """Metadata of a setting: what a change of it does to what is deployed."""

    effect: str


def problem(code: Code, message: str, fix: str) -> PydanticCustomError:
    """An error that becomes a diagnostic with this code and this fix."""
    return PydanticCustomError(code.id, "{message}", {"message": message, "fix": fix})


@dataclass(frozen=True, slots=True)
class Form:
    """Metadata of a type of text: its syntax, as a person says it."""

    words: str


@dataclass(frozen=True, slots=True)
class Arn:
    """The parts of an ARN. resource: all that follows the account, colons included."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


_ARN = re.compile(r"^arn:([a-z-]+):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|aws|):(\S+)$")


def parse_arn(text: str) -> Arn | None:
    """The parts of an ARN; None where it is none."""
    match = _ARN.match(text)
    return Arn(*match.groups()) if match else None


def known_arn(text: str) -> Arn:
    """The parts of an ARN that has been checked before."""
    arn = parse_arn(text)
    assert arn is not None, text
    return arn


def _arn(text: str) -> str:
    arn = parse_arn(text)
    if arn is None:
        raise problem(
            codes.BAD_ARN, f"'{text}' is not an ARN", "write arn:PARTITION:SERVICE:REGION:ACCOUNT:NAME"
        )
    if arn.partition not in facts.PARTITIONS:
        fix = f"allowed partitions: {', '.join(facts.PARTITIONS)}"
        raise problem(codes.WRONG_PARTITION, f"there is no partition '{arn.partition}'", fix)
    if arn.region and arn.region not in facts.REGIONS:
        raise problem(
            codes.UNKNOWN_REGION, f"there is no region '{arn.region}'", "mend the region in the ARN"
        )
    return text


def _cidr(text: str) -> str:
    try:
        loose = ip_network(text, strict=False)
    except ValueError:
        raise problem(
            codes.BAD_CIDR, f"'{text}' is not an address range", "write it as 10.0.0.0/16"
        ) from None
    if "/" not in text:
        raise problem(codes.BAD_CIDR, f"'{text}' has no length", f"write {loose}")
    if str(loose) != text:
        raise problem(codes.HOST_BITS, f"'{text}' does not start at its network address", f"write {loose}")
    return text


def is_arn(value: object) -> bool:
    """Whether a value is an ARN of a partition and region that exist."""
    try:
        return isinstance(value, str) and bool(_arn(value))
    except PydanticCustomError:
        return False


def _network_cidr(text: str) -> str:
    _cidr(text)
    network = ip_network(text)
    ranges = [IPv4Network(item) for item in facts.PRIVATE_RANGES]
    if not isinstance(network, IPv4Network):
        raise problem(codes.BAD_CIDR, "a network's range is IPv4", "write it as 10.0.0.0/16")
    if not any(network.subnet_of(item) for item in ranges):
        fix = f"take a range inside {', '.join(facts.PRIVATE_RANGES)}"
        raise problem(codes.PUBLIC_RANGE, f"{text} is not a private range", fix)
    if not 16 <= network.prefixlen <= 20:
        fix = f"take a length from /16 to /20, such as {network.network_address}/16"
        raise problem(codes.NETWORK_SIZE, f"{text} is a /{network.prefixlen}", fix)
    return text


DAYS = ", ".join(map(str, facts.RETENTION_DAYS))


def _retention(days: int) -> int:
    if days not in facts.RETENTION_DAYS:
        longer = next((item for item in facts.RETENTION_DAYS if item >= days), facts.RETENTION_DAYS[-1])
        fix = f"take {longer}; allowed: {DAYS}"
        raise problem(codes.BAD_RETENTION, f"CloudWatch cannot keep a log for {days} days", fix)
    return days


# The local part and the domain as mail providers hand them out; quoted local parts are not in use.
_EMAIL = re.compile(
    r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$"
)


def _email(text: str) -> str:
    local = text.partition("@")[0]
    if not _EMAIL.match(text) or ".." in local or local[:1] == "." or local[-1:] == "." or len(text) > 254:
        raise problem(codes.BAD_EMAIL, f"'{text}' is not an e-mail address", "write it as name@example.com")
    return text


def _instance_type(text: str) -> str:
    family, _, size = text.partition(".")
    sizes = facts.instance_sizes()
    if family not in sizes:
        near = nearest(family, sizes)
        fix = f"did you mean '{near}.{size}'?" if near else "see https://aws.amazon.com/ec2/instance-types/"
        raise problem(codes.UNKNOWN_INSTANCE, f"there is no instance type '{text}'", fix)
    if size not in sizes[family]:
        fix = suggestion(text, [f"{family}.{item}" for item in sizes[family]])
        raise problem(codes.UNKNOWN_INSTANCE, f"there is no instance type '{text}'", fix)
    if size in facts.TOO_SMALL_SIZES:
        fix = f"take {family}.{next(item for item in sizes[family] if item not in facts.TOO_SMALL_SIZES)}"
        raise problem(codes.NODE_TOO_SMALL, f"{text} holds four pods, daemons included", fix)
    return text


def _text(pattern: str, words: str, max_length: int | None = None) -> tuple[StringConstraints, Form]:
    return StringConstraints(pattern=pattern, max_length=max_length), Form(words)


NAME_FORM = "lower-case letters, digits and dashes, first a letter, last no dash"

ArnText = Annotated[str, AfterValidator(_arn), Form("an ARN")]
Cidr = Annotated[str, AfterValidator(_cidr), Form("an address range such as 203.0.113.0/24")]
NetworkCidr = Annotated[str, AfterValidator(_network_cidr), Form("a private IPv4 range, /16 to /20")]
Retention = Annotated[
    int, AfterValidator(_retention), Form("a number of days that CloudWatch takes, 1 to 3653")
]
Email = Annotated[str, AfterValidator(_email), Form("an e-mail address")]
InstanceType = Annotated[str, AfterValidator(_instance_type), Form("an EC2 instance type")]
# A load balancer takes 32 characters as its name: project, environment and service share them.
ShortName = Annotated[str, *_text(r"^[a-z]([a-z0-9-]*[a-z0-9])?$", NAME_FORM, 12)]
PoolName = Annotated[str, *_text(r"^[a-z]([a-z0-9-]*[a-z0-9])?$", NAME_FORM, 20)]
DnsLabel = Annotated[str, *_text(r"^[a-z]([a-z0-9-]*[a-z0-9])?$", NAME_FORM, 63)]
DomainName = Annotated[
    str,
    *_text(r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$", "a domain name such as example.com", 253),
]
# What Kubernetes labels and the tags of both clouds have in common.
TagText = Annotated[
    str,
    *_text(
        r"^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$",
        "letters, digits, `-`, `_` and `.`, with a letter or digit at both ends",
        63,
    ),
]
AccountId = Annotated[str, *_text(r"^\d{12}$", "twelve digits in quotes")]
VpcId = Annotated[str, *_text(r"^vpc-([0-9a-f]{8}|[0-9a-f]{17})$", "the id of a VPC, `vpc-…`")]
SubnetId = Annotated[str, *_text(r"^subnet-([0-9a-f]{8}|[0-9a-f]{17})$", "the id of a subnet, `subnet-…`")]
ZoneId = Annotated[str, *_text(r"^Z[A-Z0-9]{1,31}$", "the id of a hosted zone, `Z…`")]
KubernetesVersion = Annotated[str, *_text(r"^1\.\d{2}$", 'a minor version in quotes, such as "1.35"')]
RegistryHost = Annotated[
    str,
    *_text(
        r"^\d{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.(amazonaws\.(com|com\.cn|eu)|on\.aws)$",
        "the host of an ECR registry, `ACCOUNT.dkr.ecr.REGION.amazonaws.com`",
    ),
]
ClusterName = Annotated[
    str, *_text(r"^[0-9A-Za-z][0-9A-Za-z_-]*$", "letters, digits, `-` and `_`, first a letter or digit", 100)
]
Url = Annotated[str, *_text(r"^https://\S+$", "an address that begins with `https://`", 2048)]
SecurityGroupId = Annotated[
    str, *_text(r"^sg-([0-9a-f]{8}|[0-9a-f]{17})$", "the id of a security group, `sg-…`")
]
_HOST = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+"
HostName = Annotated[str, *_text(rf"^{_HOST}$", "a host name, without a port", 253)]
# Source: Amazon MSK Developer Guide, "Port information": 9098 for IAM, 9198 for IAM from outside.
BootstrapServers = Annotated[
    str,
    *_text(
        rf"^({_HOST}:9098(,{_HOST}:9098)*|{_HOST}:9198(,{_HOST}:9198)*)$",
        "brokers as `host:9098,host:9098`: the ports for IAM are 9098, and 9198 from outside",
        2048,
    ),
]
TopicName = Annotated[
    str, *_text(r"^[A-Za-z0-9._-]*[A-Za-z0-9._*-]$", "the name of a topic, which may end in `*`", 249)
]
DatabaseId = Annotated[
    str,
    *_text(
        r"^((db|cluster)-[A-Z0-9]+|prx-[0-9a-zA-Z]+)$",
        "the resource id of an instance, Aurora cluster or proxy: `db-…`, `cluster-…` or `prx-…`",
    ),
]
DatabaseName = Annotated[str, *_text(r"^[A-Za-z_][A-Za-z0-9_$-]*$", "the name of a database", 63)]
UserName = Annotated[str, *_text(r"^[A-Za-z_][A-Za-z0-9_.-]*$", "the name of a user", 63)]
