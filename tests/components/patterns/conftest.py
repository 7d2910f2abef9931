"""The helpers of building blocks are shared by all tests of components."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "aws"))
