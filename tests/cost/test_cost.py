"""What services cost: the price table, each section's figures, and what is said of them."""

from copy import deepcopy
from statistics import median
from typing import Any

import pytest
import yaml

from skymason.cost import Cost, monthly_cost
from skymason.cost.estimate import dollars
from skymason.cost.parts import ALWAYS_ON, PARTS
from skymason.cost.prices import HOURS, PriceTable, table
from skymason.patterns.engine import pattern_defaults
from skymason.patterns.library import shipped

PATTERNS = ("web_api", "background_worker", "data_api", "event_processor")


@pytest.fixture(scope="module")
def prices() -> PriceTable:
    found = table("aws")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def data() -> Any:
    from skymason.cost import prices as module

    return yaml.safe_load(module._TABLE.read_text())


def cost(pattern: str, environment: str = "prod", **changes: Any) -> Cost:
    """The cost of a pattern's defaults with dotted keys (`a__b`) changed."""
    config = deepcopy(pattern_defaults(pattern, "aws", environment))
    for key, value in changes.items():
        *above, last = key.split("__")
        target = config
        for name in above:
            target = target[name]
        target[last] = value
    found = monthly_cost(config, "aws")
    assert found is not None
    return found


def lines(found: Cost) -> dict[str, tuple[float, float]]:
    return {part.name: (round(part.low, 2), round(part.high, 2)) for part in found.parts}


def test_every_figure_has_a_source_a_unit_and_a_region(data: Any) -> None:
    for name, item in data["prices"].items():
        assert set(item) == {"usd", "per", "region", "source"}, name
        assert item["source"] in data["sources"], name
        assert item["per"] in ("hour", "month", "gb", "gb_moved", "million"), name
        assert item["region"] in ("any", "eu-central-1", "us-east-1"), name
        assert item["usd"] > 0, name
    assert {item["source"] for item in data["prices"].values()} == set(data["sources"])


def test_the_regional_factor_is_the_median_of_its_pairs(data: Any) -> None:
    ratios = [there / here for here, there in data["regional_factor"]["pairs"].values()]
    assert data["regional_factor"]["value"] == round(median(ratios), 2)


def test_a_price_of_another_region_is_raised_and_one_of_this_region_is_not(prices: PriceTable) -> None:
    assert prices.prices["load_balancer"].usd == 0.027
    assert prices.prices["firewall"].usd == 5.0
    raised = prices.prices["store.standard"]
    assert (raised.listed, round(raised.usd, 5)) == (0.023, 0.02737)


def test_a_larger_size_is_a_multiple_of_its_family(prices: PriceTable) -> None:
    large, quadruple = prices.find("database.db.m7g.large"), prices.find("database.db.m7g.2xlarge")
    assert large is not None
    assert quadruple is not None
    assert quadruple.usd == large.usd * 4
    assert prices.find("database.db.m7g.metal") is None
    assert prices.find("database.db.x2.xlarge") is None
    with pytest.raises(KeyError, match="nothing"):
        prices.month("nothing")


def test_hours_run_all_month(prices: PriceTable) -> None:
    assert prices.month("load_balancer") == 0.027 * HOURS
    assert prices.month("firewall", 2) == 10.0


def test_web_api_in_prod() -> None:
    assert lines(cost("web_api")) == {
        "replicas": (26.28, 105.12),
        "load balancer": (30.66, 72.71),
        "firewall": (9.0, 324.36),
    }


def test_web_api_in_dev_has_no_firewall_and_one_replica() -> None:
    found = cost("web_api", "dev")
    assert lines(found) == {"replicas": (3.5, 10.51), "load balancer": (30.66, 41.17)}
    assert found.text == "$34–$52"


def test_load_balancers_by_where_it_is_reached_from() -> None:
    both, inside = cost("web_api", ingress__exposure="both"), cost("web_api", ingress__exposure="internal")
    assert lines(both)["load balancer"] == (50.37, 92.42)
    assert lines(inside)["load balancer"] == (19.71, 61.76)
    assert [part.basis for part in (*both.parts[1:2], *inside.parts[1:2])] == [
        "2 with 3 public addresses, up to 200 requests a second",
        "1 inside the network, up to 200 requests a second",
    ]
    assert lines(both)["firewall"] == lines(inside)["firewall"] == (9.0, 324.36)


