"""DBSCAN by its definition: every pair of places, exact weights, no cells; shares no code with stclusters.

Places are given in signed whole micro-degrees, with the addresses counted there. Several rows may name one place (also
-180 and 180, or a pole by any longitude): they are at distance 0 and so get the same label, without folding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

SPHERE_M = np.longdouble(6_371_008)
EQUAL_M = np.longdouble("1e-8")  # two distances nearer to each other than this are equal
DEGREE = np.longdouble("3.14159265358979323846264338327950288") / 180
HALF_TURN, QUARTER_TURN = 180_000_000, 90_000_000

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Long_doubles = npt.NDArray[np.longdouble]

NOISE = -1


@dataclass(frozen=True)
class Places:
    """Places with their counts: one entry a place, in any order."""

    lon_micro: Longs
    lat_micro: Longs
    inventors: Longs
    authors: Longs

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, int, int]]) -> Places:
        """Places of (lon_micro, lat_micro, inventors, authors)."""
        table = np.array(rows, dtype=np.int64).reshape(len(rows), 4)
        return cls(*(table[:, i].copy() for i in range(4)))

    def __len__(self) -> int:
        return len(self.lon_micro)

    def rows(self) -> list[tuple[int, int, int, int]]:
        return list(
            zip(*(a.tolist() for a in (self.lon_micro, self.lat_micro, self.inventors, self.authors)), strict=True)
        )

    def point_id(self) -> Longs:
        """The declared id: micro-degrees from the south pole, then from 180 west, packed; a pole has one."""
        ids = []
        for lon, lat in zip(self.lon_micro.tolist(), self.lat_micro.tolist(), strict=True):
            east = 0 if abs(lat) == QUARTER_TURN else (lon + HALF_TURN) % (2 * HALF_TURN)
            ids.append((lat + QUARTER_TURN) * 2**32 + east)
        return np.array(ids, dtype=np.int64)


@dataclass(frozen=True)
class Labels:
    """`core` a flag, `cluster` the id of the cluster (-1 for noise), for each place in the order given."""

    core: Flags
    cluster: Longs

    def role(self) -> list[str]:
        return [
            "core" if c else "noise" if k == NOISE else "border" for c, k in zip(self.core, self.cluster, strict=True)
        ]


def distance_m(lon_a: Longs, lat_a: Longs, lon_b: Longs, lat_b: Longs) -> Long_doubles:
    """Haversine in extended precision; the differences are taken in whole micro-degrees, so nothing cancels."""
    micro = DEGREE / 1_000_000
    half_lat = (lat_b - lat_a).astype(np.longdouble) * micro / 2
    half_lon = (lon_b - lon_a).astype(np.longdouble) * micro / 2
    flat = np.cos(lat_a.astype(np.longdouble) * micro) * np.cos(lat_b.astype(np.longdouble) * micro)
    root = np.sin(half_lat) ** 2 + flat * np.sin(half_lon) ** 2
    return 2 * SPHERE_M * np.arcsin(np.sqrt(np.minimum(np.longdouble(1), root)))


def distances_m(places: Places) -> Long_doubles:
    """All distances, shape (n, n)."""
    lon, lat = places.lon_micro, places.lat_micro
    return distance_m(lon[:, None], lat[:, None], lon[None, :], lat[None, :])


def label(places: Places, radius_m: float, min_weight: float, author_weight: Fraction) -> Labels:
    """Core, border and noise of every place, by definition.

    Core: inventors + author_weight * authors within the radius, its own included, are at least `min_weight`.
    Core places within the radius of each other share a cluster, named by its smallest core id. A place that is not core
    takes the cluster of its nearest core place within the radius; of equally near ones, of the smallest id.
    """
    if len(places) == 0:
        return Labels(np.zeros(0, bool), np.zeros(0, np.int64))
    distance = distances_m(places)
    near = distance <= np.longdouble(radius_m) + EQUAL_M
    bound = Fraction(str(min_weight))  # the number as it is written
    core = np.array([weight >= bound for weight in weights_within(places, near, author_weight)])
    ids = places.point_id()
    cluster = np.where(core, spread(ids, near & core & core[:, None]), NOISE)
    for place in np.flatnonzero(~core & (near & core).any(axis=1)):
        reach = np.where(near[place] & core, distance[place], np.longdouble(np.inf))
        nearest = np.flatnonzero(reach < reach.min() + EQUAL_M)
        cluster[place] = cluster[nearest[ids[nearest].argmin()]]
    return Labels(core, cluster)


def weights_within(places: Places, near: Flags, author_weight: Fraction) -> list[Fraction]:
    """The exact weight near each place, its own included."""
    inventors, authors = near @ places.inventors, near @ places.authors
    return [i + author_weight * a for i, a in zip(inventors.tolist(), authors.tolist(), strict=True)]


def spread(ids: Longs, linked: Flags) -> Longs:
    """The smallest id that each place is linked to by a chain, found by handing on the smallest until it rests."""
    most = np.iinfo(np.int64).max
    labels = ids.copy()
    while True:
        handed = np.minimum(labels, np.where(linked, labels[None, :], most).min(axis=1))
        if (handed == labels).all():
            return labels
        labels = handed


def settled(places: Places, radius_m: float) -> bool:
    """Is no distance so near to the radius, and no two distances so near to each other, that the last bit decides?"""
    distance = np.sort(distances_m(places), axis=1)
    if (np.abs(distance - np.longdouble(radius_m) - EQUAL_M) < EQUAL_M / 2).any():
        return False
    gap = np.diff(distance, axis=1)[distance[:, 1:] <= np.longdouble(radius_m) + EQUAL_M]
    return not ((gap > EQUAL_M / 2) & (gap < 2 * EQUAL_M)).any()


def folded(places: Places) -> tuple[Longs, Longs, Longs, Longs]:
    """Ids, inventors and authors of the distinct places, and for each place given its number among them."""
    ids, number = np.unique(places.point_id(), return_inverse=True)
    inventors, authors = np.zeros((2, len(ids)), np.int64)
    np.add.at(inventors, number, places.inventors)
    np.add.at(authors, number, places.authors)
    return ids, inventors, authors, number


def parts(ids: Longs, cluster: Longs) -> set[frozenset[int]]:
    """The clusters as sets of point ids, whatever they are called."""
    return {frozenset(ids[cluster == one].tolist()) for one in set(cluster.tolist()) - {NOISE}}
