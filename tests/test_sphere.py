"""Distance on the sphere and the packing of coordinates."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from stclusters import sphere

RNG = np.random.default_rng(20241)
LON, LAT = RNG.uniform(-180, 180, 400), np.degrees(np.arcsin(RNG.uniform(-1, 1, 400)))
LON[:6], LAT[:6] = [0, -180, 179.999999, 0, 10, 10], [90, 0, 0, -90, 89.9999, 0]


def test_spark_numpy_and_sedona_give_the_same_distance(spark: SparkSession) -> None:
    pairs = [
        (float(a), float(b), float(c), float(d)) for a, b, c, d in zip(LON, LAT, LON[::-1], LAT[::-1], strict=True)
    ]
    frame = spark.createDataFrame(pairs, "lon_a double, lat_a double, lon_b double, lat_b double").select(
        sphere.distance_m(F.col("lon_a"), F.col("lat_a"), F.col("lon_b"), F.col("lat_b")).alias("ours"),
        F.expr("ST_DistanceSphere(ST_Point(lon_a, lat_a), ST_Point(lon_b, lat_b))").alias("sedona"),
    )
    ours, sedona = np.array([tuple(row) for row in frame.collect()]).T
    numpy = sphere.distances_m(LON, LAT, LON[::-1], LAT[::-1])
    assert np.abs(ours - sedona).max() < 1e-6
    assert np.abs(ours - numpy).max() < 1e-6


def test_chords_and_great_circles_tell_the_same_distance() -> None:
    ids = sphere.pack(LON, LAT)
    lon, lat = sphere.longitudes(ids), sphere.latitudes(ids)
    vectors = sphere.unit_vectors(ids)
    chords = np.sqrt(((vectors - vectors[::-1]) ** 2).sum(axis=1))
    arcs = sphere.distances_m(lon, lat, lon[::-1], lat[::-1])
    assert np.allclose([sphere.chord(arc) for arc in arcs], chords, rtol=0, atol=1e-15)


def test_packing_keeps_a_coordinate_to_half_a_micro_degree() -> None:
    ids = sphere.pack(LON, LAT)
    east = (sphere.longitudes(ids) - LON + 180) % 360 - 180
    inside = np.abs(LAT) < 89.9999995
    assert np.abs(east[inside]).max() <= 0.5000001e-6
    assert np.abs(sphere.latitudes(ids) - LAT).max() <= 0.5000001e-6


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((180.0, 5.0), (-180.0, 5.0)),
        ((-0.0, -0.0), (0.0, 0.0)),
        ((7.0, 90.0), (-120.0, 90.0)),
        ((1.0, 1e-12), (1.0, 0.0)),
    ],
)
def test_names_of_one_place_are_one_point(
    spark: SparkSession, one: tuple[float, float], other: tuple[float, float]
) -> None:
    ids = [int(sphere.pack(np.array([lon]), np.array([lat]))[0]) for lon, lat in (one, other)]
    frame = spark.createDataFrame([one, other], "lon double, lat double")
    in_spark = [row[0] for row in frame.select(sphere.point_id(F.col("lon"), F.col("lat"))).collect()]
    assert len(set(ids + in_spark)) == 1


def test_spark_and_numpy_pack_and_unpack_alike(spark: SparkSession) -> None:
    frame = spark.createDataFrame(list(zip(LON.tolist(), LAT.tolist(), strict=True)), "lon double, lat double")
    packed = frame.select(sphere.point_id(F.col("lon"), F.col("lat")).alias("id"))
    rows = packed.select("id", sphere.lon_of(F.col("id")), sphere.lat_of(F.col("id"))).collect()
    ids = sphere.pack(LON, LAT)
    assert [row[0] for row in rows] == ids.tolist()
    assert [row[1] for row in rows] == sphere.longitudes(ids).tolist()
    assert [row[2] for row in rows] == sphere.latitudes(ids).tolist()
