"""Clusters from labelled points: shape, name and economies in one row each."""

from __future__ import annotations

from fractions import Fraction

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.cluster.names import name_clusters
from stclusters.cluster.output import economy_labels
from stclusters.cluster.shapes import outline_clusters


def describe_clusters(
    points: DataFrame,
    point_labels: DataFrame,
    output: DataFrame,
    economies: DataFrame,
    places: DataFrame,
    label_share: float,
    author_weight: Fraction,
) -> DataFrame:
    """The rows of `clusters`, from points and labels, the output of points, `cluster_economies` and a gazetteer."""
    labels = point_labels.where(F.col("cluster_id").isNotNull())
    members = labels.join(points, "point_id", how="inner")  # one row a point
    located = output.join(points.select("point_id", "lon", "lat"), "point_id", how="inner")  # one row a row of output
    return (
        outline_clusters(members, author_weight)
        .join(name_clusters(located, places), "cluster_id", how="inner")  # one row a cluster on every side
        .join(economy_labels(economies, label_share), "cluster_id", how="inner")
        .select(
            "cluster_id",
            "name",
            "lon",
            "lat",
            "area_km2",
            "points",
            "core_points",
            "inventors",
            "authors",
            "home_economy",
            "economies",
            "outline",
        )
    )
