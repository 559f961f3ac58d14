"""Step 4 of 6, rank, for `python` and `spark-submit`."""

import sys
from functools import partial

from stclusters.commands import run_step
from stclusters.ending import final

main = partial(run_step, "rank")

if __name__ == "__main__":
    sys.exit(final(main()))
