"""The six steps in one session."""

import sys
from collections.abc import Sequence

from stclusters.job import run_job
from step1_ingest import ingest
from step2_cluster import cluster
from step3_place import place
from step4_rank import rank
from step5_collaborate import collaborate
from step6_publish import publish

STEPS = {
    "ingest": ingest,
    "cluster": cluster,
    "place": place,
    "rank": rank,
    "collaborate": collaborate,
    "publish": publish,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the six steps with the arguments; the exit code."""
    return run_job(argv, STEPS)


if __name__ == "__main__":
    sys.exit(main())
