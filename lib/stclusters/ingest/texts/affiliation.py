"""A text of an affiliation or address to the place that it names."""

from __future__ import annotations

from typing import NamedTuple

from stclusters.ingest.texts.candidates import (
    AMBIGUOUS,
    INSTITUTION,
    LAST_WORDS,
    NOTHING,
    REGION,
    WHOLE_PART,
    Found,
    Reading,
    find_city,
    is_proof,
)
from stclusters.ingest.texts.namesakes import CITY_UNKNOWN, OF_SEAT, Choice
from stclusters.ingest.texts.parts import split_parts
from stclusters.ingest.texts.places import Places
from stclusters.ingest.texts.readings import readings

IN_INSTITUTION = "city in the name of an institution"  # accuracies of places that are less than a stated city
SEAT = "seat of its region"


class TextPlace(NamedTuple):
    """What a text names: city as the gazetteer calls it (or as the text does, where it is ambiguous), region, economy.

    `region` is the gazetteer's code of the city's region, or of the only region that the text names. `lon` and `lat`
    (degrees) are the city's where the text is sure of it. `match` says how the city was found, `reason` why there is
    none (see `namesakes`). `accuracy` is set where the place is less than a city that the text states.
    """

    city: str | None = None
    region: str | None = None
    economy: str | None = None
    lon: float | None = None
    lat: float | None = None
    match: str | None = None
    reason: str | None = None
    accuracy: str | None = None


def read_text(text: str, stated: str, places: Places) -> TextPlace:
    """The place that a text names, where `stated` is the economy that its source says, a former code or `UNKNOWN`.

    The economy is the one that ends the text, unless that word is a region or a city of the stated one; else the stated
    one; else the one of the region or of the city that ends it.
    """
    parts = split_parts(text)
    best, of = Found(NOTHING, 0, Choice(None)), None
    for reading in readings(parts, stated, places):
        found = find_city(reading, places)
        if not reading.needs_proof or is_proof(found, places):
            if of is None or found.kind < best.kind:
                best, of = found, reading
            if found.kind <= WHOLE_PART:
                break
    if of is None:
        return TextPlace(reason=CITY_UNKNOWN)
    return _answer(best, of, places)


def _answer(found: Found, reading: Reading, places: Places) -> TextPlace:
    economy = reading.economies[0] if len(reading.economies) == 1 else None
    at, match, reason, _ = found.choice
    if at is None and found.kind == AMBIGUOUS:
        return TextPlace(found.name, None, economy, reason=reason)
    if at is None:
        return TextPlace(None, found.name if found.kind == REGION else None, economy, reason=reason or CITY_UNKNOWN)
    sure = found.kind < LAST_WORDS and match != OF_SEAT
    seat = SEAT if match == OF_SEAT else None
    return TextPlace(
        city=places.name[at].as_py(),
        region=places.region[at] if economy in (None, places.economy[at]) else None,
        economy=economy or places.economy[at],
        lon=places.lon[at] if sure else None,
        lat=places.lat[at] if sure else None,
        match=match,
        accuracy=IN_INSTITUTION if found.kind == INSTITUTION else seat,
    )
