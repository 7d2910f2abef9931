"""Zones of a domain."""

from typing import Any

import pulumi
from blocks import Built, build

from components.aws.domain import Domain


def exported(**changed: Any) -> Built:
    def program() -> None:
        domain = Domain("dns", {"domain": "example.com", "vpc_id": "vpc-1", **changed})
        for output in ("domain", "hosted_zone_id", "private_zone_id", "name_servers"):
            pulumi.export(output, getattr(domain, output))

    return build(program)


def test_a_public_and_a_private_zone_of_one_name() -> None:
    built = exported(protect=True)
    assert built.names() == ["dns-private", "dns-public"]
    public, private = built.one("dns-public"), built.one("dns-private")
    assert (public.inputs["name"], "vpcs" in public.inputs) == ("example.com", False)
    assert (private.inputs["name"], private.inputs["vpcs"]) == ("example.com", [{"vpcId": "vpc-1"}])
    assert [zone.options.protect for zone in (public, private)] == [True, True]
    assert built.deployed.outputs == {
        "domain": "example.com",
        "hosted_zone_id": public.outputs["zoneId"],
        "private_zone_id": private.outputs["zoneId"],
        "name_servers": public.outputs["nameServers"],
    }


def test_an_existing_zone_and_no_private_one() -> None:
    built = exported(hosted_zone_id="Z123", private_zone=False)
    assert built.names() == []
    assert built.deployed.outputs == {
        "domain": "example.com",
        "hosted_zone_id": "Z123",
        "private_zone_id": "",
        "name_servers": [],
    }
