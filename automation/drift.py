"""Find what was changed in the cloud behind the program's back. Changes nothing, neither cloud nor state.

    python automation/drift.py --stack dev
    python automation/drift.py --stack prod --cloud real --json      (for a scheduled job)

The same as `sm drift`: exit code 0 where nothing drifted, 3 where something did, 1 where it failed.
"""

import sys
from pathlib import Path

from skymason.driver.script import run_drift

if __name__ == "__main__":
    sys.exit(run_drift(__doc__, Path(__file__).parent))
