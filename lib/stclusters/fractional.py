"""Exact fractional counting: whole numbers over equal denominators, divided once."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from stclusters.kinds import known_kind

EXACT = "decimal(38,18)"


def fractional_counts(parts: DataFrame, keys: Sequence[str], divided_by: Column) -> DataFrame:
    """The keys and `documents`, the sum of `addresses / divided_by`, decimal(38,18): one row a key.

    Addresses are summed per denominator as whole numbers and divided once a denominator, and decimals are summed
    exactly, so that no order of rows and no partitioning changes a digit; the error is below 1e-18 a denominator.
    """
    summed, divided = _by_denominator(parts, keys, divided_by)
    return summed.groupBy(*keys).agg(F.sum(divided).cast(EXACT).alias("documents"))


def counts_by_kind(parts: DataFrame, keys: Sequence[str]) -> DataFrame:
    """The keys with `patents` and `articles`, the fractional counts of the two kinds: one row a key.

    See `fractional_counts`; the addresses are divided by `denominator`. A row of another kind fails the query.
    """
    summed, divided = _by_denominator(parts.withColumn("kind", known_kind()), [*keys, "kind"], denominator())

    def of(kind: str) -> Column:
        return F.coalesce(F.sum(F.when(F.col("kind") == kind, divided)), F.lit(0)).cast(EXACT)

    return summed.groupBy(*keys).agg(of("patent").alias("patents"), of("article").alias("articles"))


def _by_denominator(parts: DataFrame, keys: Sequence[str], divided_by: Column) -> tuple[DataFrame, Column]:
    """The addresses of each key and denominator, and what they come to."""
    summed = parts.groupBy(*keys, divided_by.alias("denominator")).agg(F.sum("addresses").alias("addresses"))
    return summed, (F.col("addresses").cast(EXACT) / F.col("denominator").cast("decimal(10,0)")).cast(EXACT)


def denominator() -> Column:
    """What the addresses of a row are divided by: the persons of the document times the addresses of each."""
    return F.col("persons").cast("long") * F.col("addresses_each")


def is_whole() -> Column:
    """Whether a row of `document_places` holds all of its document: its share is 1, and the document has no other."""
    return F.col("addresses") == denominator()


def share(part: Column, total: Column) -> Column:
    """`part / total`, decimal(38,18); 0 where the total is 0."""
    return F.when(total == 0, F.lit(0).cast(EXACT)).otherwise(
        (part.cast(EXACT) / total.cast("decimal(20,0)")).cast(EXACT)
    )
