"""Step 1 of 6, ingest, for `python` and `spark-submit`."""

import sys

from stclusters.steps.ingest import main

if __name__ == "__main__":
    sys.exit(main())
