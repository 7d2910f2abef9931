"""A certificate and the records that validate it."""

from typing import Any

import pytest
from blocks import Built, build, component_inputs, component_outputs, unknown

from components.aws.certificate import Certificate, validated

ZONE = "Z0123456789ABCDEFGHIJ"


def make(**hosts: Any) -> Built:
    return build(lambda: Certificate("orders", {"hosts": hosts, "zone_id": ZONE}))


@pytest.fixture(scope="module")
def built() -> Built:
    return make(main="shop.example.com", all="*.shop.example.com", other="shop.example.org")


def test_a_record_for_each_distinct_domain(built: Built) -> None:
    assert built.names() == [
        "orders-certificate",
        "orders-certificate-main",
        "orders-certificate-other",
        "orders-certificate-validation",
    ]


def test_certificate(built: Built) -> None:
    assert built.inputs("orders-certificate") == {
        "domainName": "shop.example.com",
        "subjectAlternativeNames": ["*.shop.example.com", "shop.example.org"],
        "validationMethod": "DNS",
    }


def test_each_record_proves_its_own_domain(built: Built) -> None:
    options = {
        option["domainName"]: option
        for option in built.one("orders-certificate").outputs["domainValidationOptions"]
    }
    for short, domain in (("main", "shop.example.com"), ("other", "shop.example.org")):
        option = options[domain]
        assert built.inputs(f"orders-certificate-{short}") == {
            "zoneId": ZONE,
            "name": option["resourceRecordName"],
            "type": option["resourceRecordType"],
            "records": [option["resourceRecordValue"]],
            "ttl": 300,
            "allowOverwrite": True,
        }


def test_nothing_uses_the_certificate_before_it_is_issued(built: Built) -> None:
    validation = built.inputs("orders-certificate-validation")
    assert validation["certificateArn"] == built.one("orders-certificate").outputs["arn"]
    assert len(validation["validationRecordFqdns"]) == 2


def test_one_host_has_no_alternatives() -> None:
    assert make(main="a.example.com").inputs("orders-certificate")["subjectAlternativeNames"] == []


def test_validated() -> None:
    assert validated({"a": "a.x.com", "all": "*.a.x.com", "b": "*.b.x.com"}) == {
        "a": "a.x.com",
        "b": "b.x.com",
    }


def test_hosts_that_are_not_known_yet_count_each() -> None:
    def program() -> None:
        hosts = {"main": unknown(), "other": unknown(), "known": "a.example.com"}
        Certificate("orders", {"hosts": hosts, "zone_id": unknown()})

    assert build(program).names() == [
        "orders-certificate",
        *(f"orders-certificate-{short}" for short in ("known", "main", "other")),
        "orders-certificate-validation",
    ]


def test_other_languages_can_use_it() -> None:
    assert component_inputs(Certificate) == {"hosts": False, "zoneId": False}
    assert component_outputs(Certificate) == {"arn"}
