"""Which clusters are neighbours: the distance between the edges of two clusters (Sedona)."""

from __future__ import annotations

from math import radians, sqrt

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from stclusters.checkpoints import checkpointed
from stclusters.sphere import EARTH_RADIUS_M, TIE_M, distance_m, lat_of, lon_of

STEPS_DEG = (0.05, 0.005)  # what is looked at before single points: squares of 5.6 km, then of 560 m
SLACK_M = 0.01  # more than two formulas for a distance differ by


def edge_distances(members: DataFrame, limit_m: float) -> DataFrame:
    """`cluster_a`, `cluster_b` (a < b) and `distance_m` of every two clusters with points within `limit_m`.

    `members` has `cluster_id` and `point_id` of the points of clusters, core or border. The distance is the smallest
    great-circle distance between a point of the one and a point of the other. Squares of points are compared first, so
    that only points in squares that can hold a nearest pair are compared one by one: never all pairs.
    """
    spots = members.select("cluster_id", "point_id")
    for step_deg in STEPS_DEG:
        spots = checkpointed(spots_at_edges(spots, limit_m, step_deg))  # small: what lies at an edge
    return point_pairs(spots, limit_m).groupBy("cluster_a", "cluster_b").agg(F.min("distance_m").alias("distance_m"))


def spots_at_edges(spots: DataFrame, limit_m: float, step_deg: float) -> DataFrame:
    """The points (`cluster_id`, `point_id`) in squares of `step_deg` that can be nearest to another cluster's.

    A square stands for its points by one of them; any other is at most a diagonal away.
    """
    diagonal_m = sqrt(2) * radians(step_deg) * EARTH_RADIUS_M + SLACK_M
    point = F.col("point_id")
    squares = spots.withColumns(
        {"x": F.floor(lon_of(point) / step_deg), "y": F.floor(lat_of(point) / step_deg)},
    )
    drawn = squares.groupBy("cluster_id", "x", "y").agg(F.min("point_id").alias("point_id"))
    found = point_pairs(drawn, limit_m + 2 * diagonal_m, "x", "y")
    nearest = F.min("distance_m").over(Window.partitionBy("cluster_a", "cluster_b"))
    close = found.withColumn("nearest_m", nearest).where(
        F.col("distance_m") <= F.least("nearest_m", F.lit(limit_m)) + 2 * diagonal_m
    )
    sides = [
        close.select(F.col(f"cluster_{side}").alias("cluster_id"), *[F.col(f"{n}_{side}").alias(n) for n in "xy"])
        for side in "ab"
    ]
    kept = sides[0].unionByName(sides[1]).distinct()
    return squares.join(kept, ["cluster_id", "x", "y"], how="left_semi").select("cluster_id", "point_id")


def point_pairs(spots: DataFrame, limit_m: float, *more: str) -> DataFrame:
    """Points of two clusters within `limit_m`: `cluster_a` < `cluster_b`, `distance_m`, and `more` of each side."""

    def side(name: str) -> DataFrame:
        point = F.col("point_id")
        return spots.select(
            F.col("cluster_id").alias(f"cluster_{name}"),
            lon_of(point).alias(f"lon_{name}"),
            lat_of(point).alias(f"lat_{name}"),
            *[F.col(one).alias(f"{one}_{name}") for one in more],
        ).withColumn(f"spot_{name}", F.expr(f"ST_Point(lon_{name}, lat_{name})"))

    within = F.expr(
        f"ST_DistanceSphere(spot_a, spot_b) <= {limit_m + SLACK_M!r}D AND cluster_a < cluster_b"  # a Sedona join
    )
    pairs = side("a").join(side("b"), within, how="inner")  # a row a pair of near points of two clusters
    measured = distance_m(F.col("lon_a"), F.col("lat_a"), F.col("lon_b"), F.col("lat_b"))
    names = [f"{one}_{name}" for name in "ab" for one in more]
    return pairs.select("cluster_a", "cluster_b", measured.alias("distance_m"), *names).where(
        F.col("distance_m") <= limit_m + TIE_M
    )
