"""The choice among the places of one name."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from stclusters.ingest.texts.linked import LINKED
from stclusters.ingest.texts.names import name_key, name_words, stripped_name, transliterated
from stclusters.ingest.texts.places import ALTERNATE, NAME, Places
from stclusters.ingest.texts.regions import FIRST_ORDER, Region, region_names, region_words
from stclusters.sphere import EARTH_RADIUS_M

SAME_PLACE_M = 15_000.0  # candidates this near to each other are one place: the error that the accuracy target allows
CLEARLY_LARGER = 2  # the largest candidate must have this many times the population of every other; measured on ROR
LARGER_IN_WORLD = 10  # and so many times where no economy is known
CITY_IN_WORLD = 50_000  # persons: of a place that is meant where no economy is known
LARGER_LONGER = 10  # so many times as large, a city is meant by the beginning of its name: Halle is Halle (Saale)
LARGER_ALTERNATE = 100  # and so many times by another name, rather than a village by its own
METROPOLIS = 300_000  # persons: of a city that is meant by another name
CITY_AND_STATE = "newyork"  # the only city that the name of its state means without "City"
ALIKE, LONGER = 0.6, 3  # of two spellings of a name: how alike difflib finds them, and letters that one may have more
CITY = 15_000  # persons: of a place that is meant though it has the name of a county, or lies in a linked economy
LEAST_POPULATION = 500  # what a place of unknown population counts: the least that GeoNames' list asks for
WARDS = {"JP": ("chuo", "kita", "nishi", "minami", "higashi", "naka")}  # of many cities: none is meant by itself
SEATS = {("TR", "41"): 745028, ("TR", "54"): 752850, ("TR", "31"): 323779}  # İzmit, Adapazarı, Antakya

CITY_UNKNOWN, CITY_AMBIGUOUS, REGION_ONLY = "city_unknown", "city_ambiguous", "region_only"
MATCHES = ("exact", "suffix_removed", "alternate_name", "part_of_text", "transliterated")
BY_SOUND = 9  # the part of a spelling that is transliterated
OF_SEAT = "seat_of_region"


class Spelling(NamedTuple):
    """A key to look up: of which part of the text (0: all of it), and whether its suffix is removed."""

    key: str
    part: int = 0
    bare: int = 0


class Choice(NamedTuple):
    """The place that a name stands for (its number) and how it was matched, or why there is none."""

    place: int | None
    match: str | None = None
    reason: str | None = None
    in_region: bool = False


class Candidate(NamedTuple):
    """A place of the name, better ones before others."""

    tier: int
    order: int
    place_id: int
    place: int
    how: int
    in_region: bool
    of_region: bool  # the name is that of a region, and this is only a namesake of it
    persons: int
    of_own_region: bool = False  # it lies in the region of its name: Salamanca


NOBODY = Choice(None, None, CITY_UNKNOWN)


def spellings(words: str, economy: str, part: int = 0) -> list[Spelling]:
    """The keys of normalised words: as they are, and without an administrative suffix."""
    keys = [name_key(words), name_key(stripped_name(words, economy))]
    return [Spelling(key, part, bare) for bare, key in enumerate(keys) if key and (not bare or key != keys[0])]


@lru_cache(maxsize=100_000)
def choose_city(name: str, economies: tuple[str, ...], region: Region | None, places: Places) -> Choice:
    """The place of one of the economies (none: of the world) that a name stands for, in the region if one is known."""
    sought = spellings(name_words(name), economies[0] if economies else "")
    latin = transliterated(name)
    return choose(sought, spellings(latin, "", BY_SOUND) if latin else (), economies, region, places)


def choose(
    sought: Sequence[Spelling],
    others: Sequence[Spelling],
    economies: tuple[str, ...],
    region: Region | None,
    places: Places,
) -> Choice:
    """The best place of the spellings, else of the others; else one of a linked economy that is a city."""
    choice = NOBODY
    if region is None and any(
        key.removesuffix("ku") in WARDS.get(code, ()) for key, _, _ in sought for code in economies
    ):
        return Choice(None, None, CITY_AMBIGUOUS)
    for keys in (sought, others):
        choice = _decide(list(_candidates(keys, economies, region, places)), economies, places)
        if choice.place is not None or choice.reason == CITY_AMBIGUOUS:
            return _of_metropolis(choice, keys, economies, region, places) or choice
        if choice.reason == REGION_ONLY:
            return _of_region(sought, economies, places) or choice
    if of_region := _of_region(sought, economies, places):
        return of_region
    if region is None and len(economies) == 1 and (linked := LINKED.get(economies[0])):
        there = [
            one
            for one in _candidates(sought, linked, None, places)
            if one.persons >= CITY * (2 if one.how == ALTERNATE else 1)
        ]
        choice = _decide(there, linked, places)
    return choice


def _of_metropolis(
    own: Choice, sought: Sequence[Spelling], economies: tuple[str, ...], region: Region | None, places: Places
) -> Choice | None:
    """The large city of a linked economy that has the name, where the own place has it beside its name: Hsinchu."""
    if own.place is None or region or len(economies) != 1 or not (own.match or "").startswith(MATCHES[ALTERNATE]):
        return None
    least = max(METROPOLIS, LARGER_ALTERNATE * places.population[own.place])
    there = _candidates(sought, LINKED.get(economies[0], ()), None, places) if economies[0] in LINKED else ()
    large = [one for one in there if one.persons >= least and one.how != ALTERNATE]
    return _decide(large, economies, places) if large else None


def _candidates(
    sought: Sequence[Spelling], economies: tuple[str, ...], region: Region | None, places: Places
) -> Iterator[Candidate]:
    for key, part, bare in sought:
        found = places.named(key)
        if not found:
            continue
        regions = region_names().get(key, ())
        for place, kind in found:
            economy = places.economy[place]
            if economies and economy not in economies:
                continue
            is_alternate = kind == ALTERNATE
            persons = max(places.population[place], LEAST_POPULATION)
            here = [one for one in regions if one.economy == economy and one.level]
            own = bool(here) and any(one.code == places.region[place] for one in here) and not is_alternate
            of_region = bool(here) and region is None and not places.is_capital[place]
            if of_region:
                inside = any(one.code == places.region[place] for one in here) and _is_same_name(
                    key, place, kind, places
                )
                of_county = min(one.level for one in here) > FIRST_ORDER
                of_region = not inside and not (of_county and persons >= CITY)
            yield Candidate(
                tier=4 * part + 2 * is_alternate + bare,
                order=-places.population[place],
                place_id=places.place_id[place],
                place=place,
                how=4 if part == BY_SOUND else 3 if part else 2 if is_alternate else max(bare, kind),
                in_region=region is None or (region.economy, region.code) == (economy, places.region[place]),
                of_region=of_region,
                persons=persons,
                of_own_region=own,
            )


def _decide(found: list[Candidate], economies: tuple[str, ...], places: Places) -> Choice:
    inside = sorted(one for one in found if one.in_region)
    if not inside:
        return NOBODY
    level = [one for one in inside if one.tier == inside[0].tier]
    if own := [one for one in level if one.of_own_region]:
        found = inside = own
    best = inside[0]
    best = max([best, *(one for one in inside if _is_meant(one, best, places))], key=lambda one: one.persons)
    if best.of_region:
        return Choice(None, None, REGION_ONLY)
    far = [
        one
        for one in found
        if one.tier == best.tier and one.place != best.place and is_far(one.place, best.place, places)
    ]
    rival = max((one.persons for one in far if one.in_region), default=0)
    least = CLEARLY_LARGER if economies else LARGER_IN_WORLD
    if best.order > -least * rival or (not economies and best.persons < CITY_IN_WORLD):
        return Choice(None, None, CITY_AMBIGUOUS)
    helped = "+population" if rival else "+region" if far else ""
    return Choice(best.place, MATCHES[best.how] + helped, None, True)


def _is_same_name(key: str, place: int, kind: int, places: Places) -> bool:
    """Whether a place has the name of its region, and not another one beside it: Faiyum as Fayoum, no Oklahoma City."""
    if kind == ALTERNATE:
        name = name_key(name_words(places.name[place].as_py()))
        alike = len(name) <= len(key) + LONGER and SequenceMatcher(None, key, name).ratio() >= ALIKE
        is_akin = name.endswith(key) or (name[:2] == key[:2] and name != f"{key}city")
        is_seat = is_akin and places.largest[places.economy[place], places.region[place]] == place
        return (alike or is_seat) and places.population[place] >= CITY  # Fayoum, Chittagong
    return kind == NAME or places.economy[place] != "US" or key == CITY_AND_STATE


def _is_meant(one: Candidate, best: Candidate, places: Places) -> bool:
    """Whether a city is meant by another name of it rather than the best candidate by its own."""
    if one.how != ALTERNATE or best.how >= ALTERNATE or one.of_region:
        return False
    names = [name_words(places.name[place].as_py()) for place in (one.place, best.place)]
    is_longer = names[0].startswith(names[1] + " ")
    least, times = (CITY, LARGER_LONGER) if is_longer else (METROPOLIS, LARGER_ALTERNATE)
    return one.persons >= max(least, times * best.persons)


def is_far(a: int, b: int, places: Places) -> bool:
    """Whether two places are farther from each other than `SAME_PLACE_M`."""
    lat_a, lat_b = math.radians(places.lat[a]), math.radians(places.lat[b])
    turn = math.radians(places.lon[b] - places.lon[a])
    root = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(turn / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(root))) > SAME_PLACE_M


def _of_region(sought: Sequence[Spelling], economies: tuple[str, ...], places: Places) -> Choice | None:
    """What a name stands for that is a region's: its seat where addresses mean that by it, else nothing."""
    for key, part, _ in sought:
        for name in (key, name_key(region_words(key))):
            for one in region_names().get(name, ()):
                if part == 0 and one.level == FIRST_ORDER and one.economy in economies:
                    seat = SEATS.get((one.economy, one.code))
                    if seat is not None:
                        return Choice(places.place_id.index(seat), OF_SEAT, None, True)
                    return Choice(None, None, REGION_ONLY)
    return None
