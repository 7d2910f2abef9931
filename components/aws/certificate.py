"""A certificate for a service's host names, validated by DNS and renewed by ACM on its own."""

from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import acm, route53

TTL = 300


class CertificateArgs(TypedDict):
    """Arguments of Certificate."""

    hosts: dict[str, pulumi.Input[str]]
    """At least one, each under a name for its record; the first names the certificate. A change makes a new
    certificate, then moves to it."""
    zone_id: pulumi.Input[str]
    """Public hosted zone of the hosts: ACM reads the records of its validation from the internet."""


class Certificate(pulumi.ComponentResource):
    """ACM certificate with the records that prove the ownership of its names."""

    arn: pulumi.Output[str]
    """Known only once the certificate is issued, so nothing uses it before."""

    def __init__(self, name: str, args: CertificateArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Certificate", name, None, opts)
        below = ResourceOptions(parent=self)
        hosts = list(args["hosts"].values())
        certificate = acm.Certificate(
            f"{name}-certificate",
            domain_name=hosts[0],
            subject_alternative_names=hosts[1:],
            validation_method="DNS",
            opts=below,
        )
        records = []
        for spelled, domain in validated(args["hosts"]).items():
            option = pulumi.Output.all(certificate.domain_validation_options, domain).apply(_option)
            records.append(
                route53.Record(
                    f"{name}-certificate-{spelled}",
                    zone_id=args["zone_id"],
                    name=option["name"],
                    type=option["type"],
                    records=[option["value"]],
                    ttl=TTL,
                    # The record is the same for every certificate of a name in an account.
                    allow_overwrite=True,
                    opts=below,
                )
            )
        issued = acm.CertificateValidation(
            f"{name}-certificate-validation",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn for record in records],
            opts=below,
        )
        self.arn = issued.certificate_arn
        self.register_outputs({"arn": self.arn})


def validated(hosts: Mapping[str, pulumi.Input[str]]) -> dict[str, pulumi.Input[str]]:
    """The names that need a record of their own.

    A wildcard and its parent share a record. How many there are must not wait for anything that is known only
    after deployment: a host that is an output counts as one of its own.
    """
    found: dict[str, pulumi.Input[str]] = {}
    for spelled, host in hosts.items():
        name = host.removeprefix("*.") if isinstance(host, str) else host
        if not isinstance(name, str) or name not in [
            other for other in found.values() if isinstance(other, str)
        ]:
            found[spelled] = name
    return found


def _option(pair: list[Any]) -> dict[str, str]:
    """The validation record of one domain. The options come as a set, in no order."""
    options, domain = pair
    name = domain.removeprefix("*.")
    option = next(item for item in options if item["domain_name"].removeprefix("*.") == name)
    return {
        "name": option["resource_record_name"],
        "type": option["resource_record_type"],
        "value": option["resource_record_value"],
    }
