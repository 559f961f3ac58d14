"""Merging neighbours by its definition: every pair of points, documents as sets of persons, sets joined by hand.

Shares no code with stclusters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from oracles.dbscan import EQUAL_M, distance_m

KINDS = ("patent", "article")


class Point(NamedTuple):
    """A point with its cluster; None is noise."""

    cluster: int | None
    lon_micro: int
    lat_micro: int


class Address(NamedTuple):
    kind: str
    document: str
    person: int
    point: int  # index of the point


class Decision(NamedTuple):
    distance_m: float | None
    patents: int
    articles: int
    strengths: tuple[Fraction, Fraction]
    rival_strengths: tuple[Fraction, Fraction]
    merged: bool


def edge_distance(points: Sequence[Point], a: int, b: int) -> float:
    one, other = ([p for p in points if p.cluster == c] for c in (a, b))
    lon, lat = (np.array([p[i] for p in one])[:, None] for i in (1, 2))
    lon_b, lat_b = (np.array([p[i] for p in other])[None, :] for i in (1, 2))
    return float(distance_m(lon, lat, lon_b, lat_b).min())


def persons_at(points: Sequence[Point], addresses: Iterable[Address]) -> dict[tuple[str, str], dict[int | None, set]]:
    """document -> cluster (None: outside all) -> its persons there."""
    documents: dict[tuple[str, str], dict[int | None, set]] = defaultdict(lambda: defaultdict(set))
    for address in addresses:
        documents[address.kind, address.document][points[address.point].cluster].add(address.person)
    return documents


def strength(documents: Mapping, cluster: int, partner: int | None) -> tuple[Fraction, dict[str, int]]:
    """Mean over the kinds of the share of the cluster's documents in common with the partner; how many those are."""
    total, common = dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0)
    for (kind, _), there in documents.items():
        if cluster in there:
            total[kind] += 1
            common[kind] += any(x != y for x in there[cluster] for y in there.get(partner, ()))
    shares = [Fraction(common[kind], total[kind]) if total[kind] else Fraction() for kind in KINDS]
    return sum(shares, Fraction()) / 2, common


def decisions(
    points: Sequence[Point],
    addresses: Sequence[Address],
    author_weight: Fraction,
    limit_m: float,
    wishes: Mapping[tuple[int, int], bool] | None = None,
) -> dict[tuple[int, int], Decision]:
    wishes = wishes or {}
    clusters = sorted({p.cluster for p in points} - {None})  # type: ignore[type-var]
    documents = persons_at(points, addresses)
    size: dict[int | None, Fraction] = defaultdict(Fraction)
    for address in addresses:
        size[points[address.point].cluster] += 1 if address.kind == "patent" else author_weight
    found = {}
    for a in clusters:
        for b in clusters:
            if a >= b:
                continue
            distance = edge_distance(points, a, b)
            near = limit_m > 0 and distance <= limit_m + float(EQUAL_M)
            if not near and (a, b) not in wishes:
                continue
            of = {c: strength(documents, c, d)[0] for c, d in ((a, b), (b, a))}
            rivals = {
                c: max((strength(documents, c, p)[0] for p in [*clusters, None] if p not in (a, b)), default=Fraction())
                for c in (a, b)
            }
            smaller = a if size[a] < size[b] else b
            common = strength(documents, a, b)[1]
            found[a, b] = Decision(
                distance if near else None,
                common["patent"],
                common["article"],
                (of[a], of[b]),
                (rivals[a], rivals[b]),
                wishes.get((a, b), of[smaller] > rivals[smaller]),
            )
    return found


def wholes(clusters: Iterable[int], merged: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The smallest cluster of the set that each is joined to."""
    sets = {c: {c} for c in clusters}
    for a, b in merged:
        union = sets[a] | sets[b]
        for c in union:
            sets[c] = union
    return {c: min(joined) for c, joined in sets.items()}
