"""Writes docs/offline-rules.md: every rule with its source. `python -m skymason.offline.rules.document`."""

from __future__ import annotations

import sys
from pathlib import Path

from skymason.offline.rules import all_rules
from skymason.offline.rules.kinds import KINDS
from skymason.offline.rules.rule import Rule

PAGE = Path("docs/offline-rules.md")

_INTRODUCTION = """# Rules of the offline cloud

<!-- Written by `python -m skymason.offline.rules.document`; do not edit. -->

The offline cloud refuses what the real clouds refuse, with their own error codes. Each rule is an entry of a
YAML file under `skymason/offline/rules/`, with a configuration that it must reject and one, close to it, that
it must not; the tests are made from these. `aws/models/` is written from the services' own models by
`python -m skymason.offline.rules.import_models`; the mapping is in `models.yaml`.

- Unknown values, at any depth, make the rules that look at them silent.
- A reference is refused where its id belongs to a resource of another type, or to one that this cloud made
  and has no longer. An id that was never made here is taken to exist outside (a network that you bring),
  unless the cloud is strict.
- Quotas are the defaults of a new account.
- Where the documentation gives a condition without the words of its error, the message states the condition.
"""


def page() -> str:
    """The text of the page."""
    files = all_rules()
    total = sum(map(len, files.values()))
    lines = [_INTRODUCTION, f"{total} rules in {len(files)} files, of {len(KINDS)} kinds.", ""]
    lines += ["## Kinds", "", "| kind | what must hold |", "|---|---|"]
    lines += [f"| `{name}` | {_cell(kind.meaning)} |" for name, kind in sorted(KINDS.items())]
    for name, rules in files.items():
        lines += ["", f"## {name}", "", "| rule | types | kind | code | source |", "|---|---|---|---|---|"]
        lines += [_row(rule) for rule in rules]
    return "\n".join(lines) + "\n"


def _row(rule: Rule) -> str:
    types = "<br>".join(f"`{token}`" for token in rule.types)
    return f"| `{rule.id}` | {types} | {rule.kind} | {_cell(rule.code)} | {_cell(rule.source)} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


def main() -> int:
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
