"""The city in the name of an institution: "Ghent University", "University Hospital of Leipzig"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache

from stclusters.ingest.texts.names import name_key, name_words
from stclusters.ingest.texts.namesakes import Choice, choose_city, is_far
from stclusters.ingest.texts.places import Places
from stclusters.ingest.texts.regions import FIRST_ORDER, Region, region_in
from stclusters.ingest.texts.words import NO_CITY, NO_CITY_OF_INSTITUTION

KIND = (
    r"universit\w*|uniwersytet\w*|univ|\w*klinik\w*|hospitals?|h[oô]pital|hospitalier|ospedale|clinic|polytechni\w*|politecnico|hochschule"
    r"|[uü]niversitesi|egyetem|\w*universit\w*|sjukhus|ziekenhuis|krankenhaus|medical|institute|college|academy|école|escuela"
)
IS_ONE = re.compile(rf"\b(?:{KIND})\b", re.IGNORECASE)
OF = re.compile(
    r"\b(?:universit\w*|uniwersytet\w*|univ|hospitals?|h[oô]pital|polytechni\w*|politecnico|hochschule|college)\s+"
    r"(?:hospitals? |hospitalier |medical cent(?:er|re) )?(?:of|de|di|du|degli studi di|zu|van|in|at|w|do|da)\s+"
    r"(?P<after>\w.*)$",
    re.IGNORECASE,
)
OF_LARGE = re.compile(r"\b(?:state|system|branch|command) (?:university )?of\b|\bsystem\b", re.IGNORECASE)
NONE = Choice(None)
LEAST, LEAST_OF_UNIVERSITY = 100_000, 30_000  # persons: a smaller town's name is more often that of a person
UNIVERSITY = re.compile(r"univers|uniwers|[uü]nivers|egyetem|universidade", re.IGNORECASE)
ALIKE = 0.5  # of the city's name here and in the gazetteer: Ghent and Gent, München and Munich
OF_PERSONS = ("US", "CA", "CO", "PR", "PH", "AR", "BR")  # whose institutions have names of persons that are towns', too
FIRST = (3, 2, 1)


@lru_cache(maxsize=50_000)
def city_of_institution(part: str, economies: tuple[str, ...], region: Region | None, places: Places) -> Choice:
    """The city of the economies that stands in an institution's name: after "of", at its head, or at its end.

    None where two cities do: "Fuzhou General Hospital of Nanjing Military Command".
    """
    if not economies or not IS_ONE.search(part) or OF_LARGE.search(part):
        return NONE
    of_university = UNIVERSITY.search(part) and economies[0] not in OF_PERSONS
    least = LEAST_OF_UNIVERSITY if of_university else LEAST
    found = NONE
    for name in _names(part, economies):
        words = name_words(name)
        if IS_ONE.search(name) or NO_CITY.fullmatch(words) or NO_CITY_OF_INSTITUTION.fullmatch(words):
            continue
        choice = choose_city(name, economies, region, places)
        if choice.place is not None and _is_meant(name, choice.place, least, places):
            if found.place is not None and found.place != choice.place and is_far(found.place, choice.place, places):
                return NONE
            found = choice if found.place is None else found
    return found


def _names(part: str, economies: tuple[str, ...]) -> Iterator[str]:
    """What may be the city's name, better ones before others."""
    words = part.split()
    of = OF.search(part)
    after = of["after"].split() if of else []
    yield from (" ".join(after[:taken]) for taken in FIRST if len(after) >= taken)
    if economies[0] not in OF_PERSONS:
        yield from (" ".join(words[:taken]) for taken in FIRST if len(words) > taken)
    if of or economies[0] not in OF_PERSONS:
        yield from (" ".join(words[-taken:]) for taken in FIRST if len(words) > taken)


def _is_meant(name: str, place: int, least: int, places: Places) -> bool:
    """Whether the city is large, is called so, and is the first of its region if that is called so, too."""
    key, own = name_key(name_words(name)), name_key(name_words(places.name[place].as_py()))
    if places.population[place] < least or own == f"{key}city" or SequenceMatcher(None, key, own).ratio() < ALIKE:
        return False
    region = region_in(name, (places.economy[place],))
    if region is None or region.level != FIRST_ORDER:
        return True
    return region.code == places.region[place] and places.largest[region.economy, region.code] == place
