"""Drawn population rasters, and the people near points of clusters by each pixel and each point."""

from __future__ import annotations

from math import hypot
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import from_origin

NO_DATA = -200.0
GHS_WEST, GHS_NORTH, GHS_STEP = -180.0012492646600606, 89.0995831776455987, 1 / 120  # as published, 30 arc seconds
Values = np.ndarray
Spots = list[tuple[int, float, float]]


def drawn_values(seed: int, high: int = 60, wide: int = 70) -> Values:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 1000, (high, wide)) + rng.choice([0.0, 0.25], (high, wide))
    return np.where(rng.random((high, wide)) < 0.1, NO_DATA, values)


def write(file: Path, west: float, north: float, values: Values, step: float = GHS_STEP, **options: Any) -> Path:
    """A GeoTIFF with the north-western corner of its first pixel at (`west`, `north`), of one band or more."""
    bands = values if values.ndim == 3 else values[np.newaxis]
    count, high, wide = bands.shape
    shape = {"count": count, "height": high, "width": wide, "dtype": bands.dtype, "nodata": NO_DATA, "crs": "EPSG:4326"}
    shape["transform"] = from_origin(west, north, step, step)
    with rasterio.open(file, "w", driver="GTiff", **(shape | options)) as written:
        written.write(bands)
    return file


def drawn_spots(seed: int, lon: float, lat: float, spread: float = 0.1) -> Spots:
    """Two clusters round a place, of 30 points and of 4, which overlap."""
    rng = np.random.default_rng(seed)
    moved = ((cluster, *rng.uniform(-spread, spread, 2)) for cluster, n in ((1, 30), (2, 4)) for _ in range(n))
    return [
        (cluster, round((lon + east + 180) % 360 - 180, 6), round(lat + north, 6)) for cluster, east, north in moved
    ]


def by_hand(spots: Spots, *rasters: tuple[float, float, Values], step: float = GHS_STEP) -> dict[int, float]:
    """Cluster -> people, each pixel with each point."""
    found = dict.fromkeys({cluster for cluster, _, _ in spots}, 0.0)
    for west, north, values in rasters:
        for (y, x), value in np.ndenumerate(values):
            lon, lat = west + (x + 0.5) * step, north - (y + 0.5) * step
            near = {c for c, a, b in spots if hypot((lon - a + 180) % 360 - 180, lat - b) <= 0.05 + 1e-9}
            for cluster in near if value > 0 else ():
                found[cluster] += float(value)
    return found
