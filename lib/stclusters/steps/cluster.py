"""Step 2 of 6, cluster: addresses -> points, point_labels, merge_decisions, cluster_economies, clusters."""

from collections.abc import Sequence

from stclusters import guards, io
from stclusters.checkpoints import checkpointed, persisted
from stclusters.cluster.dbscan import label_points
from stclusters.cluster.describe import describe_clusters
from stclusters.cluster.merge import decide_merges, merge_parts, merged_parts
from stclusters.cluster.output import cluster_economies, output_of_points
from stclusters.cluster.points import author_weight, fold_points
from stclusters.cluster.wishes import resolve_merges
from stclusters.ingest.gazetteer import read_gazetteer
from stclusters.job import run_job
from stclusters.run import Run
from stclusters.tables import ADDRESSES, CLUSTER_ECONOMIES, CLUSTERS, MERGE_DECISIONS, POINT_LABELS, POINTS


def cluster(run: Run) -> None:
    """Clusters the stored addresses of the run's edition."""
    method = run.method
    addresses = io.read(run, ADDRESSES)
    points = io.replace(run, POINTS, fold_points(addresses))
    weight = author_weight(method.author_weight, points)
    places = read_gazetteer(run.spark)
    with persisted(label_points(points, method.radius_m, method.min_weight, weight)) as found:
        wishes = resolve_merges(method.merges, found)
        of_parts = checkpointed(output_of_points(addresses, found))
        decided = decide_merges(addresses, points, found, of_parts, places, weight, method.merge_distance_m, wishes)
        parts = merged_parts(io.replace(run, MERGE_DECISIONS, decided))
        labels = io.replace(run, POINT_LABELS, merge_parts(found, parts))
        output = merge_parts(of_parts, parts)
        economies = io.replace(run, CLUSTER_ECONOMIES, cluster_economies(output))
        described = describe_clusters(points, labels, output, economies, places, method.label_share, weight)
        io.replace(run, CLUSTERS, described)
    guards.check(run, guards.CLUSTER)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the step with the arguments; the exit code."""
    return run_job(argv, {"cluster": cluster})
