"""Words that few templates name, worked out from a resource's place, inputs and seed when one does."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from skymason.offline.values import digest

TENANT = "11111111-2222-4333-8444-555555555555"


SUBSCRIPTION = "00000000-1111-4222-8333-444444444444"


_ADJECTIVES = ("able", "bold", "calm", "deft", "eager", "fair", "keen", "lively")


_ANIMALS = ("badger", "crane", "dingo", "egret", "falcon", "gecko", "heron", "ibis")


class Place:
    """Where a resource lives: account, region, partition, and the default tags of its provider."""

    __slots__ = ("account", "config", "partition", "region")

    def __init__(self, account: str, region: str, config: Mapping[str, Any]) -> None:
        self.account = account
        self.region = region
        self.config = config
        self.partition = (
            "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
        )

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    @property
    def dns_suffix(self) -> str:
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"


class Words(dict[str, Any]):
    """Values that few templates name: worked out when one does."""

    def __init__(self, place: Place, inputs: Mapping[str, Any], seed: str) -> None:
        super().__init__()
        self._place = place
        self._inputs = inputs
        self._seed = seed

    def __contains__(self, key: object) -> bool:
        return str(key).partition(":")[0] in WORDS

    def __getitem__(self, key: str) -> Any:
        word, _, label = key.partition(":")
        return WORDS[word](self._place, self._inputs, self._seed, label)


def _zone(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> str:
    return f"{place.region}{'abc'[int(digest(seed, 'zone', length=2), 16) % 3]}"


def _zone_id(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> str:
    zone = inputs.get("availabilityZone") or _zone(place, inputs, seed, label)
    area = "".join(part[:1] for part in place.region.split("-")[1:-1])
    number = "abcdef".find(str(zone)[-1]) + 1
    return f"{place.region[:2]}{area}{place.region[-1]}-az{number}"


def _address(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> str:
    d = digest(seed, "public", length=4)
    return f"203.0.113.{int(d[:2], 16)}"


def _private_address(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> str:
    d = digest(seed, "private", length=4)
    return f"10.0.{int(d[:2], 16)}.{int(d[2:], 16)}"


def _cluster_name(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> str:
    return str(inputs.get("cluster") or "default").rpartition("/")[2]


def _oidc_host(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> str:
    return str(inputs.get("url", "")).removeprefix("https://")


def _path(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> str:
    return str(inputs.get("path") or "/")


def _lb_kind(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> str:
    kind = inputs.get("loadBalancerType", "application")
    return {"network": "net", "gateway": "gwy"}.get(str(kind), "app")


def _lb_scheme(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> str:
    return "internal-" if inputs.get("internal") is True else ""


def _lb_path(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> str:
    """`app/name/id` of the load balancer that a listener or rule belongs to."""
    parent = str(inputs.get("loadBalancerArn") or inputs.get("listenerArn") or "")
    return "/".join(parent.split("/")[1:])


def _waf_scope(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> str:
    return "global" if inputs.get("scope") == "CLOUDFRONT" else "regional"


def _service_role(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> str:
    service = inputs.get("awsServiceName", "")
    name = "AWSServiceRoleFor" + str(service).partition(".")[0].capitalize()
    return f"arn:{place.partition}:iam::{place.account}:role/aws-service-role/{service}/{name}"


def _certificate_validation(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> list[Any]:
    """One DNS record for each name of a certificate; a wildcard shares the record of its base name."""
    names = [inputs.get("domainName"), *(inputs.get("subjectAlternativeNames") or [])]
    return [
        {
            "domainName": name,
            "resourceRecordName": f"_{digest(seed, base, length=32)}.{base}.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": f"_{digest(seed, base, 'value', length=32)}.acm-validations.aws.",
        }
        for name in dict.fromkeys(names)
        if isinstance(name, str)
        for base in [name.removeprefix("*.")]
    ]


def _bytes(inputs: Mapping[str, Any], seed: str) -> bytes:
    length = int(inputs.get("byteLength") or inputs.get("length") or 8)
    return bytes.fromhex(digest(seed, "bytes", length=128))[:length].ljust(length, b"\x5a")


def _random_string(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> str:
    """Random text that keeps the resource's own rules."""
    classes = [
        ("lower", "minLower", "abcdefghijklmnopqrstuvwxyz"),
        ("upper", "minUpper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ("numeric", "minNumeric", "0123456789"),
        ("special", "minSpecial", str(inputs.get("overrideSpecial") or "!@#$%&*()-_=+[]{}<>:?")),
    ]
    length = int(inputs.get("length") or 16)
    allowed = [(least, letters) for name, least, letters in classes if inputs.get(name) is not False]
    alphabet = "".join(letters for _, letters in allowed)
    text: list[str] = []
    for least, letters in allowed:
        text += _pick(letters, int(inputs.get(least) or 0), seed, least)
    text += _pick(alphabet, max(length - len(text), 0), seed, "rest")
    return "".join(sorted(text, key=lambda letter: digest(seed, letter, length=8)))


def _pick(letters: str, count: int, seed: str, label: str) -> list[str]:
    return [letters[int(digest(seed, label, str(n), length=8), 16) % len(letters)] for n in range(count)]


def _random_integer(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> int:
    low, high = int(inputs.get("min") or 0), int(inputs.get("max") or 0)
    return low + int(digest(seed, "integer", length=12), 16) % max(high - low + 1, 1)


def _random_pet(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> str:
    number = int(digest(seed, "pet", length=8), 16)
    words = [_ADJECTIVES[number % 8], _ANIMALS[number // 8 % 8]]
    prefix = [str(inputs["prefix"])] if inputs.get("prefix") else []
    return str(inputs.get("separator") or "-").join([*prefix, *words])


def _random_shuffle(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> list[Any]:
    items = sorted(inputs.get("inputs") or [], key=lambda item: digest(seed, str(item), length=8))
    count = inputs.get("resultCount")
    return items[: int(count)] if count is not None else items


def _pem(place: Place, inputs: Mapping[str, Any], seed: str, label: str) -> str:
    body = base64.b64encode(bytes.fromhex(digest(seed, label, length=96))).decode()
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


WORDS = {
    "zone": _zone,
    "zone_id": _zone_id,
    "public_ip": _address,
    "public_ip_dashed": lambda *a: _address(*a).replace(".", "-"),
    "private_ip": _private_address,
    "private_ip_dashed": lambda *a: _private_address(*a).replace(".", "-"),
    "octet": lambda place, inputs, seed, label: int(digest(seed, "octet", label, length=2), 16),
    "cluster_name": _cluster_name,
    "oidc_host": _oidc_host,
    "path": _path,
    "lb_kind": _lb_kind,
    "lb_scheme": _lb_scheme,
    "lb_path": _lb_path,
    "waf_scope": _waf_scope,
    "arn_of_service_role": _service_role,
    "certificate_validation": _certificate_validation,
    "location": lambda place, inputs, seed, label: inputs.get("location") or place.region,
    "tenant": lambda *a: TENANT,
    "helm_id": lambda place, inputs, seed, label: (
        f"{inputs.get('namespace') or 'default'}/{inputs.get('name')}"
    ),
    "random_string": _random_string,
    "random_integer": _random_integer,
    "random_pet": _random_pet,
    "random_shuffle": _random_shuffle,
    "random_hex": lambda place, inputs, seed, label: _bytes(inputs, seed).hex(),
    "random_dec": lambda place, inputs, seed, label: str(int.from_bytes(_bytes(inputs, seed), "big")),
    "random_b64": lambda place, inputs, seed, label: base64.b64encode(_bytes(inputs, seed)).decode(),
    "random_b64url": lambda place, inputs, seed, label: (
        base64.urlsafe_b64encode(_bytes(inputs, seed)).decode().rstrip("=")
    ),
    "pem": _pem,
}
