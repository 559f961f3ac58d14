"""Which points are core: by cell first, by pair only where a block straddles the radius."""

from __future__ import annotations

import numpy as np

from stclusters.cluster.blocks import (
    PAIRS_AT_ONCE,
    SQUARE_ROUNDING,
    Blocks,
    Bools,
    squares_between,
    squares_of_pairs,
)
from stclusters.cluster.points import Weight
from stclusters.sphere import Floats, Longs


def core_points(blocks: Blocks, around: tuple[Longs, Longs], asked: Bools, reach: float, weight: Weight) -> Bools:
    """Whether each point is core; false, unasked, in a cell whose flag `asked` is not set.

    `around` holds the neighbouring cells of each cell (see `neighbours`), `reach` is the chord of the radius.
    """
    own = _cell_sums(blocks)
    totals = np.vstack([np.zeros((1, 2)), np.cumsum(own, axis=0)])
    reachable = (totals[around[1]] - totals[around[0]]).sum(axis=1)
    dense = weight.reached(own)
    core = np.repeat(dense & asked, np.diff(blocks.cell_start))
    for cell in np.flatnonzero(asked & ~dense & weight.reached(reachable)):
        near = blocks.blocks_of(around[0][cell], around[1][cell])
        other = near[(near < blocks.cell_block[cell]) | (near >= blocks.cell_block[cell + 1])]
        points = np.arange(blocks.cell_start[cell], blocks.cell_start[cell + 1])
        at_once = max(1, PAIRS_AT_ONCE // max(len(other), 1))
        for start in range(0, len(points), at_once):
            part = points[start : start + at_once]
            core[part] = _reached(blocks, part, other, own[cell], reach, weight)
    return core


def _cell_sums(blocks: Blocks) -> Floats:
    if len(blocks.cells) == 0:
        return np.zeros((0, 2))
    return np.asarray(np.add.reduceat(blocks.counts, blocks.cell_start[:-1]))


def _reached(blocks: Blocks, points: Longs, other: Longs, own: Floats, reach: float, weight: Weight) -> Bools:
    """Whether each of a cell's points reaches the threshold with its own cell and the blocks of other cells."""
    squares = blocks.to_centres(blocks.xyz[points], other)
    ball = blocks.ball[other]
    inner = reach - ball
    within = squares <= np.where(inner > 0, inner**2 - SQUARE_ROUNDING, -1.0)
    beyond = squares > (reach + ball) ** 2 + SQUARE_ROUNDING
    sums = blocks.block_counts[other]
    least = own + within.astype(np.float64) @ sums
    most = own + (~beyond).astype(np.float64) @ sums
    core = weight.reached(least)
    undecided = np.flatnonzero(~core & weight.reached(most))
    if len(undecided):
        straddles = (~(within[undecided] | beyond[undecided])).any(axis=0)
        certain = own + within[undecided][:, ~straddles].astype(np.float64) @ sums[~straddles]
        pairs = blocks.points_of(other[straddles])
        core[undecided] = _reached_by_pairs(blocks, points[undecided], pairs, certain, reach, weight)
    return core


def _reached_by_pairs(
    blocks: Blocks, points: Longs, others: Longs, certain: Floats, reach: float, weight: Weight
) -> Bools:
    core = np.zeros(len(points), bool)
    xyz, counts = blocks.xyz[others], blocks.counts[others]
    at_once = max(1, PAIRS_AT_ONCE // max(len(others), 1))
    for start in range(0, len(points), at_once):
        part = slice(start, start + at_once)
        core[part] = weight.reached(certain[part] + _within(blocks.xyz[points[part]], xyz, reach) @ counts)
    return core


def _within(xyz: Floats, others: Floats, reach: float) -> Floats:
    """1 for each pair within the chord, else 0: by matrix product, and from differences in doubt."""
    squares = squares_between(xyz, others)
    within = squares <= reach**2
    a, b = np.nonzero(np.abs(squares - reach**2) < SQUARE_ROUNDING)
    if len(a):
        within[a, b] = squares_of_pairs(xyz[a], others[b]) <= reach**2
    return within.astype(np.float64)
