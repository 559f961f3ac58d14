"""Core cells that touch, joined to components."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from stclusters.cluster.blocks import (
    PAIRS_AT_ONCE,
    ROUNDING,
    SQUARE_ROUNDING,
    Blocks,
    Bools,
    pairs,
    runs,
    squares_between,
    squares_of_pairs,
)
from stclusters.sphere import Longs


def components(nodes: int, a: Longs, b: Longs) -> Longs:
    """The component, 0 and up, of each of `nodes` nodes, with edges from `a` to `b`."""
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(nodes, nodes))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def touching_cells(cores: Blocks, around: tuple[Longs, Longs], asked: Bools, reach: float) -> tuple[Longs, Longs]:
    """Edges (cell id, cell id) that join the core cells as all touching pairs would; at most one a cell.

    Two cells touch if a core point of one is within the chord of a core point of the other. Pairs with no cell whose
    flag `asked` is set are left to others.
    """
    a, b = _pairs(around, asked)
    certain, possible = _by_balls(cores, a, b, reach)
    joined = components(len(cores.cells), a[certain], b[certain])
    more_a, more_b = _by_points(cores, a[possible], b[possible], joined, reach)
    part = components(len(cores.cells), np.append(a[certain], more_a), np.append(b[certain], more_b))
    _, root = np.unique(part, return_index=True)
    other = np.flatnonzero(root[part] != np.arange(len(part)))
    return cores.cells[other], cores.cells[root[part[other]]]


def _pairs(around: tuple[Longs, Longs], asked: Bools) -> tuple[Longs, Longs]:
    """Pairs of cell numbers a < b that lie round each other, one of them asked for."""
    a, b = pairs(*around)
    kept = (a < b) & (asked[a] | asked[b])
    return a[kept], b[kept]


def _by_balls(cores: Blocks, a: Longs, b: Longs, reach: float) -> tuple[Bools, Bools]:
    """Pairs of cells that touch by the balls of their blocks alone, and pairs that those leave open."""
    certain, possible = np.zeros(len(a), bool), np.zeros(len(a), bool)
    blocks = np.diff(cores.cell_block)
    ends = np.cumsum(blocks[a] * blocks[b])
    start = 0
    while start < len(a):
        done = ends[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(ends, done + PAIRS_AT_ONCE // 2)))
        of_a = np.repeat(np.arange(start, end), blocks[a[start:end]])
        block_a = runs(cores.cell_block[a[start:end]], cores.cell_block[a[start:end] + 1])
        pair = np.repeat(of_a, blocks[b[of_a]])
        block_a = np.repeat(block_a, blocks[b[of_a]])
        block_b = runs(cores.cell_block[b[of_a]], cores.cell_block[b[of_a] + 1])
        chords = np.sqrt(squares_of_pairs(cores.centre[block_a], cores.centre[block_b]))
        balls = cores.ball[block_a] + cores.ball[block_b] + ROUNDING
        certain[pair[chords + balls <= reach]] = True
        possible[pair[chords - balls <= reach]] = True
        start = end
    return certain, possible & ~certain


def _by_points(cores: Blocks, a: Longs, b: Longs, joined: Longs, reach: float) -> tuple[Longs, Longs]:
    """Of pairs of cells, those that touch and join parts that are not joined yet."""
    parent = np.arange(int(joined.max()) + 1 if len(joined) else 0)

    def root(part: int) -> int:
        while parent[part] != part:
            parent[part] = parent[parent[part]]
            part = int(parent[part])
        return part

    edges = []
    for cell_a, cell_b in zip(a, b, strict=True):
        root_a, root_b = root(int(joined[cell_a])), root(int(joined[cell_b]))
        if root_a != root_b and _touch(cores, int(cell_a), int(cell_b), reach):
            parent[max(root_a, root_b)] = min(root_a, root_b)
            edges.append((cell_a, cell_b))
    found = np.array(edges, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _touch(cores: Blocks, cell_a: int, cell_b: int, reach: float) -> bool:
    """Whether a point of one cell is within the chord of a point of the other; nearest blocks are asked first."""
    a = np.arange(cores.cell_block[cell_a], cores.cell_block[cell_a + 1])
    b = np.arange(cores.cell_block[cell_b], cores.cell_block[cell_b + 1])
    block_a, block_b = np.repeat(a, len(b)), np.tile(b, len(a))
    chords = np.sqrt(squares_of_pairs(cores.centre[block_a], cores.centre[block_b]))
    gaps = chords - cores.ball[block_a] - cores.ball[block_b]
    for i in np.argsort(gaps, kind="stable"):
        if gaps[i] > reach + ROUNDING:
            return False
        if _points_touch(cores, int(block_a[i]), int(block_b[i]), reach):
            return True
    return False


def _points_touch(cores: Blocks, block_a: int, block_b: int, reach: float) -> bool:
    first = cores.xyz[cores.block_start[block_a] : cores.block_start[block_a + 1]]
    second = cores.xyz[cores.block_start[block_b] : cores.block_start[block_b + 1]]
    at_once = max(1, PAIRS_AT_ONCE // len(second))
    for start in range(0, len(first), at_once):
        part = first[start : start + at_once]
        squares = squares_between(part, second)
        if (squares <= reach**2 - SQUARE_ROUNDING).any():
            return True
        a, b = np.nonzero(squares <= reach**2 + SQUARE_ROUNDING)
        if len(a) and (squares_of_pairs(part[a], second[b]) <= reach**2).any():
            return True
    return False
