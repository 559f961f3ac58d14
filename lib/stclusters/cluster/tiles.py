"""Which cells need work, cut into tiles of equal size with what lies round them; the work on one tile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stclusters.cluster.blocks import Bools, neighbours, only, runs, sort_into_blocks
from stclusters.cluster.border import nearest_core
from stclusters.cluster.components import components, touching_cells
from stclusters.cluster.density import core_points
from stclusters.cluster.grid import BITS, Grid
from stclusters.cluster.points import Weight
from stclusters.sphere import TIE_M, Floats, Longs, chord

CORE, BORDER, NOISE = 0, 1, 2


@dataclass(frozen=True)
class Plan:
    """Cells to send to tiles, one entry a cell and tile.

    A tile labels the points of the cells it owns. For that it is asked for the core points of these and of the cells
    round them, and is sent the cells round those as well. Cells that no tile owns hold noise alone.
    """

    cell: Longs
    tile: Longs
    owned: Bools
    asked: Bools


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


def plan_tiles(grid: Grid, cell: Longs, counts: Longs, points: Longs, weight: Weight, tiles: int) -> Plan:
    """The plan for sorted occupied cells with (inventors, authors) and points of each, in at most `tiles` tiles."""
    whole = weight.whole(counts[:, 0], counts[:, 1])
    first, last = neighbours(grid, cell, cell)
    totals = np.append(0, np.cumsum(whole))
    can_hold_core = (totals[last] - totals[first]).sum(axis=1) >= weight.least
    undecided = can_hold_core & (whole < weight.least)
    a = np.repeat(np.arange(len(cell)), np.maximum(last - first, 0).sum(axis=1))
    b = runs(first.ravel(), last.ravel())
    relevant = np.zeros(len(cell), bool)
    relevant[b[can_hold_core[a]]] = True
    tile = _cut(grid, cell, points, np.flatnonzero(relevant), tiles)
    kept = relevant[a] & relevant[b]
    a, b = a[kept], b[kept]
    asked = np.unique(tile[a] * len(cell) + b)
    sent = np.union1d(asked, _around(asked[undecided[asked % len(cell)]], a, b, len(cell)))
    number = sent % len(cell)
    owned = tile[number] == sent // len(cell)
    return Plan(cell[number], sent // len(cell), owned, np.isin(sent, asked))


def _around(sent: Longs, a: Longs, b: Longs, cells: int) -> Longs:
    """Entries (tile * cells + cell) for the cells round those of some entries; `a` is sorted."""
    tile, cell = sent // cells, sent % cells
    first, last = np.searchsorted(a, cell), np.searchsorted(a, cell + 1)
    return np.unique(np.repeat(tile, last - first) * cells + b[runs(first, last)])


def _cut(grid: Grid, cell: Longs, points: Longs, relevant: Longs, tiles: int) -> Longs:
    """The tile of each relevant cell, -1 for the others: runs of equal many points along a Morton curve."""
    tile = np.full(len(cell), -1, np.int64)
    if len(relevant):
        band = cell[relevant] >> BITS
        west = (cell[relevant] & 0xFFFFFFFF) * grid.widths(band) // grid.height
        order = np.argsort(_interleave(band) | (_interleave(west) << np.uint64(1)), kind="stable")
        ends = np.cumsum(points[relevant][order])
        tile[relevant[order]] = np.minimum((ends - 1) * tiles // ends[-1], tiles - 1)
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
