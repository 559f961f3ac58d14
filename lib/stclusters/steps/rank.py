"""Step 4 of 6, rank: places, fields, clusters -> ranking, its uncertainty, stability and changes, intensity, fields."""

from collections.abc import Sequence

from pyspark.sql import DataFrame

from stclusters import guards, io
from stclusters.cluster.geography import place_in_clusters
from stclusters.cluster.points import author_weight
from stclusters.editions import earlier_run
from stclusters.ingest.gazetteer import read_gazetteer
from stclusters.job import run_job
from stclusters.rank.changes import no_changes, rank_changes, share_output
from stclusters.rank.economies import economy_clusters
from stclusters.rank.fields import cluster_fields, top_fields
from stclusters.rank.intensity import rank_intensity
from stclusters.rank.organisations import cluster_organisations
from stclusters.rank.population import describe_files, people_of_places, population_round, read_raster
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
    INTENSITY,
    POINT_LABELS,
    POINTS,
    RANK_CHANGES,
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
    labels = io.read(run, POINT_LABELS)
    io.replace(run, INTENSITY, intensity(run, ranking, labels))
    earlier = earlier_run(run)
    changes = no_changes(run.spark) if earlier is None else changes_since(earlier, run, ranking, labels)
    io.replace(run, RANK_CHANGES, changes)
    rank_elsewhere(run, labels)
    guards.check(run, guards.RANK)


def intensity(run: Run, ranking: DataFrame, labels: DataFrame) -> DataFrame:
    """The rows of `intensity`, by the population raster of the place file, or else by the gazetteer's places."""
    path = run.place.population
    if path is None:
        people = people_of_places(read_gazetteer(run.spark), labels)
        return rank_intensity(ranking, population_round(labels, people), "gazetteer")
    people = read_raster(run.spark, path, labels)
    run.record.inputs.append(describe_files(path))
    return rank_intensity(ranking, population_round(labels, people), path.name)


def changes_since(earlier: Run, run: Run, ranking: DataFrame, labels: DataFrame) -> DataFrame:
    """The rows of `rank_changes` of the run, with its ranking and labels, against the run of an earlier edition."""
    earlier_labels = io.read(earlier, POINT_LABELS)
    placed = place_in_clusters(earlier_labels, labels, run.method.radius_m)
    shared = share_output(io.read(earlier, ADDRESSES), earlier_labels, placed)
    return rank_changes(shared, io.read(earlier, RANKING), ranking, earlier.edition)


def rank_elsewhere(run: Run, labels: DataFrame) -> None:
    """Repeats the ranking over the grid of radii and thresholds, from the stored points and their labels."""
    method, points = run.method, io.read(run, POINTS)
    grid = grid_of(method.radius_m, method.min_weight, method.sensitivity_radii_m, method.sensitivity_weights)
    weight = author_weight(method.author_weight, points)
    compared = compare_settings(io.read(run, ADDRESSES), points, labels, weight, grid, method.top_clusters)
    io.replace(run, SENSITIVITY, sensitivity(run.spark, grid, compared))
    io.replace(run, CLUSTER_STABILITY, cluster_stability(run.spark, compared))


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the step with the arguments; the exit code."""
    return run_job(argv, {"rank": rank})
