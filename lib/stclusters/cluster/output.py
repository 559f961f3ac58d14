"""The output of clusters by place and economy: who is home, which economies are labels."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from stclusters.economy import UNKNOWN
from stclusters.fractional import EXACT, counts_by_kind, share


def output_of_points(addresses: DataFrame, point_labels: DataFrame) -> DataFrame:
    """What each point of a cluster puts out: `cluster_id`, `point_id`, `economy`, `patents`, `articles`, `score`.

    Counts are fractional and exact; the score is theirs in the ranking, so that parts of a cluster can be compared.
    """
    each = addresses.withColumn("addresses", F.lit(1))
    labels = point_labels.where(F.col("cluster_id").isNotNull()).select("point_id", "cluster_id")
    counts = counts_by_kind(each, ["point_id", "economy"])
    outputs = counts.join(labels, "point_id", how="inner")  # a point has one label
    world = addresses.where("person = 1 AND address = 1").agg(  # every document has exactly one such row
        F.count(F.when(F.col("kind") == "patent", 1)).alias("patents_total"),
        F.count(F.when(F.col("kind") == "article", 1)).alias("articles_total"),
    )
    score = share(F.col("patents"), F.col("patents_total")) + share(F.col("articles"), F.col("articles_total"))
    return outputs.crossJoin(F.broadcast(world)).select(  # the world is one row
        "cluster_id", "point_id", "economy", "patents", "articles", score.cast(EXACT).alias("score")
    )


def cluster_economies(output: DataFrame) -> DataFrame:
    """The rows of `cluster_economies`: the output of each economy in each cluster, its share and its place.

    Place 1 is the home economy: the one with the largest output, the first of the alphabet where two are equal;
    UNKNOWN comes last.
    """

    def total(name: str) -> Column:
        return F.sum(name).cast(EXACT).alias(name)

    of_economies = output.groupBy("cluster_id", "economy").agg(total("patents"), total("articles"), total("score"))
    of_clusters = of_economies.groupBy("cluster_id").agg(F.sum("score").alias("all"))
    in_order = Window.partitionBy("cluster_id").orderBy(F.col("economy") == UNKNOWN, F.col("score").desc(), "economy")
    part = F.col("score").cast("double") / F.col("all").cast("double")
    return of_economies.join(of_clusters, "cluster_id", how="inner").select(  # one row a cluster and economy
        "cluster_id",
        "economy",
        F.col("patents").cast("double").alias("patents"),
        F.col("articles").cast("double").alias("articles"),
        F.least(part, F.lit(1.0)).alias("output_share"),
        F.row_number().over(in_order).alias("place"),
    )


def economy_labels(economies: DataFrame, label_share: float) -> DataFrame:
    """One row a cluster: `home_economy`, and `economies`, those with at least `label_share` of the output, in order.

    The home economy is always a label, UNKNOWN never but alone (published: at least 1 %, GII 2024, Appendix IV).
    """
    is_home = F.col("place") == 1
    is_label = is_home | ((F.col("output_share") >= label_share) & (F.col("economy") != UNKNOWN))
    placed = F.when(is_label, F.struct("place", "economy"))
    return economies.groupBy("cluster_id").agg(
        F.min(F.when(is_home, F.col("economy"))).alias("home_economy"),
        F.transform(F.array_sort(F.collect_list(placed)), lambda label: label["economy"]).alias("economies"),
    )
