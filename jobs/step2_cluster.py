"""Step 2 of 6, cluster, for `python` and `spark-submit`."""

import sys

from stclusters.steps.cluster import main

if __name__ == "__main__":
    sys.exit(main())
