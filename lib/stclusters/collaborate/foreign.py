"""Documents with a co-author or co-inventor in another economy."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from stclusters.economy import UNKNOWN
from stclusters.fractional import is_whole

DOCUMENT = ["kind", "document_id"]
IS_INSIDE = "cluster_id IS NOT NULL"


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


def split_documents(document_places: DataFrame) -> tuple[DataFrame, DataFrame]:
    """The rows of documents that lie in one place, and the rows of all others, sent by document: what follows stays."""
    return document_places.where(is_whole()), document_places.where(~is_whole()).repartition(*DOCUMENT)


def foreign_collaboration(wholes: DataFrame, parts: DataFrame, clusters: DataFrame) -> DataFrame:
    """The rows of `foreign_collaboration`: documents of each cluster and kind, and those with a foreign co-person.

    `wholes` and `parts` are those of `split_documents`.

    Foreign is a document with a person in the cluster and another person in an economy that is not the cluster's home
    economy, wherever that is, in a cross-border cluster too (Table 1 of the 2023 note on the ranking). Nothing is
    foreign where the economy, or the home, is UNKNOWN. Both kinds of every cluster have a row.
    """
    homes = F.broadcast(clusters.select("cluster_id", "home_economy"))
    counts = _of_wholes(wholes.where(IS_INSIDE), homes).unionByName(_of_parts(parts, homes))
    summed = counts.groupBy("cluster_id", "kind").agg(
        F.sum("documents").alias("documents"), F.sum("foreign_documents").alias("foreign_documents")
    )
    kinds = clusters.select("cluster_id", F.explode(F.array(F.lit("patent"), F.lit("article"))).alias("kind"))
    total, abroad = (F.coalesce(name, F.lit(0).cast("long")) for name in ("documents", "foreign_documents"))
    return kinds.join(summed, ["cluster_id", "kind"], how="left").select(
        "cluster_id",
        "kind",
        total.alias("documents"),
        abroad.alias("foreign_documents"),
        (F.when(total > 0, abroad / total)).alias("foreign_share"),
    )


def _is_abroad() -> Column:
    return (
        (F.col("economy") != F.col("home_economy")) & (F.col("economy") != UNKNOWN) & (F.col("home_economy") != UNKNOWN)
    )


def _of_wholes(wholes: DataFrame, homes: DataFrame) -> DataFrame:
    """Documents, and foreign ones, of documents that lie in one place: that may be abroad in a cross-border cluster."""
    foreign = _is_abroad() & (F.col("first_person") < F.col("last_person"))
    return (
        wholes.join(homes, "cluster_id", how="inner")  # a row a document
        .groupBy("cluster_id", "kind")
        .agg(F.count("*").alias("documents"), F.count(F.when(foreign, 1)).alias("foreign_documents"))
    )


def _of_parts(parts: DataFrame, homes: DataFrame) -> DataFrame:
    """Documents, and foreign ones, of documents that lie in several places: rows to be summed by cluster and kind."""
    of_clusters = persons_by(parts.where(IS_INSIDE), "cluster_id", side="inside").join(homes, "cluster_id", how="inner")
    there = persons_by(parts.where(F.col("economy") != UNKNOWN), "economy", side="there")
    abroad = (
        of_clusters.join(there, DOCUMENT, how="inner")  # a row a document, cluster and economy
        .where(_is_abroad())
        .groupBy(*DOCUMENT, "cluster_id", "inside_first", "inside_last")
        .agg(F.min("there_first").alias("there_first"), F.max("there_last").alias("there_last"))
        .where(two_persons("inside", "there"))
    )
    none = F.lit(0).cast("long")
    documents = of_clusters.groupBy("cluster_id", "kind").agg(F.count("*").alias("documents"))
    foreign = abroad.groupBy("cluster_id", "kind").agg(F.count("*").alias("foreign_documents"))
    return documents.withColumn("foreign_documents", none).unionByName(foreign.withColumn("documents", none))
