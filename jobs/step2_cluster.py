"""Step 2 of 6, cluster: addresses -> points, point_labels, cluster_economies, clusters."""

import sys
from collections.abc import Sequence

from stclusters import guards, io
from stclusters.cluster.dbscan import label_points
from stclusters.cluster.describe import describe_clusters
from stclusters.cluster.output import cluster_economies, output_of_points
from stclusters.cluster.points import author_weight, fold_points
from stclusters.ingest.gazetteer import read_gazetteer
from stclusters.job import run_job
from stclusters.run import Run
from stclusters.tables import ADDRESSES, CLUSTER_ECONOMIES, CLUSTERS, POINT_LABELS, POINTS


def cluster(run: Run) -> None:
    """Clusters the stored addresses of the run's edition."""
    method = run.method
    addresses = io.read(run, ADDRESSES)
    points = io.replace(run, POINTS, fold_points(addresses))
    weight = author_weight(method.author_weight, points)
    labels = io.replace(run, POINT_LABELS, label_points(points, method.radius_m, method.min_weight, weight))
    output = output_of_points(addresses, labels).persist()
    economies = io.replace(run, CLUSTER_ECONOMIES, cluster_economies(output))
    places = read_gazetteer(run.spark)
    described = describe_clusters(points, labels, output, economies, places, method.label_share, weight)
    io.replace(run, CLUSTERS, described)
    output.unpersist()
    guards.check(run, guards.CLUSTER)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the step with the arguments; the exit code."""
    return run_job(argv, {"cluster": cluster})


if __name__ == "__main__":
    sys.exit(main())
