"""The applicants and organisations with the largest output in each cluster."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from stclusters.fractional import denominator, fractional_counts
from stclusters.kinds import known_kind

LISTED = 10  # organisations of a cluster and kind


def cluster_organisations(
    document_places: DataFrame, document_organisations: DataFrame, ranking: DataFrame
) -> DataFrame:
    """The rows of `cluster_organisations`: the ten organisations of each cluster and kind with the largest counts.

    A document with several organisations is split evenly over them, and by place as in the ranking: what counts is
    where its inventors or authors are, not the seat of the organisation. `share` is of all documents of the kind in the
    cluster, those without an organisation too. Of equal counts the smaller id comes first.
    """
    inside = document_places.where(F.col("cluster_id").isNotNull()).withColumn("kind", known_kind())
    owned = inside.join(document_organisations, ["document_id", "kind"], how="inner")  # a row a place and organisation
    parts = owned.select(
        *("cluster_id", "kind", "organisation_id", "addresses"),
        (denominator() * F.col("organisations")).alias("parts"),
    )
    counted = fractional_counts(parts, ["cluster_id", "kind", "organisation_id"], F.col("parts"))
    in_order = Window.partitionBy("cluster_id", "kind").orderBy(F.col("documents").desc(), "organisation_id")
    first = counted.withColumn("place", F.row_number().over(in_order)).where(F.col("place") <= LISTED)
    names = document_organisations.groupBy("organisation_id").agg(F.min("organisation_name").alias("organisation_name"))
    totals = ranking.select("cluster_id", "patents", "articles")
    of_kind = F.when(F.col("kind") == "patent", F.col("patents")).when(F.col("kind") == "article", F.col("articles"))
    named = first.join(names, "organisation_id", how="inner")  # one name an organisation
    return named.join(F.broadcast(totals), "cluster_id", how="inner").select(  # one row a cluster
        "cluster_id",
        "kind",
        "organisation_id",
        "organisation_name",
        F.col("documents").cast("double").alias("documents"),
        F.least(F.col("documents").cast("double") / of_kind, F.lit(1.0)).alias("share"),
        "place",
    )
