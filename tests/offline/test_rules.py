"""Every rule of the rule files: what it must reject, what it must accept, and that it is well written."""

import pytest

from skymason.offline.rules import Rule, all_rules, rules_of
from skymason.offline.rules.examples import subject, surroundings
from skymason.offline.rules.kinds import KINDS
from skymason.offline.rules.tokens import canonical, files_of

RULES = [(file, rule) for file, rules in all_rules().items() for rule in rules]
EVERY_RULE = pytest.mark.parametrize("rule", [rule for _, rule in RULES], ids=lambda rule: rule.id)


def found(rule: Rule, example: dict, operation: str | None = None) -> list:
    """Violations of this one rule that an example makes in the rule's own surroundings."""
    resource = subject(rule, example)
    view = surroundings(rule, example)
    compiled = [item for item in rules_of(resource.type) if item.rule.id == rule.id]
    assert len(compiled) == 1, f"{rule.id} is not found for {resource.type}"
    assert operation is None or operation in rule.operations
    return list(compiled[0].violations(resource, view))


@EVERY_RULE
def test_rejects_its_example(rule: Rule) -> None:
    violations = found(rule, rule.reject)
    assert len(violations) == 1, violations
    violation = violations[0]
    assert violation.rule_id == rule.id
    assert violation.code == rule.code
    assert str(violation) == f"{rule.code}: {violation.message}"
    assert " '' " not in violation.message
    assert '""' not in violation.message


@EVERY_RULE
def test_accepts_its_near_miss(rule: Rule) -> None:
    assert found(rule, rule.accept) == []
