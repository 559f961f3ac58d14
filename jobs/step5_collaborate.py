"""Step 5 of 6, collaborate, for `python` and `spark-submit`."""

import sys

from stclusters.steps.collaborate import main

if __name__ == "__main__":
    sys.exit(main())
