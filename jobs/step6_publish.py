"""Step 6 of 6, publish, for `python` and `spark-submit`."""

import sys

from stclusters.steps.publish import main

if __name__ == "__main__":
    sys.exit(main())
