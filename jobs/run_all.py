"""The six steps in one session, for `python` and `spark-submit`."""

import sys

from stclusters.steps.all import main

if __name__ == "__main__":
    sys.exit(main())
