"""Cells and the cells round them, without Spark but for one test that Spark cuts the same cells."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import SparkSession

from stclusters import sphere
from stclusters.cluster.grid import Grid, place_in_cells

RADII = [100.0, 15_000.0, 400_000.0]
CENTRES = [(0.0, 0.0), (2.3, 48.9), (180.0, 10.0), (-179.9, -60.0), (30.0, 89.95), (0.0, -90.0), (77.0, 84.0)]


def cloud(radius_m: float, lon: float, lat: float, seed: int) -> np.ndarray:
    """Packed points round a centre, within some three radii."""
    rng = np.random.default_rng(seed)
    reach = np.degrees(3 * radius_m / sphere.EARTH_RADIUS_M)
    lats = np.clip(lat + rng.uniform(-reach, reach, 300), -90, 90)
    east = rng.uniform(-reach, reach, 300) / np.maximum(np.cos(np.radians(lats)), reach / 180)
    return np.unique(sphere.pack((lon + east + 180) % 360 - 180, lats))


@pytest.mark.parametrize("radius_m", RADII)
@pytest.mark.parametrize("centre", CENTRES)
def test_points_of_a_cell_are_within_the_radius_and_no_near_point_is_outside_the_ranges(
    radius_m: float, centre: tuple[float, float]
) -> None:
    grid = Grid(radius_m)
    ids = cloud(radius_m, *centre, seed=5)
    lon, lat = sphere.longitudes(ids), sphere.latitudes(ids)
    distance = sphere.distances_m(lon[:, None], lat[:, None], lon, lat)
    cell = grid.cells(ids)
    assert distance[cell[:, None] == cell].max() <= radius_m
    first, last = grid.ranges(cell)
    covered = ((cell[None, :, None] >= first[:, None]) & (cell[None, :, None] < last[:, None])).sum(axis=2)
    assert (covered <= 1).all(), "ranges overlap"
    assert covered[distance <= radius_m + sphere.TIE_M].all(), "a near point is in no range"


def test_ranges_leave_out_most_of_the_globe() -> None:
    grid = Grid(15_000)
    cell = grid.cells(sphere.pack(np.array([2.35]), np.array([48.86])))
    first, last = grid.ranges(cell)
    assert 15 < (last - first).sum() <= 25


def test_spark_cuts_the_same_cells_as_numpy(spark: SparkSession) -> None:
    ids = np.concatenate([cloud(15_000, *centre, seed=i) for i, centre in enumerate(CENTRES)])
    frame = spark.createDataFrame([(int(i),) for i in ids], "point_id long")
    cells = dict(tuple(row) for row in place_in_cells(frame, 15_000).collect())
    assert cells == dict(zip(ids.tolist(), Grid(15_000).cells(ids).tolist(), strict=True))
