"""A plan for people at a terminal, and as one JSON document."""

from __future__ import annotations

import json

from skymason.cli.plan import Planned
from skymason.diagnostics import to_text
from skymason.driver.colours import Paint, plain
from skymason.driver.model import ChangeKind
from skymason.driver.show import endangered, listing, warnings_of
from skymason.driver.summary import counted, table

VERSION = 1
"""Of the document: keys are added under the same version; one that goes or changes its meaning raises it."""


def as_text(found: Planned, paint: Paint = plain) -> str:
    """Findings, the counts, what would lose data, the touched components, each change with its values."""
    changed = any(item.kind is not ChangeKind.SAME for item in found.changes)
    compared = f"compared with {found.against}, in {found.seconds:.1f} s"
    parts = [
        to_text(found.diagnostics),
        f"{paint(found.headline, 'bold')}\n{paint(compared, 'dim')}",
        warnings_of(found.changes, paint),
        table(found.changes, dry=True, touched=True) if changed else "",
        listing(found.changes, paint),
    ]
    return "\n\n".join(part for part in parts if part)


def as_json(found: Planned) -> str:
    """The document that `docs/plan.schema.json` describes; unchanged resources are counted, not listed."""
    document = {
        "version": VERSION,
        "project": found.project,
        "stack": found.stack,
        "service": found.service or None,
        "against": found.against,
        "revision": found.revision or None,
        "counts": {str(kind): number for kind, number in counted(found.changes).items()},
        "data_at_risk": [item.urn for item in endangered(found.changes)],
        "changes": [item.as_dict() for item in found.changes if item.kind is not ChangeKind.SAME],
        "diagnostics": [item.as_dict() for item in found.diagnostics],
        "seconds": round(found.seconds, 2),
    }
    return json.dumps(document, indent=2)
