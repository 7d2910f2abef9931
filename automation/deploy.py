"""Deploy a stack, then prove that it is what the program says: a preview that finds nothing to change.

    python automation/deploy.py --stack dev
    python automation/deploy.py --stack prod --cloud real      (with your own credentials; asks nothing)

Exit code 0 where both succeed, else 1.
"""

import sys
from pathlib import Path

from skymason.driver.model import CloudKind, Operation, Request
from skymason.driver.script import run_script


def requests(stack: str, cloud: CloudKind) -> list[Request]:
    """Deploy, then preview."""
    return [
        Request(Operation.UP, stack, cloud),
        Request(Operation.PREVIEW, stack, cloud, expect_no_changes=True),
    ]


if __name__ == "__main__":
    sys.exit(run_script(__doc__, Path(__file__).parent, requests))
