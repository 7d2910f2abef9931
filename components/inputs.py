"""Small helpers over inputs that may not be known yet."""

from typing import Any

import pulumi


def whole(value: pulumi.Input[int]) -> pulumi.Input[int]:
    """An integer: numbers of a hosted component arrive as floats, and AWS refuses 5.0 where it wants 5."""
    return value.apply(int) if isinstance(value, pulumi.Output) else int(value)  # type: ignore[arg-type]


def is_number(value: Any) -> bool:
    """Whether it is known here and now, so that arithmetic on it can be checked before any resource."""
    return isinstance(value, int | float)


def last_segment(arn: pulumi.Input[str], separator: str) -> pulumi.Output[str]:
    """What stands behind the last separator of an ARN: the name or id of the resource."""
    return pulumi.Output.from_input(arn).apply(lambda text: text.rsplit(separator, 1)[-1])
