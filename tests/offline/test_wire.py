"""Protobuf Structs to plain values and back."""

from google.protobuf import struct_pb2

from skymason.offline import wire
from skymason.plan.model import UNKNOWN


def struct(value: dict) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(value)
    return made


def secret(value: object) -> dict:
    return {wire.SIGNATURE: wire.SECRET, "value": value}


def test_plain_values_come_back_as_they_were() -> None:
    value = {"s": "x", "i": 3, "f": 1.5, "t": True, "l": [1, "a", {"b": []}], "m": {"n": {}}}
    assert wire.decode(wire.encode(value)).value == value
    assert isinstance(wire.decode(wire.encode(value)).value["i"], int)


def test_nulls_are_left_out_of_maps_and_kept_in_lists() -> None:
    found = wire.decode(struct({"a": None, "b": [None, 1]}))
    assert found.value == {"b": [None, 1]}
    assert wire.encode({"a": None}).fields["a"].WhichOneof("kind") == "null_value"


def test_secrets_are_unwrapped_and_named() -> None:
    found = wire.decode(struct({"a": secret("x"), "b": {"c.d": secret({"e": secret(1)})}}))
    assert found.value == {"a": "x", "b": {"c.d": {"e": 1}}}
    assert found.secrets == ("a", 'b["c.d"]', 'b["c.d"].e')


def test_every_spelling_of_unknown_is_named() -> None:
    other = "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"  # an unknown boolean
    found = wire.decode(struct({"a": UNKNOWN, "b": [1, other], "c": secret(UNKNOWN)}))
    assert found.value == {"a": UNKNOWN, "b": [1, UNKNOWN], "c": UNKNOWN}
    assert found.unknowns == ("a", "b[1]", "c")
    assert found.secrets == ("c",)


def test_output_values_are_unwrapped() -> None:
    known = {wire.SIGNATURE: wire.OUTPUT, "value": 1, "secret": True, "dependencies": ["urn"]}
    unknown = {wire.SIGNATURE: wire.OUTPUT}
    found = wire.decode(struct({"a": known, "b": unknown}))
    assert (found.value, found.secrets, found.unknowns) == ({"a": 1, "b": UNKNOWN}, ("a",), ("b",))


def test_references_become_ids_unless_they_are_kept() -> None:
    custom = {wire.SIGNATURE: wire.RESOURCE, "urn": "urn:a", "id": "id-a"}
    pending = {wire.SIGNATURE: wire.RESOURCE, "urn": "urn:b", "id": ""}
    component = {wire.SIGNATURE: wire.RESOURCE, "urn": "urn:c"}
    value = struct({"a": custom, "b": pending, "c": component})
    found = wire.decode(value)
    assert (found.value, found.unknowns) == ({"a": "id-a", "b": UNKNOWN, "c": "urn:c"}, ("b",))
    assert wire.decode(value, keep_references=True).value["a"] == custom


def test_assets_stay_maps_with_their_mark() -> None:
    asset = {wire.SIGNATURE: wire.ASSET, "text": "x"}
    assert wire.decode(struct({"a": asset})).value == {"a": asset}


def test_the_hash_tells_of_another_content_where_the_engine_sends_none() -> None:
    asset = {wire.SIGNATURE: wire.ASSET, "text": "x", "hash": "1"}
    archive = {wire.SIGNATURE: wire.ARCHIVE, "assets": {"a.py": asset}, "hash": "2"}
    assert wire.decode(struct({"a": archive})).value == {"a": archive}
    before, after = ({wire.SIGNATURE: wire.ARCHIVE, "hash": hash} for hash in "23")
    assert wire.decode(struct({"a": before})).value != wire.decode(struct({"a": after})).value


def test_encoding_marks_named_properties_secret() -> None:
    made = wire.encode({"a": "x", "b": {"c": 1}}, secrets=["b", "not there"])
    assert wire.decode(made).secrets == ("b",)
    assert wire.decode(made).value == {"a": "x", "b": {"c": 1}}


def test_heads_of_paths() -> None:
    assert wire.heads(["a.b", "a[0]", "c"]) == {"a", "c"}
