import math
from pathlib import Path

import pytest

from skymason.diagnostics import Diagnostic, DiagnosticError, Location
from skymason.yaml_source import DEPTH_LIMIT, NODE_LIMIT, SourceMap, load_yaml, parse_yaml, relative

GOOD = """\
# a comment
service: {name: orders, owner: team-a}
tasks:
  - name: tidy
    command: [tidy, --all]
  - name: load
text: |
  several
  lines
last: 1
"""


def problems(text: str) -> list[Diagnostic]:
    with pytest.raises(DiagnosticError) as error:
        parse_yaml(text, "x.yaml")
    return list(error.value.diagnostics)


def test_data_and_lines() -> None:
    source = parse_yaml(GOOD, "services/orders.yaml")
    assert source.data == {
        "service": {"name": "orders", "owner": "team-a"},
        "tasks": [{"name": "tidy", "command": ["tidy", "--all"]}, {"name": "load"}],
        "text": "several\nlines\n",
        "last": 1,
    }
    assert dict(source.lines) == {
        "service": 2,
        "service.name": 2,
        "service.owner": 2,
        "tasks": 3,
        "tasks.0": 4,
        "tasks.0.name": 4,
        "tasks.0.command": 5,
        "tasks.0.command.0": 5,
        "tasks.0.command.1": 5,
        "tasks.1": 6,
        "tasks.1.name": 6,
        "text": 7,
        "last": 10,
    }


def test_the_nearest_line_above() -> None:
    source = parse_yaml(GOOD, "services/orders.yaml")
    assert source.line_of("tasks.0.command.7.x") == 5
    assert source.line_of("tasks.9") == 3
    assert source.line_of("nothing.at.all") == 0
    assert source.location("last") == Location("services/orders.yaml", 10)
    assert source.location() == Location("services/orders.yaml", 0)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("12", 12),
        ("-3", -3),
        ("+3", 3),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("2024-01-01", "2024-01-01"),
        ("10:30", "10:30"),
        ("=", "="),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("!!int 12", 12),
        ("!!float 12", 12.0),
        ("!!bool true", True),
        ("!!null ''", None),
        ("&a b", "b"),
    ],
)
def test_the_core_schema(text: str, value: object) -> None:
    data = parse_yaml(f"key: {text}", "x.yaml").data
    assert data == {"key": value}
    assert type(data["key"]) is type(value)


def test_not_a_number() -> None:
    assert math.isnan(parse_yaml("key: .NaN", "x.yaml").data["key"])


