"""People near the points of clusters, summed over places or over the pixels of rasters: plain functions on arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from math import fsum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stclusters.rank.raster_files import CACHE_MB, NEAR_DEG, TIE_DEG, Floats, Longs, Raster, one_line

TURNS = (-360.0, 0.0, 360.0)
MOST_PEOPLE = 1e10  # of a pixel: more than live on Earth
DIGITS = Decimal("1e-9")
CHUNKS = pa.schema(  # the points of clusters, once for each chunk of a raster in which they can have pixels near
    {
        "raster": pa.int32(),
        "chunk": pa.int64(),
        "cluster_id": pa.int64(),
        "lon": pa.float64(),
        "lat": pa.float64(),
    }
)
PEOPLE = pa.schema({"cluster_id": pa.int64(), "people": pa.decimal128(38, 9), "fault": pa.string()})


class UnusablePixels(Exception):
    """A raster has pixels that are no population counts."""


def people_near(spots: Floats, lon: Floats, lat: Floats, people: Floats) -> Decimal:
    """The people at places within 0.05 degrees of one of the spots, each place counted once, to nine decimals.

    `spots` has longitudes and latitudes in its two columns. Distance is in degrees of longitude and latitude, as it is
    for the published rankings.

    >>> spots = np.array([[10.0, 50.0], [10.04, 50.0]])
    >>> people_near(spots, np.array([10.05, 10.02, 10.1]), np.full(3, 50.0), np.array([7.0, 2.5, 9.0]))
    Decimal('9.500000000')
    """
    from scipy.spatial import cKDTree

    places = np.column_stack([lon, lat])
    distance, _ = cKDTree(spots).query(places, distance_upper_bound=NEAR_DEG + 2 * TIE_DEG)
    return Decimal(fsum(people[distance <= NEAR_DEG + TIE_DEG])).quantize(DIGITS)


def people_of_cluster(spots: Floats, lon: Floats, lat: Floats, people: Floats) -> Decimal:
    """As `people_near`, of places all over the world and over longitude 180."""
    turned = np.concatenate([spots + np.array([turn, 0.0]) for turn in TURNS])
    turned = turned[np.abs(turned[:, 0]) <= 180 + 2 * NEAR_DEG]
    is_around = (lat >= spots[:, 1].min() - 2 * NEAR_DEG) & (lat <= spots[:, 1].max() + 2 * NEAR_DEG)
    return people_near(turned, lon[is_around], lat[is_around], people[is_around])


def spread_over_chunks(rasters: Sequence[Raster], cluster_id: Longs, lon: Floats, lat: Floats) -> pa.RecordBatch:
    """The points, once for each chunk of a raster that can hold a pixel near them: `CHUNKS`.

    `lon` of the result may be beyond 180 degrees: it is turned to that of the raster's pixels.
    """
    found: list[list[npt.NDArray[Any]]] = []
    for number, raster in enumerate(rasters):
        first_row, last_row = raster.rows_near(lat)
        for turn in TURNS:
            first, last = raster.columns_near(lon + turn)
            here = np.flatnonzero((first <= last) & (first_row <= last_row))
            if len(here):
                top, bottom = first_row[here] // raster.chunk_rows, last_row[here] // raster.chunk_rows
                left, right = first[here] // raster.chunk_columns, last[here] // raster.chunk_columns
                wide, times = right - left + 1, (bottom - top + 1) * (right - left + 1)
                point = np.repeat(np.arange(len(here)), times)
                nth = np.arange(len(point)) - np.repeat(np.cumsum(times) - times, times)
                chunk = (top[point] + nth // wide[point]) * raster.chunks_across + left[point] + nth % wide[point]
                at = here[point]
                own = np.full(len(at), number, np.int32)
                found.append([own, chunk, cluster_id[at], lon[at] + turn, lat[at]])
    if not found:
        return pa.RecordBatch.from_pylist([], CHUNKS)
    columns = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    return pa.record_batch(columns, schema=CHUNKS)


def sum_chunks(rasters: Sequence[Raster], points: pa.Table) -> pa.RecordBatch:
    """People near the points, of columns `CHUNKS`, in the chunks that are named: `PEOPLE`, a row per chunk and cluster.

    Chunks are read in the order in which they are stored, each block once. `fault` is a sentence, and the other
    columns are null, for a raster that cannot be read or holds no counts: its other chunks are left out.
    """
    import rasterio

    columns = [points[name].to_numpy() for name in CHUNKS.names]
    order = np.lexsort(columns[2::-1])
    raster, chunk, cluster, lon, lat = (column[order] for column in columns)
    rows: list[tuple[int | None, Decimal | None, str | None]] = []
    with rasterio.Env(GDAL_CACHEMAX=CACHE_MB * 1_000_000):  # bytes, other than in GDAL's own setting
        for start, stop in _runs(raster):
            own = rasters[raster[start]]
            try:
                with rasterio.open(own.name, driver="GTiff") as file:
                    for a, b in _runs(chunk[start:stop], cluster[start:stop]):
                        at = slice(start + a, start + b)
                        people = _people_in_chunk(file, own, int(chunk[at.start]), np.column_stack([lon[at], lat[at]]))
                        rows.append((int(cluster[at.start]), people, None))
            except UnusablePixels as fault:
                rows.append((None, None, f"{own.shown}: {fault}: give a raster of population counts."))
            except (rasterio.errors.RasterioError, OSError) as error:
                cause = f"({one_line(error)}): it may be cut short, or not visible to every machine"
                rows.append((None, None, f"{own.shown}: cannot be read {cause}."))
    return pa.RecordBatch.from_pylist([dict(zip(PEOPLE.names, row, strict=True)) for row in rows], PEOPLE)


def _runs(*keys: npt.NDArray[Any]) -> Iterator[tuple[int, int]]:
    """Start and stop of each run of equal keys."""
    is_new = np.any([np.diff(key) != 0 for key in keys], axis=0)
    yield from pairwise([0, *(np.flatnonzero(is_new) + 1).tolist(), len(keys[0])] if len(keys[0]) else [])


def _people_in_chunk(file: Any, raster: Raster, chunk: int, spots: Floats) -> Decimal:
    """The people near the spots in the pixels of one chunk of an open raster."""
    down, across = divmod(chunk, raster.chunks_across)
    top, bottom = _within(raster.rows_near(spots[:, 1]), down, raster.chunk_rows)
    people = Decimal(0)
    for group in _apart(*raster.columns_near(spots[:, 0])):  # both ends of a globe, for a cluster over longitude 180
        left, right = _within(raster.columns_near(spots[group, 0]), across, raster.chunk_columns)
        people += _people_in_window(file, raster, (top, bottom, left, right), spots[group])
    return people


def _people_in_window(file: Any, raster: Raster, bounds: tuple[int, int, int, int], spots: Floats) -> Decimal:
    """The people near the spots in the pixels of a window: its first row, the row after its last, and so the columns.

    Raises UnusablePixels for a pixel that is no number of people.
    """
    from rasterio.windows import Window

    top, bottom, left, right = bounds
    read = file.read(1, window=Window(left, top, right - left, bottom - top))
    values = read.astype(np.float64) * file.scales[0] + file.offsets[0]
    values[(read == file.nodata) | np.isnan(values)] = 0
    is_wrong = (values < 0) | (values > MOST_PEOPLE)
    if is_wrong.any():
        raise UnusablePixels(
            f"has a pixel of {values[is_wrong][0]:g} people, and its value for no data is {file.nodata}"
        )
    row, column = np.nonzero(values)
    lon = np.asarray(raster.lon + (left + column) * raster.lon_step, np.float64)
    lat = np.asarray(raster.lat + (top + row) * raster.lat_step, np.float64)
    return people_near(spots, lon, lat, values[row, column])


def _apart(first: Longs, last: Longs) -> list[Longs]:
    """The numbers of ranges from `first` to `last`, in groups that share no value.

    >>> [group.tolist() for group in _apart(np.array([5, 0, 3]), np.array([7, 2, 5]))]
    [[1], [2, 0]]
    """
    order = np.argsort(first, kind="stable")
    is_apart = first[order][1:] > np.maximum.accumulate(last[order])[:-1]
    return np.split(order, np.flatnonzero(is_apart) + 1)


def _within(reach: tuple[Longs, Longs], number: int, size: int) -> tuple[int, int]:
    """First pixel and the one after the last of those in reach of any spot, in a chunk."""
    first, last = reach
    return max(int(first.min()), number * size), min(int(last.max()) + 1, (number + 1) * size)
