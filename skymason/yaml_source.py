"""YAML files as plain Python data that still know the line of every key.

YAML 1.2 with its core schema: `yes`, `on` and `2024-01-01` are strings, `0o17` is a number. Everything wrong
with a file is a diagnostic. The text is parsed once, by libyaml: ruamel.yaml's parser in Python takes 25
times as long, which a project of a hundred services would feel at every command.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from yaml.composer import Composer  # type: ignore[import-untyped]
from yaml.parser import Parser  # type: ignore[import-untyped]
from yaml.reader import Reader  # type: ignore[import-untyped]
from yaml.resolver import BaseResolver  # type: ignore[import-untyped]
from yaml.scanner import Scanner  # type: ignore[import-untyped]

from skymason.diagnostics import Diagnostic, DiagnosticError, Location, define

MISSING_FILE = define(
    "SM1901", "File or folder is missing", "Nothing can be read from a path that is not there."
)
UNREADABLE = define("SM1902", "File cannot be read", "Files are text in UTF-8 that the user may read.")
NO_PARSE = define("SM1903", "Not valid YAML", "What does not parse has no meaning, so nothing in it is used.")
DUPLICATE_KEY = define(
    "SM1904", "Key is given twice", "YAML readers keep one of the two values in silence; which, differs."
)
NOT_A_MAPPING = define("SM1905", "File is not a mapping", "Every file of a project is a mapping of keys.")
BAD_KEY = define(
    "SM1906", "Key is not text", "`true:`, `null:` and `8080:` are not text in YAML, and names of keys are."
)
BAD_VALUE = define(
    "SM1907", "Value has an unknown tag or form", "Only the types that JSON has can be passed on to a cloud."
)
TOO_LARGE = define("SM1908", "File unfolds to too many values", "Aliases inside aliases can outgrow memory.")

# A project's largest file has a few thousand nodes; aliases that unfold to more than this are a mistake.
NODE_LIMIT = 200_000
# libyaml's composer and the reader below recurse; a real file stays under twenty levels.
DEPTH_LIMIT = 100


@dataclass(frozen=True, slots=True)
class SourceMap:
    """One YAML file.

    path: relative to the project's root, with forward slashes. data: plain dicts, lists and scalars.
    lines: dotted key → line, counted from 1; items of lists are keyed by index (`tasks.0.name`).
    folder: where the file lies, for files beside it; None for text that is in no file.
    """

    path: str
    data: dict[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)
    folder: Path | None = field(default=None, compare=False)

    def line_of(self, key: str) -> int:
        """Line of a dotted key, else of the nearest key above it that is written; 0 for none."""
        while key:
            line = self.lines.get(key)
            if line is not None:
                return line
            key = key.rpartition(".")[0]
        return 0

    def location(self, key: str = "") -> Location:
        return Location(self.path, self.line_of(key))


# https://yaml.org/spec/1.2.2/#1032-tag-resolution
_CORE_SCHEMA: tuple[tuple[str, str, str], ...] = (
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    (
        "float",
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        "-+.0123456789",
    ),
)
_TAG = "tag:yaml.org,2002:"


class _CoreResolver(BaseResolver):  # type: ignore[misc]
    pass


for _name, _pattern, _first in _CORE_SCHEMA:
    _CoreResolver.add_implicit_resolver(
        _TAG + _name, re.compile(_pattern), ["" if char == "\0" else char for char in _first]
    )

if yaml.__with_libyaml__:
    from yaml.cyaml import CParser  # type: ignore[import-untyped]

    class _Composer(CParser, _CoreResolver):  # type: ignore[misc]
        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            _CoreResolver.__init__(self)

else:  # pragma: no cover - a PyYAML that was built without libyaml

    class _Composer(Reader, Scanner, Parser, Composer, _CoreResolver):  # type: ignore[misc,no-redef]
        def __init__(self, text: str) -> None:
            Reader.__init__(self, text)
            Scanner.__init__(self)
            Parser.__init__(self)
            Composer.__init__(self)
            _CoreResolver.__init__(self)


def load_yaml(path: Path, root: Path) -> SourceMap:
    """The file at `path`; locations are given relative to `root`.

    Raises DiagnosticError with every problem: missing or unreadable file, text that does not parse, keys
    given twice, keys that are not text, tags, or a file that is not a mapping. An empty file is an empty
    mapping.
    """
    name = relative(path, root)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise _error(MISSING_FILE, f"there is no file {name}", "create it, or mend the path", name) from None
    except UnicodeDecodeError as problem:
        message = f"byte {problem.start} is not UTF-8"
        raise _error(UNREADABLE, message, "save the file as UTF-8", name) from None
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise _error(UNREADABLE, reason, "make it a file that you may read", name) from None
    return replace(parse_yaml(text, name), folder=path.parent)


def parse_yaml(text: str, name: str) -> SourceMap:
    """`text` as the content of a file called `name`; raises as `load_yaml` does."""
    try:
        _check_depth(text, name)
        composer = _Composer(text)
        try:
            root = composer.get_single_node()
        finally:
            composer.dispose()
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        context = f" ({problem.context})" if problem.context else ""
        message = f"{problem.problem or 'cannot be parsed'}{context}"
        fix = "mend the YAML at this line; often an indent, a colon or a quote above it is the cause"
        # What is missing at the end is noticed on a line after it.
        line = min(mark.line + 1, max(len(text.splitlines()), 1)) if mark else 0
        raise _error(NO_PARSE, message, fix, name, line) from None
    except yaml.reader.ReaderError as problem:
        message = f"the character {_character(problem)!r} is not allowed in YAML"
        raise _error(NO_PARSE, message, "remove it", name, _line_at(text, problem)) from None
    except UnicodeError:
        raise _error(NO_PARSE, "half of a surrogate pair", "save the file as UTF-8", name) from None
    reader = _Reader(name)
    data = reader.value(root, "") if root is not None else {}
    if data is None:
        data = {}
    elif not isinstance(data, dict) and not reader.found:
        message = f"the file holds {_kind(data)}, not a mapping of keys"
        reader.report(NOT_A_MAPPING, message, "write `key: value` pairs at the top level", 1, "")
    if reader.found:
        raise DiagnosticError(reader.found)
    return SourceMap(name, data, reader.lines)


def _check_depth(text: str, name: str) -> None:
    """Refuses nesting that would overflow the stack of the composer, which is written in C."""
    # Block mappings need an indent of their own for each level, so only these can nest cheaply.
    if sum(text.count(opener) for opener in ("[", "{", "-", "?")) <= 10 * DEPTH_LIMIT:
        return
    parser = _Composer(text)
    depth = 0
    try:
        while (event := parser.get_event()) is not None:
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > DEPTH_LIMIT:
                raise _too_deep(name, event.start_mark.line + 1)
    finally:
        parser.dispose()


def _too_deep(name: str, line: int) -> DiagnosticError:
    return _error(NO_PARSE, f"nested more than {DEPTH_LIMIT} levels deep", "flatten it", name, line)


def relative(path: Path, root: Path) -> str:
    """`path` as seen from `root`, with forward slashes; unchanged where it lies outside."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.as_posix()


