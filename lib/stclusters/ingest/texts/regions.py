"""Names of regions: first-order ones (states, provinces) and the counties and departments in them."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache, lru_cache
from typing import NamedTuple

from stclusters.ingest.texts.names import name_key, name_words
from stclusters.packaged import packaged_rows

ABBREVIATION, FIRST_ORDER = 0, 1
KINDS = (  # what a region is called beside its name, before or after it
    "province|provincia|provincie|provinz|prov|state|estado|stato|region|regione|region autonoma|comunidad autonoma|"
    "prefecture|pref|oblast|oblysy|oblisi|krai|kray|okrug|autonomous region|autonomous oblast|autonomous okrug|"
    "republic|governorate|county|judet|department|departement|departamento|voivodeship|wojewodztwo|kraj|"
    "territory|emirate|canton|kanton|land|sheng|ken|fu|to|do|si|il|ili|vilayeti|oblast|область|край|"
    "республика|省|県|府|道|自治区|特别行政区"
)
AFTER = re.compile(f"(?<=..) (?:{KINDS}|district|territories)$|(?<=..)(?:省|県|自治区)$")
BEFORE = re.compile(f"^(?:the )?(?:{KINDS}|free state|county|co) (?:of |de |di |del |da |do |d )?(?=..)")
CODE = re.compile(r"[A-Z]{2,3}")


class Region(NamedTuple):
    """A region that a text names: the gazetteer's code of the first-order region that it is or lies in."""

    economy: str
    code: str
    level: int


def region_words(words: str) -> str:
    """Normalised words of a region's name without what kind of region it is.

    >>> region_words("hunan province"), region_words("province of hunan"), region_words("state of mexico")
    ('hunan', 'hunan', 'mexico')
    """
    return BEFORE.sub("", AFTER.sub("", words)) if " " in words or not words.isascii() else words


@cache
def region_names() -> dict[str, tuple[Region, ...]]:
    """The regions of each name, by its key: data/region_names.csv."""
    found: defaultdict[str, list[Region]] = defaultdict(list)
    for row in packaged_rows("region_names.csv"):
        found[row["name"]].append(Region(row["economy"], row["region"], int(row["level"])))
    return {key: tuple(regions) for key, regions in found.items()}


@lru_cache(maxsize=50_000)
def regions_named(part: str) -> tuple[Region, ...]:
    """The regions of any economy that a part of a text names; abbreviations only in capitals, with or without points.

    >>> [region.economy for region in regions_named("New South Wales")], regions_named("nsw")
    (['AU'], ())
    """
    words = name_words(part)
    names = region_names()
    found = names.get(name_key(words)) or names.get(name_key(region_words(words))) or ()
    if found and any(region.level == ABBREVIATION for region in found):
        is_code = CODE.fullmatch(part.replace(".", "").replace(" ", "")) is not None
        return tuple(region for region in found if is_code or region.level != ABBREVIATION)
    return found


def region_in(part: str, economies: tuple[str, ...]) -> Region | None:
    """The region of one of the economies that a part names, the first-order one before others."""
    found = [region for region in regions_named(part) if region.economy in economies]
    return min(found, key=lambda region: (region.level != FIRST_ORDER, region)) if found else None
