"""The ranking over a grid: fates of clusters on cases in sight, and a whole grid against DBSCAN by definition."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scipy.stats import rankdata, spearmanr

from conftest import rows_of
from oracles import clouds, dbscan
from oracles.dbscan import NOISE, Places
from stclusters.cluster.points import fold_points
from stclusters.rank.comparison import Fate, Overlap, compare
from stclusters.rank.sensitivity import (
    cluster_stability,
    compare_settings,
    grid_of,
    output_of_all_points,
    sensitivity,
)
from test_methodology import ADDRESSES

ROWS = "point_id bigint, kind string, persons int, addresses_each int"
RADIUS_M, LEAST = 15_000.0, 20.0


def overlap(
    cluster: int | None, found: int | None, patents: int, articles: int = 0, part: int | None = None
) -> Overlap:
    return Overlap(cluster if part is None else part, cluster, found, patents, articles)


def verdicts(*overlaps: Overlap, top: int = 2) -> dict[int, str]:
    return {cluster: fate.verdict for cluster, fate in compare(overlaps, top).fates.items()}


def test_a_cluster_that_keeps_half_in_one_piece_is_whole_and_matches_it() -> None:
    compared = compare([overlap(1, 7, 50), overlap(1, None, 50), overlap(None, 7, 10), overlap(None, None, 90)], 1)
    assert compared.fates == {1: Fate("whole", 0.5, 1)}
    assert (compared.clusters, compared.entered, compared.top_overlap, compared.spearman) == (1, 0, 1.0, None)
    assert (compared.patent_share, compared.article_share) == (60 / 200, 0.0)


def test_a_cluster_with_less_than_half_in_clusters_has_vanished() -> None:
    assert compare([overlap(1, 7, 49), overlap(1, None, 51)], 1).fates == {1: Fate("vanished", 0.49, None)}
    assert compare([overlap(1, None, 1)], 1).fates == {1: Fate("vanished", 0.0, None)}


def test_two_pieces_of_one_cluster_are_a_split_and_the_larger_one_is_its_match() -> None:
    compared = compare([overlap(1, 7, 40), overlap(1, 8, 60), overlap(None, 7, 30)], 1)
    assert compared.fates == {1: Fate("split", 0.6, 2)}  # piece 7 is larger here, by what was outside before
    assert compared.top_overlap == 0


def test_two_clusters_with_one_main_piece_have_merged_and_the_larger_part_is_the_match() -> None:
    compared = compare([overlap(1, 7, 40), overlap(2, 7, 60), overlap(3, 9, 50)], 3)
    assert compared.fates == {1: Fate("merged", 1.0, None), 2: Fate("merged", 1.0, 1), 3: Fate("whole", 1.0, 2)}
    assert compared.top_overlap == 2 / 3
    assert compared.spearman == pytest.approx(spearmanr([1, 2], [1, 2]).statistic)


def test_what_loses_a_piece_to_a_larger_neighbour_is_not_split() -> None:
    assert verdicts(overlap(1, 7, 70), overlap(1, 8, 30), overlap(2, 8, 90)) == {1: "whole", 2: "whole"}


def test_a_cluster_found_that_meets_none_has_entered() -> None:
    assert compare([overlap(1, 7, 10), overlap(None, 9, 10)], 1).entered == 1


def test_output_is_compared_by_score_not_by_documents() -> None:
    """A hundredth of all patents is more than a thousandth of all articles, though these are more documents."""
    rows = [overlap(1, 7, 1, 0), overlap(1, 8, 0, 10), overlap(None, None, 99, 9_990)]
    assert compare(rows, 1).fates[1].kept == pytest.approx(0.01 / 0.011)


def test_equal_parts_go_to_the_smaller_id() -> None:
    fates = compare([overlap(1, 8, 5), overlap(1, 7, 5), overlap(2, 7, 5)], 5).fates
    assert (fates[1].verdict, fates[1].rank) == ("merged", 1)
    assert (fates[2].verdict, fates[2].rank) == ("merged", None)


def test_neighbours_that_merge_in_use_are_taken_as_one_in_every_setting() -> None:
    apart = [overlap(1, 7, 60, part=1), overlap(1, 8, 40, part=2), overlap(3, 9, 80)]
    compared = compare(apart, 1)
    assert compared.fates == {1: Fate("whole", 1.0, 1), 3: Fate("whole", 1.0, 2)}
    assert compared.clusters == 2
    split = [overlap(1, 7, 60, part=1), overlap(1, 6, 5, part=1), overlap(1, 8, 40, part=2)]
    assert verdicts(*split) == {1: "split"}


def test_equal_scores_share_a_rank_and_the_correlation_is_that_of_the_ranks() -> None:
    rows = [overlap(1, 11, 9), overlap(2, 12, 7), overlap(3, 13, 7), overlap(4, 14, 1), overlap(None, 14, 7)]
    compared = compare(rows, 2)
    assert [fate.rank for fate in compared.fates.values()] == [1, 3, 3, 2]
    assert compared.spearman == pytest.approx(
        spearmanr(rankdata([-9, -7, -7, -1]), rankdata([-9, -7, -7, -8])).statistic
    )
    assert compared.top_overlap == 1 / 3


def test_nothing_at_all_compares_to_nothing() -> None:
    compared = compare([], 100)
    assert (compared.clusters, compared.fates, compared.top_overlap, compared.spearman) == (0, {}, None, None)


def test_the_output_of_a_point_is_fractional_and_exact(spark: SparkSession) -> None:
    rows = [(1, "patent", 3, 1), (1, "patent", 3, 1), (1, "patent", 3, 2), (2, "patent", 3, 2), (2, "article", 1, 1)]
    found = rows_of(output_of_all_points(spark.createDataFrame(rows, ROWS)), "point_id", "patents", "articles")
    expected = {1: (Fraction(5, 6), 0), 2: (Fraction(1, 6), 1)}
    assert {row[0] for row in found} == set(expected)
    for point, patents, articles in found:
        assert abs(Fraction(str(patents)) - expected[point][0]) < Fraction(1, 10**16)
        assert Fraction(str(articles)) == expected[point][1]


@pytest.fixture(scope="module")
def drawn() -> Places:
    """Crowds of several densities on one globe, some near each other."""
    rng, parts = np.random.default_rng(11), []
    for lon, lat in ((2, 48), (-74, 40), (139, 35), (180, -17), (10, 60)):
        at = (lon * 1_000_000, lat * 1_000_000)
        parts += [clouds.dense(rng, 6_000, *at), clouds.sparse(rng, 9_000, *at), clouds.touching(rng, 14_000, *at)]
    return clouds.joined(*parts)


def settings_by_definition(places: Places, grid: list[tuple[float, float]]) -> list[np.ndarray]:
    return [dbscan.label(places, radius_m, least, Fraction(1, 2)).cluster for radius_m, least in grid]


def test_a_whole_grid_is_that_of_dbscan_by_definition(spark: SparkSession, drawn: Places) -> None:
    grid = grid_of(RADIUS_M, LEAST, [10_000.0, RADIUS_M], [0.5, 1.0, 3.0])
    labels = settings_by_definition(drawn, grid)
    kinds = (("patent", drawn.inventors), ("article", drawn.authors))
    rows = [
        (kind, f"{kind[0]}{place}-{i}", 1, 1, int(point), 0.0, 0.0, "FR", 1, 1, None, [])
        for kind, counts in kinds
        for place, point in enumerate(drawn.point_id())
        for i in range(counts[place])
    ]
    addresses = spark.createDataFrame(rows, ADDRESSES).persist()
    ids = drawn.point_id().tolist()
    default = dict(zip(ids, labels[0].tolist(), strict=True))
    known = [(point, None if cluster == NOISE else cluster) for point, cluster in default.items()]
    frame = spark.createDataFrame(known, "point_id bigint, cluster_id bigint").withColumn(
        "part_id", F.col("cluster_id")
    )
    compared = compare_settings(addresses, fold_points(addresses), frame, Fraction(1, 2), grid, 5)
    table = {(row["radius_m"], row["min_weight"]): row for row in sensitivity(spark, grid, compared).collect()}
    assert sorted(table) == sorted(grid)
    for setting, found in zip(grid, labels, strict=True):
        row, expected = table[setting], by_hand(drawn, labels[0], found)
        assert {name: row[name] for name in expected} == pytest.approx(expected), setting
    assert len({row["clusters"] for row in table.values()}) >= 4
    assert all(sum(row[verdict] for row in table.values()) for verdict in ("whole", "split", "merged", "vanished"))
    stability = cluster_stability(spark, compared).collect()
    assert {row["cluster_id"] for row in stability} == set(labels[0].tolist()) - {NOISE}
    for verdict in ("whole", "split", "merged", "vanished"):
        of_settings = sum(row[verdict] for setting, row in table.items() if setting != grid[0])
        assert sum(row[verdict] for row in stability) == of_settings
    addresses.unpersist()


def by_hand(places: Places, then: np.ndarray, now: np.ndarray) -> dict[str, float]:
    """The figures of one setting from two labellings of the places, by their definitions."""
    inventors, authors = places.inventors, places.authors
    score = {
        kind: [Fraction(int(n), int(counts.sum())) for n in counts] for kind, counts in enumerate((inventors, authors))
    }
    each = [a + b for a, b in zip(score[0], score[1], strict=True)]
    shared: Counter[tuple[int, int]] = Counter()
    for before, after, output in zip(then.tolist(), now.tolist(), each, strict=True):
        shared[before, after] += output  # type: ignore[assignment]
    olds, news = ({label for label in labels.tolist() if label != NOISE} for labels in (then, now))
    main = {c: max(sorted(news), key=lambda d: shared[c, d], default=None) for c in olds}
    home = {d: max(sorted(olds), key=lambda c: shared[c, d]) for d in news if any(shared[c, d] for c in olds)}
    stays = [c for c in olds if 2 * sum(shared[c, d] for d in news) >= sum(shared[c, d] for d in [*news, NOISE])]
    crowd = Counter(main[c] for c in stays)
    counts = Counter(
        "vanished"
        if c not in stays
        else "merged"
        if crowd[main[c]] > 1
        else "split"
        if sum(of == c for of in home.values()) > 1
        else "whole"
        for c in olds
    )
    inside = now != NOISE
    return {
        "clusters": len(news),
        **{verdict: counts[verdict] for verdict in ("whole", "split", "merged", "vanished")},
        "entered": len(news) - len(home),
        "patent_share": inventors[inside].sum() / inventors.sum(),
        "article_share": authors[inside].sum() / authors.sum(),
    }


def test_without_a_grid_nothing_is_compared(spark: SparkSession) -> None:
    grid = grid_of(RADIUS_M, LEAST, [], [1.0])
    assert grid == [(RADIUS_M, LEAST)]
    addresses = spark.createDataFrame([], ADDRESSES)
    labels = spark.createDataFrame([], "point_id bigint, part_id bigint, cluster_id bigint")
    compared = compare_settings(addresses, fold_points(addresses), labels, Fraction(1), grid, 5)
    assert sensitivity(spark, grid, compared).count() == cluster_stability(spark, compared).count() == 0