def test_aliases_are_copies() -> None:
    data = parse_yaml("a: &a {x: 1}\nb: *a\nc: *a", "x.yaml").data
    assert data == {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1}}
    assert data["a"] is not data["b"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null"])
def test_an_empty_file_is_an_empty_mapping(text: str) -> None:
    assert parse_yaml(text, "x.yaml") == SourceMap("x.yaml", {}, {})


@pytest.mark.parametrize(
    ("text", "code", "line", "key", "message"),
    [
        ("a: [1", "SM1903", 1, "", "did not find expected ',' or ']' (while parsing a flow sequence)"),
        ("a: b\n c: d", "SM1903", 2, "", "mapping values are not allowed in this context"),
        ("a: 'x", "SM1903", 1, "", "found unexpected end of stream (while scanning a quoted scalar)"),
        ("a: *b", "SM1903", 1, "", "found undefined alias"),
        (
            "a:\n\t- b",
            "SM1903",
            2,
            "",
            "found character that cannot start any token (while scanning for the next token)",
        ),
        (
            "a: 1\n---\nb: 2",
            "SM1903",
            2,
            "",
            "but found another document (expected a single document in the stream)",
        ),
        ("a: b\nc: \x07", "SM1903", 2, "", "the character '\\x07' is not allowed in YAML"),
        ("a: \ud800", "SM1903", 0, "", "half of a surrogate pair"),
        ("a: 1\nb: 2\na: 3", "SM1904", 3, "a", "'a' is already given at line 1"),
        ("a:\n- b: 1\n  b: 1", "SM1904", 3, "a.0.b", "'b' is already given at line 2"),
        ("- a", "SM1905", 1, "", "the file holds a list, not a mapping of keys"),
        ("hello", "SM1905", 1, "", "the file holds only 'hello', not a mapping of keys"),
        ("8080: a", "SM1906", 1, "", "the key 8080 is not text"),
        ("a:\n  true: b", "SM1906", 2, "a", "the key true is not text"),
        ("? [x]\n: b", "SM1906", 1, "", "the key a list or mapping is not text"),
        ("a: !Ref b", "SM1907", 1, "a", "the tag !Ref is unknown here"),
        ("a: !!set {b}", "SM1907", 1, "a", "the tag !!set is unknown here"),
        ("a: !!timestamp 2024-01-01", "SM1907", 1, "a", "the tag !!timestamp is unknown here"),
        ("a: !!int b", "SM1907", 1, "a", "'b' is not of the type int"),
        ("a: !!bool b", "SM1907", 1, "a", "'b' is not of the type bool"),
        (f"a: {'9' * 5000}", "SM1907", 1, "a", f"'{'9' * 40}' is not of the type int"),
        ("a: &a [*a]", "SM1908", 1, "a.0", "an alias refers to what it stands in"),
        ("[" * 200_000, "SM1903", 1, "", f"nested more than {DEPTH_LIMIT} levels deep"),
        ("a: " + "[" * 101 + "]" * 101, "SM1903", 1, "", f"nested more than {DEPTH_LIMIT} levels deep"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_wrong(text: str, code: str, line: int, key: str, message: str) -> None:
    assert [(item.code.id, item.location, item.key, item.message) for item in problems(text)] == [
        (code, Location("x.yaml", line), key, message)
    ]
    assert all(item.fix for item in problems(text))


def test_everything_that_is_wrong_is_found_at_once() -> None:
    found = problems("a: 1\na: 2\n7: x\nb: !x y\nc: {d: 1, d: 2}")
    assert [(item.code.id, item.location.line) for item in found] == [
        ("SM1904", 2),
        ("SM1906", 3),
        ("SM1907", 4),
        ("SM1904", 5),
    ]


def test_aliases_that_outgrow_memory() -> None:
    rows = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    (found,) = problems("\n".join(rows))
    assert (found.code.id, found.message) == ("SM1908", f"more than {NODE_LIMIT} values")


def test_many_brackets_that_do_not_nest() -> None:
    data = parse_yaml("a:\n" + "- [x]\n" * 2000, "x.yaml").data
    assert len(data["a"]) == 2000


def test_files(tmp_path: Path) -> None:
    folder = tmp_path / "services"
    folder.mkdir()
    (folder / "good.yaml").write_bytes(b"\xef\xbb\xbfname: caf\xc3\xa9\r\nport: 80\r\n")
    source = load_yaml(folder / "good.yaml", tmp_path)
    assert (source.path, source.data) == ("services/good.yaml", {"name": "café", "port": 80})
    assert source.line_of("port") == 2
    (folder / "latin.yaml").write_bytes(b"name: caf\xe9")
    for name, code, message in (
        ("missing.yaml", "SM1901", "there is no file services/missing.yaml"),
        ("latin.yaml", "SM1902", "byte 9 is not UTF-8"),
        ("", "SM1902", "Is a directory"),
    ):
        with pytest.raises(DiagnosticError) as error:
            load_yaml(folder / name, tmp_path)
        (found,) = error.value.diagnostics
        assert (found.code.id, found.message) == (code, message)
        assert found.location.path == f"services/{name}".rstrip("/")


def test_paths_as_seen_from_the_project(tmp_path: Path) -> None:
    assert relative(tmp_path / "a" / "b.yaml", tmp_path) == "a/b.yaml"
    assert relative(Path("/elsewhere/b.yaml"), tmp_path) == "/elsewhere/b.yaml"
