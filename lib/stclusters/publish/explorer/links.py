"""What the page shows of collaboration: foreign documents, partner economies and linked clusters, as numbers."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from stclusters.publish.files import need
from stclusters.tables import KINDS

SCOPES = ("domestic", "foreign", "unknown")
Order = dict[int, int]


def foreign_rows(foreign_collaboration: DataFrame, order: Order) -> dict[str, list[list[int]]]:
    """By kind: documents and foreign documents of each cluster, in the order that `order` gives to cluster_id."""
    wanted = ("cluster_id", "kind", "documents", "foreign_documents")
    need(foreign_collaboration, wanted, "foreign_collaboration")
    counts = {(row[1], order[row[0]]): [row[2], row[3]] for row in foreign_collaboration.select(*wanted).collect()}
    return {kind: [counts.get((kind, place), [0, 0]) for place in range(len(order))] for kind in KINDS}


def partner_rows(collaboration_links: DataFrame, order: Order) -> dict[str, object]:
    """`economies` and `rows`: cluster, number of the partner economy, number of the scope, patents, articles, and on.

    `most` is how many of the strongest a cluster has at most, and `left_out` how many are not here: none for 250
    clusters. The table has them all.
    """
    need(collaboration_links, ("cluster_id", "partner_economy", "scope", "kind", "links"), "collaboration_links")
    pairs = _by_kind(collaboration_links, "cluster_id", "partner_economy", "scope")
    most = strongest_kept(len(order))
    strongest = Window.partitionBy("cluster_id").orderBy(F.desc("both"), "partner_economy")
    numbered = pairs.withColumn("place", F.row_number().over(strongest))
    kept = numbered.where(F.col("place") <= most).orderBy("cluster_id", "place").collect()
    economies = sorted({row["partner_economy"] for row in kept})
    number = {economy: i for i, economy in enumerate(economies)}
    flat = [
        each
        for row in kept
        for each in (
            *(order[row["cluster_id"]], number[row["partner_economy"]], SCOPES.index(row["scope"])),
            *(row["patents"], row["articles"]),
        )
    ]
    left_out = numbered.where(F.col("place") > most).count() if len(kept) >= most else 0
    return {"economies": economies, "rows": flat, "most": most, "left_out": left_out}


def link_rows(cluster_links: DataFrame, order: Order) -> dict[str, object]:
    """`rows`: one cluster, the other (-1: outside every cluster), patents, articles, and on; as in `partner_rows`.

    A pair is here where it is among the strongest of either of the two.
    """
    need(cluster_links, ("cluster_a", "cluster_b", "kind", "links"), "cluster_links")
    pairs = _by_kind(cluster_links, "cluster_a", "cluster_b")
    most = strongest_kept(len(order))
    sides = pairs.withColumn("one", F.explode(F.array("cluster_a", "cluster_b"))).where(F.col("one").isNotNull())
    other = F.when(F.col("one") == F.col("cluster_a"), F.col("cluster_b")).otherwise(F.col("cluster_a"))
    strongest = Window.partitionBy("one").orderBy(F.desc("both"), other.asc_nulls_first())
    numbered = (
        sides.withColumn("place", F.row_number().over(strongest))
        .groupBy("cluster_a", "cluster_b", "patents", "articles")
        .agg(F.min("place").alias("place"))
    )
    kept = numbered.where(F.col("place") <= most).orderBy("cluster_a", F.asc_nulls_first("cluster_b")).collect()
    flat = [
        each
        for row in kept
        for each in (
            *(order[row["cluster_a"]], -1 if row["cluster_b"] is None else order[row["cluster_b"]]),
            *(row["patents"], row["articles"]),
        )
    ]
    left_out = numbered.where(F.col("place") > most).count() if len(kept) >= most else 0
    return {"rows": flat, "most": most, "left_out": left_out}


def _by_kind(links: DataFrame, *pair: str) -> DataFrame:
    """A row a pair with `patents` and `articles`, and `both`, their sum."""
    counted = [F.sum(F.when(F.col("kind") == kind, F.col("links")).otherwise(0)).alias(f"{kind}s") for kind in KINDS]
    return links.groupBy(*pair).agg(*counted, F.sum("links").alias("both"))


def strongest_kept(clusters: int) -> int:
    """How many partners, and links, of each of so many clusters the page holds, so that it stays under 5 MB.

    >>> [strongest_kept(clusters) for clusters in (250, 500, 2_500)]
    [256, 64, 10]
    """
    return max(10, 16_000_000 // max(1, clusters) ** 2)
