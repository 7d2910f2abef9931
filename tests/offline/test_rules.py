"""Every rule of the rule files: what it must reject, what it must accept, and that it is well written."""

import re
import string
from dataclasses import replace
from pathlib import Path

import pytest

from skymason.offline import contract
from skymason.offline.rules import Rule, Violation, all_rules, import_models, rules_of, violations
from skymason.offline.rules.document import PAGE, page
from skymason.offline.rules.examples import expanded, numbered, subject, surroundings
from skymason.offline.rules.kinds import KINDS
from skymason.offline.rules.paths import MISSING, path
from skymason.offline.rules.tokens import canonical, files_of
from skymason.plan.model import UNKNOWN

ROOT = Path(__file__).parents[2]
FILES = all_rules()
RULES = [rule for rules in FILES.values() for rule in rules]
EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)

LOOK_AT_STRUCTURE = {
    *("absent", "all_have", "conflicts", "count", "has_keys", "map_entries", "one_of", "required"),
    *("required_together", "pod_security"),
}
"""Kinds that can tell something without the values: how many, which keys."""


def found(rule: Rule, example: dict, token: str = "") -> list[Violation]:
    """Violations of this one rule that an example makes in the rule's own surroundings."""
    resource = subject(rule, example, token)
    compiled = [item for item in rules_of(resource.type) if item.rule.id == rule.id]
    assert len(compiled) == 1, f"{rule.id} is not found for {resource.type}"
    return list(compiled[0].violations(resource, surroundings(rule, example)))


@EVERY_RULE
def test_rejects_its_example(rule: Rule) -> None:
    assert len(found(rule, rule.reject)) == 1
    operation = "create" if "create" in rule.operations else "delete"
    resource = subject(rule, rule.reject)
    said = [
        violation
        for violation in violations(operation, resource, surroundings(rule, rule.reject))
        if violation.rule_id == rule.id
    ]
    assert [violation.code for violation in said] == [rule.code]
    assert str(said[0]) == f"{rule.code}: {said[0].message}"
    assert " '' " not in said[0].message
    assert '""' not in said[0].message


@EVERY_RULE
def test_accepts_its_near_miss(rule: Rule) -> None:
    assert found(rule, rule.accept) == []


@EVERY_RULE
def test_is_silent_where_what_it_looks_at_is_unknown(rule: Rule) -> None:
    property = re.sub(r"\[\d+\]", "[*]", found(rule, rule.reject)[0].property)
    about = re.split(r"[.\[]", property)[0]
    if about in rule.reject:
        assert found(rule, {**rule.reject, about: UNKNOWN}) == []
        inputs = subject(rule, rule.reject).inputs
        there = path(property).first(inputs) is not MISSING
        assert found(rule, _unknown(inputs)) == [] or rule.kind in LOOK_AT_STRUCTURE or not there


@EVERY_RULE
def test_is_found_for_each_of_its_types(rule: Rule) -> None:
    for token in rule.types:
        token = token.replace("*", "test/example:Example")
        assert [item.rule.id for item in rules_of(token)].count(rule.id) == 1
        assert token == canonical(token)


@EVERY_RULE
def test_is_well_written(rule: Rule) -> None:
    assert re.fullmatch(r"(aws|azure|kubernetes)-[a-z0-9-]+", rule.id)
    assert len(rule.source) > 15
    assert rule.code.strip()
    assert rule.message.strip()
    names = {name for _, name, _, _ in string.Formatter().parse(rule.message) if name is not None}
    assert all(re.fullmatch(r"[\w/]+", name) for name in names)
    assert rule.operations <= {"create", "update", "delete"}


def test_there_are_many_rules() -> None:
    assert len(RULES) >= 140
    assert len([rule for file, rules in FILES.items() if "models" not in file for rule in rules]) >= 140


def test_what_is_asked_is_what_is_written() -> None:
    for rule in RULES:
        token = next(iter(rule.types)).replace("*", "test/example:Example")
        asked = next(item.rule for item in rules_of(token) if item.rule.id == rule.id)
        assert replace(rule, source="", given=(), reject={}, accept={}) == asked


def test_ids_are_unique() -> None:
    ids = [rule.id for rule in RULES]
    assert sorted({id for id in ids if ids.count(id) > 1}) == []


def test_every_kind_is_used_and_explained() -> None:
    assert {rule.kind for rule in RULES} == set(KINDS)
    assert [name for name, kind in KINDS.items() if not kind.meaning] == []


def test_every_type_is_kept_where_it_is_looked_for() -> None:
    wrong = [
        (file, rule.id, token)
        for file, rules in FILES.items()
        for rule in rules
        for token in rule.types
        if file not in files_of(token.replace("*", "test/example:Example"))
    ]
    assert wrong == []


def test_the_page_is_current() -> None:
    assert (ROOT / PAGE).read_text() == page()


def test_the_rules_of_the_models_are_current() -> None:
    folder = ROOT / "skymason/offline/rules/aws/models"
    written = {path.stem: path.read_text() for path in folder.glob("*.yaml")}
    assert written == import_models.documents()


@EVERY_RULE
def test_types_and_properties_are_those_of_the_sdk(rule: Rule) -> None:
    tokens = [token for token in rule.types if "*" not in token]
    strange = [token for token in tokens if [p for p in contract.problems(token, {}) if p.kind == "token"]]
    assert strange == []
    for token in tokens[:1]:
        for example in (rule.reject, rule.accept):
            inputs = {key: value for key, value in subject(rule, example).inputs.items() if key != "arn"}
            assert [p for p in contract.problems(token, inputs) if p.kind == "unknown"] == []
    for entry in rule.given:
        inputs = numbered(expanded(entry.get("inputs", {})), 0)
        assert [p for p in contract.problems(entry["type"], inputs) if p.kind in ("token", "unknown")] == []


def _unknown(value: object) -> object:
    """The same maps and lists, each plain value unknown."""
    if isinstance(value, dict):
        return {key: _unknown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unknown(item) for item in value]
    return UNKNOWN
