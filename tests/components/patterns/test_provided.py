"""What validation lets others do with a service's resources, and what the resources themselves allow."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from data_apis import args as data_args
from edge_targets import Edge
from processors import processor_args
from web_apis import build
from workers import worker_args

from components.aws.edges import binding
from components.patterns.aws.background_worker import BackgroundWorker
from components.patterns.aws.data_api import DataApi
from components.patterns.aws.event_processor import EventProcessor
from skymason.patterns.access import ACCESS
from skymason.patterns.library import shipped

BOTH = ("s3_bucket", "schema_registry")
"""What every processor offers, whatever carries its events."""
SCHEMAS = {
    "format": "avro",
    "files": [str(Path(__file__).parents[3] / "services" / "schemas" / "reading.v2.avsc")],
}
MAKERS: dict[str, Callable[[], Any]] = {
    "background_worker": lambda: BackgroundWorker("its", worker_args()),
    "data_api": lambda: DataApi("its", data_args()),
    "event_processor": lambda: EventProcessor("its", processor_args(schemas=SCHEMAS)),
    "event_processor kafka": lambda: EventProcessor(
        "its", processor_args(stream={"kind": "msk_serverless"}, schemas=SCHEMAS)
    ),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_each_access_that_is_offered_is_given_and_no_other(maker: str) -> None:
    offered = {}
    for item in shipped().provides(maker.partition(" ")[0]):
        kind = item.kind.get("aws")
        if kind and (kind in BOTH or (kind == "msk_cluster") == maker.endswith("kafka")):
            offered[item.resource] = (kind, tuple(item.access) or ACCESS[kind])
    assert offered

    def program() -> None:
        made = MAKERS[maker]()
        provided = {re.sub(r"^[a-z]+", "{service}", name): block for name, block in made.provides.items()}
        assert set(provided) == set(offered)
        for name, (kind, accesses) in offered.items():
            for access in accesses:
                bound = binding(Edge("theirs", kind, access), provided[name], "reader")
                pulumi.export(f"{name} {access}", bound["statements"])
            for access in {*ACCESS[kind]} - {*accesses}:
                with pytest.raises(ValueError, match=f"'{access}' is not known; allowed: "):
                    binding(Edge("theirs", kind, access), provided[name], "reader")

    outputs = build(program).deployed.outputs
    assert len(outputs) == sum(len(accesses) for _, accesses in offered.values())
    assert all(outputs.values())
