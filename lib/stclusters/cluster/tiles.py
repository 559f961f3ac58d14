"""Which cells need work, cut into tiles of equal size with what lies round them; the work on one tile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from stclusters.cluster.blocks import Bools, neighbours, only, pairs, runs, sort_into_blocks, squares_of_pairs
from stclusters.cluster.border import nearest_core
from stclusters.cluster.components import components, touching_cells
from stclusters.cluster.density import core_points
from stclusters.cluster.grid import BITS, Grid
from stclusters.cluster.points import Weight
from stclusters.sphere import TIE_M, Floats, Longs, chord, unit_vectors

CORE, BORDER, NOISE = 0, 1, 2
CELLS_AT_ONCE = 500_000  # whose neighbours are looked up at once: some 200 bytes a cell


@dataclass(frozen=True)
class Cells:
    """The occupied cells in order of their ids, and what is known of the points of each."""

    cell: Longs
    counts: Longs  # (cells, 2) inventors and authors
    points: Longs
    ends: Longs  # (cells, 4) the points farthest south (of these the smallest of all), north, west and east


@dataclass(frozen=True)
class Plan:
    """What is settled without a distance between points of a cell, and cells to send to tiles.

    Entries, one a cell and tile: a tile labels the points of the cells it owns. For that it is asked for the core
    points of these and of the cells round them, and is sent the cells round those as well. Every point of a settled
    cell is core. Cells that are neither settled nor owned by a tile hold noise alone.
    """

    cell: Longs
    tile: Longs
    owned: Bools
    asked: Bools
    settled: Longs  # ids of settled cells, ascending
    smallest: Longs  # the smallest point of each
    edge_a: Longs  # edges that join settled cells, with each other and with dense cells of tiles
    edge_b: Longs


@dataclass(frozen=True)
class Labels:
    """Labels of the points of one tile, and edges that join core cells."""

    point_id: Longs
    role: Longs  # CORE, BORDER or NOISE
    cell: Longs  # of core points their own, of border points that of their core point, of noise -1
    edge_a: Longs
    edge_b: Longs

    def smallest_of_cells(self) -> tuple[Longs, Longs]:
        """The core cells, and the smallest core point of each."""
        core = self.role == CORE
        cell, number = np.unique(self.cell[core], return_inverse=True)
        smallest = np.full(len(cell), np.iinfo(np.int64).max)
        np.minimum.at(smallest, number, self.point_id[core])
        return cell, smallest


def turned(point_id: Longs) -> Longs:
    """Packed points with longitude before latitude, which order by longitude; and these packed as usual again."""
    return np.asarray(((point_id & 0xFFFFFFFF) << 32) + (point_id >> 32))


def plan_tiles(grid: Grid, cells: Cells, weight: Weight, tiles: Callable[[int], int]) -> Plan:
    """The plan; `tiles` says how many tiles there are at most for so many points that go to one.

    A cell that holds the threshold is core as a whole, and is settled if all such cells round it are joined to it by
    the ends of cells alone. So a dense city goes to the few tiles at its edge, and is not sent through all of it.
    """
    cell = cells.cell
    whole = weight.whole(cells.counts[:, 0], cells.counts[:, 1])
    dense = whole >= weight.least
    can_hold_core, relevant = _can_hold_core(grid, cell, whole, weight.least)
    edge_a, edge_b, unsettled = _joined_by_ends(grid, cells, np.flatnonzero(dense))
    settled = dense.copy()
    settled[unsettled] = False

    near = np.flatnonzero(relevant)
    open_cells = np.flatnonzero(relevant & ~settled)
    first, last = neighbours(grid, cell[open_cells], cell[near])
    row, number = pairs(first, last)
    a, b = open_cells[row], near[number]
    tile = _cut(grid, cell, cells.points, open_cells, tiles(int(cells.points[np.unique(b)].sum())))
    needed = can_hold_core[b] | (a == b)
    asked = np.unique(tile[a[needed]] * len(cell) + b[needed])
    undecided = can_hold_core & ~dense
    sent = np.union1d(asked, _around(asked[undecided[asked % len(cell)]], a, b, len(cell)))
    number = sent % len(cell)
    return Plan(
        cell=cell[number],
        tile=sent // len(cell),
        owned=tile[number] == sent // len(cell),
        asked=np.isin(sent, asked),
        settled=cell[settled],
        smallest=cells.ends[settled, 0],
        edge_a=cell[edge_a],
        edge_b=cell[edge_b],
    )


def _can_hold_core(grid: Grid, cell: Longs, whole: Longs, least: int) -> tuple[Bools, Bools]:
    """Whether a cell can hold a core point: the cells round it weigh the threshold; and whether such a cell is near."""
    totals = np.append(0, np.cumsum(whole))
    can, covered = np.zeros(len(cell), bool), np.zeros(len(cell) + 1, np.int64)
    for start in range(0, len(cell), CELLS_AT_ONCE):
        part = slice(start, start + CELLS_AT_ONCE)
        first, last = neighbours(grid, cell[part], cell)
        can[part] = (totals[last] - totals[first]).sum(axis=1) >= least
        np.add.at(covered, first[can[part]], 1)
        np.add.at(covered, last[can[part]], -1)
    return can, np.cumsum(covered)[:-1] > 0


def _joined_by_ends(grid: Grid, cells: Cells, dense: Longs) -> tuple[Longs, Longs, Longs]:
    """Edges (numbers of cells) of dense cells of which two ends touch; and the dense cells that may have further ones.

    Dense cells that lie round each other and touch by other points may join what the edges do not join yet.
    """
    reach = chord(grid.radius_m + TIE_M)
    ids = cells.cell[dense]
    edges, others = [np.zeros((0, 2), np.int64)], [np.zeros((0, 2), np.int64)]
    for start in range(0, len(ids), CELLS_AT_ONCE // 10):
        part = ids[start : start + CELLS_AT_ONCE // 10]
        first, last = neighbours(grid, part, ids)
        row, number = pairs(first, last)
        once = start + row < number
        round_each = np.stack([start + row[once], number[once]], axis=1)
        touch = np.zeros(len(round_each), bool)
        of_a, of_b = (unit_vectors(cells.ends[dense[side]].ravel()).reshape(-1, 4, 3) for side in round_each.T)
        for one, other in product(range(4), range(4)):
            touch |= squares_of_pairs(of_a[:, one], of_b[:, other]) <= reach**2
        edges.append(round_each[touch])
        others.append(round_each[~touch])
    joined, open_pairs = np.concatenate(edges), np.concatenate(others)
    part = components(len(ids), joined[:, 0], joined[:, 1])
    open_pairs = open_pairs[part[open_pairs[:, 0]] != part[open_pairs[:, 1]]]
    return dense[joined[:, 0]], dense[joined[:, 1]], dense[np.unique(open_pairs)]


def _around(sent: Longs, a: Longs, b: Longs, cells: int) -> Longs:
    """Entries (tile * cells + cell) for the cells round those of some entries; `a` is sorted."""
    tile, cell = sent // cells, sent % cells
    first, last = np.searchsorted(a, cell), np.searchsorted(a, cell + 1)
    return np.unique(np.repeat(tile, last - first) * cells + b[runs(first, last)])


def _cut(grid: Grid, cell: Longs, points: Longs, chosen: Longs, tiles: int) -> Longs:
    """The tile of each chosen cell, -1 for the others: runs of equal many points along a Morton curve."""
    tile = np.full(len(cell), -1, np.int64)
    if len(chosen):
        band = cell[chosen] >> BITS
        west = (cell[chosen] & 0xFFFFFFFF) * grid.widths(band) // grid.height
        order = np.argsort(_interleave(band) | (_interleave(west) << np.uint64(1)), kind="stable")
        ends = np.cumsum(points[chosen][order])
        tile[chosen[order]] = np.minimum((ends - 1) * tiles // ends[-1], tiles - 1)
    return tile


def _interleave(number: Longs) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """The low 32 bits of each number with a zero bit before each."""
    spread = number.astype(np.uint64) & np.uint64(0xFFFFFFFF)
    masks = (0x0000FFFF0000FFFF, 0x00FF00FF00FF00FF, 0x0F0F0F0F0F0F0F0F, 0x3333333333333333, 0x5555555555555555)
    for shift, mask in zip((16, 8, 4, 2, 1), masks, strict=True):
        spread = (spread | (spread << np.uint64(shift))) & np.uint64(mask)
    return spread


def label_tile(
    grid: Grid, weight: Weight, point_id: Longs, counts: Floats, cell: Longs, owned: Bools, asked: Bools
) -> Labels:
    """Labels of the owned points of one tile; `owned` and `asked` are flags of points, equal within a cell."""
    reach = chord(grid.radius_m + TIE_M)
    blocks, order = sort_into_blocks(grid, point_id, counts, cell)
    owned_points = owned[order]
    first_points = blocks.cell_start[:-1]
    around = neighbours(grid, blocks.cells, blocks.cells)
    core = core_points(blocks, around, asked[order][first_points], reach, weight)

    cores = only(blocks, core)
    core_around = neighbours(grid, cores.cells, cores.cells)
    owned_cells = blocks.cells[owned_points[first_points]]
    edges = touching_cells(cores, core_around, np.isin(cores.cells, owned_cells), reach)

    label_cell = np.where(core, blocks.cells[blocks.cell_of_points()], -1)
    others = np.flatnonzero(owned_points & ~core)
    around_others = neighbours(grid, blocks.cells, cores.cells)
    nearest = nearest_core(blocks.xyz[others], blocks.cell_of_points()[others], cores, around_others, reach)
    reached = nearest >= 0
    label_cell[others[reached]] = cores.cells[cores.cell_of_points()[nearest[reached]]]

    role = np.where(core, CORE, np.where(label_cell >= 0, BORDER, NOISE))
    return Labels(blocks.point_id[owned_points], role[owned_points], label_cell[owned_points], *edges)


def cluster_of_cells(core_cell: Longs, smallest_point: Longs, edge_a: Longs, edge_b: Longs) -> Longs:
    """The cluster id of each sorted core cell: the smallest core point of all cells that edges join it with."""
    part = components(len(core_cell), np.searchsorted(core_cell, edge_a), np.searchsorted(core_cell, edge_b))
    smallest = np.full(int(part.max()) + 1 if len(part) else 0, np.iinfo(np.int64).max)
    np.minimum.at(smallest, part, smallest_point)
    return np.asarray(smallest[part])
