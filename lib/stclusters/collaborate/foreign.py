"""Documents with a co-author or co-inventor in another economy."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from stclusters.collaborate.shared import ABROAD, CLUSTER
from stclusters.economy import UNKNOWN
from stclusters.fractional import is_whole
from stclusters.kinds import known_kind


def foreign_collaboration(document_places: DataFrame, shared: DataFrame, clusters: DataFrame) -> DataFrame:
    """The rows of `foreign_collaboration`: documents of each cluster and kind, and those with a foreign co-person.

    `shared` is that of `count_shared`, and counts the documents in several places; those in one place are counted here.

    Foreign is a document with a person in the cluster and another person in an economy that is not the cluster's home
    economy, wherever that is, in a cross-border cluster too (Table 1 of the 2023 note on the ranking). Nothing is
    foreign where the economy, or the home, is UNKNOWN. Both kinds of every cluster have a row.
    """
    of_itself = (F.col("shared_with") == CLUSTER) & (F.col("partner") == F.col("cluster_id"))
    of_parts = shared.select(
        "cluster_id", "kind", _documents(of_itself), _documents(F.col("shared_with") == ABROAD, "foreign_documents")
    )
    counts = _of_wholes(document_places, clusters).unionByName(of_parts)
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


def _documents(counted: Column, name: str = "documents") -> Column:
    return F.when(counted, F.col("documents")).otherwise(0).alias(name)


def _of_wholes(document_places: DataFrame, clusters: DataFrame) -> DataFrame:
    """Documents, and foreign ones, of documents that lie in one place: that may be abroad in a cross-border cluster."""
    homes = F.broadcast(clusters.select("cluster_id", "home_economy"))
    known = (F.col("economy") != UNKNOWN) & (F.col("home_economy") != UNKNOWN)
    foreign = known & (F.col("economy") != F.col("home_economy")) & (F.col("first_person") < F.col("last_person"))
    return (
        document_places.withColumn("kind", known_kind())
        .where(is_whole())
        .join(homes, "cluster_id", how="inner")  # a row a document
        .groupBy("cluster_id", "kind")
        .agg(F.count("*").alias("documents"), F.count(F.when(foreign, 1)).alias("foreign_documents"))
    )
