"""A program's own modules, apart from those of the same names that are loaded."""

import builtins
import sys
import types
from pathlib import Path

import pytest

from skymason.plan.namesakes import apart


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A loaded package `shelf`, with a module that is not loaded yet."""
    package = tmp_path / "ours" / "shelf"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "def named():\n    from shelf.late import value\n    return value\n"
        "def relative():\n    from . import late\n    return late.value\n"
        "def whole():\n    import shelf.late\n    return shelf.late.value\n"
        "def other():\n    import json\n    return json.__name__\n"
    )
    (package / "late.py").write_text("value = 'ours'\n")
    monkeypatch.syspath_prepend(str(tmp_path / "ours"))
    import shelf  # type: ignore[import-not-found]

    yield shelf
    for name in [name for name in sys.modules if name.partition(".")[0] == "shelf"]:
        del sys.modules[name]


@pytest.fixture
def theirs(tmp_path: Path, ours: types.ModuleType, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program with a package `shelf` of its own."""
    root = tmp_path / "theirs"
    (root / "shelf").mkdir(parents=True)
    (root / "shelf/__init__.py").write_text("mine = True\n")
    (root / "shelf/late.py").write_text("value = 'theirs'\n")
    monkeypatch.syspath_prepend(str(root))
    return root


@pytest.mark.parametrize("way", ["named", "relative", "whole"])
def test_each_side_imports_its_own(ours: types.ModuleType, theirs: Path, way: str) -> None:
    prepared = []
    before = builtins.__import__
    with apart(theirs, lambda: prepared.append(1)):
        import shelf

        assert shelf.mine
        # Ours are found beside the package that is loaded, whatever the search path says.
        assert getattr(ours, way)() == "ours"
        from shelf.late import value

        assert value == "theirs"
        assert getattr(ours, way)() == "ours"
        assert sys.modules["shelf.late"].value == "theirs"
        assert ours.other() == "json"
    assert prepared == [1]
    assert builtins.__import__ is before
    assert sys.modules["shelf"] is ours
    assert getattr(ours, way)() == "ours"


def test_where_nothing_has_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "alone.py").write_text("")
    (tmp_path / "__main__.py").write_text("")
    before = builtins.__import__
    with apart(tmp_path, lambda: pytest.fail("nothing to prepare")):
        assert builtins.__import__ is before


def test_a_program_that_fails_leaves_nothing_behind(ours: types.ModuleType, theirs: Path) -> None:
    before = builtins.__import__
    error = ValueError("no")

    def fail() -> None:
        with apart(theirs, lambda: None):
            import shelf

            assert shelf.mine
            raise error

    with pytest.raises(ValueError, match="no"):
        fail()
    assert builtins.__import__ is before
    assert sys.modules["shelf"] is ours
