"""Coordinates that hold suspiciously much, far from any city."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame, SparkSession

from conftest import rows_of
from stclusters.ingest.pile_ups import find_pile_ups
from stclusters.sphere import pack

KANSAS, WICHITA, VADUZ, FIELDS = (-95.712891, 37.09024), (-97.3375, 37.6922), (9.52154, 47.14151), (-100.0, 40.0)
CITIES = [("Wichita", -97.33754, 37.69224, 400_000, False), ("Coffeyville", -95.61637, 37.0373, 9_500, False)]
CITIES += [("Vaduz", 9.52, 47.14, 5_000, True)]
Row = tuple[tuple[float, float], str, int]


@pytest.fixture(scope="module")
def cities(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(CITIES, "name string, lon double, lat double, population bigint, is_capital boolean")


def piled(spark: SparkSession, cities: DataFrame, *rows: Row) -> list[tuple[object, ...]]:
    table = [(point(*at), economy, number) for at, economy, number in rows]
    places = spark.createDataFrame(table, "point_id bigint, economy string, rows bigint")
    return rows_of(find_pile_ups(places, cities), "point_id", "economy")


def point(lon: float, lat: float) -> int:
    import numpy as np

    return int(pack(np.array([lon]), np.array([lat]))[0])


@pytest.mark.parametrize(
    ("at", "rows", "others", "is_pile_up"),
    [
        (KANSAS, 60, 900, True),  # 10 km from a town, but far from any city
        (WICHITA, 60, 900, False),
        (VADUZ, 60, 900, False),  # a capital is no country's middle of nowhere, be it as small as it may
        (KANSAS, 50, 9_950, True),
        (KANSAS, 50, 9_951, False),  # less than 0.5 % of the economy
        (KANSAS, 49, 900, False),
    ],
)
def test_a_pile_up_is_heavy_and_far_from_cities(
    spark: SparkSession, cities: DataFrame, at: tuple[float, float], rows: int, others: int, is_pile_up: bool
) -> None:
    spread = [((FIELDS[0] + i / 10, FIELDS[1]), "US", 1) for i in range(3)]
    found = piled(spark, cities, (at, "US", rows), (WICHITA, "US", others - 3), *spread)
    assert found == ([(point(*at), "US")] if is_pile_up else [])


def test_rows_of_one_coordinate_and_economy_are_counted_together_and_unknown_is_no_economy(
    spark: SparkSession, cities: DataFrame
) -> None:
    rows = [(KANSAS, "US", 25), (KANSAS, "US", 25), (FIELDS, "UNKNOWN", 500), (FIELDS, "CA", 49)]
    assert piled(spark, cities, *rows) == [(point(*KANSAS), "US")]
