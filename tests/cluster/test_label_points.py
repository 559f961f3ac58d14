"""Labels of points in Spark against DBSCAN by definition, scikit-learn, and relations that must hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.cluster import DBSCAN

from conftest import rows_of
from oracles import clouds, dbscan
from oracles.dbscan import NOISE, Places, folded, parts
from stclusters import sphere
from stclusters.cluster import dbscan as cluster_dbscan
from stclusters.cluster.components import components
from stclusters.cluster.dbscan import label_points
from stclusters.cluster.points import equal_weight, fold_points
from stclusters.cluster.star_components import smallest_of_component

SEED = 20240601
POINTS = "point_id bigint, lon double, lat double, inventors bigint, authors bigint"


@dataclass(frozen=True)
class Globe:
    """Clouds far apart on one globe, and the radius: Spark's own distance of the first two places."""

    places: Places
    radius_m: float
    least: float = 9.0
    weight: Fraction = Fraction(1, 3)


@pytest.fixture(scope="module")
def globe(spark: SparkSession) -> Globe:
    """All kinds of clouds, twice round the globe, at both poles and at 180 degrees, and three pairs of crowds.

    One pair is at the radius exactly, one less than a millimetre inside it, one less than a millimetre outside.
    """
    rng = np.random.default_rng(SEED)
    exact = Places.of([(-30_000_000, 40_000_000, 9, 0), (-29_862_345, 40_081_234, 9, 0)])
    radius_m = spark_distance_m(spark, exact)
    spots = [(-180, 10), (179, -45), (0, 90), (90, -90), (-100, 0), (60, 55), (10, 10), (-60, -30)]
    spots += [
        (40, 30),
        (180, 60),
        (120, -15),
        (-75, 70),
        (100, 84),
        (-10, -70),
        (-179, -10),
        (25, 5),
        (-130, 40),
        (85, 25),
    ]
    drawn = [
        draw(rng, radius_m, lon * 1_000_000, lat * 1_000_000)
        for draw, (lon, lat) in zip([*clouds.KINDS.values()] * 2, spots, strict=True)
    ]
    inside = clouds.pair_near(radius_m, -0.001, -0.0001, 150_000_000, 35_000_000)
    outside = clouds.pair_near(radius_m, 0.0001, 0.001, -150_000_000, 35_000_000)
    crowded = [replace(pair, inventors=np.array([9, 9])) for pair in (inside, outside)]
    whole = clouds.joined(exact, *crowded, *drawn)
    assert dbscan.settled(whole, radius_m)
    return Globe(whole, radius_m)


def spark_distance_m(spark: SparkSession, pair: Places) -> float:
    lon, lat = pair.lon_micro / 1e6, pair.lat_micro / 1e6
    ends = spark.createDataFrame(
        [(*lon.tolist(), *lat.tolist())], "lon_a double, lon_b double, lat_a double, lat_b double"
    )
    row = ends.select(sphere.distance_m(*(F.col(name) for name in ("lon_a", "lat_a", "lon_b", "lat_b")))).first()
    assert row is not None
    return float(row[0])


def points_of(spark: SparkSession, places: Places) -> DataFrame:
    ids, inventors, authors, _ = folded(places)
    lon, lat = (ids & 0xFFFFFFFF) / 1e6 - 180, (ids >> 32) / 1e6 - 90
    rows = zip(*(a.tolist() for a in (ids, lon, lat, inventors, authors)), strict=True)
    return spark.createDataFrame(list(rows), POINTS)


def expected_rows(globe: Globe) -> list[tuple[object, ...]]:
    found = dbscan.label(globe.places, globe.radius_m, globe.least, globe.weight)
    clusters = [None if cluster == NOISE else cluster for cluster in found.cluster.tolist()]
    return sorted(set(zip(globe.places.point_id().tolist(), found.role(), clusters, strict=True)))


def label_rows(points: DataFrame, globe: Globe, tiles: int | None = None) -> list[tuple[object, ...]]:
    labels = label_points(points, globe.radius_m, globe.least, globe.weight, tiles=tiles)
    return rows_of(labels, "point_id", "role", "cluster_id")


def test_spark_labels_the_globe_by_the_definition_in_any_order_partitions_and_tiles(
    spark: SparkSession, globe: Globe
) -> None:
    expected, points = expected_rows(globe), points_of(spark, globe.places)
    assert {row[1] for row in expected} == {"core", "border", "noise"}
    before = spark.conf.get("spark.sql.shuffle.partitions")
    try:
        for partitions, tiles in ((1, None), (3, 2), (16, 7)):
            spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
            mixed = points.orderBy(F.hash("point_id", F.lit(partitions))).repartition(partitions)
            assert label_rows(mixed, globe, tiles) == expected, f"{partitions=} {tiles=}"
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", before)


