"""Distance on the sphere: one radius, one formula, for Spark and for NumPy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pyspark.sql import Column
from pyspark.sql import functions as F

EARTH_RADIUS_M = 6_371_008.0  # the sphere of Sedona's ST_DistanceSphere
MICRO = 1_000_000  # micro-degrees in a degree: 0.11 m of latitude
LON_MICRO = 360 * MICRO
LAT_MICRO = 180 * MICRO
TIE_M = 1e-8  # two distances nearer than this are equal: a hundred times what the formulas differ by, 1e-7 of a step

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]


def distance_m(lon_a: Column, lat_a: Column, lon_b: Column, lat_b: Column) -> Column:
    """Great-circle distance of two points in metres (haversine), null where a coordinate is; degrees in."""
    half_lat = F.radians(lat_b - lat_a) / 2
    half_lon = F.radians(lon_b - lon_a) / 2
    root = F.pow(F.sin(half_lat), 2) + F.cos(F.radians(lat_a)) * F.cos(F.radians(lat_b)) * F.pow(F.sin(half_lon), 2)
    half = F.asin(F.when(root > 1, 1.0).otherwise(F.sqrt(root)))
    return 2 * EARTH_RADIUS_M * half


def distances_m(lon_a: Floats, lat_a: Floats, lon_b: Floats, lat_b: Floats) -> Floats:
    """Great-circle distances in metres (haversine), of arrays that broadcast; degrees in."""
    half_lat, half_lon = np.radians(lat_b - lat_a) / 2, np.radians(lon_b - lon_a) / 2
    root = np.sin(half_lat) ** 2 + np.cos(np.radians(lat_a)) * np.cos(np.radians(lat_b)) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.minimum(1.0, np.sqrt(root))))


def chord(distance: float) -> float:
    """Chord on the unit sphere that spans a great-circle distance in metres; 2 for half the globe and more."""
    return float(2 * np.sin(min(distance / EARTH_RADIUS_M, np.pi) / 2))


def unit_vectors(point_id: Longs) -> Floats:
    """Points on the unit sphere, shape (n, 3), of packed point ids."""
    lat, lon = np.radians(latitudes(point_id)), np.radians(longitudes(point_id))
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def longitudes(point_id: Longs) -> Floats:
    """Degrees east, -180 up to 180, of packed point ids."""
    return np.asarray(((point_id & 0xFFFFFFFF) - LON_MICRO // 2) / MICRO)


def latitudes(point_id: Longs) -> Floats:
    """Degrees north, -90 to 90, of packed point ids."""
    return np.asarray(((point_id >> 32) - LAT_MICRO // 2) / MICRO)


def pack(lon: Floats, lat: Floats) -> Longs:
    """Packed point ids of degrees: latitude and longitude in micro-degrees from the south pole and from 180 west."""
    lat_micro = np.rint((lat + 90) * MICRO).astype(np.int64)
    lon_micro = np.rint((lon + 180) * MICRO).astype(np.int64) % LON_MICRO
    at_pole = (lat_micro == 0) | (lat_micro == LAT_MICRO)
    return np.asarray((lat_micro << 32) + np.where(at_pole, 0, lon_micro))


def point_id(lon: Column, lat: Column) -> Column:
    """Packed point id of degrees, as `pack`: one for -180 and 180, for -0.0 and 0.0, for all names of a pole."""
    lat_micro = F.rint((lat + 90) * MICRO).cast("bigint")
    lon_micro = F.pmod(F.rint((lon + 180) * MICRO).cast("bigint"), F.lit(LON_MICRO).cast("bigint"))
    at_pole = (lat_micro == 0) | (lat_micro == LAT_MICRO)
    return F.shiftleft(lat_micro, 32) + F.when(at_pole, F.lit(0).cast("bigint")).otherwise(lon_micro)


def lon_of(packed: Column) -> Column:
    """Degrees east, -180 up to 180, of a packed point id."""
    return (packed.bitwiseAND(F.lit(0xFFFFFFFF)) - LON_MICRO // 2) / MICRO


def lat_of(packed: Column) -> Column:
    """Degrees north, -90 to 90, of a packed point id."""
    return (F.shiftright(packed, 32) - LAT_MICRO // 2) / MICRO
