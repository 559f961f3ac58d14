"""Step 3 of 6, place, for `python` and `spark-submit`."""

import sys

from stclusters.steps.place import main

if __name__ == "__main__":
    sys.exit(main())
