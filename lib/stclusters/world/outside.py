"""The output of the world outside the basins: by population, and nowhere as dense as a published cluster."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from stclusters.sphere import Floats, Longs, chord, pack, unit_vectors
from stclusters.world import declared
from stclusters.world.basins import read_published
from stclusters.world.gazetteer import Gazetteer

DISC_M = 40_000.0
CELL = 0.1  # degrees: places of a cell are looked at together
HEAVIEST = 0.95  # places within DISC_M weigh together at most this part of the smallest published cluster
TOWN = 80_000  # outside the basins articles are written in places of so many persons
ROUNDS = 12
UNITS = 1_000  # weights are whole thousandths of an address at full size


def address_scale() -> Floats:
    """Weight of one patent and of one article: their addresses at full size, in thousandths."""
    patent = declared.INVENTOR_ADDRESSES / declared.PATENTS
    return np.array([patent, declared.AUTHOR_ADDRESSES / declared.ARTICLES]) * UNITS


def equivalents(weights: Floats | Longs) -> Floats:
    """Weights of patents and articles, in rows, as inventor-equivalents."""
    return np.asarray(weights[0] + weights[1] * (declared.INVENTOR_ADDRESSES / declared.AUTHOR_ADDRESSES))


def share_outside(gazetteer: Gazetteer, places: Longs, totals: Longs) -> Longs:
    """Weights (2, places) of some places that sum to the totals but for rounding.

    An economy's output goes to its places by population ** 5/4. Where the places of a disc would weigh too much they
    are scaled down, and what that leaves over goes to all others in the same parts.
    """
    wanted = _wanted(gazetteer, places)
    cell, first, second = _discs(gazetteer, places)
    last = read_published()[-1]
    limit = HEAVIEST * float(equivalents(np.array([last.patents, last.articles]) * address_scale()))
    scale = totals / wanted.sum(axis=1)
    for _ in range(ROUNDS):
        put = wanted * scale[:, None]
        of_cell = np.bincount(cell, equivalents(put))
        disc = np.bincount(first, of_cell[second])
        put /= np.sqrt(1 + (disc / limit) ** 2)[cell]
        scale = scale * totals / put.sum(axis=1)
    return np.asarray(np.rint(put * (totals / put.sum(axis=1))[:, None]), np.int64)


def _discs(gazetteer: Gazetteer, places: Longs) -> tuple[Longs, Longs, Longs]:
    """The cell of each place, and all pairs of cells whose middles lie within the disc, a cell with itself too."""
    pair = np.stack([np.floor(gazetteer.lat[places] / CELL), np.floor(gazetteer.lon[places] / CELL)], axis=1)
    cells, cell = np.unique(pair, axis=0, return_inverse=True)
    middle = (cells + 0.5) * CELL
    tree = cKDTree(unit_vectors(pack(middle[:, 1], middle[:, 0])))
    near = np.asarray(tree.query_ball_point(tree.data, chord(DISC_M), return_sorted=True), object)  # a list a cell
    first = np.repeat(np.arange(len(cells)), [len(one) for one in near])
    return cell.reshape(-1), first, np.concatenate([np.asarray(one, np.int64) for one in near])


def _wanted(gazetteer: Gazetteer, places: Longs) -> Floats:
    """Relative output (2, places) before anything is scaled down."""
    persons = gazetteer.population[places].astype(np.float64)
    pull = persons * np.sqrt(np.sqrt(persons))
    parts = np.stack([pull, np.where(persons >= TOWN, pull, 0.0)])
    wanted = np.zeros_like(parts)
    for economy in sorted(set(gazetteer.economy[places])):
        here = gazetteer.economy[places] == economy
        people = float(persons[here].sum())
        default = tuple(rate * people / 1e6 for rate in declared.OUTSIDE_DEFAULT)
        for kind, output in enumerate(declared.OUTSIDE.get(economy, default)):
            total = float(parts[kind, here].sum())
            wanted[kind, here] = output * parts[kind, here] / total if total else 0.0
    return wanted
