"""Fractional counts, shares, score, rank."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from stclusters.fractional import EXACT, counts_by_kind, share

DIGITS = 12  # decimals of a score


def count_clusters(document_places: DataFrame) -> DataFrame:
    """Fractional counts: `cluster_id` (null: outside every cluster), `patents` and `articles`, decimal(38,18).

    A document counts 1, shared evenly by its persons, and a person's part evenly by its addresses
    (fractional counting; GII 2024, Appendix IV).
    """
    return counts_by_kind(document_places, ["cluster_id"])


def world_totals(counts: DataFrame) -> tuple[int, int]:
    """Patents and articles of the world: all documents of the window with an address that is located."""
    total = counts.agg(F.sum("patents").alias("patents"), F.sum("articles").alias("articles")).first()
    return (round(total["patents"] or 0), round(total["articles"] or 0)) if total else (0, 0)


def score_counts(counts: DataFrame, patents_total: int, articles_total: int) -> DataFrame:
    """Score and rank of counted clusters: `cluster_id`, `rank`, `patents`, `articles`, their shares and `score`.

    score = 100 * patents / patents_total + 100 * articles / articles_total (GII 2024, Appendix IV); equal scores share
    a rank, and the next rank is left out. Scores are equal that agree in 12 decimals: sums of thirds are.
    """
    patent_share = share(F.col("patents"), F.lit(patents_total))
    article_share = share(F.col("articles"), F.lit(articles_total))
    scored = counts.select(
        "cluster_id",
        "patents",
        "articles",
        patent_share.alias("patent_share"),
        article_share.alias("article_share"),
        F.round((patent_share + article_share) * 100, DIGITS).cast(EXACT).alias("score"),
    )
    ranked = scored.withColumn("rank", F.rank().over(Window.orderBy(F.col("score").desc())))
    doubles = [F.col(name).cast("double").alias(name) for name in scored.columns if name != "cluster_id"]
    return ranked.select("cluster_id", "rank", *doubles)


def rank_clusters(document_places: DataFrame, clusters: DataFrame) -> DataFrame:
    """The rows of `ranking`: every cluster with its counts, shares, score and rank. One row a cluster."""
    counts = count_clusters(document_places)
    totals = world_totals(counts)
    scored = score_counts(counts.where(F.col("cluster_id").isNotNull()), *totals)
    described = clusters.select("cluster_id", "name", "home_economy", "economies")
    return scored.join(described, "cluster_id", how="inner").select(  # one row a cluster on both sides
        "cluster_id",
        "rank",
        "name",
        "home_economy",
        "economies",
        "patents",
        "articles",
        "patent_share",
        "article_share",
        "score",
    )
