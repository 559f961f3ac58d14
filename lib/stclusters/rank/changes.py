"""What became of the clusters of an earlier edition: entered, left, split, merged, moved."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.checkpoints import checkpointed
from stclusters.fractional import EXACT, counts_by_kind, share
from stclusters.rank.score import world_totals
from stclusters.tables import RANK_CHANGES

COUNTS = ("patents", "articles", "score")


def share_output(addresses: DataFrame, point_labels: DataFrame, placed: DataFrame) -> DataFrame:
    """The earlier edition's output by its own cluster and by the later edition's, on the same addresses.

    `addresses` and `point_labels` are the earlier edition's, `placed` has `point_id` and `cluster_id` of their points
    in the later one's clusters. Gives `earlier_id`, `cluster_id` (each null outside all clusters), `patents`,
    `articles` and `score` of the earlier documents there, exact; the score is theirs in the earlier ranking.
    """
    counted = addresses.groupBy("point_id", "kind", "persons", "addresses_each").agg(F.count("*").alias("addresses"))
    own = point_labels.where(F.col("cluster_id").isNotNull()).select(
        "point_id", F.col("cluster_id").alias("earlier_id")
    )
    both = counted.join(own, "point_id", how="left").join(placed, "point_id", how="left")  # one row a row of counted
    keys = ["earlier_id", "cluster_id"]
    counts = checkpointed(counts_by_kind(both, keys))  # few, and read several times
    patents_total, articles_total = world_totals(counts)
    of_world = share(F.col("patents"), F.lit(patents_total)) + share(F.col("articles"), F.lit(articles_total))
    return counts.select(*keys, "patents", "articles", (of_world * 100).cast(EXACT).alias("score"))


def rank_changes(shared: DataFrame, earlier_ranking: DataFrame, ranking: DataFrame, earlier_edition: int) -> DataFrame:
    """The rows of `rank_changes`, from the shared output and the two rankings.

    Two clusters are the same that share more output with each other than either does with any other cluster, if that
    is, for one of them, also more than it has outside the other edition's clusters. A later cluster that is no earlier
    one split from one if the largest part of its output lay there, and else entered; an earlier one merged into a later
    one that holds the largest part of its output, and else left.
    """
    origins, ends = _largest(shared, "cluster_id", "earlier_id"), _largest(shared, "earlier_id", "cluster_id")
    before = (
        shared.where(F.col("cluster_id").isNotNull())
        .groupBy("cluster_id")
        .agg(*[F.sum(name).cast(EXACT).alias(f"{name}_before") for name in COUNTS])
    )
    back = ends.select(
        F.col("earlier_id").alias("origin"), F.col("largest").alias("back"), F.col("mainly").alias("mainly_back")
    )
    later = (
        ranking.select("cluster_id", "rank", "name", *COUNTS)
        .join(before, "cluster_id", how="left")  # one row a cluster on both sides
        .join(origins.withColumnRenamed("largest", "origin"), "cluster_id", how="left")
        .join(back, "origin", how="left")
    )
    same = (F.col("back") == F.col("cluster_id")) & (F.col("mainly") | F.col("mainly_back"))
    traced = later.withColumn("same", F.coalesce(same, F.lit(False))).withColumn(
        "earlier_id", F.when(F.col("same") | F.col("mainly"), F.col("origin"))
    )
    earlier = earlier_ranking.select(
        F.col("cluster_id").alias("earlier_id"),
        *[F.col(name).alias(f"earlier_{name}") for name in ("rank", "name", "score")],
    )
    present = traced.join(earlier, "earlier_id", how="left")  # one row a later cluster
    moved = F.when(F.col("rank") == F.col("earlier_rank"), "stayed").otherwise("moved")
    change = F.when(F.col("same"), moved).when(F.col("mainly"), "split").otherwise("entered")
    kept = traced.where("same").select("earlier_id")
    gone = earlier.join(kept, "earlier_id", how="left_anti").join(ends, "earlier_id", how="left")
    into = F.when(F.col("mainly"), F.col("largest"))
    absorbed = gone.withColumn("cluster_id", into).join(
        ranking.select("cluster_id", "rank", "name", "score"),
        "cluster_id",
        how="left",  # one row an earlier cluster
    )
    end = F.when(F.col("cluster_id").isNotNull(), "merged").otherwise("left")
    return _rows(present, change, shared, earlier_edition, here=True).unionByName(
        _rows(absorbed, end, shared, earlier_edition, here=False)
    )


def no_changes(spark: SparkSession) -> DataFrame:
    """No rows of `rank_changes`: there is no edition to compare with."""
    return spark.createDataFrame([], T.StructType(RANK_CHANGES.schema.fields[1:]))


def _largest(shared: DataFrame, of: str, among: str) -> DataFrame:
    """For each cluster of `of`: the cluster of `among` that has the `largest` part of its output, and `mainly`: whether
    that is no less than what lies outside the clusters of `among`. Of equal ones, the smaller id.
    """
    inside = F.col(among).isNotNull()
    largest = F.max_by(among, F.when(inside, F.struct("score", -F.col(among))))
    most = F.max(F.when(inside, F.col("score")))
    outside = F.coalesce(F.max(F.when(~inside, F.col("score"))), F.lit(0))
    return (
        shared.where(F.col(of).isNotNull())
        .groupBy(of)
        .agg(largest.alias("largest"), F.coalesce(most >= outside, F.lit(False)).alias("mainly"))
    )


def _rows(traced: DataFrame, change: Column, shared: DataFrame, earlier_edition: int, *, here: bool) -> DataFrame:
    """The declared columns; the net change is that of a cluster that is `here` in the later edition."""
    common = shared.select("cluster_id", "earlier_id", F.col("score").alias("shared_score"))
    told = traced.withColumn("change", change).join(common, ["cluster_id", "earlier_id"], how="left")

    def net(name: str) -> Column:
        if not here:
            return F.lit(None).cast("double")
        return F.col(name) - F.coalesce(f"{name}_before", F.lit(0).cast(EXACT)).cast("double")

    def number(name: str) -> Column:
        return F.col(name).cast("double").alias(name)

    rank_change = F.when(F.col("change").isin("moved", "stayed"), F.col("earlier_rank") - F.col("rank"))
    return told.select(
        "cluster_id",
        F.col("earlier_id").alias("earlier_cluster_id"),
        F.lit(earlier_edition).alias("earlier_edition"),
        "change",
        *("name", "earlier_name", "rank", "earlier_rank"),
        rank_change.alias("rank_change"),
        *(number("score"), number("earlier_score"), number("shared_score")),
        *[net(name).alias(f"{name}_change") for name in COUNTS],
    )
