"""Border points to their nearest core point."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from stclusters.cluster.blocks import (
    PAIRS_AT_ONCE,
    SQUARE_ROUNDING,
    Blocks,
    squares_between,
    squares_of_pairs,
)
from stclusters.sphere import EARTH_RADIUS_M, TIE_M, Floats, Longs

TIE = TIE_M / EARTH_RADIUS_M  # on the unit sphere
NOBODY = np.iinfo(np.int64).max


def nearest_core(xyz: Floats, cell: Longs, cores: Blocks, around: tuple[Longs, Longs], reach: float) -> Longs:
    """For points grouped by cell, the number in `cores` of the nearest core point within the chord, or -1.

    `cell` numbers rows of `around`, the core cells round each cell. Distances that differ by less than TIE_M are
    equal, and then the core point with the smaller id is taken.
    """
    found = np.full(len(xyz), -1, np.int64)
    bounds = np.flatnonzero(np.diff(cell, prepend=-1, append=-1))
    for start, end in pairwise(bounds):
        near = cores.blocks_of(around[0][cell[start]], around[1][cell[start]])
        if len(near) == 0:
            continue
        at_once = max(1, PAIRS_AT_ONCE // len(near))
        for first in range(start, end, at_once):
            part = slice(first, min(first + at_once, end))
            found[part] = _nearest(xyz[part], cores, near, reach)
    return found


def _nearest(xyz: Floats, cores: Blocks, near: Longs, reach: float) -> Longs:
    """Numbers of the nearest core points among some blocks, -1 beyond the chord."""
    chords = np.sqrt(np.maximum(cores.to_centres(xyz, near), 0.0))
    slack = np.sqrt(SQUARE_ROUNDING) + TIE
    ball = cores.ball[near]
    bound = np.minimum((chords + ball).min(axis=1), reach) + 2 * slack
    kept = (chords - ball <= bound[:, None]).any(axis=0)
    found = np.full(len(xyz), -1, np.int64)
    others = cores.points_of(near[kept])
    at_once = max(1, PAIRS_AT_ONCE // max(len(others), 1))
    for start in range(0, len(xyz) if len(others) else 0, at_once):
        part = slice(start, start + at_once)
        found[part] = _nearest_of(xyz[part], cores, others, reach)
    return found


def _nearest_of(xyz: Floats, cores: Blocks, others: Longs, reach: float) -> Longs:
    squares = squares_between(xyz, cores.xyz[others])
    smallest = np.sqrt(np.maximum(squares.min(axis=1), 0.0))
    worth = np.minimum((smallest + TIE) ** 2 + 3 * SQUARE_ROUNDING, reach**2 + SQUARE_ROUNDING)
    a, b = np.nonzero(squares <= worth[:, None])
    chords = np.sqrt(squares_of_pairs(xyz[a], cores.xyz[others[b]]))
    inside = chords <= reach
    a, core, chords = a[inside], others[b[inside]], chords[inside]
    best = np.full(len(xyz), np.inf)
    np.minimum.at(best, a, chords)
    tied = chords <= best[a] + TIE
    smallest_id = np.full(len(xyz), NOBODY, np.int64)
    np.minimum.at(smallest_id, a[tied], cores.point_id[core[tied]])
    chosen = tied & (cores.point_id[core] == smallest_id[a])
    found = np.full(len(xyz), -1, np.int64)
    found[a[chosen]] = core[chosen]
    return found
