"""Points of some cells sorted into small blocks, each with a ball that holds it: what pair work prunes by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stclusters.cluster.grid import BITS, Grid
from stclusters.sphere import Floats, Longs, unit_vectors

PARTS = 4  # a cell is cut into PARTS x PARTS blocks
ROUNDING = 1e-13  # what a ball's radius is enlarged by: a hundred times the rounding of a unit vector
SQUARE_ROUNDING = 4e-15  # bound on the rounding of |p|^2 + |q|^2 - 2pq for points on the unit sphere
PAIRS_AT_ONCE = 4_000_000  # entries of a distance matrix held at once: 32 MB

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Blocks:
    """Points sorted by cell and block. Arrays over cells and blocks end with one entry past the last."""

    point_id: Longs  # of every point
    xyz: Floats  # (points, 3) unit vectors
    counts: Floats  # (points, 2) inventors and authors
    cells: Longs  # ids of the cells, ascending
    cell_start: Longs  # first point of each cell
    cell_block: Longs  # first block of each cell
    block_start: Longs  # first point of each block
    centre: Floats  # (blocks, 3) middle of the block's box
    centre_square: Floats  # (blocks,) squared length of the centre
    ball: Floats  # (blocks,) radius round the centre that holds the block
    block_counts: Floats  # (blocks, 2)

    def cell_of_points(self) -> Longs:
        """Number of the cell of each point."""
        return np.repeat(np.arange(len(self.cells)), np.diff(self.cell_start))

    def blocks_of(self, first: Longs, last: Longs) -> Longs:
        """Numbers of the blocks of some ranges of cells (numbers, not ids)."""
        return runs(self.cell_block[first], self.cell_block[last])

    def points_of(self, blocks: Longs) -> Longs:
        """Numbers of the points of some blocks."""
        return runs(self.block_start[blocks], self.block_start[blocks + 1])

    def to_centres(self, xyz: Floats, blocks: Longs) -> Floats:
        """Squared chords from points to the centres of blocks, to within SQUARE_ROUNDING: shape (points, blocks)."""
        squares = xyz @ (self.centre[blocks].T * -2.0)
        squares += 1.0
        squares += self.centre_square[blocks]
        return np.asarray(squares)


def sort_into_blocks(grid: Grid, point_id: Longs, counts: Floats, cell: Longs) -> tuple[Blocks, Longs]:
    """The blocks of some points, and the order that sorts the points so."""
    south, west = point_id >> 32, point_id & 0xFFFFFFFF
    width = grid.widths(cell >> BITS)
    block = (south % grid.height) * PARTS // grid.height * PARTS + (west % width) * PARTS // width
    order = np.lexsort((point_id, block, cell))
    return _blocks(point_id[order], unit_vectors(point_id[order]), counts[order], cell[order], block[order]), order


def only(blocks: Blocks, chosen: Bools) -> Blocks:
    """The blocks of the chosen points alone, with their own smaller balls."""
    block = np.repeat(np.arange(len(blocks.ball)), np.diff(blocks.block_start))[chosen]
    cell = blocks.cells[blocks.cell_of_points()[chosen]]
    return _blocks(blocks.point_id[chosen], blocks.xyz[chosen], blocks.counts[chosen], cell, block)


def _blocks(point_id: Longs, xyz: Floats, counts: Floats, cell: Longs, block: Longs) -> Blocks:
    n = len(point_id)
    new_cell = np.ones(n, bool)
    new_cell[1:] = cell[1:] != cell[:-1]
    new_block = new_cell.copy()
    new_block[1:] |= block[1:] != block[:-1]
    cell_first, block_first = np.flatnonzero(new_cell), np.flatnonzero(new_block)
    if n == 0:
        centre, ball, block_counts = np.zeros((0, 3)), np.zeros(0), np.zeros((0, 2))
    else:
        centre = (np.minimum.reduceat(xyz, block_first) + np.maximum.reduceat(xyz, block_first)) / 2
        from_centre = xyz - np.repeat(centre, np.diff(np.append(block_first, n)), axis=0)
        ball = np.sqrt(np.maximum.reduceat((from_centre**2).sum(axis=1), block_first)) + ROUNDING
        block_counts = np.add.reduceat(counts, block_first)
    return Blocks(
        point_id=point_id,
        xyz=xyz,
        counts=counts,
        cells=cell[cell_first],
        cell_start=np.append(cell_first, n),
        cell_block=np.append(np.searchsorted(block_first, cell_first), len(block_first)),
        block_start=np.append(block_first, n),
        centre=centre,
        centre_square=(centre**2).sum(axis=1),
        ball=ball,
        block_counts=block_counts,
    )


def neighbours(grid: Grid, cell: Longs, among: Longs) -> tuple[Longs, Longs]:
    """For each cell the ranges of numbers, among sorted cell ids, of the cells round it; shape (n, 10) each."""
    first, last = grid.ranges(cell)
    return np.searchsorted(among, first), np.searchsorted(among, last)


def pairs(first: Longs, last: Longs) -> tuple[Longs, Longs]:
    """Every row of ranges (see `neighbours`) with every number in them: two arrays, ordered by row.

    >>> [side.tolist() for side in pairs(np.array([[3, 0], [5, 7]]), np.array([[5, 0], [5, 8]]))]
    [[0, 0, 1], [3, 4, 7]]
    """
    row = np.repeat(np.arange(len(first)), np.maximum(last - first, 0).sum(axis=1))
    return row, runs(first.ravel(), last.ravel())


def runs(first: Longs, last: Longs) -> Longs:
    """All numbers of the ranges `first` to `last`, one range after the other; an empty range has last <= first.

    >>> runs(np.array([3, 9, 5]), np.array([5, 9, 6])).tolist()
    [3, 4, 5]
    """
    lengths = np.maximum(last - first, 0)
    ends = np.cumsum(lengths)
    number = np.arange(int(ends[-1]) if len(ends) else 0)
    return np.asarray(number + np.repeat(first - (ends - lengths), lengths), np.int64)


def squares_between(xyz: Floats, others: Floats) -> Floats:
    """Squared chords of all pairs by matrix product, to within SQUARE_ROUNDING: shape (len(xyz), len(others))."""
    squares = xyz @ (others.T * -2.0)
    squares += 2.0
    return np.asarray(squares)


def squares_of_pairs(xyz: Floats, others: Floats) -> Floats:
    """Squared chords of the pairs in the same rows, from differences: exact where it matters."""
    return np.asarray(((xyz - others) ** 2).sum(axis=1))
