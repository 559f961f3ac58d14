"""Clusters per economy."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def economy_clusters(ranking: DataFrame, top: int) -> DataFrame:
    """The rows of `economy_clusters`: for each home economy its clusters, those among the `top`, and their output."""

    def total(name: str) -> Column:
        return F.sum(F.col(name).cast("decimal(38,12)")).cast("double").alias(name)  # decimals: no order of adding

    return ranking.groupBy(F.col("home_economy").alias("economy")).agg(
        F.count("*").alias("clusters"),
        F.count(F.when(F.col("rank") <= top, 1)).alias("top_clusters"),
        F.min("rank").alias("best_rank"),
        total("patents"),
        total("articles"),
        total("score"),
    )
