"""The rows of one block of the world, as arrays: its documents, and the addresses of their teams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stclusters.kinds import check_kind
from stclusters.sphere import LAT_MICRO, LON_MICRO, Floats, Longs
from stclusters.world import declared
from stclusters.world.draws import scattered, uniform
from stclusters.world.flows import DOMESTIC, FOREIGN, LOCAL, PARTNER, WORLD, Flows
from stclusters.world.geography import Places
from stclusters.world.plan import KINDS, Block
from stclusters.world.teams import team_sizes

Bools = npt.NDArray[np.bool_]

AWAY = 0.5  # a further member of a team that looks elsewhere is there and not at home
TOGETHER = 0.6  # members that are elsewhere are so often at one place
SAME_PLACE = 0.5  # and members at home at the home place itself, and not somewhere in the unit
HUGE_TEAM, HUGE_AWAY = 50, 0.85  # larger teams are spread over the world
TWO_ADDRESSES = 0.1  # an author's address is a second one of the author before
TWO_FIELDS = 0.3
STREAMS = ("home", "order", "size", "looks", "target", "year", "field", "second_field", "science")
ROW_STREAMS = ("away", "together", "at", "accuracy", "block", "second_address", "skew")
BLOCK, SUBCITY, CITY, AREA = range(4)


@dataclass(frozen=True)
class Documents:
    """The documents of a block: home place and number of addresses of each."""

    block: Block
    home: Longs
    team: Longs


@dataclass(frozen=True)
class Addresses:
    """The address rows of a block, in the order of documents and members."""

    document: Longs  # number in the block
    place: Longs
    lon_micro: Longs
    lat_micro: Longs
    accuracy: Longs  # number in declared.ACCURACIES
    person: Longs  # of an author with two addresses: number in the document; 0 for all others


def draw(seed: int, block: Block, stream: str, count: int) -> Floats:
    """Uniform numbers of a block for one purpose."""
    number = (*STREAMS, *ROW_STREAMS).index(stream) * len(KINDS) + KINDS.index(check_kind(block.kind))
    return uniform(seed, number, block.number, count)


def make_documents(flows: Flows, seed: int, block: Block) -> Documents:
    """The documents of a block."""
    count = block.documents
    home = _bisect(flows.home, draw(seed, block, "home", count) * flows.home[-1])
    team = team_sizes(
        block.kind, count, block.rows, draw(seed, block, "order", count), draw(seed, block, "size", count)
    )
    return Documents(block, home, team)


def make_years(places: Places, flows: Flows, seed: int, documents: Documents) -> Longs:
    """Year of publication of each document of a block."""
    chance = draw(seed, documents.block, "year", len(documents.home))
    first = declared.FIRST_YEAR[documents.block.kind]
    if documents.block.earlier:
        return np.full(len(chance), first - 1)
    later = (chance[:, None] >= flows.years[places.economy[documents.home], :-1]).sum(axis=1)
    return np.asarray(first + later, np.int64)


def make_addresses(places: Places, flows: Flows, seed: int, documents: Documents, skew: float = 0.0) -> Addresses:
    """The addresses of the documents of a block; `skew` is the part of them that stands at one coordinate."""
    block = documents.block
    document = np.repeat(np.arange(len(documents.team)), documents.team)
    first = np.cumsum(documents.team) - documents.team
    member = np.arange(block.rows) - first[document]
    place = _place_members(places, flows, seed, documents, document, member)
    lon_micro, lat_micro, accuracy = _locate(places, seed, block, place)
    if skew:
        heaped = draw(seed, block, "skew", block.rows) < skew
        place[heaped] = np.argmax(places.weights.sum(axis=0))
        lon_micro[heaped], lat_micro[heaped] = places.lon_micro[place[heaped]], places.lat_micro[place[heaped]]
        accuracy[heaped] = CITY
    person = np.zeros(block.rows, np.int64)
    if block.kind == "article":
        person = _pair_addresses(draw(seed, block, "second_address", block.rows), member, lon_micro, lat_micro)
    return Addresses(document, place, lon_micro, lat_micro, accuracy, person)


def _bisect(cumulative: Floats, at: Floats) -> Longs:
    """The item whose part of the cumulative weights holds each value."""
    found = np.searchsorted(cumulative, at, side="right")
    return np.asarray(np.minimum(found, len(cumulative) - 1), np.int64)


def _place_members(
    places: Places, flows: Flows, seed: int, documents: Documents, document: Longs, member: Longs
) -> Longs:
    """The place of each address: the first of a document at its home, the others there or where it looks."""
    block, home = documents.block, documents.home
    looks = draw(seed, block, "looks", len(home))
    pool = np.full(len(home), LOCAL)
    for number, kind in enumerate((PARTNER, DOMESTIC, FOREIGN)):
        before = flows.looks[number - 1, home] if number else 0.0
        pool[(looks >= before) & (looks < flows.looks[number, home])] = kind
    pool[documents.team > HUGE_TEAM] = WORLD
    target = _draw_places(places, flows, pool, home, draw(seed, block, "target", len(home)))
    of_row = pool[document]
    chance = np.where(of_row == WORLD, HUGE_AWAY, AWAY)
    away = (member > 0) & (of_row != LOCAL) & (draw(seed, block, "away", block.rows) < chance)
    together = draw(seed, block, "together", block.rows)
    at = draw(seed, block, "at", block.rows)
    place = home[document]
    moved = np.flatnonzero(~away & (member > 0) & (together >= SAME_PLACE))
    place[moved] = _within_unit(places, flows, place[moved], at[moved])
    grouped = np.flatnonzero(away & (of_row != WORLD) & (together < TOGETHER))
    place[grouped] = _within_unit(places, flows, target[document[grouped]], at[grouped])
    apart = np.flatnonzero(away & ((of_row == WORLD) | (together >= TOGETHER)))
    place[apart] = _draw_places(places, flows, of_row[apart], place[apart], at[apart])
    return place


def _within_unit(places: Places, flows: Flows, place: Longs, at: Floats) -> Longs:
    unit = places.unit[place]
    low, high = flows.unit_first[unit], flows.unit_first[unit + 1]
    return _bisect(flows.home, low + at * (high - low))


def _draw_places(places: Places, flows: Flows, pool: Longs, home: Longs, at: Floats) -> Longs:
    """A place of each pool, as seen from a home place; the home itself where the pool is the home."""
    drawn = home.copy()
    one = np.flatnonzero(pool == PARTNER)
    unit = flows.partner[places.unit[home[one]]]
    low, high = flows.unit_first[unit], flows.unit_first[unit + 1]
    drawn[one] = _bisect(flows.home, low + at[one] * (high - low))
    one = np.flatnonzero(pool == DOMESTIC)
    economy = places.economy[home[one]]
    low, high = flows.economy_first[economy], flows.economy_first[economy + 1]
    drawn[one] = flows.domestic_place[_bisect(flows.domestic, low + at[one] * (high - low))]
    one = np.flatnonzero(pool == FOREIGN)
    drawn[one] = _bisect(flows.foreign, at[one] * flows.foreign[-1])
    one = np.flatnonzero(pool == WORLD)
    drawn[one] = _bisect(flows.home, at[one] * flows.home[-1])
    return drawn


def _locate(places: Places, seed: int, block: Block, place: Longs) -> tuple[Longs, Longs, Longs]:
    """Coordinates in micro-degrees and accuracy of each address."""
    mixes = {"patent": declared.ACCURACY_OF_INVENTORS, "article": declared.ACCURACY_OF_AUTHORS}
    mix = mixes[check_kind(block.kind)]
    bounds = np.cumsum(mix)[:-1] / sum(mix)
    accuracy = np.searchsorted(bounds, draw(seed, block, "accuracy", len(place)), side="right")
    lon, lat = places.lon_micro[place], places.lat_micro[place]
    spread = np.flatnonzero(accuracy != CITY)
    at = place[spread]
    fine = accuracy[spread] != SUBCITY
    parts = np.where(fine, places.blocks[at], places.quarters[at])
    number = (draw(seed, block, "block", len(place))[spread] * parts).astype(np.int64) * 2 + fine
    lon[spread] += np.rint(scattered(seed, at, number, 0) * places.spread_east[at]).astype(np.int64)
    lat[spread] += np.rint(scattered(seed, at, number, 1) * places.spread_north[at]).astype(np.int64)
    coarse = np.flatnonzero((accuracy == AREA) & (places.spread_north[place] > 0))
    for degrees in (lon, lat):
        degrees[coarse] = np.rint(degrees[coarse] / declared.AREA_MICRO).astype(np.int64) * declared.AREA_MICRO
    lon = (lon + LON_MICRO // 2) % LON_MICRO - LON_MICRO // 2
    return lon, np.clip(lat, -LAT_MICRO // 2, LAT_MICRO // 2), accuracy


def _pair_addresses(chance: Floats, member: Longs, lon_micro: Longs, lat_micro: Longs) -> Longs:
    """The number of the author in the document where an address and the next one are one author's, at two places."""
    differs = np.zeros(len(member), bool)
    differs[1:] = (lon_micro[1:] != lon_micro[:-1]) | (lat_micro[1:] != lat_micro[:-1])
    second = (chance < TWO_ADDRESSES) & (member > 0) & differs
    second[1:] &= ~second[:-1]
    person = np.where(second, member, 0)
    person[:-1] += np.where(second[1:], member[1:], 0)
    return person
