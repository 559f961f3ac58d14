"""The parts of a text that may be its city, and the best of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from stclusters.ingest.texts.economy_names import whole_economy
from stclusters.ingest.texts.institutions import IS_ONE, city_of_institution
from stclusters.ingest.texts.names import name_words
from stclusters.ingest.texts.namesakes import (
    CITY,
    CITY_AMBIGUOUS,
    CITY_UNKNOWN,
    OF_SEAT,
    REGION_ONLY,
    Choice,
    choose_city,
)
from stclusters.ingest.texts.places import Places
from stclusters.ingest.texts.regions import FIRST_ORDER, Region, region_in, regions_named
from stclusters.ingest.texts.seats import seat_of
from stclusters.ingest.texts.words import NO_CITY

OF_STATES = ("AU", "CA", "US")  # whose addresses name the state after the city, often without the economy
WORDS = (3, 2, 1)  # of a city's name, or of a region's
JOINED = re.compile(r"[^\W\d_][^/-]{2,}[/-](?=\w)")  # Potsdam-Golm, Homburg/Saar
LARGE = 20_000  # persons: of a city that is meant by the first half of a joined name
# how sure a candidate is, best first
PART_IN_REGION, WORDS_IN_REGION, WHOLE_PART, LAST_WORDS, INSTITUTION, ECONOMY, REGION, AMBIGUOUS, NOTHING = range(9)


class Found(NamedTuple):
    """A candidate: how sure, how far from the end, what it is."""

    kind: int
    left: int
    choice: Choice
    name: str = ""


NONE = Found(NOTHING, 0, Choice(None))


class Reading(NamedTuple):
    """One way to read the end of a text: its economies, the parts that are left, and whether a city must prove it."""

    economies: tuple[str, ...]
    parts: list[str]
    needs_proof: bool = False
    own_name: str | None = None
    whole_only: bool = False


def find_city(reading: Reading, places: Places) -> Found:
    """The best candidate for the city of a text: of its last address, else of all of it."""
    segments = _addresses(reading.parts)
    best = NONE
    for parts in segments[-1:] + ([reading.parts] if len(segments) > 1 else []):
        best = min(best, _city_of_parts(parts, reading, places), key=lambda one: one.kind)
        if best.kind <= INSTITUTION:
            return best
    if best.kind > AMBIGUOUS and reading.own_name:
        choice = choose_city(reading.own_name, reading.economies, None, places)
        if choice.place is not None:
            return Found(ECONOMY, 0, choice)
    return best


def _addresses(parts: list[str]) -> list[list[str]]:
    """The parts as one address after the other: a name of an economy ends one."""
    found: list[list[str]] = [[]]
    for part in parts:
        if whole_economy(part) and not regions_named(part):
            found.append([])
        else:
            found[-1].append(part)
    return found


def _city_of_parts(parts: list[str], reading: Reading, places: Places) -> Found:
    economies = reading.economies
    best = NONE
    region: Region | None = None  # that of the nearest later part
    next_is_city = False
    for left, part in enumerate(reversed(parts)):
        is_next = region is not None and region_in(parts[-left], economies) == region
        candidates = list(_candidates(part, left, economies, region, is_next, places))
        if reading.whole_only:
            candidates = [one for one in candidates if one.kind in (PART_IN_REGION, WHOLE_PART)]
        if next_is_city and region and (region.level > FIRST_ORDER or not IS_ONE.search(part)):
            # Ospedale San Martino, Genoa; Rua do Matão, São Paulo
            candidates = [one for one in candidates if one.kind != WORDS_IN_REGION]
        best = min([best, *candidates], key=lambda one: (one.kind, one.left))
        if best.kind == PART_IN_REGION:
            return best
        next_is_city = any(one.kind == WHOLE_PART for one in candidates)
        region = region_in(part, economies) or region
    if best.kind > AMBIGUOUS and not reading.whole_only:
        for left, part in enumerate(reversed(parts)):
            seat = seat_of(part, economies, region)
            choice = (
                choose_city(seat.city, (seat.economy,), Region(seat.economy, seat.region, FIRST_ORDER), places)
                if seat
                else city_of_institution(part, economies, region, places)
            )
            if choice.place is not None:
                return Found(INSTITUTION, left, choice)
    if best.kind == NOTHING and region:
        best = Found(REGION, 0, Choice(None, None, REGION_ONLY), region.code)
    return best


def _candidates(
    part: str, left: int, economies: tuple[str, ...], region: Region | None, is_next: bool, places: Places
) -> Iterator[Found]:
    choice = city_of_part(part, economies, region, places)
    if choice.place is not None:
        yield Found(PART_IN_REGION if is_next and choice.match != OF_SEAT else WHOLE_PART, left, choice)
        return
    if choice.reason == CITY_AMBIGUOUS:
        yield Found(AMBIGUOUS, left, choice, part)
    words = part.split()
    if region_in(part, economies):
        return
    if left == 0:
        yield from _in_same_part(words, economies, places)
    if left == 1 and region:
        yield from _last_words(words, left, economies, region, places)


def _in_same_part(words: list[str], economies: tuple[str, ...], places: Places) -> Iterator[Found]:
    """The last words before a region at the end of the part: "University of Ottawa ON"."""
    for of_region in WORDS:
        if len(words) > of_region and (region := region_in(" ".join(words[-of_region:]), economies)):
            whole = city_of_part(" ".join(words[:-of_region]), economies, region, places)
            if whole.place is not None:
                yield Found(PART_IN_REGION, 0, whole)
                return
            yield from _last_words(words[:-of_region], 0, economies, region, places)
    yield from _last_words(words, 0, economies, None, places)


def _last_words(
    words: list[str], left: int, economies: tuple[str, ...], region: Region | None, places: Places
) -> Iterator[Found]:
    if any(len(words) > taken and regions_named(" ".join(words[-taken:])) for taken in (2, 3)):
        return  # University of South Carolina: Carolina is no city there
    for taken in WORDS:
        if len(words) > taken or (region and len(words) >= taken):
            choice = city_of_part(" ".join(words[-taken:]), economies, region, places)
            if choice.place is not None:
                yield Found(WORDS_IN_REGION if region else LAST_WORDS, left, choice)
                return


def city_of_part(part: str, economies: tuple[str, ...], region: Region | None, places: Places) -> Choice:
    """The city that a part names, unless it is a word that names none; a part before a hyphen, if the whole is none."""
    if (len(part) < 3 and part.isascii()) or NO_CITY.fullmatch(name_words(part)):
        return Choice(None)
    choice = choose_city(part, economies, region, places)
    if choice.reason == CITY_UNKNOWN and (joined := JOINED.match(part)):
        first = choose_city(joined[0].rstrip("-/ "), economies, region, places)
        if first.place is not None and (part[joined.end() - 1] == "/" or places.population[first.place] >= LARGE):
            return first
    return choice


def is_proof(found: Found, places: Places) -> bool:
    """Whether a city shows that a region is that of the reading's economy: it lies in it, and is no village."""
    place = found.choice.place
    if place is None or found.kind > WORDS_IN_REGION:
        return False
    return places.population[place] >= CITY or (found.kind == PART_IN_REGION and places.economy[place] in OF_STATES)
