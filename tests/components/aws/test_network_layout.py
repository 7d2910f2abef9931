"""The arithmetic of subnets, on examples and on every network that is allowed."""

from ipaddress import IPv4Network
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws.network_layout import LayoutError, NetworkLayout, ZoneSubnets, layout, usable


@st.composite
def networks(draw: st.DrawFn) -> str:
    prefix = draw(st.integers(16, 20))
    number = draw(st.integers(0, 2**32 - 1))
    return str(IPv4Network((number >> (32 - prefix) << (32 - prefix), prefix)))


def test_a_slash_16_over_three_zones() -> None:
    assert layout("10.0.0.0/16", 3) == NetworkLayout(
        "10.0.0.0/16",
        (
            ZoneSubnets(public="10.0.32.0/21", private="10.0.0.0/19", data="10.0.40.0/21"),
            ZoneSubnets(public="10.0.96.0/21", private="10.0.64.0/19", data="10.0.104.0/21"),
            ZoneSubnets(public="10.0.160.0/21", private="10.0.128.0/19", data="10.0.168.0/21"),
        ),
    )


def test_the_smallest_network_still_has_room_in_six_zones() -> None:
    found = layout("10.1.0.0/20", 6)
    assert len(found.zones) == 6
    assert found.zones[5] == ZoneSubnets(public="10.1.11.0/26", private="10.1.10.0/24", data="10.1.11.64/26")


@pytest.mark.parametrize(("cidr", "addresses"), [("10.0.0.0/19", 8187), ("10.0.0.0/28", 11)])
def test_usable_addresses(cidr: str, addresses: int) -> None:
    assert usable(cidr) == addresses


@given(networks(), st.integers(2, 6))
def test_subnets_lie_inside_and_never_overlap(cidr: str, zones: int) -> None:
    found = layout(cidr, zones)
    subnets = sorted(IPv4Network(block) for block in [*found.public, *found.private, *found.data])
    assert len(subnets) == 3 * zones
    assert all(subnet.subnet_of(IPv4Network(cidr)) for subnet in subnets)
    assert all(not one.overlaps(other) for one, other in pairwise(subnets))


@given(networks(), st.integers(2, 6))
def test_sizes(cidr: str, zones: int) -> None:
    for zone in layout(cidr, zones).zones:
        assert usable(zone.private) >= 251
        # A load balancer needs a /27 with eight free addresses in each zone.
        assert usable(zone.public) >= 59
        assert IPv4Network(zone.private).num_addresses == 4 * IPv4Network(zone.public).num_addresses
        assert usable(zone.public) == usable(zone.data)


@given(networks(), st.integers(2, 3))
def test_another_zone_moves_nothing_up_to_four(cidr: str, zones: int) -> None:
    assert layout(cidr, zones + 1).zones[:zones] == layout(cidr, zones).zones


@pytest.mark.parametrize(
    ("cidr", "zones", "message"),
    [
        ("10.0.0.0/21", 3, "10.0.0.0/21 is too small: 2048 addresses; give a /20 or larger"),
        ("10.0.0.0/15", 3, "10.0.0.0/15 is too large for one network on AWS: give a /16 or smaller"),
        ("10.0.0.1/16", 3, "'10.0.0.1/16' is not an IPv4 network: 10.0.0.1/16 has host bits set"),
        ("fd00::/48", 3, "'fd00::/48' is not an IPv4 network"),
        ("10.0.0.0/99", 3, "'10.0.0.0/99' is not an IPv4 network"),
        ("10.0.0.0/16", 1, "1 zones are not possible: give 2 to 6"),
        ("10.0.0.0/16", 7, "7 zones are not possible: give 2 to 6"),
    ],
)
def test_what_cannot_be_divided(cidr: str, zones: int, message: str) -> None:
    with pytest.raises(LayoutError) as error:
        layout(cidr, zones)
    assert str(error.value).startswith(message)
