"""What the tests of background workers share: arguments, and workers made of them."""

from typing import Any

from blocks import Built
from web_apis import IMAGE, PLATFORM, SERVICE, build

from components.patterns.aws.background_worker import BackgroundWorker

SCALER = "arn:aws:iam::123456789012:role/keda"
WORKER_PLATFORM: dict[str, Any] = {**PLATFORM, "scaler_role_arn": SCALER}


def worker_args(**changed: Any) -> dict[str, Any]:
    return {"platform": WORKER_PLATFORM, "service": SERVICE, "image": IMAGE, **changed}


def make_worker(**changed: Any) -> Built:
    """A worker called orders, with some of its arguments changed, deployed and previewed."""
    return build(lambda: BackgroundWorker("orders", worker_args(**changed)))
