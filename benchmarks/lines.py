"""What a person writes against what comes of it: `python -m benchmarks.lines`.

For each pattern a shipped service: lines of its spec, and the resources that they become in production; and
what `sm create-microservice` writes for the pattern. For one of them also the lines of the same by hand,
`by_hand/web_api.py`: a whole program with the providers' own resources, which is evaluated here, and makes as
many resources of each type. Comments, blank lines and docstrings are not counted. A formatter decides about
lines, so signs that are no white space are counted too.
"""

from __future__ import annotations

import ast
import io
import json
import runpy
import sys
import tokenize
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skymason.generate.render import render
from skymason.generate.request import ServiceRequest
from skymason.plan.evaluate import evaluate, evaluate_project
from skymason.plan.model import Plan

ROOT = Path(__file__).parent.parent
STACK = "prod"
SERVICES = {
    "web_api": "storefront",
    "background_worker": "order-fulfilment",
    "data_api": "catalogue",
    "event_processor": "building-telemetry",
}
"""Pattern → the shipped service that is counted."""
BY_HAND = {"web_api": Path(__file__).parent / "by_hand" / "web_api.py"}
LEAST = 0.8
"""Share of the lines that a spec has to save."""
IMAGE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/skymason-prod/storefront@sha256:" + "0a" * 32


@dataclass(frozen=True, slots=True)
class Amount:
    """How much was written: lines, and signs that are no white space."""

    lines: int
    signs: int

    def saved(self, other: Amount) -> tuple[float, float]:
        """Which share of the other's lines and signs is not written here."""
        return 1 - self.lines / other.lines, 1 - self.signs / other.signs


def amount_of(file: Path) -> Amount:
    """What is written in a Python program or a YAML document."""
    text = file.read_text(encoding="utf-8")
    written = python_lines(text) if file.suffix == ".py" else yaml_lines(text)
    return Amount(len(written), sum(len("".join(line.split())) for line in written))


def yaml_lines(text: str) -> list[str]:
    """Lines of a document that hold more than a comment."""
    return [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def python_lines(text: str) -> list[str]:
    """Lines of a program that hold more than a comment, and are not part of a docstring."""
    documented = set[int]()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node):
            first = node.body[0]
            documented |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    code = set[int]()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in skipped and token.string:
            code |= set(range(token.start[0], token.end[0] + 1))
    return [line for number, line in enumerate(text.splitlines(), 1) if number in code - documented]


def resources_of(plan: Plan, name: str) -> Counter[str]:
    """Type → number of the resources of one service, components and providers left out."""
    prefix = f"{plan.project}-{STACK}-{name}"
    return Counter(
        item.type
        for item in plan.resources
        if item.custom
        and (item.name == prefix or item.name.startswith(f"{prefix}-"))
        and not item.type.startswith("pulumi:")
    )


def by_hand(file: Path) -> Counter[str]:
    """Type → number of the resources of the program by hand, evaluated in the offline cloud."""
    plan = evaluate(
        lambda: runpy.run_path(str(file), run_name="__main__"),
        project="by-hand",
        stack=STACK,
        config={
            "aws:region": PLATFORM["region"],
            "by-hand:platform": json.dumps(PLATFORM),
            "by-hand:image": IMAGE,
        },
        root=file.parent,
    )
    return Counter(
        item.type for item in plan.resources if item.custom and not item.type.startswith("pulumi:")
    )


PLATFORM: dict[str, Any] = {
    "region": "eu-central-1",
    "account_id": "123456789012",
    "vpc_id": "vpc-0123456789abcdef0",
    "public_subnet_ids": [f"subnet-0123456789abcdef{index}" for index in range(3)],
    "public_subnet_cidrs": ["10.30.32.0/21", "10.30.96.0/21", "10.30.160.0/21"],
    "cluster_name": "skymason-prod",
    "cluster_security_group_id": "sg-0123456789abcdef0",
    "kubeconfig": "{}",
    "hosted_zone_id": "Z0123456789ABCDEFGHIJ",
    "private_zone_id": "Z0123456789ABCDEFGHIK",
    "log_bucket": "skymason-prod-access-logs",
    "logs_key_arn": "arn:aws:kms:eu-central-1:123456789012:key/6a1c3c0e-8e0b-4a40-9d2c-8d1c5f0f3b11",
    "alert_topic_arn": "arn:aws:sns:eu-central-1:123456789012:skymason-prod-alerts",
    "product_images": {
        "name": "example-product-images-prod",
        "arn": "arn:aws:s3:::example-product-images-prod",
        "key_arn": "arn:aws:kms:eu-central-1:123456789012:key/c2a7f3b9-48de-4c15-9e02-d5b6184f7a3c",
    },
    "orders_queue": {
        "url": "https://sqs.eu-central-1.amazonaws.com/123456789012/order-fulfilment",
        "arn": "arn:aws:sqs:eu-central-1:123456789012:order-fulfilment",
        "key_arn": "arn:aws:kms:eu-central-1:123456789012:key/261ed984-1e75-49bb-a1f5-47aa7b481632",
    },
}
"""What the program by hand is told of the platform."""


def main() -> int:
    """Print a line for each pattern and return 0, or 1 where too little is saved or the resources differ."""
    plan, kept = evaluate_project(ROOT, STACK), True
    print(f"What is written, and what comes of it (stack {STACK}; comments and blank lines not counted)\n")
    heads = ("service", "spec lines", "resources", "by hand", "saved", "signs saved", "files", "their lines")
    print(_row("pattern", *heads))
    for pattern, name in SERVICES.items():
        spec = amount_of(ROOT / "services" / f"{name}.yaml")
        made = resources_of(plan, name)
        files = render(ServiceRequest("new-service", pattern, "aws", owner="team-new"), ROOT)
        cells = [name, str(spec.lines), str(made.total()), "", "", ""]
        if pattern in BY_HAND:
            manual = amount_of(BY_HAND[pattern])
            lines, signs = spec.saved(manual)
            cells[3:] = [str(manual.lines), f"{lines:.0%}", f"{signs:.0%}"]
            kept = kept and lines >= LEAST and made == by_hand(BY_HAND[pattern])
        written = sum(len(file.text.splitlines()) for file in files.values())
        print(_row(pattern, *cells, str(len(files)), str(written)))
    verdict = "PASS" if kept else "FAIL"
    print(f"\n{verdict}  a spec saves at least {LEAST:.0%} of the lines of the same resources by hand")
    return 0 if kept else 1


def _row(name: str, service: str, *cells: str) -> str:
    return f"{name:<18}{service:<20}" + "".join(f"{cell:>13}" for cell in cells)


if __name__ == "__main__":
    sys.exit(main())
