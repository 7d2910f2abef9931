"""NetworkPolicy specs: what is grouped, what is not, and what cannot be said."""

import pulumi
import pytest

from components.binding import NetworkRule
from components.kubernetes.network_policy import POD_IDENTITY_AGENT, policy_spec


def service(direction: str, name: str, port: int) -> NetworkRule:
    return {"direction": direction, "port": port, "service": name}


def cidr(direction: str, block: pulumi.Input[str], port: int) -> NetworkRule:
    return {"direction": direction, "port": port, "cidr": block}


def test_no_rules_let_nothing_through() -> None:
    assert policy_spec([]) == {
        "pod_selector": {},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [],
        "egress": [],
    }


def test_rules_of_one_peer_and_direction_become_one_entry() -> None:
    spec = policy_spec(
        [
            service("ingress", "web", 9090),
            service("ingress", "web", 8080),
            service("ingress", "web", 8080),
            service("ingress", "admin", 8080),
            service("egress", "web", 80),
            cidr("egress", "10.0.0.0/8", 5432),
            cidr("egress", "10.0.0.0/8", 443),
        ]
    )
    web = {"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": "web"}}}
    admin = {"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": "admin"}}}
    assert spec["ingress"] == [
        {"from_": [web], "ports": [{"port": 8080, "protocol": "TCP"}, {"port": 9090, "protocol": "TCP"}]},
        {"from_": [admin], "ports": [{"port": 8080, "protocol": "TCP"}]},
    ]
    assert spec["egress"] == [
        {
            "to": [{"ip_block": {"cidr": "10.0.0.0/8"}}],
            "ports": [{"port": 443, "protocol": "TCP"}, {"port": 5432, "protocol": "TCP"}],
        },
        {"to": [web], "ports": [{"port": 80, "protocol": "TCP"}]},
    ]


def test_a_service_and_a_range_of_one_name_are_two_peers() -> None:
    assert len(policy_spec([service("egress", "x", 1), cidr("egress", "x", 1)])["egress"]) == 2


@pytest.mark.usefixtures("loop")
def test_unknown_ranges_are_told_apart_by_identity() -> None:
    first, second = pulumi.Output.from_input("10.0.0.0/16"), pulumi.Output.from_input("10.0.0.0/16")
    entries = policy_spec(
        [cidr("ingress", first, 8080), cidr("ingress", second, 8080), cidr("ingress", first, 9090)]
    )["ingress"]
    assert [entry["from_"][0]["ip_block"]["cidr"] for entry in entries] == [first, second]
    assert [[port["port"] for port in entry["ports"]] for entry in entries] == [[8080, 9090], [8080]]


def test_a_rule_more_moves_no_other_one() -> None:
    world: NetworkRule = {"direction": "egress", "port": 443, "cidr": "0.0.0.0/0"}
    wallet: NetworkRule = {"direction": "egress", "port": 8080, "service": "wallet"}
    orders: NetworkRule = {"direction": "egress", "port": 8080, "service": "orders"}
    network: NetworkRule = {"direction": "egress", "port": 53, "cidrs": ["10.0.0.0/16"]}
    given = [network, wallet, orders, world]
    egress = policy_spec(given)["egress"]
    assert [next(iter(entry["to"][0].values())) for entry in egress] == [
        {"cidr": "0.0.0.0/0"},
        {"match_labels": {"kubernetes.io/metadata.name": "orders"}},
        {"match_labels": {"kubernetes.io/metadata.name": "wallet"}},
        {"cidr": "10.0.0.0/16"},
    ]
    assert policy_spec([wallet, world, network])["egress"] == [egress[0], *egress[2:]]


@pytest.mark.usefixtures("loop")
def test_several_ranges_are_one_entry() -> None:
    later, plain = pulumi.Output.from_input(["10.0.8.0/21"]), ["10.0.0.0/21", "10.1.0.0/21"]
    entries = policy_spec(
        [
            {"direction": "ingress", "port": port, "cidrs": ranges}
            for ranges in (plain, later)
            for port in (9090, 8080)
        ]
    )["ingress"]
    assert [[port["port"] for port in entry["ports"]] for entry in entries] == [[8080, 9090]] * 2
    assert entries[0]["from_"] == [{"ip_block": {"cidr": cidr}} for cidr in plain]
    assert isinstance(entries[1]["from_"], pulumi.Output)


def test_ports_of_other_languages_are_whole_numbers() -> None:
    (entry,) = policy_spec([service("ingress", "web", 8080.0)])["ingress"]  # type: ignore[arg-type]
    assert repr(entry["ports"]) == "[{'port': 8080, 'protocol': 'TCP'}]"


def test_credentials_come_from_the_node_alone() -> None:
    assert POD_IDENTITY_AGENT == {"direction": "egress", "port": 80, "cidr": "169.254.170.23/32"}


def test_a_security_group_is_no_peer() -> None:
    rule: NetworkRule = {"direction": "egress", "port": 5432, "security_group_id": "sg-1"}
    with pytest.raises(ValueError, match=r"cannot name a security group \(port 5432\)"):
        policy_spec([rule])
