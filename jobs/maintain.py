"""Maintenance of the tables, for `python` and `spark-submit`."""

import sys

from stclusters.steps.maintain import main

if __name__ == "__main__":
    sys.exit(main())
