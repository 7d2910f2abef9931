"""What the tests of data APIs share: arguments, and a data API that is deployed and previewed."""

from typing import Any

from blocks import Built
from web_apis import IMAGE, PLATFORM, build

from components.patterns.aws.data_api import DataApi

SERVICE = {"name": "ledger", "owner": "team-a", "tier": "critical"}


def args(**changed: Any) -> dict[str, Any]:
    return {"platform": PLATFORM, "service": SERVICE, "image": IMAGE, **changed}


def make(**changed: Any) -> Built:
    """A data API called ledger, with some of its arguments changed, deployed and previewed."""
    return build(lambda: DataApi("ledger", args(**changed)))
