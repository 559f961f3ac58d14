"""Links to partner economies, domestic and foreign; links between clusters."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.collaborate.shared import CLUSTER, ECONOMY
from stclusters.economy import UNKNOWN


def collaboration_links(shared: DataFrame, clusters: DataFrame) -> DataFrame:
    """The rows of `collaboration_links`: documents that a cluster shares with each partner economy outside it.

    `shared` is that of `count_shared`: a document in one place has no link.

    Distinct pairs of a document and a partner economy, over documents with a person in the cluster and another person
    outside it, in that economy; domestic where that is the home economy (Figure 5 of the 2023 note on the ranking).
    """
    homes = F.broadcast(clusters.select("cluster_id", "home_economy"))
    partner = F.col("partner_economy")
    scope = (
        F.when((partner == UNKNOWN) | (F.col("home_economy") == UNKNOWN), "unknown")
        .when(partner == F.col("home_economy"), "domestic")
        .otherwise("foreign")
    )
    links = shared.where(F.col("shared_with") == ECONOMY).join(homes, "cluster_id", how="inner")  # a row a row
    return links.select("cluster_id", "kind", partner, scope.alias("scope"), F.col("documents").alias("links"))


def cluster_links(shared: DataFrame) -> DataFrame:
    """The rows of `cluster_links`: documents that two clusters share, or a cluster and all outside every cluster.

    Counted are documents with a person in the one and another person in the other. `shared` as above.
    """
    is_other = ~F.col("partner").eqNullSafe(F.col("cluster_id"))
    return shared.where((F.col("shared_with") == CLUSTER) & is_other).select(
        F.col("cluster_id").alias("cluster_a"),
        F.col("partner").alias("cluster_b"),
        "kind",
        F.col("documents").alias("links"),
    )
