"""What arithmetic has found wrong, before any resource is registered."""

from collections.abc import Iterable
from typing import NamedTuple


class Finding(NamedTuple):
    """rule: stable name, the same wherever it is reported. message: what is wrong. fix: what to change."""

    rule: str
    message: str
    fix: str


def refuse(owner: str, findings: Iterable[Finding]) -> None:
    """Raises ValueError that names every finding, if there is one. owner: what it is, as `queue 'orders'`."""
    found = list(findings)
    if found:
        lines = [f"{owner}: {item.message} ({item.rule}; fix: {item.fix})" for item in found]
        raise ValueError("\n".join(lines))
