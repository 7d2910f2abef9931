"""Checks across settings: what no single value can show to be wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from skymason.settings.checks import cluster, identity, network, references
from skymason.settings.checks.sections import Sections
from skymason.settings.findings import Finding

__all__ = ["Sections", "check"]


def check(sections: Sections, allowed_accounts: Sequence[str], today: date) -> Iterator[Finding]:
    """Everything that is wrong between settings; sections that are wrong in themselves are passed over."""
    yield from identity.check(sections, allowed_accounts)
    if sections.network:
        yield from network.check(sections.network, sections)
    if sections.cluster:
        yield from cluster.check(sections.cluster, sections, today)
    yield from references.check(sections)
