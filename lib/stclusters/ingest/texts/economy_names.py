"""Names of economies in texts, in the languages and scripts that authors write addresses in."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from stclusters.ingest.texts.linked import economy_of_code
from stclusters.ingest.texts.names import name_key, name_words
from stclusters.packaged import packaged_rows

LONGEST_NAME = 6  # words of an economy's name
FORMS = re.compile(  # of state
    "^(?:the )?(?:(?:federal|federative|islamic|democratic|socialist|peoples|plurinational|united|co operative) )*"
    "(?:republic|kingdom|state|commonwealth|sultanate|principality|grand duchy|federation|union) of (?:the )?"
)


class Named(NamedTuple):
    """An economy that the last words of a part name, and the words before them."""

    economy: str
    taken: int
    rest: str


@cache
def economy_names() -> tuple[tuple[str, str], ...]:
    """The shipped names of economies with their ISO codes, as in the CLDR: data/economy_names.csv."""
    return tuple((row["name"], row["economy"]) for row in packaged_rows("economy_names.csv"))


@cache
def _by_key() -> dict[str, str]:
    return {name_key(name_words(name)): economy for name, economy in reversed(economy_names()) if name_words(name)}


@lru_cache(maxsize=50_000)
def whole_economy(part: str) -> str | None:
    """The economy whose name a part is, or whose alpha-3 code.

    >>> whole_economy("P.R. China"), whole_economy("Republic of Chile"), whole_economy("IDN"), whole_economy("Россия")
    ('CN', 'CL', 'ID', 'RU')
    """
    words = name_words(part)
    if found := _by_key().get(name_key(words)):
        return found
    if len(part) == 3 and part.isupper():
        return economy_of_code(part)
    bare = FORMS.sub("", words)
    return _by_key().get(name_key(bare)) if bare != words else None


@lru_cache(maxsize=50_000)
def ending_economy(part: str) -> Named | None:
    """The economy that a part is or that its last words name, the longest name of all.

    >>> ending_economy("University of Oxford UK")
    Named(economy='GB', taken=1, rest='University of Oxford')
    """
    if economy := whole_economy(part):
        return Named(economy, len(part.split()), "")
    words = part.split()
    for taken in range(min(LONGEST_NAME, len(words) - 1), 0, -1):
        if economy := whole_economy(" ".join(words[-taken:]).strip("-/.: ")) if taken > 1 else _last_word(words[-1]):
            return Named(economy, taken, " ".join(words[:-taken]).strip(" -/.:"))
    return None


def _last_word(word: str) -> str | None:
    return _by_key().get(name_key(name_words(word)))
