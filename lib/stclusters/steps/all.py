"""The six steps in one session."""

from collections.abc import Sequence

from stclusters.job import run_job
from stclusters.steps.cluster import cluster
from stclusters.steps.collaborate import collaborate
from stclusters.steps.ingest import ingest
from stclusters.steps.place import place
from stclusters.steps.publish import publish
from stclusters.steps.rank import rank

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
