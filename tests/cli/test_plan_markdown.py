"""`sm plan --markdown`: what stands in a comment on a pull request, and how long it gets."""

from skymason.cli.plan import Planned
from skymason.cli.plan_markdown import LIMIT, as_markdown
from skymason.diagnostics import REGISTRY, Diagnostic, Location, Severity
from skymason.driver.model import Change, ChangeKind
from skymason.plan.details import PropertyChange

BUCKET, SUBNET = "aws:s3/bucket:Bucket", "aws:ec2/subnet:Subnet"


def change(kind: ChangeKind, name: str, type: str = SUBNET, **more: object) -> Change:
    return Change(kind, f"urn:pulumi:dev::shop::{type}::{name}", type, name, **more)  # type: ignore[arg-type]


def planned(*changes: Change, diagnostics: tuple[Diagnostic, ...] = ()) -> Planned:
    return Planned("shop", "dev", "main (abc1234)", changes, diagnostics, 1.0)


CIDR = PropertyChange("cidrBlock", "update", "10.1.0.0/24", "10.2.0.0/24", True)


def test_the_whole_page() -> None:
    import skymason.driver.codes  # noqa: F401  registers the code

    finding = Diagnostic(
        REGISTRY["SM4109"], "one <b>", "none", Location("a.yaml", 3), severity=Severity.WARNING
    )
    found = planned(
        change(ChangeKind.CREATE, "new", components=("net",)),
        change(ChangeKind.SAME, "same"),
        change(ChangeKind.UPDATE, "tags_*", properties=("tags|a",), escaped=("tags|a",)),
        change(ChangeKind.DELETE, "files", BUCKET),
        change(
            ChangeKind.REPLACE,
            "a",
            components=("net",),
            reasons=("cidrBlock",),
            details=(CIDR, PropertyChange("x", "add", None, "```"), PropertyChange("y", "delete", 1)),
        ),
        change(ChangeKind.REPLACE, "b", consequence=True, reasons=("vpcId",)),
        diagnostics=(finding,),
    )
    assert as_markdown(found).splitlines() == [
        "### shop, stack dev: 1 to create, 1 to update, 2 to replace, 1 to delete, 1 unchanged",
        "",
        "Compared with main (abc1234).",
        "",
        "> [!CAUTION]",
        "> `aws:s3/bucket:Bucket` **files** holds data and would be deleted.",
        "",
        "| | resource | changes | why replaced |",
        "|---|---|---|---|",
        "| ± replace | a `Subnet` <sub>in net</sub> | `cidrBlock`, `x`, `y` | `cidrBlock` |",
        "| - delete | files `Bucket` |  |  |",
        "| ~ update | tags\\_\\* `Subnet` | `tags\\|a (escaped)` |  |",
        "",
        "<details>",
        "<summary>1 created</summary>",
        "",
        "| resource | type |",
        "|---|---|",
        "| new `Subnet` <sub>in net</sub> | `aws:ec2/subnet:Subnet` |",
        "",
        "</details>",
        "",
        "<details>",
        "<summary>1 more because of the replacements above</summary>",
        "",
        "| | resource | changes | why replaced |",
        "|---|---|---|---|",
        "| ± replace | b `Subnet` |  | `vpcId` |",
        "",
        "</details>",
        "",
        "<details>",
        "<summary>Values of 3 properties</summary>",
        "",
        "```diff",
        "# replace aws:ec2/subnet:Subnet a",
        "! cidrBlock",
        '-   "10.1.0.0/24"',
        '+   "10.2.0.0/24"',
        "  x",
        '+   "` ` `"',
        "  y",
        "-   1",
        "```",
        "",
        "</details>",
        "",
        "<details>",
        "<summary>1 finding</summary>",
        "",
        "- warning SM4109 a.yaml:3 one \\<b\\>",
        "",
        "</details>",
    ]


def test_no_changes() -> None:
    assert as_markdown(planned(change(ChangeKind.SAME, "a"))) == (
        "### shop, stack dev: no changes, 1 resource\n\nCompared with main (abc1234)."
    )


def test_a_large_plan_stays_within_the_limit_and_says_what_it_left_out() -> None:
    many = [
        change(ChangeKind.REPLACE, f"subnet-{i}", BUCKET, reasons=("cidrBlock",), details=(CIDR,))
        for i in range(800)
    ]
    more = [change(ChangeKind.CREATE, f"new-{i}") for i in range(800)]
    text = as_markdown(planned(*many, *more))
    assert 60_000 < len(text.encode()) <= LIMIT
    assert text.count("> ") == 22
    assert "> And 780 more." in text
    *_, blank, note = text.splitlines()
    assert blank == ""
    assert note == (
        "Left out, to keep to the length of a comment: 553 of 800 lines of “800 created”; "
        "all 3200 lines of “Values of 800 properties”. `sm plan --json` has all."
    )
    assert text.count("<details>") == text.count("</details>")


def test_a_section_that_is_cut_is_closed() -> None:
    many = [change(ChangeKind.CREATE, f"new-{i}") for i in range(2000)]
    text = as_markdown(planned(*many))
    assert len(text.encode()) <= LIMIT
    lines = text.splitlines()
    assert lines[-3] == "</details>"
    assert lines[-1].startswith("Left out, to keep to the length of a comment: ")
    shown = sum(line.startswith("| new-") for line in lines)
    assert f"{2000 - shown} of 2000 lines of “2000 created”" in lines[-1]
