"""A certificate for a service's host names, validated by DNS and renewed by ACM on its own."""

from typing import Any, TypedDict

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import acm, route53

from components.aws.names import slug

TTL = 300


class CertificateArgs(TypedDict):
    """Arguments of Certificate."""

    hosts: list[pulumi.Input[str]]
    """At least one; the first names the certificate. A change makes a new one, then moves to it."""
    zone_id: pulumi.Input[str]
    """Public hosted zone of the hosts: ACM reads the records of its validation from the internet."""


class Certificate(pulumi.ComponentResource):
    """ACM certificate with the records that prove the ownership of its names."""

    arn: pulumi.Output[str]
    """Known only once the certificate is issued, so nothing uses it before."""

    def __init__(self, name: str, args: CertificateArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Certificate", name, None, opts)
        below = ResourceOptions(parent=self)
        hosts = args["hosts"]
        certificate = acm.Certificate(
            f"{name}-certificate",
            domain_name=hosts[0],
            subject_alternative_names=hosts[1:],
            validation_method="DNS",
            opts=below,
        )
        records = []
        for domain, spelled in validated(hosts):
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


def validated(hosts: list[pulumi.Input[str]]) -> list[tuple[pulumi.Input[str], str]]:
    """The names that need a record of their own, each with its spelling in a resource's name.

    A wildcard and its parent share a record. How many there are must not wait for anything that is known only
    after deployment: a name that is an output counts as one of its own.
    """
    names = [host.removeprefix("*.") if isinstance(host, str) else host for host in hosts]
    known = dict.fromkeys(name for name in names if isinstance(name, str))
    unknown = [name for name in names if not isinstance(name, str)]
    defaults = ["default"] + [f"default-{index}" for index in range(1, len(unknown))]
    return [*((name, slug(name)) for name in known), *zip(unknown, defaults, strict=False)]


def _option(pair: list[Any]) -> dict[str, str]:
    """The validation record of one domain. The options come as a set, in no order."""
    options, domain = pair
    name = domain.removeprefix("*.")
    option = next(item for item in options if item.domain_name.removeprefix("*.") == name)
    return {
        "name": option.resource_record_name,
        "type": option.resource_record_type,
        "value": option.resource_record_value,
    }