def test_components_in_rounds_over_frames_give_the_same_labels(
    spark: SparkSession, globe: Globe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_in_one_process(*_: object) -> DataFrame:
        raise AssertionError

    monkeypatch.setattr(cluster_dbscan, "CELLS_IN_ONE_PROCESS", 0)
    monkeypatch.setattr(cluster_dbscan, "_clusters", not_in_one_process)
    assert label_rows(points_of(spark, globe.places), globe, tiles=5) == expected_rows(globe)


def test_the_smallest_of_a_component_is_found_along_chains_stars_and_drawn_graphs(spark: SparkSession) -> None:
    rng = np.random.default_rng(SEED)
    chain = np.stack([np.arange(300), np.arange(1, 301)], axis=1)
    zigzag = rng.permutation(200)[np.stack([np.arange(199), np.arange(1, 200)], axis=1)] + 1_000
    star = np.stack([np.full(50, 2_050), np.arange(2_000, 2_050)], axis=1)
    drawn = rng.integers(3_000, 3_400, (300, 2))  # some from a node to itself, some twice
    edges = np.concatenate([chain, zigzag, star, drawn, drawn[:20, ::-1]])
    frame = spark.createDataFrame(edges.tolist(), "a long, b long").repartition(3)
    nodes, number = np.unique(edges, return_inverse=True)
    of_node = components(len(nodes), *number.reshape(-1, 2).T)
    expected = [(int(node), int(nodes[of_node == part].min())) for node, part in zip(nodes, of_node, strict=True)]
    found = rows_of(smallest_of_component(frame), "node", "smallest")
    assert found == [(node, smallest) for node, smallest in expected if node != smallest]


def test_a_pair_at_sparks_own_distance_is_within_and_a_millimetre_decides(spark: SparkSession, globe: Globe) -> None:
    few = Places.of(globe.places.rows()[:6])
    cluster = {row[0]: row[2] for row in label_rows(points_of(spark, few), globe)}
    joined = [cluster[a] == cluster[b] for a, b in few.point_id().reshape(3, 2).tolist()]
    assert joined == [True, True, False]


def test_turning_the_globe_changes_no_cluster(spark: SparkSession, globe: Globe) -> None:
    turned = replace(globe.places, lon_micro=clouds.turned_lon(globe.places.lon_micro + 119_999_990))
    back = dict(zip(turned.point_id().tolist(), globe.places.point_id().tolist(), strict=True))
    rows = label_rows(points_of(spark, turned), globe)
    found = np.array([[back[row[0]], NOISE if row[2] is None else row[2]] for row in rows])
    expected = dbscan.label(globe.places, globe.radius_m, globe.least, globe.weight)
    assert parts(found[:, 0], found[:, 1]) == parts(globe.places.point_id(), expected.cluster)


def test_scikit_learn_finds_the_same_core_border_and_noise_and_the_same_parts(
    spark: SparkSession, globe: Globe
) -> None:
    ids, inventors, authors, _ = folded(globe.places)
    radians = np.radians(np.stack([(ids >> 32) / 1e6 - 90, (ids & 0xFFFFFFFF) / 1e6 - 180], axis=1))
    eps = (globe.radius_m + 1e-8) / 6_371_008
    theirs = DBSCAN(eps=eps, min_samples=27, metric="haversine", algorithm="ball_tree")
    theirs.fit(radians, sample_weight=3 * inventors + authors)  # the weights times three: 9 and 1/3 in whole numbers
    rows = label_rows(points_of(spark, globe.places), globe)
    role = np.array([row[1] for row in rows])
    ours = np.array([NOISE if row[2] is None else row[2] for row in rows])
    core = role == "core"
    assert [row[0] for row in rows] == ids.tolist()
    assert np.flatnonzero(core).tolist() == theirs.core_sample_indices_.tolist()
    assert (role == "noise").tolist() == (theirs.labels_ == NOISE).tolist()
    assert parts(ids[core], ours[core]) == parts(ids[core], theirs.labels_[core])


def test_addresses_at_one_place_are_one_point_that_counts_them(spark: SparkSession) -> None:
    rows = [("patent", 7)] * 3 + [("article", 7)] + [("article", 2**40)] * 2
    points = fold_points(spark.createDataFrame(rows, "kind string, point_id bigint"))
    assert rows_of(points, "point_id", "inventors", "authors") == [(7, 3, 1), (2**40, 0, 2)]
    assert equal_weight(points) == Fraction(3, 3)
    assert equal_weight(points.where("point_id > 7")) == 1


def test_no_points_have_no_labels_and_one_point_is_core_or_noise(spark: SparkSession, globe: Globe) -> None:
    one = Places.of([(5, 5, 9, 0)])
    point = points_of(spark, one)
    assert label_rows(point.where("inventors > 9"), globe) == []
    (number,) = one.point_id().tolist()
    assert label_rows(point, globe) == [(number, "core", number)]
    assert label_rows(point, replace(globe, least=9.1)) == [(number, "noise", None)]


@contextmanager
def executed_plans(spark: SparkSession) -> Iterator[list[str]]:
    """The final plans of everything that Spark SQL executes in the block."""
    store = spark._jsparkSession.sharedState().statusStore()
    plans: list[str] = []

    def listed() -> dict[int, str]:  # by number: Spark keeps the newest thousand
        held = store.executionsList()
        executions = [held.apply(i) for i in range(held.size())]
        return {execution.executionId(): execution.physicalPlanDescription() for execution in executions}

    last = max(listed(), default=-1)
    yield plans
    plans += [plan for number, plan in listed().items() if number > last]


def test_no_pair_of_points_is_compared_by_a_nested_loop(spark: SparkSession, globe: Globe) -> None:
    with executed_plans(spark) as plans:
        label_rows(points_of(spark, globe.places), globe)
    assert plans
    assert not [plan for plan in plans if "CartesianProduct" in plan or "NestedLoop" in plan]
