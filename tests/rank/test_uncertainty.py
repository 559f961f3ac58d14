"""Bootstrap intervals: draws against the Poisson law, widths against theory, coverage on worlds that are known."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from scipy import stats

from conftest import rows_of
from oracles.cases import drawn_case
from oracles.figures import by_document, places
from stclusters.checkpoints import persisted
from stclusters.rank.poisson import distribution, poisson
from stclusters.rank.score import rank_clusters
from stclusters.rank.uncertainty import UNIT, add_patterns, fold_documents, intervals, rank_uncertainty
from stclusters.tables import KINDS
from test_methodology import CLUSTERS, place_case

REPLICATES = 1000
FIRST = [0, 0, 0, 3, 2, 3, 1, 0, 1, 1, 1, 0]
DIGEST = "19885c62ef30bed38e42246e1e5a77ef166bbc9475c18d87ed27f35aec46adbd"


@pytest.mark.parametrize("power", [0, 1, 4, 11, 20])
def test_a_table_is_the_poisson_law(power: int) -> None:
    first, below = distribution(1 << power)
    numbers = first + np.arange(len(below))
    assert np.abs(below / 2.0**64 - stats.poisson.cdf(numbers, 1 << power)).max() < 1e-10
    assert first == 0 or stats.poisson.cdf(first - 1, 1 << power) < 1e-18
    assert below[-1] == 2**64 - 1


@pytest.mark.parametrize("mean", [1, 2, 3, 7, 100, 5_000, 1_000_003])
def test_drawn_numbers_are_poisson_of_the_mean(mean: int) -> None:
    keys = np.random.default_rng(mean).integers(-(2**63), 2**63, 40)
    drawn = poisson(keys, np.full(40, mean), 1_000).ravel()
    assert abs(drawn.mean() - mean) < 4 * np.sqrt(mean / 40_000)
    assert abs(drawn.var() / mean - 1) < 4 * np.sqrt((2 + 1 / mean) / 40_000)
    if mean <= 100:
        seen = np.bincount(drawn, minlength=int(drawn.max()) + 1)
        expected = stats.poisson.pmf(np.arange(len(seen)), mean) * 40_000
        often = expected >= 20
        assert stats.chisquare(seen[often], expected[often] * seen[often].sum() / expected[often].sum()).pvalue > 1e-4


def test_numbers_of_two_keys_two_replicates_and_two_powers_are_strangers() -> None:
    drawn = poisson(np.arange(2_000), np.full(2_000, 1), 100).astype(float)
    shifted = poisson(np.arange(2_000), np.full(2_000, 2), 100).astype(float)
    pairs = [(drawn[1:], drawn[:-1]), (drawn[:, 1:], drawn[:, :-1]), (drawn, shifted)]
    for left, right in pairs:
        assert abs(np.corrcoef(left.ravel(), right.ravel())[0, 1]) < 4 / np.sqrt(left.size)


def test_the_numbers_are_the_same_for_ever() -> None:
    keys, means = np.arange(-5, 6) * 987_654_321_987, np.array([0, 1, 2, 3, 10, 100, 1_000, 65_535, 10**6, 1, 1])
    drawn = poisson(keys, means, 50)
    assert drawn[1, :12].tolist() == FIRST
    assert hashlib.sha256(drawn.astype("<i8").tobytes()).hexdigest() == DIGEST


@dataclass(frozen=True)
class World:
    """Kinds of documents and how many of each are expected: kind, parts of clusters in sixths, expected number."""

    clusters: int
    patterns: list[tuple[str, dict[int, int], float]]

    def expected(self, kind: str) -> tuple[npt.NDArray[np.float64], float]:
        """Expected fractional count of each cluster, and expected documents."""
        counts = np.zeros(self.clusters)
        for of, parts, number in self.patterns:
            for cluster, sixths in parts.items():
                counts[cluster] += number * sixths / 6 * (of == kind)
        return counts, sum(number for of, _, number in self.patterns if of == kind)

    def scores(self) -> npt.NDArray[np.float64]:
        """The true scores: expected counts over expected documents."""
        parts = [self.expected(kind) for kind in KINDS]
        return np.asarray(sum(100 * counts / documents for counts, documents in parts))


def drawn_world(rng: np.random.Generator, clusters: int = 30, smallest: float = 60, largest: float = 3_000) -> World:
    """Clusters with their expected documents a kind, some shared with another cluster or with what is outside."""
    patterns: list[tuple[str, dict[int, int], float]] = []
    for kind in KINDS:
        patterns.append((kind, {}, 40_000.0))
        for cluster in range(clusters):
            size = float(np.exp(rng.uniform(np.log(smallest), np.log(largest))))
            other = int(rng.integers(clusters - 1))
            other += other >= cluster
            patterns += [
                (kind, {cluster: 6}, 0.6 * size),
                (kind, {cluster: 2}, 0.2 * size),
                (kind, {cluster: 3, other: 2}, 0.2 * size),
            ]
    return World(clusters, patterns)


def observed(world: World, documents: npt.NDArray[np.int64], keys: npt.NDArray[np.int64]) -> pa.RecordBatch:
    shares = [[{"cluster_id": c, "part": k * UNIT // 6} for c, k in sorted(p.items())] for _, p, _ in world.patterns]
    kind = pa.array([kind for kind, _, _ in world.patterns])
    of = pa.list_(pa.struct([("cluster_id", pa.int64()), ("part", pa.int64())]))
    names = ["kind", "shares", "documents", "key"]
    return pa.RecordBatch.from_arrays([kind, pa.array(shares, of), pa.array(documents), pa.array(keys)], names)


def replicated(batch: pa.RecordBatch, clusters: int) -> npt.NDArray[np.float64]:
    """Scores of the replicates: a row a cluster."""
    sums = np.zeros((2 * (clusters + 1), REPLICATES), np.int64)
    add_patterns(sums, batch, np.arange(clusters))
    halves = sums.reshape(2, clusters + 1, REPLICATES)
    return np.asarray((100 * halves[:, :-1] / halves[:, -1:]).sum(axis=0))


def rank_of(score: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    return np.asarray(1 + (score[None, :] > score[:, None]).sum(axis=1))


def coverage(rng: np.random.Generator, worlds: int, *of_world: float) -> tuple[float, float]:
    """How often the intervals of score and of rank hold the truth, over the clusters of drawn worlds."""
    held, ranks_held = [], []
    for _ in range(worlds):
        world = drawn_world(rng, *of_world)
        documents = rng.poisson([number for _, _, number in world.patterns])
        batch = observed(world, documents, rng.integers(-(2**63), 2**63, len(documents)))
        seen = zip(world.patterns, documents, strict=True)
        counted = World(world.clusters, [(kind, parts, int(n)) for (kind, parts, _), n in seen])
        truth, score = world.scores(), counted.scores()
        found = intervals(replicated(batch, world.clusters), score, rank_of(score), 10)
        held.append((found["score_low"] <= truth) & (truth <= found["score_high"]))
        ranks_held.append((found["rank_low"] <= rank_of(truth)) & (rank_of(truth) <= found["rank_high"]))
    print("coverage of scores", np.mean(held), "of ranks", np.mean(ranks_held))
    return float(np.mean(held)), float(np.mean(ranks_held))


def test_the_intervals_hold_the_truth_of_known_worlds_in_95_of_100_cases() -> None:
    """As dense as the published ranking is beyond its first ranks: next scores differ by less than they are known."""
    scores, ranks = coverage(np.random.default_rng(20_240_815), 25, 150, 200, 1_000)
    assert 0.93 <= scores <= 0.97
    assert 0.93 <= ranks <= 0.97


def test_clusters_that_stand_apart_have_the_rank_that_is_theirs() -> None:
    """A rank is a whole number: its interval holds more than it must where few scores are near."""
    scores, ranks = coverage(np.random.default_rng(20_240_816), 60, 30, 60, 3_000)
    assert 0.93 <= scores <= 0.97
    assert ranks >= 0.97


def test_the_variance_of_the_replicates_is_that_of_the_delta_method() -> None:
    rng = np.random.default_rng(7)
    world = drawn_world(rng)
    documents = rng.poisson([number for _, _, number in world.patterns])
    keys = rng.integers(-(2**63), 2**63, len(documents))
    spread = replicated(observed(world, documents, keys), world.clusters).var(axis=1)
    expected = np.zeros(world.clusters)  # sum over documents of (part - share of the world)^2 / documents^2
    for kind in KINDS:
        mine = [(parts, n) for (of, parts, _), n in zip(world.patterns, documents, strict=True) if of == kind]
        total = sum(n for _, n in mine)
        for cluster in range(world.clusters):
            share = sum(n * parts.get(cluster, 0) / 6 for parts, n in mine) / total
            expected[cluster] += sum(n * (parts.get(cluster, 0) / 6 - share) ** 2 for parts, n in mine) / total**2
    assert np.allclose(spread, 100**2 * expected, rtol=4 * np.sqrt(2 / REPLICATES))
    assert abs(np.mean(spread / (100**2 * expected)) - 1) < 0.03


def test_an_interval_ends_at_the_25th_value_from_either_side_and_holds_the_ranking() -> None:
    rng = np.random.default_rng(1)
    scores = np.stack([rng.permutation(1_000) + 5_000.0 * (i == 0) for i in range(2)])
    found = intervals(scores, np.array([5_500.0, 2_000.0]), np.array([1, 2], np.int32), 1)
    assert (found["score_low"][0], found["score_high"][0]) == (5_024, 5_975)
    assert (found["score_low"][1], found["score_high"][1]) == (24, 2_000)
    assert found["rank_low"].tolist() == found["rank_high"].tolist() == [1, 2]
    assert found["top_probability"].tolist() == [1, 0]


@pytest.fixture(scope="module")
def case(spark: SparkSession):  # type: ignore[no-untyped-def]
    """A drawn case: itself, its document_places, its ranking."""
    drawn = drawn_case(5, 400)
    frame = place_case(spark, drawn)
    clusters = spark.createDataFrame([(c, f"cluster {c}", home, [home]) for c, home in drawn.homes.items()], CLUSTERS)
    with persisted(frame) as placed, persisted(rank_clusters(placed, clusters)) as ranking:
        yield drawn, placed, ranking


def test_documents_with_the_same_shares_are_one_pattern_that_counts_them(case) -> None:  # type: ignore[no-untyped-def]
    drawn, placed, _ = case
    kept: dict[tuple[str, str], dict[int, float]] = {document: {} for document in by_document(drawn.addresses)}
    for (kind, document, cluster, _), share in places(drawn.addresses).items():
        if cluster is not None:
            of = kept[kind, document]
            of[cluster] = of.get(cluster, 0.0) + float(share)
    folded: dict[tuple[object, ...], int] = defaultdict(int)
    for (kind, _), shares in kept.items():
        folded[kind, *sorted((cluster, round(share, 7)) for cluster, share in shares.items())] += 1
    found: dict[tuple[object, ...], int] = defaultdict(int)
    for row in fold_documents(placed).collect():
        summed: dict[int, float] = defaultdict(float)
        for cluster, part in row["shares"]:
            summed[cluster] += part / UNIT
        found[row["kind"], *sorted((cluster, round(part, 7)) for cluster, part in summed.items())] += row["documents"]
    assert found == folded


def test_intervals_are_those_of_a_bootstrap_document_by_document(case) -> None:  # type: ignore[no-untyped-def]
    drawn, placed, ranking = case
    found = {row["cluster_id"]: row for row in rank_uncertainty(placed, ranking, 4_000, 3).collect()}
    ids, rng = sorted(drawn.homes), np.random.default_rng(3)
    scores = np.zeros((len(ids), 4_000))
    for kind in KINDS:
        documents = sorted(document for of, document in by_document(drawn.addresses) if of == kind)
        parts = np.zeros((len(ids), len(documents)))
        for (of, document, cluster, _), share in places(drawn.addresses).items():
            if of == kind and cluster is not None:
                parts[ids.index(cluster), documents.index(document)] += float(share)
        weights = rng.poisson(1.0, (len(documents), 4_000))
        scores += 100 * (parts @ weights) / weights.sum(axis=0)
    ranks = np.stack([rank_of(scores[:, i]) for i in range(4_000)], axis=1)
    spread = scores.std(axis=1)
    for place, cluster in enumerate(ids):
        low, high = np.percentile(scores[place], [2.5, 97.5])
        assert found[cluster]["score_low"] == pytest.approx(low, abs=0.12 * spread[place])
        assert found[cluster]["score_high"] == pytest.approx(high, abs=0.12 * spread[place])
        assert found[cluster]["top_probability"] == pytest.approx((ranks[place] <= 3).mean(), abs=0.04)
        assert abs(found[cluster]["rank_low"] - np.percentile(ranks[place], 2.5)) <= 1
        assert abs(found[cluster]["rank_high"] - np.percentile(ranks[place], 97.5)) <= 1


def test_order_and_partitions_change_no_digit(spark: SparkSession, case) -> None:  # type: ignore[no-untyped-def]
    _, placed, ranking = case
    columns = ranking.sparkSession.createDataFrame([], ranking.schema).columns[:1]
    columns += ["score_low", "score_high", "rank_low", "rank_high", "top_probability"]
    first = rows_of(rank_uncertainty(placed, ranking, 200, 3), *columns)
    shuffled = placed.repartition(7, "economy").sortWithinPartitions("document_id", ascending=False)
    spark.conf.set("spark.sql.shuffle.partitions", "5")
    try:
        assert rows_of(rank_uncertainty(shuffled, ranking.orderBy("score"), 200, 3), *columns) == first
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", "2")
    assert len(first) == ranking.count()


def test_no_replicates_and_no_clusters_give_no_intervals(case) -> None:  # type: ignore[no-untyped-def]
    _, placed, ranking = case
    assert rank_uncertainty(placed, ranking, 0, 3).count() == 0
    assert rank_uncertainty(placed, ranking.where("false"), 50, 3).count() == 0
