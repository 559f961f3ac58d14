"""Labels of points in arrays, in one process: the tiles of dbscan.py without Spark."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from stclusters.cluster.blocks import Bools
from stclusters.cluster.grid import Grid
from stclusters.cluster.points import Weight, exact_counts
from stclusters.cluster.tiles import CORE, Cells, Labels, cluster_of_cells, label_tile, plan_tiles, turned
from stclusters.sphere import Longs


def label_arrays(
    point_id: Longs,
    inventors: Longs,
    authors: Longs,
    radius_m: float,
    min_weight: float,
    author_weight: Fraction,
    tiles: int = 1,
) -> tuple[Bools, Longs]:
    """Whether each distinct point is core, and its cluster id (-1 for noise), in the order given."""
    grid, weight = Grid(radius_m), Weight.of(min_weight, author_weight)
    order = np.argsort(point_id)
    points, counts = point_id[order], np.stack([inventors, authors], axis=1)[order]
    cell = grid.cells(points)
    plan = plan_tiles(grid, occupied_cells(points, counts, cell), weight, lambda _: tiles)

    core = np.isin(cell, plan.settled)
    label = np.where(core, cell, -1)
    solved: list[Labels] = []
    for tile in np.unique(plan.tile):
        sent = np.flatnonzero(plan.tile == tile)
        at = np.minimum(np.searchsorted(plan.cell[sent], cell), len(sent) - 1)
        of_tile = np.flatnonzero(plan.cell[sent][at] == cell)
        owned, asked = plan.owned[sent][at[of_tile]], plan.asked[sent][at[of_tile]]
        solved.append(
            label_tile(grid, weight, points[of_tile], exact_counts(*counts[of_tile].T), cell[of_tile], owned, asked)
        )
        at_points = np.searchsorted(points, solved[-1].point_id)
        core[at_points], label[at_points] = solved[-1].role == CORE, solved[-1].cell
    core_cells, first = np.unique(label[core], return_index=True)
    smallest = points[core][first]  # points are sorted, so the first of a cell is its smallest
    edge_a, edge_b = (
        np.concatenate([getattr(part, side) for part in (plan, *solved)]) for side in ("edge_a", "edge_b")
    )
    cluster = cluster_of_cells(core_cells, smallest, edge_a, edge_b)
    labelled = label >= 0
    label[labelled] = cluster[np.searchsorted(core_cells, label[labelled])]
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return core[back], label[back]


def occupied_cells(point_id: Longs, counts: Longs, cell: Longs) -> Cells:
    """The occupied cells of sorted points with (inventors, authors) and cell of each."""
    cells, first, number, points = np.unique(cell, return_index=True, return_inverse=True, return_counts=True)
    summed = np.zeros((len(cells), 2), np.int64)
    np.add.at(summed, number, counts)
    by_longitude = turned(point_id)
    north, east = np.zeros((2, len(cells)), np.int64)
    west = np.full(len(cells), np.iinfo(np.int64).max)
    np.maximum.at(north, number, point_id)
    np.minimum.at(west, number, by_longitude)
    np.maximum.at(east, number, by_longitude)
    return Cells(cells, summed, points, np.stack([point_id[first], north, turned(west), turned(east)], axis=1))
