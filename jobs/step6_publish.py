"""Step 6 of 6, publish, for `python` and `spark-submit`."""

import sys
from functools import partial

from stclusters.commands import run_step
from stclusters.ending import final

main = partial(run_step, "publish")

if __name__ == "__main__":
    sys.exit(final(main()))
