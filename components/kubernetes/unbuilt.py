"""A service whose image nobody has built yet: everything of it is made, and nothing waits for its replicas.

Its repository must be there before the first image can be pushed, and comes with the rest of the stack.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from skymason.patterns.checks.image import PLACEHOLDER

AWAITED = ("kubernetes:apps/v1:Deployment", "kubernetes:batch/v1:Job")
SKIP_AWAIT = "pulumi.com/skipAwait"


def first_deployment(image: Mapping[str, Any]) -> list[pulumi.ResourceTransformation]:
    """Transformations for the component of a service; none once its spec names a real image.

    image: the section of the spec, with `digest`.
    """
    return [unawaited] if image.get("digest") == PLACEHOLDER else []


def unawaited(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """Has the engine go on without the pods of a Deployment or Job."""
    if args.type_ not in AWAITED:
        return None
    metadata = args.props["metadata"]
    annotations = {**(metadata.get("annotations") or {}), SKIP_AWAIT: "true"}
    props = {**args.props, "metadata": {**metadata, "annotations": annotations}}
    return pulumi.ResourceTransformationResult(props, args.opts)