class _Reader:
    """Walks a node tree once: builds the data and the lines, and collects what is wrong."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[str, int] = {}
        self.found: list[Diagnostic] = []
        self._open: set[int] = set()
        self._nodes = 0

    def report(self, code: Any, message: str, fix: str, line: int, key: str) -> None:
        self.found.append(Diagnostic(code, message, fix, Location(self.name, line), key))

    def value(self, node: yaml.Node, key: str) -> Any:
        self._nodes += 1
        if self._nodes > NODE_LIMIT:
            if self._nodes == NODE_LIMIT + 1:
                fix = "write out what the aliases stand for"
                self.report(TOO_LARGE, f"more than {NODE_LIMIT} values", fix, node.start_mark.line + 1, key)
            return None
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, key)
        if id(node) in self._open:
            message = "an alias refers to what it stands in"
            self.report(TOO_LARGE, message, "remove the alias", node.start_mark.line + 1, key)
            return None
        if len(self._open) >= DEPTH_LIMIT:
            raise _too_deep(self.name, node.start_mark.line + 1)
        expected = "map" if isinstance(node, yaml.MappingNode) else "seq"
        if node.tag != _TAG + expected:
            self._unknown_tag(node, key)
            return None
        self._open.add(id(node))
        built = self._mapping(node, key) if expected == "map" else self._sequence(node, key)
        self._open.discard(id(node))
        return built

    def _sequence(self, node: yaml.SequenceNode, key: str) -> list[Any]:
        items = []
        for index, item in enumerate(node.value):
            path = f"{key}.{index}" if key else str(index)
            self.lines[path] = item.start_mark.line + 1
            items.append(self.value(item, path))
        return items

    def _mapping(self, node: yaml.MappingNode, key: str) -> dict[str, Any]:
        built: dict[str, Any] = {}
        lines = self.lines
        for name_node, value_node in node.value:
            line = name_node.start_mark.line + 1
            if name_node.tag != _TAG + "str" or not isinstance(name_node, yaml.ScalarNode):
                shown = name_node.value if isinstance(name_node, yaml.ScalarNode) else "a list or mapping"
                self.report(BAD_KEY, f"the key {shown} is not text", "put it in quotes", line, key)
                continue
            name = name_node.value
            path = f"{key}.{name}" if key else name
            if name in built:
                message = f"'{name}' is already given at line {lines[path]}"
                self.report(DUPLICATE_KEY, message, "keep one of the two", line, path)
                continue
            lines[path] = line
            built[name] = self.value(value_node, path)
        return built

    def _scalar(self, node: yaml.ScalarNode, key: str) -> Any:
        tag, text = node.tag, node.value
        if tag == _TAG + "str":
            return text
        try:
            match tag.removeprefix(_TAG):
                case "null":
                    return None
                case "bool":
                    return {"true": True, "false": False}[text.lower()]
                case "int":
                    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
                case "float":
                    return float(re.sub(r"\.(?=inf|nan)", "", text.lower()))
        except (ValueError, KeyError):
            message = f"'{text[:40]}' is not of the type {tag.removeprefix(_TAG)}"
            self.report(BAD_VALUE, message, "mend the value", node.start_mark.line + 1, key)
            return None
        self._unknown_tag(node, key)
        return None

    def _unknown_tag(self, node: yaml.Node, key: str) -> None:
        tag = node.tag.replace(_TAG, "!!")
        fix = "remove the tag: values are text, numbers, booleans, null, lists and mappings"
        self.report(BAD_VALUE, f"the tag {tag} is unknown here", fix, node.start_mark.line + 1, key)


def _error(code: Any, message: str, fix: str, name: str, line: int = 0) -> DiagnosticError:
    return DiagnosticError([Diagnostic(code, message, fix, Location(name, line))])


def _character(problem: yaml.reader.ReaderError) -> str:
    return chr(problem.character) if isinstance(problem.character, int) else str(problem.character)


def _line_at(text: str, problem: yaml.reader.ReaderError) -> int:
    """libyaml counts bytes, the reader in Python characters; the character itself is safe to look for."""
    index = text.find(_character(problem))
    return text.count("\n", 0, index) + 1 if index >= 0 else 0


def _kind(value: Any) -> str:
    return "a list" if isinstance(value, list) else f"only '{str(value)[:40]}'"
