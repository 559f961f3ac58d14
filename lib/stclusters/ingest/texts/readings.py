"""How the end of a text can be read: of which economy it is, and which parts are left for the city."""

from __future__ import annotations

from collections.abc import Iterator

from stclusters.ingest.texts.candidates import WORDS, Reading, city_of_part
from stclusters.ingest.texts.economy_names import Named, ending_economy, whole_economy
from stclusters.ingest.texts.linked import LINKED, economies_of
from stclusters.ingest.texts.namesakes import choose_city
from stclusters.ingest.texts.places import Places
from stclusters.ingest.texts.regions import ABBREVIATION, FIRST_ORDER, Region, region_in, regions_named
from stclusters.ingest.texts.seats import seat_of

CITY_STATES = ("SG", "HK", "MO", "MC", "LU", "GI", "SM", "VA", "DJ", "KW", "PA", "GT", "MX")  # a city's name too
NOTES = 3  # parts after the address: the reader goes back over so many that name nothing


def readings(parts: list[str], stated: str, places: Places) -> Iterator[Reading]:
    """The ways to read the parts of a text, better ones before others; see `affiliation.read_text`."""
    known = economies_of(stated)
    if not parts:
        yield Reading(known, parts)
        return
    last = parts[-1]
    named = ending_economy(last)
    if known:
        yield from _with_stated(parts, known, named, places)
        return
    regions, words = _ending_regions(last)
    if named and (not regions or words <= named.taken):
        yield _of_economy(parts, named)
    for one in regions:
        yield Reading((one.economy,), parts, needs_proof=True)
    if named is None:
        yield from _without_economy(parts, places)
    elif words > named.taken and len(only := {one.economy for one in regions if one.level <= FIRST_ORDER}) == 1:
        yield Reading((only.pop(),), parts)  # New South Wales, New Mexico


def _of_economy(parts: list[str], named: Named) -> Reading:
    """The parts without the name of the economy at their end, wherever else it stands alone."""
    region = region_in(parts[-1], (named.economy,))
    if region and region.level == FIRST_ORDER and (named.rest or named.economy == "GB"):  # South Australia; Scotland
        return Reading((named.economy,), parts)
    before = parts[:-1] + ([named.rest] if len(named.rest) > 1 else [])
    while before and before[-1] == parts[-1] and not named.rest:
        before.pop()
    own = parts[-1] if named.economy in CITY_STATES and not named.rest else None
    return Reading((named.economy,), before, own_name=own)


def _with_stated(parts: list[str], known: tuple[str, ...], named: Named | None, places: Places) -> Iterator[Reading]:
    last = parts[-1]
    own = (*known, *(LINKED.get(known[0], ()) if len(known) == 1 else ()))
    if named is None or named.economy in known:
        yield (
            _of_economy(parts, named)._replace(economies=known) if named and len(known) == 1 else Reading(known, parts)
        )
    elif named.economy in own and not named.rest and not region_in(last, known):
        yield _of_economy(parts, named)
    elif any(one.economy in known for one in _ending_regions(last)[0]) or (
        not named.rest and choose_city(last, known, None, places).place is not None
    ):
        yield Reading(known, parts)
    else:
        yield _of_economy(parts, named)


def _without_economy(parts: list[str], places: Places) -> Iterator[Reading]:
    """Readings of a text that no economy's name ends: an earlier one, the region's, the city's."""
    for left, part in enumerate(reversed(parts[:-1]), 1):
        at = len(parts) - 1 - left
        economy = whole_economy(part)
        if economy and (left <= NOTES or not regions_named(part)):
            yield Reading((economy,), parts[:at], own_name=part if economy in CITY_STATES else None)
            yield Reading((economy,), parts[at + 1 :], whole_only=True)
            return
        if left <= NOTES and (ending := ending_economy(part)) and ending.rest and not regions_named(part):
            yield _of_economy(parts[: at + 1], ending)
            return
    for left, part in enumerate(reversed(parts[-NOTES:])):
        here = parts[: len(parts) - left]
        for one in _ending_regions(part)[0]:
            yield Reading((one.economy,), here, needs_proof=True)
        choice = city_of_part(part, (), None, places)
        if choice.place is not None:
            yield Reading((places.economy[choice.place],), here)
            return
        if seat := seat_of(part, (), None):
            yield Reading((seat.economy,), here)
            return
        first = {one.economy for one in regions_named(part) if one.level <= FIRST_ORDER}
        if len(first) == 1:
            yield Reading((first.pop(),), here)
            return


def _ending_regions(part: str) -> tuple[tuple[Region, ...], int]:
    """The regions that a part names, or its last words, and how many words they are; a single word only in capitals."""
    words = part.split()
    if found := regions_named(part):
        return found, len(words)
    for taken in WORDS:
        if len(words) > taken:
            found = tuple(
                one for one in regions_named(" ".join(words[-taken:])) if taken > 1 or one.level == ABBREVIATION
            )
            if found:
                return found, taken
    return (), 0
