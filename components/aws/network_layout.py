"""Where the subnets of a network lie: plain arithmetic on addresses, no resources."""

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError

RESERVED = 5
"""Addresses of a subnet that AWS keeps: network, router, DNS, one for later, broadcast.
Source: VPC User Guide, "Subnet CIDR blocks"."""

LARGEST, SMALLEST = 16, 20
"""Prefix lengths of a network: AWS allows /16 to /28; below /20 a zone has no room for pods."""

ZONES = range(2, 7)
"""A load balancer and a cluster need two zones; no region has more than six."""


class LayoutError(ValueError):
    """The network cannot be divided as asked; the message says why, and what would do."""


@dataclass(frozen=True, slots=True)
class ZoneSubnets:
    """The subnets of one zone, as CIDR blocks.

    public: load balancers and NAT gateways. private: nodes and pods, the largest. data: databases and caches.
    """

    public: str
    private: str
    data: str


@dataclass(frozen=True, slots=True)
class NetworkLayout:
    """All subnets of a network, zone by zone."""

    cidr: str
    zones: tuple[ZoneSubnets, ...]

    @property
    def public(self) -> list[str]:
        return [zone.public for zone in self.zones]

    @property
    def private(self) -> list[str]:
        return [zone.private for zone in self.zones]

    @property
    def data(self) -> list[str]:
        return [zone.data for zone in self.zones]


def layout(cidr: str, zones: int) -> NetworkLayout:
    """Divide a network into a public, a private and a data subnet for each zone.

    cidr: an IPv4 block from /16 to /20. zones: 2 to 6.

    The network is cut into four equal blocks (eight for five or six zones), one for each zone: going from two
    to four zones moves nothing. Half of a block is private, an eighth each public and data, and a quarter
    stays free for what comes later. Of a /16 with three zones: /19 private (8,187 usable addresses), /21
    public and data (2,043).

    Raises LayoutError for a block that is not IPv4, has host bits, is too small or too large, or for another
    number of zones.
    """
    network = _network(cidr)
    if zones not in ZONES:
        raise LayoutError(f"{zones} zones are not possible: give {ZONES.start} to {ZONES.stop - 1}")
    blocks = list(network.subnets(prefixlen_diff=2 if zones <= 4 else 3))
    return NetworkLayout(str(network), tuple(_zone(block) for block in blocks[:zones]))


def usable(cidr: str) -> int:
    """Addresses of a subnet that network interfaces can have."""
    return IPv4Network(cidr).num_addresses - RESERVED


def _zone(block: IPv4Network) -> ZoneSubnets:
    private, rest = block.subnets()
    public, data = list(rest.subnets(prefixlen_diff=2))[:2]
    return ZoneSubnets(public=str(public), private=str(private), data=str(data))


def _network(cidr: str) -> IPv4Network:
    try:
        network = IPv4Network(cidr)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise LayoutError(f"'{cidr}' is not an IPv4 network: {error}") from error
    if network.prefixlen > SMALLEST:
        raise LayoutError(
            f"{cidr} is too small: {network.num_addresses} addresses; give a /{SMALLEST} or larger"
        )
    if network.prefixlen < LARGEST:
        raise LayoutError(f"{cidr} is too large for one network on AWS: give a /{LARGEST} or smaller")
    return network
