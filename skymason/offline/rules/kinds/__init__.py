"""The kinds of rules: each a function from a rule's parameters to the check of one subject."""

from __future__ import annotations

from typing import Final

from skymason.offline.rules.kinds import formats, groups, networks, pods, policies, relations, terms, values
from skymason.offline.rules.subject import Kind

KINDS: Final[dict[str, Kind]] = {
    "absent": Kind(groups.absent),
    "all_have": Kind(groups.all_have),
    "arn_shape": Kind(policies.arn_shape),
    "cidr": Kind(networks.cidr),
    "cidr_disjoint_siblings": Kind(networks.cidr_disjoint_siblings),
    "cidr_size": Kind(networks.cidr_size),
    "cidr_within": Kind(networks.cidr_within),
    "companion": Kind(relations.companion),
    "compare": Kind(terms.compare),
    "conflicts": Kind(groups.conflicts),
    "count": Kind(groups.count),
    "cron": Kind(formats.cron),
    "distinct": Kind(groups.distinct),
    "enum": Kind(values.enum),
    "excluded": Kind(values.excluded),
    "has_keys": Kind(groups.has_keys),
    "in_use": Kind(relations.in_use, operations=("delete",)),
    "json": Kind(formats.json_text),
    "length": Kind(values.length),
    "local_reference": Kind(groups.local_reference),
    "map_entries": Kind(values.map_entries),
    "one_of": Kind(groups.one_of),
    "pattern": Kind(values.pattern),
    "pod_security": Kind(pods.pod_security),
    "policy_document": Kind(policies.policy_document),
    "quantities_within": Kind(pods.quantities_within),
    "quantity": Kind(formats.quantity),
    "quota": Kind(relations.quota, operations=("create",)),
    "range": Kind(values.range_),
    "reference": Kind(relations.reference),
    "required": Kind(groups.required),
    "required_together": Kind(groups.required_together),
    "selector_matches_template": Kind(groups.selector_matches_template),
    "spread": Kind(relations.spread),
    "total_length": Kind(relations.total_length),
    "total_size": Kind(groups.total_size),
    "unique": Kind(relations.unique),
}
