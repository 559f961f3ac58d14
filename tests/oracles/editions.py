"""What became of clusters between two editions, by plain counting; shares no code with stclusters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from oracles.dbscan import EQUAL_M, Labels, Places, distance_m

Shared = Mapping[tuple[int | None, int | None], Fraction]


def lies_in(places: Places, labels: Labels, lon: int, lat: int, radius_m: float) -> int | None:
    """The cluster of the nearest core place within the radius of a place (micro-degrees); None: of none."""
    core = np.flatnonzero(labels.core)
    if len(core) == 0:
        return None
    distance = distance_m(np.array([lon]), np.array([lat]), places.lon_micro[core], places.lat_micro[core])
    if distance.min() > np.longdouble(radius_m) + EQUAL_M:
        return None
    nearest = core[distance < distance.min() + EQUAL_M]
    return int(labels.cluster[nearest[places.point_id()[nearest].argmin()]])


def shared_output(
    addresses: Sequence[tuple[str, str, int, int]], earlier: Mapping[int, int | None], later: Mapping[int, int | None]
) -> dict[tuple[int | None, int | None], dict[str, Fraction]]:
    """(earlier cluster, later cluster) -> documents of each kind there, of rows (kind, document, person, point)."""
    persons: dict[tuple[str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for kind, document, person, _ in addresses:
        persons[kind, document][person] += 1
    found: dict[tuple[int | None, int | None], dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for kind, document, person, point in addresses:
        own = persons[kind, document]
        found[earlier.get(point), later.get(point)][kind] += Fraction(1, len(own) * own[person])
    return found


def largest(shared: Shared, side: int, cluster: int) -> tuple[int | None, bool]:
    """The other edition's cluster with most of a cluster's output, and whether none of it, or no more, lies outside."""
    parts = {pair[1 - side]: score for pair, score in shared.items() if pair[side] == cluster}
    outside = parts.pop(None, Fraction())
    if not parts:
        return None, False
    best = min(parts, key=lambda c: (-parts[c], c))  # type: ignore[arg-type, return-value]
    return best, parts[best] >= outside


def changes(shared: Shared, earlier: Sequence[int], later: Sequence[int]) -> dict[tuple[int | None, int | None], str]:
    """(later cluster, earlier cluster) -> same, split, entered, merged or left."""
    told: dict[tuple[int | None, int | None], str] = {}
    kept = set()
    for cluster in later:
        origin, mainly = largest(shared, 1, cluster)
        back, mainly_back = largest(shared, 0, origin) if origin is not None else (None, False)
        if origin is not None and back == cluster and (mainly or mainly_back):
            told[cluster, origin] = "same"
            kept.add(origin)
        elif mainly:
            told[cluster, origin] = "split"
        else:
            told[cluster, None] = "entered"
    for cluster in set(earlier) - kept:
        end, mainly = largest(shared, 0, cluster)
        told[end if mainly else None, cluster] = "merged" if mainly else "left"
    return told
