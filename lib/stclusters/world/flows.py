"""Where the members of a team are: at home, at a planted neighbour's, elsewhere in the economy, or anywhere.

A document has a home, drawn by output. What leaves a place by shared documents comes back to it: a pool of places that
look elsewhere is drawn from in the parts in which they look, so that every place has its output as declared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stclusters.sphere import Floats, Longs
from stclusters.world import declared
from stclusters.world.geography import Places

PARTS = 1_000  # rates are whole thousandths
MOST_LOOKING = 0.95  # a document in twenty at least stays at home
LOCAL, PARTNER, DOMESTIC, FOREIGN, WORLD = range(5)


@dataclass(frozen=True)
class Flows:
    """Places of one kind of document. Cumulative weights are whole numbers; pools are drawn from by bisection."""

    home: Floats  # cumulative weights of the places, in their order
    unit_first: Floats  # cumulative weight before each unit, and after the last
    domestic: Floats  # the same over `domestic_place`
    domestic_place: Longs  # places sorted by economy
    economy_first: Floats
    foreign: Floats  # cumulative weights of the places by what they look abroad
    partner: Longs  # the neighbour unit that each unit mixes with, or itself
    looks: (
        Floats  # (3, places): a document's chance to look to its partner; or there or home; or any of these or abroad
    )
    years: Floats  # (economies, years): chance of a year or an earlier one


def build_flows(places: Places, pairs: list[tuple[int, int, float]], kind: int) -> Flows:
    """The flows of a kind (0 patents, 1 articles); `pairs` are units that mix, with the rate of the second."""
    weight = places.weights[kind]
    units = int(places.unit[-1]) + 1
    of_unit = np.bincount(places.unit, weight, units)
    partner, mixes = np.arange(units), np.zeros(units)
    for hub, satellite, mixing in pairs:
        if of_unit[hub] > 0 and mixing > 0:
            partner[hub], partner[satellite] = satellite, hub
            mixes[satellite], mixes[hub] = mixing, mixing * of_unit[satellite] / of_unit[hub]
    abroad = np.array([declared.FOREIGN.get(one, declared.FOREIGN_DEFAULT)[kind] for one in places.economies])
    inland = np.array([declared.DOMESTIC.get(one, declared.DOMESTIC_DEFAULT) for one in places.economies])
    mix, far, near = mixes[places.unit], abroad[places.economy], inland[places.economy]
    fits = np.minimum(1.0, (MOST_LOOKING - mix) / (far + near))
    far, near = np.rint(far * fits * PARTS), np.rint(near * fits * PARTS)
    mix = np.rint(mix * PARTS)
    by_economy = np.argsort(places.economy, kind="stable")
    domestic = np.cumsum((weight * near)[by_economy])
    ends = np.searchsorted(places.economy[by_economy], np.arange(len(places.economies) + 1))
    return Flows(
        home=np.cumsum(weight).astype(np.float64),
        unit_first=np.append(0.0, np.cumsum(of_unit)),
        domestic=domestic,
        domestic_place=by_economy,
        economy_first=np.append(0.0, domestic)[ends],
        foreign=np.cumsum(weight * far),
        partner=partner,
        looks=np.cumsum(np.stack([mix, near, far]), axis=0) / PARTS,
        years=_years(places.economies),
    )


def mixing_units(places: Places, basins: list[tuple[str, ...]]) -> list[tuple[int, int, float]]:
    """The planted pairs as units, the first the larger; `basins` are the cities of each unit that is a basin."""
    of_city = {city: unit for unit, cities in enumerate(basins) for city in cities}
    return [(of_city[pair.anchor], of_city[pair.facing], pair.mixing) for pair in declared.NEIGHBOURS]


def _years(economies: list[str]) -> Floats:
    growth = np.array([declared.GROWTH.get(economy, 0.0) for economy in economies])
    weights = 1 + (np.arange(declared.YEARS) - (declared.YEARS - 1) / 2) * growth[:, None]
    return np.asarray(np.cumsum(weights, axis=1) / declared.YEARS)
