"""People round clusters and intensity: sums over pixels against every pixel and point compared by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession

from conftest import rows_of
from oracles.dbscan import Places
from oracles.rasters import GHS_STEP, by_hand, drawn_spots, drawn_values, write
from stclusters.errors import BadInput
from stclusters.rank.intensity import rank_intensity
from stclusters.rank.population import people_of_places, population_round, read_raster


def labels(spark: SparkSession, spots: list[tuple[int | None, float, float]]) -> DataFrame:
    """`point_labels` of points (cluster or None, lon, lat)."""
    rounded = [(round(lon * 1e6), round(lat * 1e6), 1, 0) for _, lon, lat in spots]
    ids = Places.of(rounded).point_id().tolist()
    rows = [(i, "noise" if c is None else "core", c) for i, (c, _, _) in zip(ids, spots, strict=True)]
    return spark.createDataFrame(rows, "point_id bigint, role string, cluster_id bigint")


def test_people_of_rasters_are_those_of_every_pixel_and_point(spark: SparkSession, tmp_path: Path) -> None:
    tiles = [(180.0 - 40 * GHS_STEP, -17.0, drawn_values(4, wide=40)), (-180.0, -17.0, drawn_values(5, wide=40))]
    for number, tile in enumerate(tiles):
        write(tmp_path / f"{number}.TIF", *tile, tiled=True, blockxsize=16, blockysize=16)
    spots = [*drawn_spots(7, 180.0, -17.25), (3, 60.0, 60.0)]
    noise: list[tuple[int | None, float, float]] = [(None, 179.9, -17.2)]
    told = labels(spark, [*spots, *noise])
    expected = by_hand(spots, *tiles)
    assert expected[1] > expected[2] > 10_000 > expected[3]
    found = population_round(told, read_raster(spark, tmp_path, told))
    assert dict(rows_of(found, "cluster_id", "population")) == pytest.approx(expected, abs=1e-9)


def test_a_raster_that_breaks_in_a_task_is_named_and_one_without_clusters_gives_none(
    spark: SparkSession, tmp_path: Path
) -> None:
    write(tmp_path / "minus.tif", 10.0, 50.0, np.full((60, 70), -1.0))
    with pytest.raises(BadInput, match=r"minus.tif: has a pixel of -1 people"):
        read_raster(spark, tmp_path / "minus.tif", labels(spark, [(1, 10.2, 49.85)]))
    alone = labels(spark, [(None, 10.2, 49.85)])
    assert population_round(alone, read_raster(spark, tmp_path / "minus.tif", alone)).isEmpty()


def test_places_of_the_gazetteer_count_where_there_is_no_raster(spark: SparkSession) -> None:
    rows = [(1, 10.01, 50.0, 500), (2, 10.01, 50.0, 30), (3, 10.2, 50.0, 9000), (4, 10.0, 50.049, 4)]
    rows += [(5, 179.99, 10.0, 7), (6, -179.99, 10.0, 0)]
    places = spark.createDataFrame(rows, "place_id long, lon double, lat double, population long")
    told = labels(spark, [(1, 10.0, 50.0), (1, 10.001, 50.0), (2, -179.98, 10.0), (3, 0.0, 0.0), (None, 10.2, 50.0)])
    found = population_round(told, people_of_places(places, told))
    assert rows_of(found, "cluster_id", "population") == [(1, 534.0), (2, 7.0), (3, 0.0)]


def test_the_score_per_million_is_ranked_and_who_has_no_people_has_no_rank(spark: SparkSession) -> None:
    ranking = spark.createDataFrame(
        [(1, "A", 10.0, 20.0, 3.0), (2, "B", 0.0, 8.0, 1.0), (3, "C", 1.0, 1.0, 9.0), (4, "D", 5.0, 5.0, 1.5)],
        "cluster_id long, name string, patents double, articles double, score double",
    )
    people = spark.createDataFrame([(1, 2e6), (2, 4e5), (3, 0.0), (4, 1e6)], "cluster_id long, population double")
    columns = ("cluster_id", "population_source", "patents_per_million", "score_per_million", "intensity_rank")
    assert rows_of(rank_intensity(ranking, people, "gazetteer"), *columns) == [
        (1, "gazetteer", 5.0, 1.5, 2),
        (2, "gazetteer", 0.0, 2.5, 1),
        (3, "gazetteer", None, None, None),
        (4, "gazetteer", 5.0, 1.5, 2),
    ]
