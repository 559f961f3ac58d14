"""Links to partner economies, domestic and foreign; links between clusters."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.collaborate.foreign import DOCUMENT, IS_INSIDE, persons_by, two_persons
from stclusters.economy import UNKNOWN


def collaboration_links(parts: DataFrame, clusters: DataFrame) -> DataFrame:
    """The rows of `collaboration_links`: documents that a cluster shares with each partner economy outside it.

    `parts` are those of `split_documents`: a document in one place has no link.

    Distinct pairs of a document and a partner economy, over documents with a person in the cluster and another person
    outside it, in that economy; domestic where that is the home economy (Figure 5 of the 2023 note on the ranking).
    """
    inside = persons_by(parts.where(IS_INSIDE), "cluster_id", side="inside")
    there = persons_by(parts, "cluster_id", "economy", side="there").withColumnRenamed("cluster_id", "elsewhere")
    outside = ~F.col("cluster_id").eqNullSafe(F.col("elsewhere"))
    pairs = (
        inside.join(there, DOCUMENT, how="inner")  # a row a document, cluster and place
        .where(outside)
        .groupBy(*DOCUMENT, "cluster_id", "economy", "inside_first", "inside_last")
        .agg(F.min("there_first").alias("there_first"), F.max("there_last").alias("there_last"))
        .where(two_persons("inside", "there"))
    )
    homes = F.broadcast(clusters.select("cluster_id", "home_economy"))
    scope = (
        F.when((F.col("economy") == UNKNOWN) | (F.col("home_economy") == UNKNOWN), "unknown")
        .when(F.col("economy") == F.col("home_economy"), "domestic")
        .otherwise("foreign")
    )
    counted = pairs.groupBy("cluster_id", "kind", "economy").agg(F.count("*").alias("links"))
    return counted.join(homes, "cluster_id", how="inner").select(
        "cluster_id", "kind", F.col("economy").alias("partner_economy"), scope.alias("scope"), "links"
    )


def cluster_links(parts: DataFrame) -> DataFrame:
    """The rows of `cluster_links`: documents that two clusters share, or a cluster and all outside every cluster.

    Counted are documents with a person in the one and another person in the other. `parts` as above.
    """
    one = persons_by(parts, "cluster_id", side="one")
    other = one.select(
        *DOCUMENT, "cluster_id", F.col("one_first").alias("other_first"), F.col("one_last").alias("other_last")
    )
    a = one.where(IS_INSIDE).withColumnRenamed("cluster_id", "cluster_a")
    b = other.withColumnRenamed("cluster_id", "cluster_b")
    apart = F.col("cluster_b").isNull() | (F.col("cluster_a") < F.col("cluster_b"))
    pairs = a.join(b, DOCUMENT, how="inner").where(apart).where(two_persons("one", "other"))  # a row a pair of places
    return (
        pairs.groupBy("cluster_a", "cluster_b", "kind")
        .agg(F.count("*").alias("links"))
        .select("cluster_a", "cluster_b", "kind", "links")
    )
