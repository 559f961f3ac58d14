"""How strong the co-inventor and co-author relations of clusters are, from whole documents."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from stclusters.cluster.members import in_clusters
from stclusters.collaborate.shared import count_partners


def count_relations(addresses: DataFrame, point_labels: DataFrame, clusters: Sequence[int]) -> DataFrame:
    """Documents that each of `clusters` shares: `cluster_id`, `partner` (null: outside all), `patents`, `articles`.

    Counted are documents with a person in the cluster and another person at the partner; the row of a cluster with
    itself as partner counts all of its documents. A row a cluster and partner with a document in common.
    """
    placed = in_clusters(addresses.select("kind", "document_id", "person", "point_id"), point_labels)

    def of(kind: str) -> Column:
        return F.coalesce(F.sum(F.when(F.col("kind") == kind, F.col("documents"))), F.lit(0))

    counted = count_partners(placed, clusters).groupBy("cluster_id", "partner")
    return counted.agg(of("patent").alias("patents"), of("article").alias("articles"))


def compare_relations(pairs: DataFrame, relations: DataFrame) -> DataFrame:
    """For each side of each pair of clusters, its relation with the other and its strongest relation besides.

    `pairs` has `cluster_a` and `cluster_b`. Gives for each pair two rows: `cluster_a`, `cluster_b`, `cluster_id` (the
    side), `patents` and `articles` in common, `strength` (mean of the shares of the side's patents and articles that
    are in common), `rival` (the strongest other partner; null: outside all clusters), `rival_strength`, and `stronger`:
    whether the relation with the other is stronger than with any rival. Strengths are compared in whole numbers.
    """
    own = relations.where(F.col("partner") == F.col("cluster_id")).select(
        "cluster_id", F.col("patents").alias("own_patents"), F.col("articles").alias("own_articles")
    )
    a_patent, an_article = (F.greatest(name, F.lit(1)) for name in ("own_patents", "own_articles"))
    weighed = (  # a row a cluster and partner
        relations.where(~F.col("partner").eqNullSafe(F.col("cluster_id")))
        .join(own, "cluster_id", how="inner")
        .withColumn("whole", F.col("patents") * an_article + F.col("articles") * a_patent)
        .withColumn("strength", (F.col("patents") / a_patent + F.col("articles") / an_article) / 2)
    )
    sides = [
        pairs.select("cluster_a", "cluster_b", F.col(one).alias("cluster_id"), F.col(other).alias("other"))
        for one, other in (("cluster_a", "cluster_b"), ("cluster_b", "cluster_a"))
    ]
    is_other = F.coalesce(F.col("partner") == F.col("other"), F.lit(False))
    with_other = F.max(F.when(is_other, F.struct("whole", "patents", "articles", "strength")))
    order = F.struct("whole", F.coalesce(-F.col("partner"), F.lit(1)))  # of equally strong ones, outside; a small id
    rival = F.when(~is_other & F.col("whole").isNotNull(), F.struct("whole", "partner", "strength"))
    compared = (
        sides[0]
        .unionByName(sides[1])
        .join(weighed, "cluster_id", how="left")  # a row a side and partner
        .groupBy("cluster_a", "cluster_b", "cluster_id")
        .agg(with_other.alias("with_other"), F.max_by(rival, F.when(rival.isNotNull(), order)).alias("with_rival"))
    )

    def of(column: str, name: str) -> Column:
        return F.coalesce(F.col(f"{column}.{name}"), F.lit(0))

    return compared.select(
        "cluster_a",
        "cluster_b",
        "cluster_id",
        of("with_other", "patents").alias("patents"),
        of("with_other", "articles").alias("articles"),
        of("with_other", "strength").cast("double").alias("strength"),
        F.col("with_rival.partner").alias("rival"),
        of("with_rival", "strength").cast("double").alias("rival_strength"),
        (of("with_other", "whole") > of("with_rival", "whole")).alias("stronger"),
    )
