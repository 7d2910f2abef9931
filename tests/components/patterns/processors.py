"""What the tests of event processors share: arguments, and processors made of them."""

from typing import Any

from blocks import Built
from web_apis import IMAGE, PLATFORM, SERVICE, build

from components.patterns.aws.event_processor import EventProcessor

SCALER = "arn:aws:iam::123456789012:role/keda"
PROCESSOR_PLATFORM: dict[str, Any] = {**PLATFORM, "scaler_role_arn": SCALER}


def processor_args(**changed: Any) -> dict[str, Any]:
    return {"platform": PROCESSOR_PLATFORM, "service": SERVICE, "image": IMAGE, **changed}


def make_processor(**changed: Any) -> Built:
    """A processor called orders, with some of its arguments changed, deployed and previewed."""
    return build(lambda: EventProcessor("orders", processor_args(**changed)))
