"""The domain of a stack: who answers for its names, in the world and inside the network."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import route53


class DomainArgs(TypedDict):
    domain: str
    """Name of the domain. A change replaces the zones."""
    vpc_id: pulumi.Input[str]
    """Network that the names of internal services are answered in."""
    hosted_zone_id: NotRequired[str]
    """Public zone of the domain that is there already. Default: one is created, and whoever owns the domain
    above must delegate to its name servers before a certificate can be issued."""
    private_zone: NotRequired[bool]
    """Create a private zone of the same name: inside the network it hides the public one. Default: true."""
    protect: NotRequired[bool]
    """Refuse to delete the zones. Default: false."""


class Domain(pulumi.ComponentResource):
    """A public zone for certificates and public services, and a private one for internal services.

    Both have the same name, so that a service keeps its name, and its certificate, wherever it is reached
    from. Inside the network the private zone alone answers: a public service has its record in both, and what
    others keep in the public zone is not found there.
    """

    domain: pulumi.Output[str]
    hosted_zone_id: pulumi.Output[str]
    private_zone_id: pulumi.Output[str]
    """Empty where there is none."""
    name_servers: pulumi.Output[list[str]]
    """What the domain above must delegate to; empty for an existing zone."""

    def __init__(self, name: str, args: DomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Domain", name, None, opts)
        lasting = pulumi.ResourceOptions(parent=self, protect=args.get("protect", False))
        self.domain = pulumi.Output.from_input(args["domain"])
        if "hosted_zone_id" in args:
            self.hosted_zone_id = pulumi.Output.from_input(args["hosted_zone_id"])
            self.name_servers = pulumi.Output.from_input([])
        else:
            public = route53.Zone(
                f"{name}-public",
                name=args["domain"],
                comment=f"Public names of {args['domain']}",
                opts=lasting,
            )
            self.hosted_zone_id = public.zone_id
            self.name_servers = public.name_servers
        self.private_zone_id = pulumi.Output.from_input("")
        if args.get("private_zone", True):
            private = route53.Zone(
                f"{name}-private",
                name=args["domain"],
                comment=f"Names of {args['domain']} inside the network",
                vpcs=[{"vpc_id": args["vpc_id"]}],
                opts=lasting,
            )
            self.private_zone_id = private.zone_id
        self.register_outputs(
            {
                "domain": self.domain,
                "hosted_zone_id": self.hosted_zone_id,
                "private_zone_id": self.private_zone_id,
                "name_servers": self.name_servers,
            }
        )
