"""Centres, outlines, names and economies of clusters."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import shapely
from pyspark.sql import DataFrame, SparkSession

from conftest import rows_of
from stclusters import sphere
from stclusters.cluster.names import name_clusters
from stclusters.cluster.output import cluster_economies, economy_labels, output_of_points
from stclusters.cluster.shapes import outline_clusters

CENTRES = {1: (2.35, 48.86), 2: (180.0, -17.0), 3: (-179.99, 66.0), 4: (10.0, 0.0), 5: (25.0, 78.0)}


def members(spark: SparkSession) -> tuple[DataFrame, dict[int, np.ndarray]]:
    """Points of five clusters of some 20 km: at Paris, over 180 degrees twice, at the equator and far north."""
    rng, rows, where = np.random.default_rng(7), [], {}
    for cluster, (lon, lat) in CENTRES.items():
        east, north = rng.normal(0, 0.06, (2, 150))
        ids = sphere.pack((lon + east / np.cos(np.radians(lat)) + 180) % 360 - 180, lat + north)
        where[cluster] = np.stack([sphere.longitudes(ids), sphere.latitudes(ids)], axis=1)
        rows += [(cluster, int(i), *map(float, xy), "core", 2, 1) for i, xy in zip(ids, where[cluster], strict=True)]
    columns = "cluster_id long, point_id long, lon double, lat double, role string, inventors long, authors long"
    return spark.createDataFrame(rows, columns), where


def test_an_outline_holds_all_points_and_little_else(spark: SparkSession) -> None:
    frame, where = members(spark)
    rows = {row["cluster_id"]: row for row in outline_clusters(frame, Fraction(1, 2)).collect()}
    for cluster, points in where.items():
        outline = shapely.from_wkb(bytes(rows[cluster]["outline"]))
        assert outline.is_valid
        assert outline.geom_type in ("Polygon", "MultiPolygon")
        west, _, east, _ = outline.bounds
        assert west >= -180
        assert east <= 180
        assert shapely.covers(outline, shapely.points(points)).all(), cluster
        assert 200 < rows[cluster]["area_km2"] < 3_000
        lon, lat = CENTRES[cluster]
        assert sphere.distances_m(*map(np.array, (rows[cluster]["lon"], rows[cluster]["lat"], lon, lat))) < 2_000
    assert shapely.from_wkb(bytes(rows[2]["outline"])).geom_type == "MultiPolygon"


@pytest.mark.parametrize(
    "at", [[(7.0, 50.0)], [(7.0, 50.0), (7.05, 50.0)], [(0.0, 90.0), (0.0, 89.99), (180.0, 89.99)]]
)
def test_one_point_a_line_of_points_and_a_pole_have_an_outline(
    spark: SparkSession, at: list[tuple[float, float]]
) -> None:
    rows = [(1, i, lon, lat, "core", 1, 0) for i, (lon, lat) in enumerate(at)]
    columns = "cluster_id long, point_id long, lon double, lat double, role string, inventors long, authors long"
    row = outline_clusters(spark.createDataFrame(rows, columns), Fraction(1)).collect()[0]
    outline = shapely.from_wkb(bytes(row["outline"]))
    assert outline.area > 0
    assert shapely.covers(outline, shapely.points([(lon if lon < 180 else -180, lat) for lon, lat in at])).all()


@pytest.mark.parametrize("seed", [1197, 4810])  # JTS cannot triangulate these in steps of 0.01
def test_equally_spaced_points_have_an_outline(spark: SparkSession, seed: int) -> None:
    steps = np.unique(np.rint(np.random.default_rng(seed).normal(0, 20, (60, 2))), axis=0).tolist()
    rows = [(1, i, x / 100, y / 100, "core", 1, 0) for i, (x, y) in enumerate(steps)]
    columns = "cluster_id long, point_id long, lon double, lat double, role string, inventors long, authors long"
    assert outline_clusters(spark.createDataFrame(rows, columns), Fraction(1)).where("area_km2 > 0").count() == 1


def test_order_and_partitions_change_no_digit_of_a_shape(spark: SparkSession) -> None:
    frame, _ = members(spark)
    one, other = frame.repartition(1).orderBy("lon"), frame.repartition(7, "lat")
    shapes = [
        rows_of(outline_clusters(f, Fraction(1, 3)), "cluster_id", "lon", "lat", "area_km2", "outline")
        for f in (one, other)
    ]
    assert shapes[0] == shapes[1]


PLACES = [
    (1, "Tokyo", "JP", "40", 139.69, 35.69, 8_336_599),
    (2, "Yokohama", "JP", "19", 139.64, 35.44, 3_574_443),
    (3, "Village", "JP", "40", 139.66, 35.66, 600),
    (4, "Empty", "JP", "40", 139.70, 35.70, 0),
    (5, "Durham", "US", "NC", -78.90, 35.99, 296_186),
    (6, "Cary", "US", "NC", -78.78, 35.79, 177_211),
    (7, "Windsor", "CA", "08", -83.02, 42.30, 229_660),
    (8, "Detroit", "US", "MI", -83.05, 42.33, 645_705),
    (4930956, "Boston", "US", "MA", -71.06, 42.36, 653_833),
    (4931972, "Cambridge", "US", "MA", -71.11, 42.37, 118_214),
    (4931429, "Brookline", "US", "MA", -71.12, 42.33, 58_732),
]
PLACE = "place_id long, name string, economy string, region string, lon double, lat double, population long"
OUTPUT = "cluster_id long, point_id long, lon double, lat double, score double"


def names(spark: SparkSession, rows: list[tuple[int, int, float, float, float]]) -> dict[int, str]:
    places = spark.createDataFrame(PLACES, PLACE)
    return dict(rows_of(name_clusters(spark.createDataFrame(rows, OUTPUT), places), "cluster_id", "name"))  # type: ignore[arg-type]


def test_a_name_is_the_largest_cities_by_output(spark: SparkSession) -> None:
    rows = [
        (1, 1, 139.70, 35.69, 5.0), (1, 2, 139.64, 35.45, 7.0), (1, 3, 139.62, 35.44, 1.0),
        (2, 4, 139.69, 35.70, 9.0), (2, 5, 139.64, 35.44, 1.0),
        (3, 6, 10.0, -20.5, 1.0),
        (4, 7, -78.90, 35.99, 3.0), (4, 8, -78.78, 35.79, 2.0),
        (5, 9, -83.02, 42.30, 2.0), (5, 10, -83.05, 42.33, 3.0),
    ]  # fmt: skip
    assert names(spark, rows) == {
        1: "Yokohama–Tokyo",
        2: "Tokyo",
        3: "20.50S 10.00E",
        4: "Durham–Cary, NC",
        5: "Detroit, MI–Windsor, ON",
    }


def test_the_published_name_is_taken_where_the_same_cities_are_meant(spark: SparkSession) -> None:
    boston, cambridge, brookline = (-71.06, 42.36), (-71.11, 42.37), (-71.12, 42.33)
    rows = [
        (1, 1, *boston, 5.0), (1, 2, *cambridge, 9.0), (1, 3, *brookline, 4.0),
        (2, 4, *boston, 9.0), (2, 5, *cambridge, 1.0),
        (3, 6, *boston, 99.0), (3, 7, *cambridge, 1.0),
        (4, 8, *brookline, 1.0),
        (5, 9, *boston, 2.0), (5, 10, *cambridge, 1.0), (5, 11, *brookline, 9.0),
    ]  # fmt: skip
    assert names(spark, rows) == {
        1: "Boston–Cambridge, MA",
        2: "Boston–Cambridge, MA",
        3: "Boston, MA",
        4: "Brookline, MA",
        5: "Brookline, MA",
    }


def addresses(spark: SparkSession) -> DataFrame:
    """Two patents and an article: a cross-border cluster of point 1 and point 2."""
    rows = [
        ("patent", "p1", 1, 1, 1, "CH", 2, 1), ("patent", "p1", 2, 1, 2, "FR", 2, 1),
        ("patent", "p2", 1, 1, 9, "DE", 1, 1),
        ("article", "a1", 1, 1, 1, "CH", 1, 2), ("article", "a1", 1, 2, 2, "UNKNOWN", 1, 2),
    ]  # fmt: skip
    return spark.createDataFrame(
        rows,
        "kind string, document_id string, person int, address int, point_id long, economy string, persons int, "
        "addresses_each int",
    )


def test_the_home_economy_has_the_largest_output_and_labels_have_their_share(spark: SparkSession) -> None:
    labels = spark.createDataFrame(
        [(1, "core", 1), (2, "border", 1), (9, "noise", None)], "point_id long, role string, cluster_id long"
    )
    economies = cluster_economies(output_of_points(addresses(spark), labels))
    assert rows_of(economies, "place", "economy", "patents", "articles", "output_share") == [
        (1, "CH", 0.5, 0.5, 0.75 / 1.5),
        (2, "FR", 0.5, 0.0, 0.25 / 1.5),
        (3, "UNKNOWN", 0.0, 0.5, 0.5 / 1.5),
    ]
    assert rows_of(economy_labels(economies, 0.01), "home_economy", "economies") == [("CH", ["CH", "FR"])]
    assert rows_of(economy_labels(economies, 0.2), "home_economy", "economies") == [("CH", ["CH"])]
    world = output_of_points(addresses(spark), labels).agg({"score": "sum"}).collect()[0][0]
    assert world == Decimal("1.5")
