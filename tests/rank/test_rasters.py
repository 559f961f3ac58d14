"""Population rasters: sums of windows against every pixel and point by hand, and every file that is refused."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from decimal import Decimal
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pytest
from rasterio.transform import Affine, from_origin

from oracles.rasters import (
    GHS_NORTH,
    GHS_STEP,
    GHS_WEST,
    NO_DATA,
    Spots,
    Values,
    by_hand,
    drawn_spots,
    drawn_values,
    write,
)
from stclusters.errors import BadInput
from stclusters.rank import raster_files
from stclusters.rank.pixels import people_near, people_of_cluster, spread_over_chunks, sum_chunks
from stclusters.rank.raster_files import find_rasters


def by_windows(path: Path, spots: Spots) -> dict[int, float]:
    """Cluster -> people, as the tasks of a run sum them."""
    rasters = find_rasters(path)
    cluster, lon, lat = (np.array(values) for values in zip(*spots, strict=True))
    points = pa.Table.from_batches([spread_over_chunks(rasters, cluster, lon, lat)])
    mixed = points.take(np.random.default_rng(0).permutation(len(points)))
    found: dict[int, Decimal] = {}
    for row in sum_chunks(rasters, mixed).to_pylist():
        if row["fault"]:
            raise BadInput(row["fault"])
        found[row["cluster_id"]] = found.get(row["cluster_id"], Decimal(0)) + row["people"]
    return {cluster: float(people) for cluster, people in found.items()}


LAYOUTS: dict[str, dict[str, Any]] = {
    "strips": {"compress": "lzw"},
    "strips of 7 rows": {"compress": "lzw", "blockysize": 7},
    "one strip": {"blockysize": 60},
    "one compressed strip": {"blockysize": 60, "compress": "lzw"},
    "tiles": {"tiled": True, "blockxsize": 16, "blockysize": 32, "compress": "deflate"},
    "BigTIFF of floats": {"BIGTIFF": "YES", "dtype": "float32"},
    "whole numbers without a value for no data": {"dtype": "uint16", "nodata": None},
    "NaN for no data": {"nodata": nan},
    "south up": {},
    "CRS84": {"crs": "OGC:CRS84"},
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("chunk", [8, 256])
def test_a_pixel_counts_once_where_its_centre_is_near_however_it_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str, chunk: int
) -> None:
    monkeypatch.setattr(raster_files, "CHUNK", chunk)
    west, north = GHS_WEST + 22_811 * GHS_STEP, GHS_NORTH - 4_702 * GHS_STEP
    values, options = drawn_values(1), dict(LAYOUTS[layout])
    stored = values
    if layout.startswith("NaN"):
        stored = np.where(values == NO_DATA, nan, values)
    elif layout.startswith("whole"):
        stored = values = np.maximum(np.floor(values), 0)
    elif layout == "south up":
        stored = values[::-1]
        options["transform"] = Affine(GHS_STEP, 0, west, 0, GHS_STEP, north - 60 * GHS_STEP)
    stored = stored.astype(options.pop("dtype", "float64"))
    file = write(tmp_path / "people.tif", west, north, stored, **options)
    spots = drawn_spots(2, west + 0.3, north - 0.25)
    expected = by_hand(spots, (west, north, values))
    assert min(expected.values()) > 10_000
    assert by_windows(file, spots) == pytest.approx(expected, abs=1e-9)


def test_a_point_at_the_edge_of_a_raster_has_the_pixels_that_are_there(tmp_path: Path) -> None:
    values = drawn_values(3)
    file = write(tmp_path / "people.tif", 10.0, 50.0, values)
    spots = [(1, 9.97, 50.02), (2, 10.0 + 70 * GHS_STEP, 50.0 - 60 * GHS_STEP), (3, 9.9, 50.0), (4, -120.0, 0.0)]
    expected = by_hand(spots, (10.0, 50.0, values))
    assert expected[1] > 0 < expected[2]
    assert by_windows(file, spots) == pytest.approx({c: n for c, n in expected.items() if n}, abs=1e-9)


@pytest.mark.parametrize("suffixes", [(".tif", ".TIFF"), (".TIF", ".zip"), (".ZIP", ".tiff")])
def test_a_folder_of_tiles_and_archives_and_a_cluster_over_180_degrees(
    tmp_path: Path, suffixes: tuple[str, str]
) -> None:
    tiles = [(180.0 - 40 * GHS_STEP, -17.0, drawn_values(4, wide=40)), (-180.0, -17.0, drawn_values(5, wide=40))]
    tiles.append((30.0, 10.0, drawn_values(6)))
    for number, (tile, suffix) in enumerate(zip(tiles, (*suffixes, ".tif"), strict=True)):
        file = write(tmp_path / f"tile {number}.tif", *tile)
        if suffix.lower() == ".zip":
            with zipfile.ZipFile(file.with_suffix(suffix), "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(file, "GHS_POP_E2020/GHS_POP R2023A.TIF")
                archive.writestr("GHSL_Data_Package_2023.pdf", b"read me")
                archive.writestr("__MACOSX/._x.tif", b"no raster")
            file.unlink()
        else:
            file.rename(file.with_suffix(suffix))
    (tmp_path / "._tile.tif").write_bytes(b"of a file browser")
    (tmp_path / "read me.txt").write_text("no raster")
    spots = [*drawn_spots(7, 180.0, -17.25), (3, 60.0, 60.0)]
    expected = by_hand(spots, *tiles)
    assert expected[1] > by_hand(spots, tiles[0])[1] > 0
    assert by_windows(tmp_path, spots) == pytest.approx({1: expected[1], 2: expected[2]}, abs=1e-9)


def test_the_globe_as_published_is_read_over_its_seam_and_at_its_ends(tmp_path: Path) -> None:
    high, wide = 30, 43_200
    values = drawn_values(8, high, wide)
    file = write(tmp_path / "globe.tif", GHS_WEST, GHS_NORTH, values, compress="lzw", blockysize=9)
    spots = [*drawn_spots(9, -179.999, GHS_NORTH - 0.1), (3, 0.3, 89.11), (4, 12.3, GHS_NORTH - 30 * GHS_STEP)]
    parts = [(GHS_WEST + x * GHS_STEP, GHS_NORTH, values[:, x : x + 40]) for x in (0, 21_616, 23_060, 43_160)]
    expected = by_hand(spots, *parts)
    assert min(expected.values()) > 0
    assert by_windows(file, spots) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("lon", "counted"), [(10.05, 7), (10.0500001, 0), (9.95, 7), (-349.95, 0)])
def test_a_centre_at_exactly_the_distance_counts(lon: float, counted: int) -> None:
    found = people_near(np.array([[10.0, 50.0]]), np.array([lon]), np.array([50.0]), np.array([7.0]))
    assert found == counted


def test_places_are_near_over_180_degrees_and_count_once() -> None:
    lon, lat, people = np.array([179.97, -179.97, 0.0]), np.full(3, 10.0), np.array([1.0, 2.0, 4.0])
    for east in (180.0, -180.0):
        assert people_of_cluster(np.array([[east, 10.0], [179.99, 10.0]]), lon, lat, people) == 3


def test_a_block_is_read_once_though_many_clusters_lie_in_it(tmp_path: Path) -> None:
    values = drawn_values(1, 250, 1000)
    file = write(tmp_path / "people.tif", 10.0, 50.0, values, compress="lzw", blockysize=1)
    points = [(cluster, 10.1 + 0.4 * (cluster % 20), 49.9 - 0.2 * (cluster // 20)) for cluster in range(180)]
    found = by_windows(file, points)  # what is imported for the first time is read here
    before = psutil.Process().io_counters().read_chars
    assert by_windows(file, points) == found
    assert psutil.Process().io_counters().read_chars - before < 2 * file.stat().st_size
    assert len(found) == 180


def test_a_chunk_is_whole_blocks_and_fits_in_half_of_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "people.tif", 10.0, 50.0, drawn_values(1), compress="lzw", blockysize=6)
    (raster,) = find_rasters(file)
    assert (raster.chunk_rows, raster.chunk_columns) == (258, 280)
    monkeypatch.setattr(raster_files, "CACHE_MB", 0.02)  # half of it: two strips of 3.4 kB, and not the 43 of a chunk
    (raster,) = find_rasters(file)
    assert (raster.chunk_rows, raster.chunk_columns) == (12, 70)


HERE = (10.0, 50.0)
GOOD = np.full((60, 70), 1.0)


def _text(path: Path) -> None:
    path.write_text("no raster")


def _cut(path: Path) -> None:
    write(path, *HERE, drawn_values(1), compress="lzw")
    os.truncate(path, path.stat().st_size * 2 // 3)


def _empty_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("read me.txt", "no raster")


def _twice(path: Path) -> None:
    path.mkdir()
    shutil.copy(write(path / "a.tif", *HERE, GOOD), path / "b.tif")


def _overlapping(path: Path) -> None:
    path.mkdir()
    write(path / "a.tif", *HERE, GOOD)
    write(path / "b.tif", HERE[0] + 69 * GHS_STEP, HERE[1] - 0.003, GOOD)


def _virtual(path: Path) -> None:
    write(path.with_name("good.tif"), *HERE, GOOD)
    path.write_text(
        '<VRTDataset rasterXSize="70" rasterYSize="60"><SRS>EPSG:4326</SRS><GeoTransform>10,0.01,0,50,0,-0.01'
        '</GeoTransform><VRTRasterBand dataType="Float64" band="1"><SimpleSource><SourceFilename>good.tif'
        "</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )


def written(values: Values = GOOD, **options: Any) -> Callable[[Path], object]:
    return lambda path: write(path, *HERE, values, **options)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {  # file -> how it is made, what the sentence says
    "none.tif": (lambda path: None, "is no GeoTIFF and no folder of .tif or .zip files"),
    "empty": (Path.mkdir, "is no GeoTIFF and no folder of .tif or .zip files"),
    "text.tif": (_text, "text.tif: is no GeoTIFF that can be read"),
    "nothing.tif": (Path.touch, "nothing.tif: is no GeoTIFF that can be read"),
    "virtual.vrt": (_virtual, "virtual.vrt: is no GeoTIFF that can be read"),
    "cut.tif": (_cut, "cut.tif: (is no GeoTIFF that can be read|cannot be read)"),
    "text.zip": (_text, "text.zip: is no zip archive that can be read"),
    "empty.zip": (_empty_zip, "empty.zip: has no .tif or .tiff file in it"),
    "bands.tif": (written(np.stack([GOOD, GOOD, GOOD])), "bands.tif: has 3 bands: give a raster of one band"),
    "complex.tif": (written(GOOD.astype("complex64"), nodata=None), "complex.tif: has pixels of type complex64"),
    "metres.tif": (written(crs="ESRI:54009"), r"is not in EPSG:4326 but in ESRI:54009 \(World_Mollweide\)"),
    "mercator.tif": (written(crs="EPSG:3857"), "is not in EPSG:4326 but in EPSG:3857"),
    "datum.tif": (written(crs="EPSG:4269"), r"is not in EPSG:4326 but in EPSG:4269 \(NAD83\)"),
    "nowhere.tif": (written(crs=None), "nowhere.tif: has no coordinate reference system"),
    "unplaced.tif": (written(transform=Affine.identity()), "unplaced.tif: is rotated, mirrored or without a position"),
    "rotated.tif": (written(transform=Affine(0.01, 0.001, 10, 0.001, -0.01, 50)), "rotated.tif: is rotated"),
    "mirrored.tif": (written(transform=Affine(-0.01, 0, 10, 0, -0.01, 50)), "mirrored.tif: is rotated, mirrored"),
    "outside.tif": (written(transform=from_origin(10, 95, 0.01, 0.01)), "outside.tif: lies outside the degrees"),
    "coarse.tif": (written(transform=from_origin(10, 50, 0.25, 0.25)), "coarse.tif: has pixels of 0.25 degrees"),
    "minus.tif": (written(-GOOD), "minus.tif: has a pixel of -1 people, and its value for no data is -200.0"),
    "infinite.tif": (written(GOOD * np.inf), "infinite.tif: has a pixel of inf people"),
    "undeclared.tif": (written(GOOD * 1e20, nodata=None), "undeclared.tif: has a pixel of 1e[+]20 people"),
    "twice": (_twice, "a.tif: covers the same area as .*b.tif: keep one of each area"),
    "overlapping": (_overlapping, "a.tif: covers the same area as .*b.tif"),
    "wide.tif": (
        written(np.ones((3, 4000)), transform=from_origin(-190, 50, 0.1, 0.1)),
        "wide.tif: covers the same area as its two sides",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_raster_that_cannot_be_used_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    make, says = BROKEN[name]
    make(tmp_path / name)
    with pytest.raises(BadInput, match=says) as refused:
        by_windows(tmp_path / name, [(1, 10.2, 49.85), (1, 10.3, 49.6)])
    assert "\n" not in str(refused.value)
    assert str(tmp_path / name) in str(refused.value)


def test_a_block_that_is_too_large_to_be_read_whole_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "people.tif", *HERE, GOOD, blockysize=60, compress="lzw")
    monkeypatch.setattr(raster_files, "LARGEST_BLOCK_MB", 0.03)
    with pytest.raises(BadInput, match=r"people.tif: is stored in blocks of 0 MB.*rewrite it in tiles"):
        find_rasters(file)
