"""Step 4 of 6, rank, for `python` and `spark-submit`."""

import sys

from stclusters.steps.rank import main

if __name__ == "__main__":
    sys.exit(main())
