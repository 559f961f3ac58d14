"""The intensity of clusters: their score by the people who live round them."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

DIGITS = 12  # decimals of a score per million: equal ones share a rank


def rank_intensity(ranking: DataFrame, population: DataFrame, source: str) -> DataFrame:
    """The rows of `intensity`: a row a ranked cluster; what is per million is null where nobody lives.

    `population` has `cluster_id` and `population`; `source` says where that is from. The score per million people is
    the published measure (GII 2024, Appendix IV); equal ones share a rank, clusters without people have none.
    """

    def per_million(name: str) -> Column:
        divided = F.col(name) / (F.col("population") / 1_000_000)
        return F.when(F.col("population") > 0, F.round(divided, DIGITS))

    measured = ranking.join(population, "cluster_id", how="inner").withColumns(  # one row a cluster on both sides
        {
            "patents_per_million": per_million("patents"),
            "articles_per_million": per_million("articles"),
            "score_per_million": per_million("score"),
        }
    )
    rank = F.rank().over(Window.orderBy(F.col("score_per_million").desc_nulls_last()))
    return measured.select(
        "cluster_id",
        "name",
        "population",
        F.lit(source).alias("population_source"),
        "patents_per_million",
        "articles_per_million",
        "score_per_million",
        F.when(F.col("score_per_million").isNotNull(), rank).alias("intensity_rank"),
    )
