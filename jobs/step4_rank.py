"""Step 4 of 6, rank: places, fields and clusters -> ranking, rank_uncertainty, and figures of fields and economies."""

import sys
from collections.abc import Sequence

from pyspark.sql import functions as F

from stclusters import guards, io
from stclusters.cluster.points import author_weight
from stclusters.job import run_job
from stclusters.rank.economies import economy_clusters
from stclusters.rank.fields import cluster_fields, top_fields
from stclusters.rank.organisations import cluster_organisations
from stclusters.rank.score import rank_clusters
from stclusters.rank.sensitivity import cluster_stability, compare_settings, grid_of, sensitivity
from stclusters.rank.uncertainty import rank_uncertainty
from stclusters.run import Run
from stclusters.tables import (
    ADDRESSES,
    CLUSTER_FIELDS,
    CLUSTER_ORGANISATIONS,
    CLUSTER_STABILITY,
    CLUSTERS,
    DOCUMENT_FIELDS,
    DOCUMENT_ORGANISATIONS,
    DOCUMENT_PLACES,
    ECONOMY_CLUSTERS,
    POINT_LABELS,
    POINTS,
    RANK_UNCERTAINTY,
    RANKING,
    SENSITIVITY,
    TOP_FIELDS,
)


def rank(run: Run) -> None:
    """Ranks the clusters of the run's edition and gives their fields."""
    top = run.method.top_clusters
    places = io.read(run, DOCUMENT_PLACES)
    ranking = io.replace(run, RANKING, rank_clusters(places, io.read(run, CLUSTERS)))
    io.replace(run, RANK_UNCERTAINTY, rank_uncertainty(places, ranking, run.method.bootstrap_replicates, top))
    fields = io.replace(run, CLUSTER_FIELDS, cluster_fields(places, io.read(run, DOCUMENT_FIELDS)))
    organisations = io.read(run, DOCUMENT_ORGANISATIONS)
    io.replace(run, CLUSTER_ORGANISATIONS, cluster_organisations(places, organisations, ranking))
    io.replace(run, TOP_FIELDS, top_fields(fields, ranking, top))
    io.replace(run, ECONOMY_CLUSTERS, economy_clusters(ranking, top))
    rank_elsewhere(run)
    guards.check(run, guards.RANK)


def rank_elsewhere(run: Run) -> None:
    """Repeats the ranking over the grid of radii and thresholds, from the stored points."""
    method, points = run.method, io.read(run, POINTS)
    grid = grid_of(method.radius_m, method.min_weight, method.sensitivity_radii_m, method.sensitivity_weights)
    labels = io.read(run, POINT_LABELS).withColumn("part_id", F.col("cluster_id"))
    weight = author_weight(method.author_weight, points)
    compared = compare_settings(io.read(run, ADDRESSES), points, labels, weight, grid, method.top_clusters)
    io.replace(run, SENSITIVITY, sensitivity(run.spark, grid, compared))
    io.replace(run, CLUSTER_STABILITY, cluster_stability(run.spark, compared))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the step with the arguments; the exit code."""
    return run_job(argv, {"rank": rank})


if __name__ == "__main__":
    sys.exit(main())
