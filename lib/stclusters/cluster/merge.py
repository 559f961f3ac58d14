"""Neighbouring clusters that belong together: every pair considered, its figures and its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.checkpoints import checkpointed
from stclusters.cluster.components import components
from stclusters.cluster.names import name_clusters
from stclusters.cluster.neighbours import edge_distances
from stclusters.cluster.relations import compare_relations, count_relations
from stclusters.cluster.wishes import Wish
from stclusters.errors import SettingsError
from stclusters.sphere import lat_of, lon_of
from stclusters.tables import MERGE_DECISIONS

PAIR = ["cluster_a", "cluster_b"]
WISHES = "cluster_a long, cluster_b long, wish boolean, wish_reason string"
SIDE = ("strength", "rival", "rival_strength", "stronger", "patents", "articles")


def decide_merges(
    addresses: DataFrame,
    points: DataFrame,
    point_labels: DataFrame,
    output: DataFrame,
    places: DataFrame,
    author_weight: Fraction,
    limit_m: float,
    wishes: Sequence[Wish] = (),
) -> DataFrame:
    """The rows of `merge_decisions`: every two clusters whose edges are within `limit_m`, or that a wish names.

    Two clusters merge if the relation of the smaller with the larger is stronger than its relation with any other
    cluster and with all that is outside clusters (GII 2024, Appendix IV; strength and size are ours). `point_labels`
    has the clusters before merging, `output` what their points put out, `places` are a gazetteer's. The smaller is the
    one whose addresses weigh less, authors weighted; of equals, the one with the larger id.
    """
    spark = addresses.sparkSession
    members = point_labels.where(F.col("cluster_id").isNotNull()).select("cluster_id", "point_id")
    asked = spark.createDataFrame([(w.cluster_a, w.cluster_b, w.merge, w.reason) for w in wishes], WISHES)
    near = edge_distances(members, limit_m) if limit_m > 0 else None
    pairs = (
        asked.withColumn("distance_m", F.lit(None).cast("double"))
        if near is None
        else near.join(
            asked,
            PAIR,
            how="full",  # one row a pair
        )
    )
    pairs = checkpointed(pairs)  # small: pairs of neighbours
    involved = sorted({row[side] for row in pairs.select(*PAIR).collect() for side in PAIR})
    if not involved:
        return spark.createDataFrame([], T.StructType(MERGE_DECISIONS.schema.fields[1:]))
    is_involved = F.col("cluster_id").isin(involved)
    relations = checkpointed(count_relations(addresses, point_labels, involved))  # a row a cluster and partner
    sizes = _sizes(members.where(is_involved).join(points, "point_id", how="inner"), author_weight)
    point = F.col("point_id")
    located = output.where(is_involved).withColumns({"lon": lon_of(point), "lat": lat_of(point)})
    names = name_clusters(located, places)
    return _judge(pairs, compare_relations(pairs, relations), sizes, names)


def _sizes(members: DataFrame, author_weight: Fraction) -> DataFrame:
    an_inventor, an_author = (
        F.lit(Decimal(n)).cast("decimal(19,0)") for n in (author_weight.denominator, author_weight.numerator)
    )
    size = F.sum("inventors").cast("decimal(19,0)") * an_inventor + F.sum("authors").cast("decimal(19,0)") * an_author
    return members.groupBy("cluster_id").agg(size.alias("size"))


def _judge(pairs: DataFrame, sides: DataFrame, sizes: DataFrame, names: DataFrame) -> DataFrame:
    described = sizes.join(names, "cluster_id", how="inner")  # one row a cluster
    judged = pairs
    for side in "ab":
        of_side = sides.where(F.col("cluster_id") == F.col(f"cluster_{side}")).drop("cluster_id")
        known = described.select(*[F.col(n).alias(f"{n}_{side}") for n in ("size", "name")], "cluster_id")
        judged = judged.join(  # one row a pair on both sides
            of_side.select(*PAIR, *[F.col(name).alias(f"{name}_{side}") for name in SIDE]), PAIR, how="inner"
        ).join(F.broadcast(known.withColumnRenamed("cluster_id", f"cluster_{side}")), f"cluster_{side}", how="inner")
    a_is_smaller = F.col("size_a") < F.col("size_b")  # of equals b: it has the larger id

    def of_smaller(name: str) -> Column:
        return F.when(a_is_smaller, F.col(f"{name}_a")).otherwise(F.col(f"{name}_b"))

    reason = (
        F.when(F.col("wish").isNotNull(), F.col("wish_reason"))
        .when(of_smaller("strength") == 0, "no_relation")
        .when(of_smaller("stronger"), "strongest_relation")
        .when(of_smaller("rival").isNull(), "not_stronger_than_outside")
        .otherwise("not_stronger_than_rival")
    )
    verdict = F.when(F.coalesce("wish", of_smaller("stronger")), "merged").otherwise("apart")
    return judged.select(
        *PAIR,
        "name_a",
        "name_b",
        "distance_m",
        F.when(a_is_smaller, F.col("cluster_a")).otherwise(F.col("cluster_b")).alias("smaller"),
        F.col("patents_a").alias("common_patents"),
        F.col("articles_a").alias("common_articles"),
        *[f"{name}_{side}" for side in "ab" for name in ("strength", "rival", "rival_strength")],
        verdict.alias("verdict"),
        F.when(F.col("wish").isNull(), "relation").otherwise("settings").alias("decided_by"),
        reason.alias("reason"),
    )


def merged_parts(decisions: DataFrame) -> DataFrame:
    """`part_id`, `cluster_id`: the clusters before merging that a merge concerns, and the cluster that each is part of.

    Merged pairs are closed transitively; the smallest id names the whole. `SettingsError` where clusters that the
    settings keep apart are joined by way of others. The pairs go through the driver: they are some hundreds.
    """
    judged = decisions.where("verdict = 'merged' OR decided_by = 'settings'").select(
        *PAIR, "name_a", "name_b", (F.col("verdict") == "merged").alias("merged")
    )
    rows = judged.orderBy(*PAIR).collect()
    a, b = (np.array([row[side] for row in rows if row["merged"]], np.int64) for side in PAIR)
    parts, number = np.unique(np.append(a, b), return_inverse=True)
    whole = components(len(parts), number[: len(a)], number[len(a) :])
    clusters = np.array([parts[whole == one].min() for one in whole], np.int64)
    cluster_of = dict(zip(parts.tolist(), clusters.tolist(), strict=True))
    for row in rows:
        if not row["merged"] and cluster_of.get(row["cluster_a"], -1) == cluster_of.get(row["cluster_b"], -2):
            raise SettingsError(
                f"merges: {row['name_a']} and {row['name_b']} are to stay apart and are joined by way of other "
                "clusters: ask that one of those merges be left too (see merge_decisions)."
            )
    columns = {"part_id": pa.array(parts, pa.int64()), "cluster_id": pa.array(clusters, pa.int64())}
    return decisions.sparkSession.createDataFrame(pa.table(columns))


def merge_parts(frame: DataFrame, parts: DataFrame) -> DataFrame:
    """The frame with `cluster_id` as it is after merging, and `part_id`, as it was before; one row a row."""
    whole = F.broadcast(parts.withColumnRenamed("cluster_id", "whole"))
    return (
        frame.withColumnRenamed("cluster_id", "part_id")
        .join(whole, "part_id", how="left")
        .withColumn("cluster_id", F.coalesce("whole", "part_id"))
        .drop("whole")
    )
