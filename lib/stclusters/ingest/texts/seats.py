"""The seats of institutions whose names have no city, or another: data/institutions.csv."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from stclusters.ingest.texts.names import name_words
from stclusters.ingest.texts.regions import Region
from stclusters.packaged import packaged_rows

FOLLOWS = re.compile(  # an institution's name, of one of its parts
    " (?:school|college|faculty|department|dept|division|medical|medicine|hospitals?|health|cancer|cent(?:er|re)"
    "|institute|library|graduate|press|wexner|and).*"
)


class Seat(NamedTuple):
    """Where an institution has its seat."""

    economy: str
    city: str
    region: str


@lru_cache(maxsize=50_000)
def seat_of(part: str, economies: tuple[str, ...], region: Region | None) -> Seat | None:
    """The seat of the institution that a part of a text is, or begins or ends with, in the economies if any is known.

    >>> seat_of("University of Washington School of Medicine", ("US",), None)
    Seat(economy='US', city='Seattle', region='WA')
    >>> seat_of("University of Washington Tacoma", ("US",), None)
    """
    words = re.sub("^the ", "", name_words(part))
    for name, seat in _seats():
        begins = words.startswith(name) and (len(words) == len(name) or FOLLOWS.match(words[len(name) :]))
        if begins or words.endswith(" of " + name) or words.endswith(" the " + name):
            fits = not economies or seat.economy in economies
            return seat if fits and (region is None or region.code == seat.region) else None
    return None


@cache
def _seats() -> tuple[tuple[str, Seat], ...]:
    rows = packaged_rows("institutions.csv")
    return tuple((name_words(row["name"]), Seat(row["economy"], row["city"], row["region"])) for row in rows)
