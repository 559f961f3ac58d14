"""The ranking over other radii and thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.checkpoints import persisted
from stclusters.cluster.dbscan import label_points
from stclusters.fractional import EXACT, counts_by_kind
from stclusters.rank.comparison import Comparison, Overlap, compare
from stclusters.tables import CLUSTER_STABILITY, SENSITIVITY

Setting = tuple[float, float]  # radius in metres, threshold
PLACES = 18  # decimals of an exact count
VERDICTS = ("whole", "split", "merged", "vanished")


def grid_of(radius_m: float, min_weight: float, radii_m: Sequence[float], factors: Sequence[float]) -> list[Setting]:
    """The settings to compare, the one in use first; only that one where there are no radii or no factors.

    >>> grid_of(15_000.0, 4_500.0, [10_000.0, 15_000.0], [1.0, 2.0])
    [(15000.0, 4500.0), (10000.0, 4500.0), (10000.0, 9000.0), (15000.0, 9000.0)]
    """
    others = {(radius, min_weight * factor) for radius in radii_m for factor in factors}
    return [(radius_m, min_weight), *sorted(others - {(radius_m, min_weight)})]


def output_of_all_points(addresses: DataFrame) -> DataFrame:
    """What each point puts out, in a cluster or not: `point_id`, `patents`, `articles` (fractional, exact)."""
    each = addresses.select("point_id", "kind", "persons", "addresses_each", F.lit(1).alias("addresses"))
    return counts_by_kind(each, ["point_id"])


def compare_settings(
    addresses: DataFrame,
    points: DataFrame,
    point_labels: DataFrame,
    weight: Fraction,
    grid: Sequence[Setting],
    top: int,
) -> list[Comparison]:
    """How the clusters of each setting of the grid compare with those of `point_labels`, which are of its first.

    Addresses are read once, to the output of each point; every setting labels the points anew, before any merging of
    neighbours, and is summed over them. `point_labels` has `point_id`, `part_id` (the cluster before merging) and
    `cluster_id`. Nothing is compared where the grid is only the setting in use. See `compare`.
    """
    if len(grid) == 1:
        return []
    default = point_labels.select("point_id", "part_id", "cluster_id")
    of_points = output_of_all_points(addresses).join(default, "point_id", how="inner")  # one row per point
    counts = points.select("point_id", "inventors", "authors")
    with persisted(of_points) as output, persisted(counts) as counted:
        found = default.select("point_id", F.col("part_id").alias("found_id"))
        compared = [compare(_overlaps(output, found), top)]
        for radius_m, min_weight in grid[1:]:
            labels = label_points(counted, radius_m, min_weight, weight)
            found = labels.select("point_id", F.col("cluster_id").alias("found_id"))
            compared.append(compare(_overlaps(output, found), top))
    return compared


def _overlaps(output: DataFrame, found: DataFrame) -> list[Overlap]:
    """The output that each cluster of the default shares with each cluster found: a row for two that meet."""
    shared = output.join(found, "point_id", how="inner")  # a row a point
    sums = [F.sum(name).cast(EXACT).alias(name) for name in ("patents", "articles")]
    rows = shared.groupBy("part_id", "cluster_id", "found_id").agg(*sums).collect()
    return [
        Overlap(row["part_id"], row["cluster_id"], row["found_id"], *(_whole(row[n]) for n in ("patents", "articles")))
        for row in rows
    ]


def _whole(exact: object) -> int:
    return int(Fraction(str(exact)) * 10**PLACES)


def sensitivity(spark: SparkSession, grid: Sequence[Setting], compared: Sequence[Comparison]) -> DataFrame:
    """The rows of `sensitivity`: one a setting of the grid; none where only the setting in use was asked for."""
    rows = [
        (
            *setting,
            each.clusters,
            each.patent_share,
            each.article_share,
            each.spearman,
            each.top_overlap,
            *(sum(fate.verdict == verdict for fate in each.fates.values()) for verdict in VERDICTS),
            each.entered,
        )
        for setting, each in zip(grid, compared, strict=False)  # nothing was compared, or all
    ]
    return spark.createDataFrame(rows, T.StructType(SENSITIVITY.schema.fields[1:]))


def cluster_stability(spark: SparkSession, compared: Sequence[Comparison]) -> DataFrame:
    """The rows of `cluster_stability`: one a cluster of the default, over all other settings; none without."""
    others = compared[1:]
    rows = []
    for cluster in sorted(compared[0].fates) if compared else []:
        fates = [each.fates[cluster] for each in others]
        ranks = [fate.rank for fate in fates if fate.rank is not None]
        counts = [sum(fate.verdict == verdict for fate in fates) for verdict in VERDICTS]
        kept = min(fate.kept for fate in fates)
        rows.append((cluster, len(fates), *counts, kept, min(ranks, default=None), max(ranks, default=None)))
    return spark.createDataFrame(rows, T.StructType(CLUSTER_STABILITY.schema.fields[1:]))
