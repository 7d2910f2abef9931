"""Delete every resource of a stack. Asks nothing: meant for stacks that a script has made.

    python automation/destroy.py --stack dev

Exit code 0 where nothing is left, else 1.
"""

import sys
from pathlib import Path

from skymason.driver.model import CloudKind, Operation, Request
from skymason.driver.script import run_script


def requests(stack: str, cloud: CloudKind) -> list[Request]:
    """Delete everything."""
    return [Request(Operation.DESTROY, stack, cloud)]


if __name__ == "__main__":
    sys.exit(run_script(__doc__, Path(__file__).parent, requests))
