"""What can go wrong with an event, and around it."""


class Rejected(Exception):
    """The event can never be processed: it is not what was agreed. Trying again would change nothing."""


class Unavailable(Exception):
    """Something around the events cannot be reached. It is nobody's fault but its own: no attempt counts."""


class ClaimedError(Unavailable):
    """Another process works on the event, or has died while it did."""


class Stopped(Exception):
    """Processing ended before the event was done: whoever comes next does it."""
