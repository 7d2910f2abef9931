"""The recorded session, and the script that records it."""

import importlib.util
import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import pytest

IMAGES = Path(__file__).parents[1] / "docs/images"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("record", IMAGES / "record.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["record"] = module
    spec.loader.exec_module(module)
    return module


def test_the_kept_cast_shows_the_whole_session(script: ModuleType) -> None:
    header, *events = [json.loads(line) for line in (IMAGES / "session.cast").read_text().splitlines()]
    assert (header["version"], header["width"], header["height"]) == (2, script.WIDTH, script.HEIGHT)
    assert {kind for _, kind, _ in events} == {"o"}
    times = [when for when, _, _ in events]
    assert times == sorted(times)
    text = "".join(data for _, _, data in events)
    places = [text.index(f"$\x1b[0m {command}\r\n") for command in script.SESSION.values()]
    assert places == sorted(places)
    assert "deployed in" in text
    assert "/tmp/" not in text


@pytest.mark.parametrize("name", ["create", "validate", "plan", "up"])
def test_pictures_are_whole_and_fetch_nothing(name: str) -> None:
    text = (IMAGES / f"{name}.svg").read_text()
    root = ET.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "url(http" not in text
    assert "@import" not in text


def test_every_step_has_a_picture(script: ModuleType) -> None:
    assert sorted(script.SESSION) == sorted(path.stem for path in IMAGES.glob("*.svg"))


def test_a_recording_of_commands(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "say.py").write_text("import sys\nprint('ä ✓')\nprint('note', file=sys.stderr)\n")
    kept: dict[str, str] = {}
    command = f"{sys.executable} say.py"
    made = script.record({"say": command}, tmp_path, script.environment_of([]), kept.__setitem__)
    lines = [json.loads(line) for line in made.cast().splitlines()]
    text = "".join(line[2] for line in lines[1:])
    assert text.startswith(f"\x1b[1;32m$\x1b[0m {command}\r\n")
    assert "ä ✓\r\n" in text
    assert "note\r\n" in text
    assert made.printed.decode() == "ä ✓\r\n"
    assert "✓" in kept["say"]
    assert "note" not in kept["say"]


def test_a_command_that_fails_ends_it(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "fail.py").write_text("import sys\nprint('why', file=sys.stderr)\nsys.exit(3)\n")
    with pytest.raises(SystemExit, match=r"exit code 3\n(.|\n)*why"):
        script.record({"x": f"{sys.executable} fail.py"}, tmp_path, script.environment_of([]), print)


def test_characters_are_not_cut(script: ModuleType) -> None:
    assert script._decoded("aä".encode()[:2]) == ("a", b"\xc3")
    assert script._decoded(b"\xff\xff\xff\xff\xff") == ("\ufffd" * 5, b"")
    assert script._decoded(b"") == ("", b"")
