"""Cells in which any two points are within the radius; the cells around a cell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from stclusters.sphere import LAT_MICRO, LON_MICRO, MICRO, TIE_M, Floats, Longs, chord

RADIANS = np.pi / 180 / MICRO  # of one micro-degree
REACH = (-2, -1, 0, 1, 2)  # bands that a band's points can reach: two whole bands are wider than the radius
BITS = 32  # a cell's id is its band, shifted by so many bits, plus its number in the band
ZONES = 4096  # bands next to each other share a width, in so many zones at most: a table that goes with every query


@dataclass(frozen=True)
class Grid:
    """Latitude bands cut into cells so small that any two points of a cell lie within the radius.

    Bands are `height` micro-degrees high; a cell is as wide as the side nearer the equator of its zone allows, a zone
    being a band or, where there are very many, some bands. Numbers count from the south pole and from 180 west, where
    the last cell of a band is cut off.
    """

    radius_m: float

    @property
    def height(self) -> int:
        """Height of a band in micro-degrees: the radius' chord is the diagonal of a square cell.

        >>> Grid(15_000).height
        95387
        """
        return max(1, int(chord(self.radius_m) / np.sqrt(2) / RADIANS * (1 - 1e-12)))

    @property
    def bands(self) -> int:
        """Number of bands from pole to pole."""
        return LAT_MICRO // self.height + 1

    @property
    def bands_a_zone(self) -> int:
        """How many bands share a width."""
        return -(-self.bands // ZONES)

    @cached_property
    def zone_widths(self) -> Longs:
        """Width of the cells of each zone in micro-degrees."""
        first = np.arange(0, self.bands, self.bands_a_zone)
        last = np.minimum(first + self.bands_a_zone, self.bands) - 1
        nearest_equator, _ = _cosines(self._sides(first)[0], self._sides(last)[1])
        widest = chord(self.radius_m) / np.sqrt(2) / RADIANS * (1 - 1e-12) / np.maximum(nearest_equator, 1e-12)
        return np.asarray(np.maximum(1, np.minimum(widest, LON_MICRO)), np.int64)

    def widths(self, band: Longs) -> Longs:
        """Width of the cells of each band in micro-degrees."""
        return np.asarray(self.zone_widths[band // self.bands_a_zone])

    def cells(self, point_id: Longs) -> Longs:
        """The cell of each packed point."""
        band = (point_id >> 32) // self.height
        return np.asarray((band << BITS) + (point_id & 0xFFFFFFFF) // self.widths(band))

    def ranges(self, cell: Longs) -> tuple[Longs, Longs]:
        """Ranges of ids, first and past the last, shape (n, 10), that hold every cell with a point within the radius.

        For each cell and each of the five bands round it two ranges, the second for what lies across 180 degrees;
        ranges of one cell do not overlap, and an empty one has first = last.
        """
        band = cell >> BITS
        west = (cell & 0xFFFFFFFF) * self.widths(band)
        east = np.minimum(west + self.widths(band), LON_MICRO) - 1
        first = np.zeros((len(cell), 2 * len(REACH)), np.int64)
        last = np.zeros_like(first)
        for i, step in enumerate(REACH):
            there = band + step
            exists = (there >= 0) & (there < self.bands)
            there = np.clip(there, 0, self.bands - 1)
            reach = np.where(exists, self._reach(band, there), -1)
            columns = self._columns(west, east, reach, self.widths(there))
            for part, (a, b) in enumerate(columns):
                first[:, 2 * i + part] = (there << BITS) + a
                last[:, 2 * i + part] = (there << BITS) + b
        return first, last

    def _reach(self, band: Longs, there: Longs) -> Longs:
        """Micro-degrees of longitude that the radius reaches from a band to another, rounded up; -1: not at all."""
        south, north = self._sides(band)
        south_there, north_there = self._sides(there)
        gap = np.maximum(np.maximum(south_there - north, south - north_there) - 1e-12, 0)
        squared = (chord(self.radius_m + TIE_M) * (1 + 1e-9)) ** 2
        left = squared - 4 * np.sin(gap / 2) ** 2
        across = 4 * _cosines(south, north)[1] * _cosines(south_there, north_there)[1]
        ratio = np.where(across > 0, left / np.maximum(across, 1e-300), np.inf)
        degrees = 2 * np.arcsin(np.sqrt(np.clip(ratio, 0, 1))) / RADIANS
        reach = np.where(ratio >= 1, LON_MICRO, np.ceil(degrees) + 2).astype(np.int64)
        return np.where(left > 0, reach, -1)

    def _sides(self, band: Longs) -> tuple[Floats, Floats]:
        """Latitudes of the southernmost and northernmost points of each band, radians."""
        south = band * self.height
        north = np.minimum(south + self.height - 1, LAT_MICRO)
        return np.asarray((south - LAT_MICRO // 2) * RADIANS), np.asarray((north - LAT_MICRO // 2) * RADIANS)

    @staticmethod
    def _columns(west: Longs, east: Longs, reach: Longs, width: Longs) -> list[tuple[Longs, Longs]]:
        """Two ranges of column numbers that longitudes `west - reach` to `east + reach` touch, closed at 180."""
        none = reach < 0
        columns = -(-LON_MICRO // width)
        whole = ~none & ((reach >= LON_MICRO // 2) | (east - west + 1 + 2 * reach >= LON_MICRO))
        a, b = west - reach, east + reach
        first = np.where(whole, 0, np.maximum(a, 0) // width)
        last = np.where(whole, columns, np.minimum(b, LON_MICRO - 1) // width + 1)
        over_west, over_east = ~none & ~whole & (a < 0), ~none & ~whole & (b >= LON_MICRO)
        first_over = np.where(over_west, np.maximum((a + LON_MICRO) // width, last), 0)
        last_over = np.where(
            over_west, columns, np.where(over_east, np.minimum((b - LON_MICRO) // width + 1, first), 0)
        )
        return [(np.where(none, 0, first), np.where(none, 0, last)), (first_over, np.maximum(first_over, last_over))]


def _cosines(south: Floats, north: Floats) -> tuple[Floats, Floats]:
    """Largest and smallest cosine of a latitude between two, in radians."""
    on_equator = (south <= 0) & (north >= 0)
    largest = np.where(on_equator, 1.0, np.maximum(np.cos(south), np.cos(north)))
    return np.asarray(largest, np.float64), np.maximum(np.minimum(np.cos(south), np.cos(north)), 0.0)


def place_in_cells(points: DataFrame, radius_m: float) -> DataFrame:
    """The points with their `cell`, computed from the packed id in whole numbers; one row a point."""
    grid = Grid(radius_m)
    band = F.expr(f"shiftright(point_id, 32) div {grid.height}")
    zone = F.expr(f"int(band div {grid.bands_a_zone}) + 1")
    width = F.element_at(F.lit(grid.zone_widths), zone)
    column = F.expr("(point_id & 4294967295L) div width")
    banded = points.withColumn("band", band).withColumn("width", width)
    return banded.withColumn("cell", F.shiftleft("band", BITS) + column).drop("band", "width")
