"""Find what was changed in the cloud behind the program's back. Changes nothing, neither cloud nor state.

    python automation/drift.py --stack dev

Exit code 0 where nothing drifted, 1 where something did or the comparison failed.
"""

import sys
from pathlib import Path

from skymason.driver.model import CloudKind, Operation, Request
from skymason.driver.script import run_script


def requests(stack: str, cloud: CloudKind) -> list[Request]:
    """Read the cloud, and only show what differs."""
    return [Request(Operation.REFRESH, stack, cloud, dry=True)]


if __name__ == "__main__":
    sys.exit(run_script(__doc__, Path(__file__).parent, requests, good=lambda outcome: not outcome.changed))
