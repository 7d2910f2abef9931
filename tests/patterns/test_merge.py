from typing import Any

from skymason.diagnostics import Location
from skymason.patterns.merge import LayerSource, Merged, ancestry, at, merge
from skymason.yaml_source import parse_yaml


def layer(name: str, text: str, *, own: bool = False, prefix: str = "") -> LayerSource:
    source = parse_yaml(text, f"{name}.yaml")
    data: Any = at(source.data, prefix) if prefix else source.data
    return LayerSource(name, data, source, prefix, own)


def tried(merged: Merged, key: str) -> list[tuple[str, Any]]:
    return [(source.name, value) for source, value in merged.history[key]]


def test_maps_merge_and_everything_else_replaces() -> None:
    merged = merge(
        [
            layer("low", "a: {x: 1, y: 2}\nitems: [1, 2]\ns: text"),
            layer("high", "a: {y: 3}\nitems: [4]\ns: 5"),
        ]
    )
    assert merged.config == {"a": {"x": 1, "y": 3}, "items": [4], "s": 5}
    assert {key: source.name for key, source in merged.owners.items()} == {
        "a.x": "low",
        "a.y": "high",
        "items": "high",
        "s": "high",
    }
    assert tried(merged, "a.y") == [("low", 2), ("high", 3)]


def test_null_takes_away_and_a_higher_layer_gives_back() -> None:
    merged = merge([layer("low", "a: {x: 1}\nb: 1"), layer("middle", "a: null\nb: null")])
    assert merged.config == {}
    assert merged.owners == {}
    assert {key: source.name for key, source in merged.deleted.items()} == {"a": "middle", "b": "middle"}
    merged.add(layer("high", "a: {y: 2}\nb: 2"))
    assert merged.config == {"a": {"y": 2}, "b": 2}
    assert tried(merged, "b") == [("low", 1), ("middle", None), ("high", 2)]
    # What was below is still gone.
    deletion = merged.deletion("a.x")
    assert deletion is not None
    assert (deletion[0], deletion[1].name) == ("a", "middle")
    assert merged.deletion("b") is None


def test_a_map_over_a_scalar_and_a_scalar_over_a_map() -> None:
    merged = merge([layer("low", "a: 1\nb: {x: 1}"), layer("high", "a: {x: 1}\nb: 1")])
    assert merged.config == {"a": {"x": 1}, "b": 1}
    assert sorted(merged.owners) == ["a.x", "b"]


def test_an_empty_map_changes_nothing_but_is_remembered() -> None:
    merged = merge([layer("low", "a: {x: 1}\nb: {}"), layer("high", "a: {}")])
    assert merged.config == {"a": {"x": 1}, "b": {}}
    assert tried(merged, "a") == [("high", {})]
    assert list(merged.owners) == ["a.x"]


def test_owners_of_what_lies_in_lists_and_maps() -> None:
    merged = merge([layer("low", "items: [{x: 1}]\na: {x: 1}"), layer("high", "a: {y: 1}", own=True)])
    names = {key: merged.owner(key) for key in ("items.0.x", "a", "a.x", "nothing", "a.z")}
    assert {key: owner and owner.name for key, owner in names.items()} == {
        "items.0.x": "low",
        "a": "high",  # the service's own layer first
        "a.x": "low",
        "nothing": None,
        "a.z": None,
    }


def test_places_under_a_prefix() -> None:
    own = layer("service", "x: 1\noverrides:\n  a:\n    b: 1", prefix="overrides")
    assert own.path("a.b") == "overrides.a.b"
    assert own.path("") == "overrides"
    assert own.location("a.b") == Location("service.yaml", 4)
    assert own.location("a.unknown") == Location("service.yaml", 3)
    assert own.layer("a.b").name == "service"


def test_put_makes_maps_but_never_replaces_a_scalar() -> None:
    merged = merge([layer("low", "a: 1")])
    lock = layer("locked", "{}")
    merged.put("b.c", True, lock)
    merged.put("a.c", True, lock)
    assert merged.config == {"a": 1, "b": {"c": True}}


def test_a_copy_is_apart() -> None:
    merged = merge([layer("low", "a: {items: [1]}")])
    copy = merged.copy()
    copy.add(layer("high", "a: {items: [2]}\nb: 1"))
    copy.config["a"]["items"].append(3)
    assert merged.config == {"a": {"items": [1]}}
    assert list(merged.owners) == ["a.items"]


def test_values_of_a_layer_are_never_shared() -> None:
    source = layer("low", "items: [{x: 1}]")
    merge([source]).config["items"][0]["x"] = 2
    assert source.data == {"items": [{"x": 1}]}


def test_lookups() -> None:
    data = {"a": [{"b": 1}], "c": 2}
    assert at(data, "a.0.b") == 1
    assert [at(data, key) for key in ("a.1.b", "a.x", "c.d", "x")] == [None, None, None, None]
    assert list(ancestry("a.b.c")) == ["a.b.c", "a.b", "a"]
