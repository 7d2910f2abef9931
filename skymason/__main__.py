"""`python -m skymason` is `sm`."""

import sys

from skymason.cli.main import main

sys.exit(main())
