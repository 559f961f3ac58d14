"""Merging neighbours: distances of edges, relations, verdicts and closure against all pairs counted by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession

from conftest import rows_of
from held import until_the_test_ends
from oracles.dbscan import Places
from oracles.merging import Address, Point, decisions, wholes
from stclusters.cluster.merge import decide_merges, merge_parts, merged_parts
from stclusters.cluster.neighbours import edge_distances, point_pairs, spots_at_edges
from stclusters.cluster.output import output_of_points
from stclusters.cluster.points import fold_points
from stclusters.cluster.relations import count_relations
from stclusters.cluster.wishes import Wish, resolve_merges
from stclusters.errors import SettingsError
from stclusters.ingest.gazetteer import read_gazetteer
from stclusters.settings import Merge

LIMIT_M = 5_000.0
ADDRESSES = (
    "kind string, document_id string, person int, address int, point_id bigint, economy string, persons int,"
    " addresses_each int"
)
LABELS = "point_id bigint, role string, cluster_id bigint"
PLACE = "place_id long, name string, economy string, region string, lon double, lat double, population long"
PLACES = [(1, "Somewhere", "FR", "11", 0.0, 0.0, 1000)]


def ids_of(points: list[Point]) -> list[int]:
    return [int(i) for i in Places.of([(p.lon_micro, p.lat_micro, 1, 0) for p in points]).point_id()]


class Case:
    """Points and addresses as frames; clusters are named by their smallest point id, as in the tables."""

    def __init__(self, spark: SparkSession, points: list[Point], addresses: list[Address]) -> None:
        ids = ids_of(points)
        assert len(set(ids)) == len(ids)
        self.named = {
            c: min(i for i, p in zip(ids, points, strict=True) if p.cluster == c) for c in clusters_of(points)
        }
        self.points = [Point(self.named.get(p.cluster), *p[1:]) for p in points]  # type: ignore[arg-type]
        self.addresses = addresses
        rows = [(p.cluster is None and "noise") or "core" for p in self.points]
        labelled = [(i, role, p.cluster) for i, role, p in zip(ids, rows, self.points, strict=True)]
        self.labels = spark.createDataFrame(labelled, LABELS)
        placed = [(a.kind, a.document, a.person, 1, ids[a.point], "FR", 9, 1) for a in addresses]
        self.frame = until_the_test_ends(spark.createDataFrame(placed, ADDRESSES).persist())
        self.places = spark.createDataFrame(PLACES, PLACE)

    def decided(self, weight: Fraction, limit_m: float = LIMIT_M, wishes: tuple[Wish, ...] = ()) -> DataFrame:
        output = output_of_points(self.frame, self.labels)
        points = fold_points(self.frame)
        decided = decide_merges(self.frame, points, self.labels, output, self.places, weight, limit_m, wishes)
        return until_the_test_ends(decided.persist())


def clusters_of(points: list[Point]) -> list[int]:
    return sorted({p.cluster for p in points if p.cluster is not None})


def drawn(seed: int, n: int = 24) -> tuple[list[Point], list[Address]]:
    """Clusters in threes whose edges are some 0 to 9 km apart, over 180 degrees and near a pole too, and documents."""
    rng = np.random.default_rng(seed)
    points: list[Point] = []
    seen: set[tuple[int, int]] = set()
    for cluster in range(n):
        lon, lat = [(2.0, 48.0), (180.0, -17.0), (-60.0, 82.0), (30.0, 0.1)][cluster // 3 % 4]
        east = (cluster % 3) * 0.13 + cluster // 12 * 5
        for dx, dy in rng.uniform(-0.05, 0.05, (40, 2)):
            at = (
                round((lon + (east + dx) / np.cos(np.radians(lat)) + 180) % 360 * 1e6) - 180_000_000,
                round((lat + dy) * 1e6),
            )
            if at not in seen:
                points.append(Point(cluster if rng.random() < 0.9 else None, *at))
                seen.add(at)
    of_cluster = {c: [i for i, p in enumerate(points) if p.cluster == c] for c in [*range(n), None]}
    addresses = []
    for document in range(900):
        home = int(rng.integers(n))
        near = home // 3 * 3 + int(rng.integers(3))
        others = [home, home, near, near, None, int(rng.integers(n))]
        kind = "patent" if document % 3 else "article"
        for person in range(1, int(rng.integers(1, 5)) + 1):
            where = others[int(rng.integers(len(others)))] if person > 1 else home
            addresses.append(Address(kind, f"d{document}", person, int(rng.choice(of_cluster[where]))))
    return points, addresses


@pytest.mark.parametrize("seed", [1])
def test_drawn_neighbours_are_judged_as_by_all_pairs(spark: SparkSession, seed: int) -> None:
    case = Case(spark, *drawn(seed))
    weight = Fraction(2, 3)
    found = case.decided(weight)
    expected = decisions(case.points, case.addresses, weight, LIMIT_M)
    rows = {(row["cluster_a"], row["cluster_b"]): row for row in found.collect()}
    assert set(rows) == set(expected)
    assert {True, False} == {decision.merged for decision in expected.values()}
    for pair, decision in expected.items():
        row = rows[pair]
        assert row["distance_m"] == pytest.approx(decision.distance_m, abs=1e-6)
        assert (row["common_patents"], row["common_articles"]) == (decision.patents, decision.articles)
        for i, side in enumerate("ab"):
            assert row[f"strength_{side}"] == pytest.approx(float(decision.strengths[i]), abs=1e-12)
            assert row[f"rival_strength_{side}"] == pytest.approx(float(decision.rival_strengths[i]), abs=1e-12)
        assert (row["verdict"] == "merged") == decision.merged
        assert row["decided_by"] == "relation"
    whole = wholes(case.named.values(), [pair for pair, decision in expected.items() if decision.merged])
    merged = merge_parts(case.labels, merged_parts(found)).where("part_id IS NOT NULL")
    assert rows_of(merged.select("part_id", "cluster_id").distinct(), "part_id", "cluster_id") == sorted(whole.items())


def test_no_plan_compares_all_pairs(spark: SparkSession) -> None:
    case = Case(spark, *drawn(3, 6))
    members = case.labels.where("cluster_id IS NOT NULL")
    relations = count_relations(case.frame, case.labels, [1, 2])
    for frame in (spots_at_edges(members, LIMIT_M, 0.05), point_pairs(members, LIMIT_M), relations):
        plan = frame._jdf.queryExecution().executedPlan().toString()
        assert "NestedLoop" not in plan
        assert "CartesianProduct" not in plan


def test_what_does_not_lie_at_an_edge_is_not_compared(spark: SparkSession) -> None:
    case = Case(spark, *drawn(4, 12))
    members = case.labels.where("cluster_id IS NOT NULL")
    coarse = spots_at_edges(members, LIMIT_M, 0.05)
    fine = spots_at_edges(coarse, LIMIT_M, 0.005).count()
    assert 0 < fine < members.count() / 4


LINE = 8  # four clusters of two points in a line, 2.2 km from point to point: points 0 1 | 2 3 | 4 5 | 6 7
NOISE = 8


def line(number: int) -> list[Point]:
    """The line of a scenario, each 3 degrees from the next, and a point outside clusters."""
    at = 3_000_000 * number
    points = [Point(4 * number + i // 2, at + 30_000 * i, 48_000_000) for i in range(LINE)]
    return [*points, Point(None, at, 0)]


def together(*at: int, kind: str = "patent", times: int = 1, name: str = "d") -> list[Address]:
    """Documents by persons at some points of a line."""
    return [Address(kind, f"{name}{at}{n}", i + 1, point) for n in range(times) for i, point in enumerate(at)]


ALONE = [a for point in range(LINE + 1) for a in together(point, times=3, name="alone")]
SCENARIOS: dict[str, list[Address]] = {
    "no stronger than outside": [*together(1, 2, times=2), *together(1, 8, times=2), *together(2, 8, times=2)],
    "stronger than outside": [*together(1, 2, times=3), *together(1, 8, times=2), *together(2, 8, times=2)],
    # cluster 2 is small and works with 1 above all, 1 is large and works more with 0; a person at 5 and 6 is one
    "the smaller": [
        *together(1, 2, times=9), *together(2, 4, times=3), *together(0, 3, times=9),
        *[Address("patent", f"same{n}", 1, point) for n in range(5) for point in (5, 6)],
    ],
    # cluster 1, the smallest, shares 1 of its 2 articles with cluster 0, and 3 of its 12 patents with cluster 2
    "both kinds": [
        *together(2, 4, times=3), *together(3, times=3, name="x"), *together(0, times=30), *together(4, times=30),
        *together(2, 1, kind="article"), *together(3, kind="article"),
    ],
}  # fmt: skip


def numbered(addresses: list[Address], number: int) -> list[Address]:
    return [a._replace(document=f"{number} {a.document}", point=a.point + (LINE + 1) * number) for a in addresses]


@pytest.fixture(scope="module")
def verdicts(spark: SparkSession) -> dict[str, dict[tuple[int, int], tuple[str, str]]]:
    """Scenario -> pair of its clusters, 0 to 3 -> verdict and reason."""
    points = [point for number in range(len(SCENARIOS)) for point in line(number)]
    addresses = [a for n, more in enumerate(SCENARIOS.values()) for a in numbered([*ALONE, *more], n)]
    case = Case(spark, points, addresses)
    back, names = {i: c for c, i in case.named.items()}, list(SCENARIOS)
    found: dict[str, dict[tuple[int, int], tuple[str, str]]] = {name: {} for name in names}
    for row in case.decided(Fraction(1)).collect():
        a, b = sorted(back[row[side]] for side in ("cluster_a", "cluster_b"))
        found[names[a // 4]][a % 4, b % 4] = row["verdict"], row["reason"]
    return found


def test_a_relation_must_be_stronger_than_that_with_the_points_outside(verdicts: dict) -> None:
    assert verdicts["no stronger than outside"][0, 1] == ("apart", "not_stronger_than_outside")
    assert verdicts["stronger than outside"][0, 1] == ("merged", "strongest_relation")
    assert verdicts["stronger than outside"][1, 2] == ("apart", "no_relation")


def test_the_smaller_of_two_decides_and_one_author_in_both_is_no_relation(verdicts: dict) -> None:
    assert verdicts["the smaller"][1, 2] == ("merged", "strongest_relation")
    assert verdicts["the smaller"][2, 3] == ("apart", "no_relation")


def test_patents_and_articles_weigh_equally_as_shares(verdicts: dict) -> None:
    assert verdicts["both kinds"][0, 1] == ("merged", "strongest_relation")
    assert verdicts["both kinds"][1, 2] == ("apart", "not_stronger_than_rival")


def test_merges_chain_and_wishes_decide_over_relations(spark: SparkSession) -> None:
    case = Case(spark, line(0), [*ALONE, *together(1, 2, times=2), *together(6, 5, times=2)])
    a, b, c, d = (case.named[i] for i in range(4))
    wishes = (Wish(b, c, True, "one valley"), Wish(a, d, True, "one labour market"))
    decided = case.decided(Fraction(1), wishes=wishes)
    assert rows_of(decided.where("decided_by = 'settings'"), "cluster_a", "distance_m", "verdict", "reason") == [
        (a, None, "merged", "one labour market"),
        (b, pytest.approx(2231, abs=3), "merged", "one valley"),
    ]
    assert rows_of(merged_parts(decided), "part_id", "cluster_id") == [(i, a) for i in sorted((a, b, c, d))]


def test_what_is_to_stay_apart_may_not_be_joined_by_way_of_others(spark: SparkSession) -> None:
    rows = [(1, 2, "merged", "relation"), (2, 3, "merged", "settings"), (1, 3, "apart", "settings")]
    named = [(a, b, f"city {a}", f"city {b}", verdict, by) for a, b, verdict, by in rows]
    columns = "cluster_a long, cluster_b long, name_a string, name_b string, verdict string, decided_by string"
    with pytest.raises(SettingsError, match="city 1 and city 3 are to stay apart and are joined by way of other"):
        merged_parts(spark.createDataFrame(named, columns))
    apart = merged_parts(spark.createDataFrame([named[0], named[2]], columns))
    assert rows_of(apart, "part_id", "cluster_id") == [(1, 1), (2, 1)]


def test_a_limit_of_zero_considers_nothing_but_wishes(spark: SparkSession) -> None:
    case = Case(spark, line(0), [*ALONE, *together(1, 2, times=9)])
    nothing = case.decided(Fraction(1), limit_m=0)
    assert nothing.count() == 0
    assert rows_of(merge_parts(case.labels, merged_parts(nothing)), "point_id", "cluster_id") == rows_of(
        case.labels, "point_id", "cluster_id"
    )
    pair = case.named[0], case.named[1]
    only = case.decided(Fraction(1), limit_m=0, wishes=(Wish(*pair, False, "two countries"),))
    assert rows_of(only, "cluster_a", "cluster_b", "verdict", "reason") == [(*pair, "apart", "two countries")]


@pytest.mark.parametrize(("limit_m", "near"), [(-0.001, 0), (0.0, 1), (0.001, 1)])
def test_the_limit_counts_as_near_to_the_millimetre(spark: SparkSession, limit_m: float, near: int) -> None:
    case = Case(spark, line(0)[1:3], together(0, 1))
    members = case.labels.where("cluster_id IS NOT NULL")
    exact = edge_distances(members, LIMIT_M).collect()[0]["distance_m"]
    assert edge_distances(members, exact + limit_m).count() == near


def test_no_clusters_have_no_neighbours(spark: SparkSession) -> None:
    case = Case(spark, [Point(None, 1, 1), Point(None, 2, 2)], together(0, 1))
    assert case.decided(Fraction(1)).count() == 0


CITIES = [(0, "Baltimore", -76_612_200, 39_290_400), (1, "Washington", -77_036_400, 38_895_100)]


@pytest.fixture(scope="module")
def gazetteer(spark: SparkSession) -> DataFrame:
    """The places of the gazetteer that these tests name."""
    return read_gazetteer(spark).where("name IN ('Baltimore', 'Washington', 'Springfield', 'Lyon')").localCheckpoint()


def wish(places: DataFrame, *named: str, merge: bool = True, more: tuple[Merge, ...] = ()) -> list[Wish]:
    ids = ids_of([Point(c, x, y) for c, _, x, y in CITIES])
    labels = [(i, "core", c) for (c, *_), i in zip(CITIES, ids, strict=True)]
    asked = Merge(places=named, merge=merge, reason="one labour market")  # type: ignore[arg-type]
    return resolve_merges((asked, *more), places.sparkSession.createDataFrame(labels, LABELS))


def test_a_merge_is_asked_for_by_place_name(gazetteer: DataFrame) -> None:
    found = wish(gazetteer, "Baltimore, US", "Washington, DC, US")
    assert found == [Wish(0, 1, True, "one labour market")]


@pytest.mark.parametrize(
    ("places", "merge", "said"),
    [
        (("Nosuchtown, US", "Baltimore, US"), True, "the gazetteer has no 'Nosuchtown, US'"),
        (("Springfield, US", "Baltimore, US"), True, "'Springfield, US' is the name of several places: add the region"),
        (("Lyon, FR", "Baltimore, US"), True, "'Lyon, FR' is in no cluster of this run"),
        (("Baltimore, US", "Baltimore, MD, US"), False, "cannot stay apart, their points are one cluster"),
    ],
)
def test_a_merge_that_cannot_be_done_is_refused_in_one_sentence(
    gazetteer: DataFrame, places: tuple[str, str], merge: bool, said: str
) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        wish(gazetteer, *places, merge=merge)
    assert "\n" not in str(refused.value)


def test_two_wishes_that_contradict_each_other_are_refused(gazetteer: DataFrame) -> None:
    other = Merge(places=("Washington, DC, US", "Baltimore, US"), merge=False, reason="two states")
    with pytest.raises(SettingsError, match="are to merge and to stay apart"):
        wish(gazetteer, "Baltimore, US", "Washington, DC, US", more=(other,))
