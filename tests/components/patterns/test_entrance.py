"""Host names of a service, as its resources are named by them."""

import pulumi
from web_apis import build

from components.patterns.aws.entrance import PLACES, host_names
from skymason.patterns.models.common import Exposure


def test_every_exposure_has_its_places() -> None:
    assert PLACES == {
        Exposure.PUBLIC: ("public",),
        Exposure.INTERNAL: ("internal",),
        Exposure.BOTH: ("public", "internal"),
    }


def test_the_domain_of_the_platform_gives_a_host_to_a_service_without_one() -> None:
    assert host_names("orders", [], "example.com") == {"default": "orders.example.com"}
    assert host_names("orders", None, "example.com") == {"default": "orders.example.com"}
    assert host_names("orders", None, None) == {}


def test_given_hosts_are_taken_instead() -> None:
    hosts = ["a.example.com", "*.a.example.com"]
    made = host_names("orders", hosts, "example.com")
    assert list(made.values()) == hosts
    plain, wildcard = made
    assert plain == "a-example-com"
    assert wildcard.startswith("a-example-com-")


def test_names_do_not_depend_on_what_is_known() -> None:
    def program() -> None:
        domain, host = pulumi.Output.from_input("example.com"), pulumi.Output.from_input("a.example.com")
        assert list(host_names("orders", None, domain)) == ["default"]
        assert list(host_names("orders", ["b.example.com", host], None)) == ["b-example-com", "1"]

    build(program)