def test_the_rule_group_that_is_always_on_counts() -> None:
    assert lines(cost("web_api", ingress__waf__managed_groups=["a"]))["firewall"][0] == 8.0


def test_no_requests_are_counted_where_it_scales_by_cpu_alone() -> None:
    found = lines(cost("web_api", scaling__requests_per_target=None))
    assert found["load balancer"] == (30.66, 30.66)
    assert found["firewall"] == (9.0, 9.0)


def test_sidecars_and_memory_count() -> None:
    sidecar = {"resources": {"requests": {"cpu": "250m", "memory": "3840Mi"}}}
    part = next(item for item in cost("web_api", sidecars=[sidecar]).parts if item.name == "replicas")
    assert part.basis == "3 to 12 of 0.5 vCPU and 4 GiB each, as a share of a t3.large"
    assert round(part.low, 2) == round(3 * 4 / 8 * 70.08, 2)


def test_interruptible_capacity_costs_a_third_and_one_replica_is_one() -> None:
    usual = lines(cost("background_worker"))["replicas"]
    assert lines(cost("background_worker", spot=True))["replicas"] == pytest.approx(
        (usual[0] * 0.35, usual[1] * 0.35), abs=0.01
    )
    assert lines(cost("background_worker", singleton=True))["replicas"] == (8.76, 8.76)


def test_background_worker() -> None:
    assert lines(cost("background_worker")) == {
        "replicas": (17.52, 87.6),
        "queue": (0, 1.05),
        "dashboard": (3.0, 3.0),
    }
    assert lines(cost("background_worker", queue__fifo=True))["queue"] == (0, 1.31)
    assert cost("background_worker", "dev").low == 0


def test_data_api() -> None:
    found = lines(cost("data_api"))
    assert {name: found[name] for name in list(found)[3:]} == {
        "database": (291.88, 291.88),
        "database storage": (27.4, 137.0),
        "connection proxy": (26.06, 26.06),
        "cache": (219.61, 219.61),
        "dashboard": (3.0, 3.0),
    }


@pytest.mark.parametrize(
    ("changes", "name", "expected"),
    [
        ({"database__multi_az": False}, "database", (145.94, 145.94)),
        ({"database__read_replicas": 2}, "database", (583.77, 583.77)),
        ({"database__read_replicas": 2}, "database storage", (54.8, 274.0)),
        ({"database__instance_class": "db.m7g.4xlarge"}, "connection proxy", (208.49, 208.49)),
        ({"database__runtime": "cluster"}, "database", (9.52, 47.6)),
        ({"pool__kind": "pgbouncer"}, "connection proxy", None),
        ({"cache__replicas": 0}, "cache", (109.8, 109.8)),
        ({"cache__enabled": False}, "cache", None),
        ({"cache__existing": {"host": "h"}}, "cache", None),
        ({"database__existing": {"host": "h"}}, "database", None),
    ],
)
def test_what_a_key_of_data_api_changes(changes: Any, name: str, expected: Any) -> None:
    assert lines(cost("data_api", **changes)).get(name) == expected


def test_what_is_not_in_the_table_is_said_and_the_rest_is_still_counted() -> None:
    found = cost("data_api", database__instance_class="db.z9.metal", cache__node_type="cache.z9.huge")
    assert found.missing == ("db.z9.metal", "cache.z9.huge")
    assert "replicas" in lines(found)
    assert "database" not in lines(found)
    assert found.text == "$69–$510 and what is not priced: db.z9.metal, cache.z9.huge"


