"""Components of a graph that is too large for one process, in rounds over frames (Kiveris et al. 2014)."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.checkpoints import checkpointed
from stclusters.fingerprint import fingerprint


def smallest_of_component(edges: DataFrame) -> DataFrame:
    """`node`, `smallest`: the smallest node of the component of each node but the smallest itself.

    `edges` has `a` and `b`, any order, any number of times. Large-star and small-star take turns until nothing changes:
    every node is tied to the smallest of its larger neighbours' stars, then of its smaller ones (Kiveris, Lattanzi,
    Mirrokni, Rastogi and Vassilvitskii, "Connected components in MapReduce and beyond", SoCC 2014, algorithm 2). Each
    round is a reliable checkpoint, so that a lost executor costs no more than the round.
    """
    stars = checkpointed(_pointed_down(edges, "a", "b"))
    before = None
    while before != (before := fingerprint(stars)):
        stars = checkpointed(_small_star(_large_star(stars)))
    return stars.select(F.col("high").alias("node"), F.col("low").alias("smallest"))


def _large_star(stars: DataFrame) -> DataFrame:
    """Every larger neighbour of a node is tied to the smallest of the node and its neighbours."""
    both = stars.unionByName(stars.select(F.col("high").alias("low"), F.col("low").alias("high")))
    node, other = F.col("low"), F.col("high")
    least = both.groupBy("low").agg(F.min("high").alias("least")).withColumn("least", F.least("least", node))
    larger = both.where(other > node).join(least, "low", how="inner")  # a row an edge
    return _pointed_down(larger, "high", "least")


def _small_star(stars: DataFrame) -> DataFrame:
    """A node and all its smaller neighbours are tied to the smallest of these."""
    least = stars.groupBy("high").agg(F.min("low").alias("least"))
    smaller = stars.join(least, "high", how="inner")  # a row an edge
    return _pointed_down(smaller, "low", "least").unionByName(_pointed_down(least, "high", "least")).distinct()


def _pointed_down(edges: DataFrame, a: str, b: str) -> DataFrame:
    """The distinct edges with their larger end as `high` and their smaller as `low`; none from a node to itself."""
    ends = edges.select(F.greatest(a, b).alias("high"), F.least(a, b).alias("low"))
    return ends.where("high > low").distinct()
