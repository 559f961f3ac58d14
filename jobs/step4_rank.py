"""Step 4 of 6, rank: places, fields and clusters -> ranking, rank_uncertainty, and figures of fields and economies."""

import sys
from collections.abc import Sequence

from stclusters import guards, io
from stclusters.job import run_job
from stclusters.rank.economies import economy_clusters
from stclusters.rank.fields import cluster_fields, top_fields
from stclusters.rank.score import rank_clusters
from stclusters.rank.uncertainty import rank_uncertainty
from stclusters.run import Run
from stclusters.tables import (
    CLUSTER_FIELDS,
    CLUSTERS,
    DOCUMENT_FIELDS,
    DOCUMENT_PLACES,
    ECONOMY_CLUSTERS,
    RANK_UNCERTAINTY,
    RANKING,
    TOP_FIELDS,
)


def rank(run: Run) -> None:
    """Ranks the clusters of the run's edition and gives their fields."""
    top = run.method.top_clusters
    places = io.read(run, DOCUMENT_PLACES)
    ranking = io.replace(run, RANKING, rank_clusters(places, io.read(run, CLUSTERS)))
    io.replace(run, RANK_UNCERTAINTY, rank_uncertainty(places, ranking, run.method.bootstrap_replicates, top))
    fields = io.replace(run, CLUSTER_FIELDS, cluster_fields(places, io.read(run, DOCUMENT_FIELDS)))
    io.replace(run, TOP_FIELDS, top_fields(fields, ranking, top))
    io.replace(run, ECONOMY_CLUSTERS, economy_clusters(ranking, top))
    guards.check(run, guards.RANK)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the step with the arguments; the exit code."""
    return run_job(argv, {"rank": rank})


if __name__ == "__main__":
    sys.exit(main())
