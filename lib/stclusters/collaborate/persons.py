"""Persons of documents at places, in arrays: who is where, and which places have different persons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from stclusters.cluster.blocks import Bools, runs
from stclusters.sphere import Longs

PAIRS_AT_ONCE = 2_000_000  # some 100 bytes each


class Persons(NamedTuple):
    """The smallest and the largest number of a person at a place: a row a document and place, in their order."""

    document: Longs
    place: Longs
    first: Longs
    last: Longs

    def only(self, chosen: Bools) -> Persons:
        """The chosen rows."""
        return Persons(*(column[chosen] for column in self))


def gather(document: Longs, place: Longs, first: Longs, last: Longs) -> Persons:
    """Rows of any order, of which several may be of one document and place, as one row each.

    >>> gather(*map(np.array, ([4, 2, 4], [7, 7, 7], [3, 1, 1], [3, 2, 2])))[1:]
    (array([7, 7]), array([1, 1]), array([2, 3]))
    """
    order = np.lexsort((place, document))
    document, place = document[order], place[order]
    start = starts(document, place)
    least, most = np.minimum.reduceat(first[order], start), np.maximum.reduceat(last[order], start)
    return Persons(document[start], place[start], least, most)


def starts(*keys: Longs) -> Longs:
    """The rows that begin a run of equal keys.

    >>> starts(np.array([1, 1, 1, 2]), np.array([5, 6, 6, 6])).tolist()
    [0, 1, 3]
    """
    begins = np.zeros(len(keys[0]), bool)
    begins[:1] = True
    for key in keys:
        begins[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(begins)


def pairs(here: Persons, there: Persons) -> Iterator[tuple[Longs, Longs]]:
    """All pairs of a row of `here` and a row of `there` of one document, in order, some millions at a time."""
    low = np.searchsorted(there.document, here.document)
    high = np.searchsorted(there.document, here.document, side="right")
    ends = np.cumsum(high - low)
    row = 0
    while row < len(ends):
        done = ends[row - 1] if row else 0
        end = max(row + 1, int(np.searchsorted(ends, done + PAIRS_AT_ONCE, side="right")))
        yield np.repeat(np.arange(row, end), (high - low)[row:end]), runs(low[row:end], high[row:end])
        row = end


def meetings(here: Persons, there: Persons, a: Longs, b: Longs, partner: Longs) -> tuple[Longs, Longs]:
    """The rows of `here` and their partners for which there is a person here and another person at the partner.

    Row `a` of `here` and row `b` of `there` are pairs, in runs of equal row and partner: a partner is where the rows
    `b` of a run are. Only one and the same person on both sides, alone, is no meeting.
    """
    start = starts(a, partner)
    row = a[start]
    first = np.minimum(here.first[row], np.minimum.reduceat(there.first[b], start))
    last = np.maximum(here.last[row], np.maximum.reduceat(there.last[b], start))
    met = first < last
    return row[met], partner[start][met]