def test_event_processor() -> None:
    assert lines(cost("event_processor")) == {
        "replicas": (17.52, 35.04),
        "stream": (122.06, 168.05),
        "event store": (0, 176.31),
        "memory of what was processed": (0, 1954.57),
        "dashboard": (3.0, 3.0),
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"stream__retention_hours": 24}, (52.56, 98.55)),
        ({"stream__retention_hours": 336}, (122.06, 185.0)),
        ({"stream__enhanced_fan_out": True}, (174.18, 261.8)),
        ({"stream__partitions": None}, (30.51, 76.5)),
        ({"stream__partitions": None, "stream__event_bytes": 2048}, (61.03, 107.02)),
        ({"stream__event_bytes": 30_000}, (122.06, 214.04)),
        ({"stream__capacity": "on_demand"}, (34.75, 419.03)),
        ({"stream__kind": "msk_serverless"}, (656.74, 1210.79)),
        ({"stream__kind": "msk_provisioned"}, (567.34, 567.34)),
        ({"stream__kind": "msk_provisioned", "stream__broker_type": "kafka.m5.xlarge"}, (1130.26, 1130.26)),
    ],
)
def test_what_a_key_of_the_stream_changes(changes: Any, expected: tuple[float, float]) -> None:
    assert lines(cost("event_processor", **changes))["stream"] == expected


def test_what_is_there_already_is_paid_by_its_owner() -> None:
    assert "queue" not in lines(cost("background_worker", queue__existing={"arn": "a"}))
    for key in ("stream__existing", "stream__source"):
        assert "stream" not in lines(cost("event_processor", **{key: "telemetry"}))
        own = lines(cost("event_processor", stream__enhanced_fan_out=True, **{key: "telemetry"}))
        assert own["channel of the stream"] == (52.12, 93.75)


def test_a_store_that_keeps_less_than_it_archives_after_and_none_at_all() -> None:
    assert lines(cost("event_processor", "dev"))["event store"][0] == 0
    short = lines(cost("event_processor", store__retention_days=30))["event store"][1]
    assert 0 < short < lines(cost("event_processor"))["event store"][1]
    assert "event store" not in lines(cost("event_processor", store__enabled=False))
    assert "memory of what was processed" not in lines(cost("event_processor", idempotency__enabled=False))


def test_a_stream_of_another_cloud_is_not_counted() -> None:
    assert "stream" not in lines(cost("event_processor", stream__kind="event_hubs"))


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_all_that_a_pattern_ships_is_priced_and_prod_is_never_cheaper(pattern: str, environment: str) -> None:
    found, prod = cost(pattern, environment), cost(pattern)
    assert found.missing == ()
    assert found.low <= found.high
    assert found.high <= prod.high
    assert found.low == pytest.approx(sum(part.low for part in found.parts))
    assert found.high == pytest.approx(sum(part.high for part in found.parts))


def test_sections_are_those_of_the_patterns() -> None:
    known = {name for pattern in shipped().names for name in pattern_defaults(pattern, "aws", "prod")}
    assert set(PARTS) <= known


def test_azure_is_not_priced() -> None:
    assert table("azure") is None
    assert monthly_cost(pattern_defaults("web_api", "azure", "prod"), "azure") is None


def test_as_plain_data() -> None:
    found = cost("background_worker", "dev").as_dict()
    assert found == {
        "low_usd": 0.0,
        "high_usd": 7.22,
        "parts": [
            {
                "name": "replicas",
                "low_usd": 0.0,
                "high_usd": 7.01,
                "basis": "0 to 2 of 0.1 vCPU and 0.125 GiB each, as a share of a t3.large",
            },
            {"name": "queue", "low_usd": 0, "high_usd": 0.21, "basis": "up to 0.2 million messages"},
        ],
        "not_priced": [],
        "region": "eu-central-1",
        "prices_seen": "2026-11-21",
    }


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0"),
        (6.6, "$7"),
        (23.4, "$23"),
        (64.9, "$65"),
        (488, "$490"),
        (1268, "$1,300"),
        (14449, "$14,000"),
    ],
)
def test_no_more_digits_than_are_known(amount: float, text: str) -> None:
    assert dollars(amount) == text


def test_one_figure_where_both_are_the_same() -> None:
    assert cost("background_worker", scaling__max=2, queue__processing_seconds=7200).text == "$21"


def test_what_is_always_on_is_the_components_own() -> None:
    from components.aws.waf import KNOWN_BAD_INPUTS

    assert ALWAYS_ON == KNOWN_BAD_INPUTS
