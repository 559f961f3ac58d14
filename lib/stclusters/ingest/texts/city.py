"""A city, region and economy as a source states them to the place that they name."""

from __future__ import annotations

import re
from functools import lru_cache

from stclusters.ingest.texts.linked import economies_of
from stclusters.ingest.texts.names import name_key, name_words, transliterated
from stclusters.ingest.texts.namesakes import BY_SOUND, Choice, Spelling, choose, spellings
from stclusters.ingest.texts.places import Places
from stclusters.ingest.texts.regions import ABBREVIATION, Region, regions_named

CITY_MISSING = "city_missing"
BETWEEN = re.compile(r"[,;()/|，；、（）]")
WARD = re.compile(" (?:ku|gu|qu|ward|district|dist|chiu)$|[區区구]$")
AFTER_WARD = 2  # the part in which a ward's city is looked for: "Seocho-gu, Seoul"


@lru_cache(maxsize=100_000)
def place_city(city: str | None, region: str | None, economy: str, places: Places) -> Choice:
    """Where a city lies, or why that is not known; see `stclusters.ingest.gazetteer.place_cities`."""
    if city is None or not city.strip():
        return Choice(None, None, CITY_MISSING)
    economies = economies_of(economy)
    code = economies[0] if len(economies) == 1 else ""
    parts = [part for part in (name_words(piece) for piece in BETWEEN.split(city)) if part]
    of = _stated_region(region, parts[1:], economies, places)
    sought = spellings(name_words(city), code)
    others: list[Spelling] = []
    if len(parts) > 1:
        is_ward = WARD.search(parts[0]) is not None
        for number, part in enumerate(parts, 1):
            if number < AFTER_WARD or not _named(part, economies) or (is_ward and number == AFTER_WARD):
                others += spellings(part, code, number)
    if latin := transliterated(city):
        others += spellings(latin, "", BY_SOUND)
    return choose(sought, others, economies, of, places)


def _stated_region(region: str | None, parts: list[str], economies: tuple[str, ...], places: Places) -> Region | None:
    """The region that the source states, by name or the gazetteer's code, else that which a later part names."""
    if region and economies:
        for economy in economies:
            if (economy, region.strip().upper()) in places.region_codes:
                return Region(economy, region.strip().upper(), 1)
    named = [one for text in (region, *parts) if text for one in _named(text, economies, text is region)]
    return named[0] if named else None


def _named(text: str, economies: tuple[str, ...], abbreviated: bool = False) -> list[Region]:
    found = [one for one in regions_named(text) if not economies or one.economy in economies]
    if not found and abbreviated and len(name_key(name_words(text))) <= 3:
        found = [one for one in regions_named(text.upper()) if one.economy in economies and one.level == ABBREVIATION]
    return found
