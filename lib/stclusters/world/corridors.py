"""Points between cities: towns that chain the cities of a cluster, and spots where planted neighbours nearly touch."""

from __future__ import annotations

import numpy as np

from stclusters.sphere import EARTH_RADIUS_M, Floats, Longs, pack, unit_vectors
from stclusters.world import declared
from stclusters.world.gazetteer import Gazetteer

TOWN_KM, TOWN_PERSONS = 9.0, 200_000  # chained cities have a town about every so many km
REACH_KM, EDGE_KM = 13.0, 3.0  # an edge spot lies so far from a core spot, and so far from the neighbour's edge spot
SPOT_PATENTS = 190.0  # output of a spot: 600 inventor addresses; four spots within a radius are no cluster

# Cities of one published cluster between which GeoNames holds no town.
CHAINED = (
    ("Shenzhen:CN", "Dongguan:CN"),
    ("Dongguan:CN", "Guangzhou:CN"),
    ("Kunshan:CN", "Suzhou:CN"),
    ("Zhongli:TW", "Hsinchu:TW"),
    ("Cary:US:NC", "Durham:US:NC"),
    ("Brussels:BE", "Mechelen:BE"),
    ("Mechelen:BE", "Antwerp:BE"),
)


def with_towns(gazetteer: Gazetteer) -> Gazetteer:
    """The gazetteer with nameless towns on the lines between chained cities."""
    economy, lon, lat = [], [], []
    for start, end in CHAINED:
        a, b = gazetteer.number_of(start), gazetteer.number_of(end)
        steps = int(between_km(gazetteer, a, b) / TOWN_KM)
        x, y = on_the_line(gazetteer, a, b, np.arange(1, steps + 1) / (steps + 1))
        economy += [gazetteer.economy[a]] * steps
        lon.append(x)
        lat.append(y)
    return gazetteer.extended(np.array(economy, object), np.concatenate(lon), np.concatenate(lat), TOWN_PERSONS)


def clear_corridors(gazetteer: Gazetteer, basin: Longs) -> Longs:
    """Takes out of their basins the places between planted neighbours; the numbers of the cities that face each other.

    Of each of the two no place is nearer to the other's city than its own city is.
    """
    xyz = unit_vectors(pack(gazetteer.lon, gazetteer.lat))
    anchors: list[int] = []
    for pair in declared.NEIGHBOURS:
        ends = gazetteer.number_of(pair.anchor), gazetteer.number_of(pair.facing)
        apart = kilometres(xyz[ends[0]], xyz[ends[1]])
        for here, there in (ends, ends[::-1]):
            members = np.flatnonzero(basin == basin[here])
            nearer = members[kilometres(xyz[members], xyz[there]) < apart]
            basin[nearer[nearer != here]] = -1
        anchors += ends
    return np.asarray(anchors, np.int64)


def edge_spots(gazetteer: Gazetteer, anchors: Longs) -> tuple[Longs, Floats, Floats]:
    """Two spots on either side of each planted pair: the city each belongs to, and its longitude and latitude.

    The first lies near enough to the city to be core; the second, `REACH_KM` further on, is border, for it reaches the
    first and not the city; `EDGE_KM` part it from the neighbour's. Every city of `anchors` has two spots.
    """
    of, lon, lat = [], [], []
    for a, b in anchors.reshape(-1, 2):
        apart = between_km(gazetteer, a, b)
        edge = (apart - EDGE_KM) / 2
        for here, there in ((a, b), (b, a)):
            x, y = on_the_line(gazetteer, here, there, np.array([edge - REACH_KM, edge]) / apart)
            of += [here, here]
            lon.append(x)
            lat.append(y)
    return np.asarray(of, np.int64), np.concatenate(lon), np.concatenate(lat)


def kilometres(a: Floats, b: Floats) -> Floats:
    """Great-circle distances of unit vectors, kilometres."""
    chords = np.sqrt(((a - b) ** 2).sum(axis=-1))
    return np.asarray(2 * EARTH_RADIUS_M / 1000 * np.arcsin(np.minimum(1, chords / 2)))


def between_km(gazetteer: Gazetteer, a: int, b: int) -> float:
    """Kilometres between two places of the gazetteer."""
    ends = np.array([a, b])
    xyz = unit_vectors(pack(gazetteer.lon[ends], gazetteer.lat[ends]))
    return float(kilometres(xyz[0], xyz[1]))


def on_the_line(gazetteer: Gazetteer, a: int, b: int, parts: Floats) -> tuple[Floats, Floats]:
    """Longitudes and latitudes at parts of a short way from place a to place b that does not cross 180 degrees."""
    lon, lat = gazetteer.lon, gazetteer.lat
    return np.round(lon[a] + (lon[b] - lon[a]) * parts, 6), np.round(lat[a] + (lat[b] - lat[a]) * parts, 6)
