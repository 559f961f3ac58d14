"""Bootstrap intervals of the ranks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from scipy.sparse import csr_matrix

from stclusters.fractional import is_whole
from stclusters.kinds import check_kind
from stclusters.rank.poisson import poisson
from stclusters.rank.score import DIGITS
from stclusters.sphere import Floats, Longs
from stclusters.tables import KINDS

UNIT = 5_354_228_880  # parts of a document: all denominators up to 24 divide it; sums of 1.7e9 documents fit 64 bits
WORLD = -1  # stands for all documents, beside the clusters
LEVEL = 0.95
DRAWN_AT_ONCE = 150_000  # numbers of a block: it stays in the cache
MOST_TASKS = 64  # each hands on the sums of all clusters
SUMS = "kind string, cluster_id bigint, sums array<bigint>"
INTERVALS = (
    "cluster_id bigint, score_low double, score_high double, rank_low int, rank_high int, top_probability double"
)
Batches = Iterable[pa.RecordBatch]


def rank_uncertainty(document_places: DataFrame, ranking: DataFrame, replicates: int, top: int) -> DataFrame:
    """The rows of `rank_uncertainty`: intervals of score and rank of every ranked cluster; none for 0 replicates.

    In each replicate every document of the world weighs Poisson(1), the same in all its places, and the clusters are
    scored and ranked anew; their geography is held fixed. Documents of one kind with the same shares of the same
    clusters are interchangeable, and the weights of n of them sum to Poisson(n): they are folded to one pattern, for
    which one number a replicate is drawn. `ranking` has every cluster of `document_places`. See `intervals`.
    """
    spark = document_places.sparkSession
    ranked = ranking.select("cluster_id", "rank", "score").orderBy("cluster_id").toArrow()
    ids = ranked["cluster_id"].to_numpy()
    if not replicates or not len(ids):
        return spark.createDataFrame([], INTERVALS)
    tasks = min(2 * spark.sparkContext.defaultParallelism, MOST_TASKS)
    patterns = fold_documents(document_places).repartition(tasks, "key")
    sums = patterns.mapInArrow(_sum_patterns(ids, replicates), SUMS)
    summed = sums.groupBy("kind", "cluster_id").applyInArrow(_add_up, SUMS).toArrow()  # a row a cluster and kind
    found = intervals(replicate_scores(summed, ids), ranked["score"].to_numpy(), ranked["rank"].to_numpy(), top)
    return spark.createDataFrame(pa.table({"cluster_id": ids, **found}), INTERVALS)


def fold_documents(document_places: DataFrame) -> DataFrame:
    """The patterns of documents: `kind`, `shares`, `documents` (how many), and `key`, a hash of kind and shares.

    `shares` are the parts of a document inside clusters, in order, in units of 1/UNIT; none where all of it is outside.
    """
    part = F.expr(
        f"(2 * addresses * {UNIT}L + bigint(persons) * addresses_each) div (2 * bigint(persons) * addresses_each)"
    )
    shares = F.sort_array(F.collect_list(_inside(part))).alias("shares")  # collect_list passes over nulls
    wholes = document_places.where(is_whole()).groupBy("kind", "cluster_id").agg(F.count("*").alias("documents"))
    all_of_it = F.array_compact(F.array(_inside(F.lit(UNIT)))).alias("shares")
    parts = document_places.where(~is_whole()).groupBy("kind", "document_id").agg(shares)
    one_each = parts.select("kind", "shares", F.lit(1).alias("documents"))
    both = one_each.unionByName(wholes.select("kind", all_of_it, "documents"))
    folded = both.groupBy("kind", "shares").agg(F.sum("documents").alias("documents"))
    return folded.select("kind", "shares", "documents", F.xxhash64("kind", "shares").alias("key"))


def _inside(part: Column) -> Column:
    """The cluster of a row and its part of the document; null outside all clusters."""
    return F.when(F.col("cluster_id").isNotNull(), F.struct("cluster_id", part.alias("part")))


def _sum_patterns(ids: Longs, replicates: int) -> Callable[[Batches], Batches]:
    def sum_patterns(batches: Batches) -> Batches:
        sums = np.zeros((len(KINDS) * (len(ids) + 1), replicates), np.int64)
        for batch in batches:
            add_patterns(sums, batch, ids)
        names = np.tile(np.append(ids, WORLD), len(KINDS))
        kinds = np.repeat(np.array(KINDS, object), len(ids) + 1)
        rows = np.flatnonzero(sums.any(axis=1))
        parts = pa.array(list(sums[rows]), pa.list_(pa.int64()))
        yield pa.RecordBatch.from_arrays(
            [pa.array(kinds[rows]), pa.array(names[rows]), parts], ["kind", "cluster_id", "sums"]
        )

    return sum_patterns


def add_patterns(sums: Longs, batch: pa.RecordBatch, ids: Longs) -> None:
    """Adds drawn weights of patterns to the sums, which have a row a kind and cluster (the world last of each kind).

    `batch` has the columns of `fold_documents`, `ids` are the clusters in order; a column of the sums is a replicate.
    """
    first = np.array([KINDS.index(check_kind(kind)) for kind in batch["kind"].to_pylist()], np.int64) * (len(ids) + 1)
    shares, documents, keys = batch["shares"], batch["documents"].to_numpy(), batch["key"].to_numpy()
    cluster, part = (field.to_numpy() for field in shares.flatten().flatten())
    of = np.repeat(np.arange(len(keys)), shares.value_lengths().to_numpy())
    row = np.append(first[of] + np.searchsorted(ids, cluster), first + len(ids))
    of, part = np.append(of, np.arange(len(keys))), np.append(part, np.full(len(keys), UNIT))
    order = np.argsort(of, kind="stable")
    row, of, part = row[order], of[order], part[order]
    step = max(1, DRAWN_AT_ONCE // sums.shape[1])
    for start in range(0, len(keys), step):
        block = slice(*np.searchsorted(of, [start, start + step]))
        drawn = poisson(keys[start : start + step], documents[start : start + step], sums.shape[1])
        rows, place = np.unique(row[block], return_inverse=True)
        shape = (len(rows), len(drawn))
        sums[rows] += csr_matrix((part[block], (place, of[block] - start)), shape=shape) @ drawn


def _add_up(table: pa.Table) -> pa.Table:
    total = sum(row.values.to_numpy() for row in table["sums"])
    return table.slice(0, 1).set_column(2, "sums", pa.array([total], pa.list_(pa.int64())))


def replicate_scores(summed: pa.Table, ids: Longs) -> Floats:
    """The scores of the clusters in each replicate, as in the ranking: a row a cluster, a column a replicate."""
    names = zip(summed["kind"].to_pylist(), summed["cluster_id"].to_pylist(), strict=True)
    sums = {name: row.values.to_numpy() for name, row in zip(names, summed["sums"], strict=True)}
    replicates = len(next(iter(sums.values())))
    nothing = np.zeros(replicates)
    scores = np.zeros((len(ids), replicates))
    for kind in KINDS:
        world = np.maximum(sums.get((kind, WORLD), nothing), 1)  # without a document no cluster has a part
        scores += np.array([sums.get((kind, cluster), nothing) for cluster in ids]) / world
    return 100 * scores


def intervals(scores: Floats, score: Floats, rank: Longs, top: int) -> dict[str, Floats | Longs]:
    """The columns of `rank_uncertainty` without `cluster_id`, from scores of replicates and those of the ranking.

    An end of an interval is the k-th smallest or the k-th largest value of n replicates, k = 2.5 % of n + 1 (percentile
    interval of 95 %; Efron and Tibshirani 1993); where that would leave out the value of the ranking itself, the end is
    this value. `top_probability` is the part of the replicates in which the rank is `top` or better.
    """
    replicates = scores.shape[1]
    from scipy.stats import rankdata

    ranks = rankdata(-np.round(scores, DIGITS), method="min", axis=0).astype(np.int32)
    place = max(1, int((1 - LEVEL) / 2 * (replicates + 1) + 1e-9))
    low_high = [np.sort(values, axis=1)[:, [place - 1, replicates - place]] for values in (scores, ranks)]
    return {
        "score_low": np.minimum(low_high[0][:, 0], score),
        "score_high": np.maximum(low_high[0][:, 1], score),
        "rank_low": np.minimum(low_high[1][:, 0], rank),
        "rank_high": np.maximum(low_high[1][:, 1], rank),
        "top_probability": (ranks <= top).mean(axis=1),
    }
