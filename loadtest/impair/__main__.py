"""`python -m loadtest.impair`: the proxy alone, from the command line."""

import sys

from loadtest.impair.program import main

sys.exit(main())
