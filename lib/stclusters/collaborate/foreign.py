"""Documents with a co-author or co-inventor in another economy."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from stclusters.economy import UNKNOWN

DOCUMENT = ["kind", "document_id"]


def two_persons(*sides: str) -> Column:
    """Whether the persons of some sides, each with columns `SIDE_first` and `SIDE_last`, are more than one person.

    Then there is a person on one side and another person on the other: only one and the same person on both, alone,
    is no collaboration.
    """
    first = F.least(*[F.col(f"{side}_first") for side in sides])
    last = F.greatest(*[F.col(f"{side}_last") for side in sides])
    return first < last


def persons_by(document_places: DataFrame, *keys: str, side: str) -> DataFrame:
    """Documents and keys with `SIDE_first` and `SIDE_last`, the smallest and largest number of a person there."""
    return document_places.groupBy(*DOCUMENT, *keys).agg(
        F.min("first_person").alias(f"{side}_first"), F.max("last_person").alias(f"{side}_last")
    )


def foreign_collaboration(document_places: DataFrame, clusters: DataFrame) -> DataFrame:
    """The rows of `foreign_collaboration`: documents of each cluster and kind, and those with a foreign co-person.

    Foreign is a document with a person in the cluster and another person in an economy that is not the cluster's home
    economy, wherever that is, in a cross-border cluster too (Table 1 of the 2023 note on the ranking). Nothing is
    foreign where the economy, or the home, is UNKNOWN. Both kinds of every cluster have a row.
    """
    homes = F.broadcast(clusters.select("cluster_id", "home_economy"))
    inside = persons_by(document_places.where(F.col("cluster_id").isNotNull()), "cluster_id", side="inside")
    there = persons_by(document_places.where(F.col("economy") != UNKNOWN), "economy", side="there")
    of_clusters = inside.join(homes, "cluster_id", how="inner")  # a row a document and cluster
    abroad = (
        of_clusters.join(there, DOCUMENT, how="inner")  # a row a document, cluster and economy
        .where((F.col("economy") != F.col("home_economy")) & (F.col("home_economy") != UNKNOWN))
        .groupBy(*DOCUMENT, "cluster_id", "inside_first", "inside_last")
        .agg(F.min("there_first").alias("there_first"), F.max("there_last").alias("there_last"))
        .where(two_persons("inside", "there"))
    )
    documents = inside.groupBy("cluster_id", "kind").agg(F.count("*").alias("documents"))
    foreign = abroad.groupBy("cluster_id", "kind").agg(F.count("*").alias("foreign_documents"))
    kinds = clusters.select("cluster_id", F.explode(F.array(F.lit("patent"), F.lit("article"))).alias("kind"))
    total, abroad_total = (F.coalesce(name, F.lit(0).cast("long")) for name in ("documents", "foreign_documents"))
    return (
        kinds.join(documents, ["cluster_id", "kind"], how="left")
        .join(foreign, ["cluster_id", "kind"], how="left")
        .select(
            "cluster_id",
            "kind",
            total.alias("documents"),
            abroad_total.alias("foreign_documents"),
            (F.when(total > 0, abroad_total / total)).alias("foreign_share"),
        )
    )
