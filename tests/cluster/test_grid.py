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


@pytest.mark.parametrize("radius_m", RADII[:2])  # larger ranges, and those at the poles, are wider than they must be
@pytest.mark.parametrize("centre", CENTRES[:4])
def test_a_range_begins_and_ends_with_a_cell_within_reach(radius_m: float, centre: tuple[float, float]) -> None:
    grid = Grid(radius_m)
    cell = np.unique(grid.cells(cloud(radius_m, *centre, seed=5)))[:6]
    first, last = grid.ranges(cell)
    assert first.shape == last.shape == (len(cell), 10)
    looked_at = 0
    for number, at in enumerate(cell.tolist()):
        for start, end in zip(first[number].tolist(), last[number].tolist(), strict=True):
            columns = -(-sphere.LON_MICRO // int(grid.widths(np.array([start >> 32]))[0]))
            if start < end and end - start < columns:
                assert 0 <= start & 0xFFFFFFFF < (end - 1 & 0xFFFFFFFF) + 1 <= columns
                gaps = [distance_m(grid, at, other) for other in {start, end - 1}]
                assert max(gaps) <= 1.02 * radius_m + 0.5, (at, start, end)
                looked_at += 1
    assert looked_at > 20


def distance_m(grid: Grid, cell: int, other: int) -> float:
    """The distance of the outlines of two cells, from points along them."""
    outlines = []
    for one in (cell, other):
        band, width = one >> 32, int(grid.widths(np.array([one >> 32]))[0])
        south, west = band * grid.height, (one & 0xFFFFFFFF) * width
        north = min(south + grid.height, sphere.LAT_MICRO)
        part, side = np.linspace(0, 1, 40), np.ones(40)
        lat = np.concatenate([south * side, north * side, *[south + (north - south) * part] * 2])
        lon = np.concatenate([*[west + width * part] * 2, west * side, (west + width) * side])
        outlines.append((lon / 1e6 - 180, lat / 1e6 - 90))
    (lon, lat), (lons, lats) = outlines
    return float(sphere.distances_m(lon[:, None], lat[:, None], lons, lats).min())


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
