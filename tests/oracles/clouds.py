"""Drawn clouds of places for tests of clustering, each kind a shape that is easy to get wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from oracles.dbscan import HALF_TURN, QUARTER_TURN, SPHERE_M, Longs, Places, distance_m

Draw = Callable[[np.random.Generator, float, int, int], Places]
WORLD = [
    (2.35, 48.85),
    (139.7, 35.7),
    (-179.9999, 12.0),
    (180.0, -64.9),
    (13.0, 89.9),
    (0.0, 90.0),
    (77.0, -90.0),
    (0.0, 0.0),
    (-60.0, 60.0),
]


def places(lon_micro: Longs, lat_micro: Longs, rng: np.random.Generator, most: int = 4) -> Places:
    """Places with up to `most` inventors and authors, at least one address each."""
    inventors, authors = rng.integers(0, most + 1, (2, len(lon_micro)))
    return Places(lon_micro, lat_micro, inventors + (inventors + authors == 0), authors)


def joined(*parts: Places) -> Places:
    return Places.of([row for part in parts for row in part.rows()])


def moved(lon: int, lat: int, metres: np.ndarray, azimuth: np.ndarray) -> tuple[Longs, Longs]:
    """Places so many metres from a place in a direction, in whole micro-degrees; right at the poles too."""
    micro = np.pi / 180 / 1e6
    angle, phi = metres / float(SPHERE_M), lat * micro
    there = np.arcsin(np.clip(np.sin(phi) * np.cos(angle) + np.cos(phi) * np.sin(angle) * np.cos(azimuth), -1, 1))
    east = np.arctan2(np.sin(azimuth) * np.sin(angle) * np.cos(phi), np.cos(angle) - np.sin(phi) * np.sin(there))
    east = azimuth if abs(lat) == QUARTER_TURN else east  # any direction from a pole is a meridian
    lon_micro = np.rint(lon + east / micro).astype(np.int64)
    return turned_lon(lon_micro), np.rint(there / micro).astype(np.int64).clip(-QUARTER_TURN, QUARTER_TURN)


def turned_lon(lon_micro: Longs) -> Longs:
    return (lon_micro + HALF_TURN) % (2 * HALF_TURN) - HALF_TURN


def disc(rng: np.random.Generator, n: int, reach_m: float, lon: int, lat: int) -> tuple[Longs, Longs]:
    return moved(lon, lat, reach_m * np.sqrt(rng.random(n)), rng.random(n) * 2 * np.pi)


def dense(rng: np.random.Generator, radius_m: float, lon: int, lat: int) -> Places:
    return places(*disc(rng, 60, 1.5 * radius_m, lon, lat), rng)


def sparse(rng: np.random.Generator, radius_m: float, lon: int, lat: int) -> Places:
    return places(*disc(rng, 60, min(5 * radius_m, 3e6), lon, lat), rng)


def one_cell(rng: np.random.Generator, radius_m: float, lon: int, lat: int) -> Places:
    return places(*disc(rng, 25, radius_m / 8, lon, lat), rng)


def equal_points(rng: np.random.Generator, radius_m: float, lon: int, lat: int) -> Places:
    """Sixty rows at a dozen places."""
    at = rng.integers(0, 12, 60)
    a, b = disc(rng, 12, 2 * radius_m, lon, lat)
    return places(a[at], b[at], rng, most=1)


def half_at_one(rng: np.random.Generator, radius_m: float, lon: int, lat: int) -> Places:
    """One place holds half of all addresses."""
    rest = places(*disc(rng, 40, 3 * radius_m, lon, lat), rng)
    n = int(rest.inventors.sum() + rest.authors.sum())
    return joined(Places.of([(lon, lat, n // 2, n - n // 2)]), rest)


def chain(rng: np.random.Generator, radius_m: float, lon: int, lat: int) -> Places:
    """A line of places, each step a little less than the radius or, now and then, a little more."""
    steps = radius_m * rng.uniform(0.9, 1.01, 30)
    return places(*moved(lon, lat, np.cumsum(steps), np.full(30, rng.random() * 6)), rng)


def touching(rng: np.random.Generator, radius_m: float, lon: int, lat: int) -> Places:
    """Two crowds that only one place between them can join: it is core or border as the draw has it."""
    azimuth = rng.random() * 2 * np.pi
    ends, crowds = moved(lon, lat, np.full(2, 0.97 * radius_m), np.array([azimuth, azimuth + np.pi])), []
    for way in (azimuth, azimuth + np.pi):
        a, b = moved(lon, lat, np.array([1.4 * radius_m]), np.array([way]))
        crowds.append(places(*disc(rng, 20, 0.3 * radius_m, int(a[0]), int(b[0])), rng))
    return joined(Places.of([(lon, lat, int(rng.integers(0, 2)), 1)]), places(*ends, rng, most=1), *crowds)


def facing(rng: np.random.Generator, radius_m: float, lon: int, lat: int) -> Places:
    """Two rows of places that face each other across about the radius: a little nearer, or a little too far."""
    apart = radius_m * rng.choice([0.97, 1.002, 1.01, 1.03])
    ends, rows = moved(lon, lat, np.full(2, apart / 2), np.array([0.3, 0.3 + np.pi])), []
    for a, b in zip(*(end.tolist() for end in ends), strict=True):
        rows.append(places(*moved(a, b, radius_m * rng.uniform(0, 0.3, 30), rng.choice([1.87, 1.87 + np.pi], 30)), rng))
    return joined(*rows)


def lattice(rng: np.random.Generator, radius_m: float, lon: int, lat: int) -> Places:
    """Places on a lattice of a third of the radius: very many equal distances, and many of exactly the radius."""
    micro = radius_m / float(SPHERE_M) * 180e6 / np.pi
    step = max(1, int(micro / 3))
    i, j = rng.integers(-6, 7, (2, 60))
    lat_micro = (lat + i * step).clip(-QUARTER_TURN, QUARTER_TURN)
    return places(turned_lon(lon + j * step), lat_micro, rng)


KINDS: dict[str, Draw] = {
    draw.__name__: draw
    for draw in (dense, sparse, one_cell, equal_points, half_at_one, chain, touching, facing, lattice)
}


def pair_near(radius_m: float, above_m: float, below_m: float, lon: int, lat: int) -> Places:
    """Two places, one inventor each, whose distance is over `radius_m + above_m` and under `radius_m + below_m`."""
    azimuth = np.linspace(0.1, 1.4, 200_000)
    a, b = moved(lon, lat, np.full(len(azimuth), radius_m + (above_m + below_m) / 2), azimuth)
    distance = distance_m(np.array([lon]), np.array([lat]), a, b)
    found = np.flatnonzero((distance > radius_m + above_m) & (distance < radius_m + below_m))
    return Places.of([(lon, lat, 1, 0), (int(a[found[0]]), int(b[found[0]]), 1, 0)])
