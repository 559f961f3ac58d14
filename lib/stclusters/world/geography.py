"""Where the output of the world is: every place with its weights, sorted by the unit it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from stclusters.sphere import MICRO, Floats, Longs, chord, pack, unit_vectors
from stclusters.world import declared
from stclusters.world.basins import Basin, city_key, read_basins
from stclusters.world.corridors import SPOT_PATENTS, clear_corridors, edge_spots, kilometres, with_towns
from stclusters.world.gazetteer import Gazetteer, Texts
from stclusters.world.outside import UNITS, address_scale, equivalents, share_outside

GUARD_KM = 20.0  # what lies so far beyond the reach of a basin has no output
LEAST_POPULATION = 1_000
UNIVERSITY = 50_000  # in a basin articles are written in places of so many persons
ACROSS_BORDERS = 0.04  # a person counts so much in a basin that no city of this economy names
PER_BLOCK = 150  # persons of a block, the finest geocode
PER_QUARTER = 30_000  # persons of a quarter, the geocode below the city
NARROWEST_M, WIDEST_M, ANCHOR_M = 600.0, 12_000.0, 2_000.0  # how far blocks lie from their place, east and north
TOWN_M = 350.0  # that of a place of a thousand persons; it grows as population ** 3/8
ANCHOR_WEIGHT = 7_000  # inventor-equivalents that a city that faces a planted neighbour holds at least
METRES_A_DEGREE = 111_195


Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Places:
    """Places with output, sorted by unit. A unit is a basin, or a place outside all basins.

    `weights` has a row a kind (patents, articles): addresses at full size, in whole thousandths. The first units are
    the basins, in their order.
    """

    lon_micro: Longs
    lat_micro: Longs
    economy: Longs  # number in `economies`
    economies: list[str]
    unit: Longs
    rank: Longs  # published rank of the unit, 0 for none
    weights: Longs  # (2, places)
    spread_east: Longs  # micro-degrees
    spread_north: Longs
    blocks: Longs
    quarters: Longs


def build_places(named: Gazetteer) -> Places:
    """Places with their output: published clusters by their table, the rest of the world by population."""
    basins = read_basins()
    gazetteer = with_towns(named)
    basin, margin = _nearest_basin(gazetteer, basins)
    large = gazetteer.population >= LEAST_POPULATION
    outside = np.flatnonzero((margin > GUARD_KM) & large)
    basin[(margin > 0) | ~large] = -1
    anchors = clear_corridors(gazetteer, basin)
    spots = 2 * np.bincount(basin[anchors], minlength=len(basins))
    weights = np.zeros((2, len(basin)), np.int64)
    for number, one in enumerate(basins):
        members = np.flatnonzero(basin == number)
        patents = one.patents - spots[number] * SPOT_PATENTS
        weights[:, members] = _share_out(one, patents, gazetteer.economy[members], gazetteer.population[members])
        _raise_anchors(weights, members, members[np.isin(members, anchors)])
    of_spot, lon, lat = edge_spots(gazetteer, anchors)
    spot = np.array([[round(SPOT_PATENTS * address_scale()[0])], [0]]) * np.ones(len(of_spot), np.int64)
    totals = np.array([declared.INVENTOR_ADDRESSES, declared.AUTHOR_ADDRESSES]) * UNITS
    left = totals - weights.sum(axis=1) - spot.sum(axis=1)
    weights[:, outside] = share_outside(gazetteer, outside, left)
    with_spots = gazetteer.extended(gazetteer.economy[of_spot], lon, lat, population=1)
    basin = np.append(basin, basin[of_spot])
    return _sort_places(with_spots, basin, [one.rank for one in basins], np.hstack([weights, spot]), anchors)


def _nearest_basin(gazetteer: Gazetteer, basins: list[Basin]) -> tuple[Longs, Floats]:
    """The basin whose reach is nearest to each place, -1 for none within the guard, and kilometres beyond its reach."""
    xyz = unit_vectors(pack(gazetteer.lon, gazetteer.lat))
    tree = cKDTree(xyz)
    margin = np.full(len(xyz), np.inf)
    basin = np.full(len(xyz), -1, np.int64)
    for number, one in enumerate(basins):
        for city in one.cities:
            centre = xyz[gazetteer.number_of(city)]
            within = chord((one.reach_km + GUARD_KM) * 1000)
            near = np.asarray(tree.query_ball_point(centre, within, return_sorted=True), np.int64)
            beyond = kilometres(xyz[near], centre) - one.reach_km
            nearer = beyond < margin[near]
            margin[near[nearer]] = beyond[nearer]
            basin[near[nearer]] = number
    return basin, margin


def _share_out(basin: Basin, patents: float, economy: Texts, population: Longs) -> Longs:
    """Weights (2, members) of a basin: patents by population ** 3/4, articles by that of its larger towns."""
    at_home = np.isin(economy, [city_key(city)[1] for city in basin.cities])
    persons = population.astype(np.float64) * np.where(at_home, 1.0, ACROSS_BORDERS)
    pull = np.sqrt(persons) * np.sqrt(np.sqrt(persons))
    writes = np.where(persons >= min(UNIVERSITY, persons.max()), persons, 0.0)
    scale = address_scale()
    shares = [
        output * scale[kind] * (part / part.sum())
        for kind, (output, part) in enumerate(((patents, pull), (basin.articles, writes)))
    ]
    return np.asarray(np.rint(np.stack(shares)), np.int64)


def _raise_anchors(weights: Longs, members: Longs, anchors: Longs) -> None:
    """Raises each city that faces a planted neighbour to ANCHOR_WEIGHT, in both kinds, at the cost of its basin."""
    for anchor in anchors:
        whole, held = (float(equivalents(weights[:, some].sum(axis=1))) for some in (members, [anchor]))
        if held < ANCHOR_WEIGHT * UNITS:
            share = ANCHOR_WEIGHT * UNITS / whole
            totals = weights[:, members].sum(axis=1)
            others = members[members != anchor]
            rest = np.maximum(weights[:, others].sum(axis=1), 1)
            weights[:, others] = np.rint(weights[:, others] * ((1 - share) * totals / rest)[:, None]).astype(np.int64)
            weights[:, anchor] = totals - weights[:, others].sum(axis=1)


def _sort_places(gazetteer: Gazetteer, basin: Longs, ranks: list[int], weights: Longs, anchors: Longs) -> Places:
    used = np.flatnonzero(weights.sum(axis=0) > 0)
    alone = len(ranks) + np.arange(len(basin))  # a place outside all basins is a unit of its own
    group = np.where(basin >= 0, basin, alone)[used]
    order = np.lexsort((used, group))
    used, group = used[order], group[order]
    economies, economy = np.unique(gazetteer.economy[used].astype(str), return_inverse=True)
    persons = gazetteer.population[used]
    north = _spread_m(persons, np.isin(used, anchors)) / METRES_A_DEGREE * MICRO
    cosine = np.round(np.maximum(np.cos(np.radians(gazetteer.lat[used])), 0.02), 4)
    return Places(
        lon_micro=np.rint(gazetteer.lon[used] * MICRO).astype(np.int64),
        lat_micro=np.rint(gazetteer.lat[used] * MICRO).astype(np.int64),
        economy=economy.astype(np.int64),
        economies=[str(one) for one in economies],
        unit=np.unique(group, return_inverse=True)[1].astype(np.int64),
        rank=np.append(ranks, 0)[np.minimum(group, len(ranks))],
        weights=weights[:, used],
        spread_east=np.rint(north / cosine).astype(np.int64),
        spread_north=np.rint(north).astype(np.int64),
        blocks=np.maximum(1, persons // PER_BLOCK),
        quarters=np.maximum(1, persons // PER_QUARTER),
    )


def _spread_m(persons: Longs, is_anchor: Bools) -> Floats:
    """How far the blocks of places lie from the centre, metres east or north; 0 for a spot of a single person."""
    root = np.sqrt(np.sqrt(persons / 1000.0))  # population ** 1/4
    metres = np.clip(TOWN_M * root * np.sqrt(root), NARROWEST_M, np.where(is_anchor, ANCHOR_M, WIDEST_M))
    return np.asarray(np.where(persons > 1, metres, 0.0))
