"""Changes as people read them."""

from skymason.driver.colours import coloured, paint_for, plain
from skymason.driver.model import Change, ChangeKind
from skymason.driver.show import by_gravity, listing, marked, text_of, warnings_of
from skymason.plan.details import PropertyChange

BUCKET, SUBNET = "aws:s3/bucket:Bucket", "aws:ec2/subnet:Subnet"


def change(kind: ChangeKind, name: str, type: str = SUBNET, **more: object) -> Change:
    return Change(kind, f"urn:pulumi:dev::shop::{type}::{name}", type, name, **more)  # type: ignore[arg-type]


def test_the_gravest_come_first() -> None:
    kinds = [ChangeKind.CREATE, ChangeKind.SAME, ChangeKind.UPDATE, ChangeKind.DELETE, ChangeKind.REPLACE]
    assert [str(item.kind) for item in by_gravity(change(kind, "x") for kind in kinds)] == [
        "replace", "delete", "update", "create",
    ]  # fmt: skip


def test_values_before_and_after() -> None:
    found = change(
        ChangeKind.REPLACE,
        "a",
        reasons=("cidrBlock",),
        escaped=("tags",),
        details=(
            PropertyChange("cidrBlock", "update", "10.1.0.0/24", "10.2.0.0/24", True),
            PropertyChange("tags.new", "add", None, "x"),
            PropertyChange("old", "delete", [1], None),
            PropertyChange("vpcId", "update", "v", "[known after deployment]", False, ("urn::1::t::net",)),
            PropertyChange("key", "update", "[secret]", "[secret]"),
        ),
    )
    assert listing([found]).splitlines() == [
        "  ± replace  aws:ec2/subnet:Subnet a",
        '    ! cidrBlock: "10.1.0.0/24" → "10.2.0.0/24"',
        '      tags.new (escaped): + "x"',
        "      old: - [1]",
        '      vpcId: "v" → [from net]',
        "      key: [secret] → [secret]",
        "",
        "! cannot change in place: the resource is replaced",
    ]


def test_long_values_have_a_line_each() -> None:
    item = PropertyChange("text", "update", "a" * 100, "b" * 300)
    lines = listing([change(ChangeKind.UPDATE, "x", details=(item,))]).splitlines()
    assert lines[1:3] == ["      text:", f'        - "{"a" * 100}"']
    assert lines[3] == f'        + "{"b" * 158}…'


def test_texts_of_several_lines_show_the_lines_that_differ() -> None:
    old = "\n".join(["same", *(f"old {i}" for i in range(10))])
    new = "\n".join(["same", *(f"new {i}" for i in range(10))])
    item = PropertyChange("script", "update", old, new)
    lines = listing([change(ChangeKind.UPDATE, "x", details=(item,))]).splitlines()
    assert lines[1] == "      script:"
    assert lines[2].strip() in ("- old 0", "+ new 0")
    assert lines[-1] == "        … and 8 more lines"


def test_many_new_resources_are_counted_by_component_and_type() -> None:
    few = [change(ChangeKind.CREATE, f"r{i}", escaped=("a.b",) if i == 0 else ()) for i in range(20)]
    assert listing(few).splitlines()[:3] == [
        "  + create   aws:ec2/subnet:Subnet r0",
        "      escaped: a.b",
        "  + create   aws:ec2/subnet:Subnet r1",
    ]
    many = [change(ChangeKind.CREATE, f"r{i}", components=("shop", "net")) for i in range(21)]
    many.append(change(ChangeKind.CREATE, "b", BUCKET))
    assert listing(many).splitlines() == [
        "  + create   21 in net",
        "      21 × Subnet",
        "  + create   1 in (no component)",
        "      Bucket",
    ]


def test_what_follows_is_put_together() -> None:
    detail = PropertyChange("vpcId", "update", "v", "[known after deployment]", True, ("urn::net",))
    other = [PropertyChange(path, "update", 1, 2) for path in "abcd"]
    found = [
        change(ChangeKind.REPLACE, "vpc", "aws:ec2/vpc:Vpc", reasons=("cidrBlock",)),
        *(change(ChangeKind.REPLACE, f"s{i}", details=(detail,), consequence=True) for i in range(3)),
        change(ChangeKind.UPDATE, "b", BUCKET, details=tuple(other), consequence=True),
    ]
    assert listing(found).splitlines() == [
        "  ± replace  aws:ec2/vpc:Vpc vpc",
        "      replaced because of: cidrBlock",
        "",
        "Because of the replacements above",
        "  ± replace  3 × aws:ec2/subnet:Subnet  vpcId",
        "  ~ update   aws:s3/bucket:Bucket b  a, b, c …",
    ]


def test_without_values_the_properties_are_named() -> None:
    found = change(ChangeKind.UPDATE, "a", properties=("tags.a", "x"), escaped=("tags",))
    assert listing([found]).splitlines()[1:] == ["      changes: tags.a (escaped), x"]


def test_a_long_list_is_cut() -> None:
    lines = listing(change(ChangeKind.UPDATE, f"r{i}") for i in range(70)).splitlines()
    assert (len(lines), lines[-1]) == (62, "  … and 10 more; --json lists all")


def test_many_deletions_are_counted_too() -> None:
    many = [change(ChangeKind.DELETE, f"r{i}", components=("shop",)) for i in range(21)]
    assert listing([*many, change(ChangeKind.UPDATE, "u")]).splitlines() == [
        "  ~ update   aws:ec2/subnet:Subnet u",
        "",
        "  - delete   21 in shop",
        "      21 × Subnet",
    ]


def test_what_would_lose_data_is_named() -> None:
    found = [
        change(ChangeKind.REPLACE, "a", BUCKET),
        change(ChangeKind.DELETE, "b", BUCKET),
        change(ChangeKind.UPDATE, "c", BUCKET),
        change(ChangeKind.DELETE, "d"),
    ]
    assert warnings_of(found).splitlines() == [
        "  ! holds data and would be replaced: aws:s3/bucket:Bucket a",
        "  ! holds data and would be deleted: aws:s3/bucket:Bucket b",
    ]


def test_a_path_is_marked_where_an_escape_sets_it_or_what_it_lies_in() -> None:
    assert marked("tags.a", ["tags"]) == "tags.a (escaped)"
    assert marked("tags[0]", ["tags"]) == "tags[0] (escaped)"
    assert marked("tagsAll", ["tags"]) == "tagsAll"


def test_values_on_one_line() -> None:
    assert text_of({"ä": [1]}) == '{"ä": [1]}'
    assert text_of("[secret]") == "[secret]"
    assert text_of("abcdef", 4) == '"ab…'


class Stream:
    def __init__(self, terminal: bool) -> None:
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def test_colours_are_for_terminals() -> None:
    assert coloured("x", "red") == "\x1b[31mx\x1b[0m"
    assert coloured("", "red") == ""
    for terminal, environment, paint in (
        (True, {}, coloured),
        (False, {}, plain),
        (True, {"TERM": "dumb"}, plain),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, plain),
        (False, {"FORCE_COLOR": "1"}, coloured),
    ):
        assert paint_for(Stream(terminal), environment) is paint  # type: ignore[arg-type]
    assert paint_for() is plain
