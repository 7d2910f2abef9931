"""What a tally tells while an operation runs, and after it."""

from collections.abc import Callable

import pytest

from skymason.driver.model import Change, ChangeKind
from skymason.driver.tally import STACK, Tally

PREFIX = "urn:pulumi:dev::shop::"
STACK_URN = f"{PREFIX}{STACK}::shop-dev"
PLATFORM = f"{PREFIX}skymason:aws:Platform::platform"
NETWORK = f"{PREFIX}skymason:aws:Platform$skymason:aws:Network::network"
VPC = f"{PREFIX}skymason:aws:Network$aws:ec2/vpc:Vpc::network-vpc"
LOOSE = f"{PREFIX}aws:s3/bucket:Bucket::loose"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tally(clock: Callable[[], float]) -> Tally:
    """A stack, a platform with a network with a VPC, all begun, and the VPC not yet ended."""
    tally = Tally(clock)
    tally.begin(STACK_URN, STACK, "create", custom=False)
    tally.begin(PLATFORM, "skymason:aws:Platform", "create", parent=STACK_URN, custom=False)
    tally.begin(NETWORK, "skymason:aws:Network", "create", parent=PLATFORM, custom=False)
    tally.begin(VPC, "aws:ec2/vpc:Vpc", "create", parent=NETWORK)
    return tally


def test_a_resource_in_progress_stands_in_the_row_of_its_outermost_component(tally: Tally) -> None:
    (row,) = tally.rows()
    assert (row.name, [step.name for step in row.running], dict(row.done)) == (
        "platform",
        ["network-vpc"],
        {},
    )
    assert tally.changes() == ()


def test_a_resource_that_is_done_is_counted_and_told_with_all_components_above_it(tally: Tally) -> None:
    tally.end(VPC)
    (row,) = tally.rows()
    assert (row.running, dict(row.done)) == ([], {ChangeKind.CREATE: 1})
    assert tally.changes() == (
        Change(ChangeKind.CREATE, VPC, "aws:ec2/vpc:Vpc", "network-vpc", ("platform", "network")),
    )


def test_a_failed_resource_has_not_changed(tally: Tally) -> None:
    tally.end(VPC, failed=True)
    (row,) = tally.rows()
    assert (row.failed, dict(row.done)) == (1, {})
    assert [change.kind for change in tally.changes()] == [ChangeKind.SAME]


def test_a_resource_of_no_component_has_a_row_without_a_name(tally: Tally) -> None:
    tally.begin(LOOSE, "aws:s3/bucket:Bucket", "create", parent=STACK_URN)
    tally.end(LOOSE)
    assert [row.name for row in tally.rows()] == ["platform", ""]
    assert tally.changes()[0].components == ()


def test_the_child_of_a_resource_belongs_to_the_component_above_both(tally: Tally) -> None:
    child = f"{PREFIX}aws:ec2/subnet:Subnet::child"
    tally.begin(child, "aws:ec2/subnet:Subnet", "create", parent=VPC)
    tally.end(child)
    assert tally.changes()[0].components == ("platform", "network")


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        (["same"], ChangeKind.SAME),
        (["read"], ChangeKind.SAME),
        (["refresh", "update"], ChangeKind.UPDATE),
        (["import"], ChangeKind.CREATE),
        (["discard"], ChangeKind.DELETE),
        (["create-replacement", "replace", "delete-replaced"], ChangeKind.REPLACE),
        (["delete-replaced", "replace", "create-replacement"], ChangeKind.REPLACE),
        (["something new"], ChangeKind.SAME),
    ],
)
def test_the_gravest_of_a_resources_steps_is_told(steps: list[str], kind: ChangeKind) -> None:
    tally = Tally()
    for step in steps:
        tally.begin(LOOSE, "aws:s3/bucket:Bucket", step)
        tally.end(LOOSE)
    assert [change.kind for change in tally.changes()] == [kind]


@pytest.mark.parametrize(
    ("type", "name", "custom", "counted"),
    [
        ("aws:s3/bucket:Bucket", "b", True, True),
        ("skymason:aws:Network", "network", False, False),
        ("pulumi:providers:aws", "default_7_51_1", True, False),
        ("pulumi:providers:kubernetes", "cluster", True, True),
    ],
)
def test_what_counts_as_a_resource(type: str, name: str, custom: bool, counted: bool) -> None:
    tally = Tally()
    urn = f"{PREFIX}{type}::{name}"
    tally.begin(urn, type, "create", custom=custom)
    tally.end(urn)
    assert bool(tally.changes()) is counted
    assert bool(tally.rows()) is counted


def test_the_end_of_what_never_began_is_ignored() -> None:
    tally = Tally()
    assert tally.end("urn:nobody") is None
    assert tally.changes() == ()


def test_elapsed_time(tally: Tally, clock: Clock) -> None:
    clock.now += 2.5
    assert tally.seconds == 2.5
