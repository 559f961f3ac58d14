"""Technology and science fields of clusters."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.fractional import denominator, fractional_counts
from stclusters.kinds import known_kind

UNKNOWN_FIELD = "unknown"


def cluster_fields(document_places: DataFrame, document_fields: DataFrame) -> DataFrame:
    """The rows of `cluster_fields`: fractional counts of each field in each cluster, and its share of the cluster.

    A document with several fields is split evenly over them, and by place as in the ranking, so that the fields of a
    cluster sum to its fractional count; a document without a field counts under `unknown`.
    """
    inside = document_places.where(F.col("cluster_id").isNotNull())
    fielded = inside.join(document_fields, ["document_id", "kind"], how="left")  # a row a place and field
    parts = fielded.select(
        "cluster_id",
        known_kind(),
        F.coalesce("field", F.lit(UNKNOWN_FIELD)).alias("field"),
        "addresses",
        (denominator() * F.coalesce("fields", F.lit(1))).alias("parts"),
    )
    counted = fractional_counts(parts, ["cluster_id", "kind", "field"], F.col("parts"))
    return with_share(counted, "cluster_id", "kind").select("cluster_id", "kind", "field", "documents", "share")


def top_fields(fields: DataFrame, ranking: DataFrame, top: int) -> DataFrame:
    """The rows of `top_fields`: the fields of the clusters ranked `top` or better together."""
    ranked = ranking.where(F.col("rank") <= top).select("cluster_id")
    together = fields.join(ranked, "cluster_id", how="left_semi")
    exact = F.col("documents").cast("decimal(38,12)")  # decimals, so that the sum has no order
    counted = together.groupBy("kind", "field").agg(F.sum(exact).alias("documents"))
    return with_share(counted, "kind").select("kind", "field", "documents", "share")


def with_share(counted: DataFrame, *of: str) -> DataFrame:
    """The rows with `documents` as double and `share`, its part of all documents with the same values of `of`."""
    totals = counted.groupBy(*of).agg(F.sum("documents").alias("total"))
    documents, total = F.col("documents").cast("double"), F.col("total").cast("double")
    part = F.when(total == 0, F.lit(0.0)).otherwise(F.least(documents / total, F.lit(1.0)))
    return counted.join(totals, list(of), how="inner").withColumn("share", part).withColumn("documents", documents)
