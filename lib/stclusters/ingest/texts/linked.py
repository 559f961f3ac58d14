"""Which economies a stated code may mean: successors of former ones, and those that sources state under another's."""

from __future__ import annotations

from functools import cache

from stclusters.economy import UNKNOWN
from stclusters.packaged import packaged_rows

FORMER = {
    "AN": ("CW", "SX", "BQ", "AW"),
    "BX": ("BE", "NL", "LU"),  # the Benelux office
    "CS": ("CZ", "SK", "RS", "ME", "XK"),  # Czechoslovakia, then Serbia and Montenegro
    "DD": ("DE",),
    "SU": ("RU", "UA", "BY", "KZ", "UZ", "GE", "AM", "AZ", "MD", "LT", "LV", "EE", "KG", "TJ", "TM"),
    "YU": ("RS", "HR", "SI", "BA", "MK", "ME", "XK"),
}
FORMER |= {
    "ANT": FORMER["AN"],
    "CSK": FORMER["CS"],
    "SCG": ("RS", "ME", "XK"),
    "SUN": FORMER["SU"],
    "YUG": FORMER["YU"],
}
LINKED = {  # a city that the stated economy has not is looked up in these: disputed, neighbouring, overseas
    "AM": ("AZ",),
    "CH": ("LI",),
    "CN": ("HK", "MO", "TW"),
    "DK": ("FO", "GL"),
    "EH": ("MA",),
    "FI": ("AX",),
    "FR": ("GF", "GP", "MQ", "RE", "YT", "NC", "PF", "MC", "BL", "MF", "PM", "WF"),
    "GB": ("GG", "IM", "JE", "GI", "BM", "KY", "VG"),
    "IL": ("PS",),
    "IN": ("PK",),
    "IT": ("SM", "VA"),
    "MA": ("EH",),
    "NL": ("CW", "SX", "BQ", "AW"),
    "NO": ("SJ",),
    "PK": ("IN",),
    "PS": ("IL",),
    "RS": ("XK",),
    "RU": ("UA", "GE"),
    "SD": ("SS",),
    "SS": ("SD",),
    "TR": ("CY",),
    "UA": ("RU",),
    "US": ("PR", "GU", "VI", "AS", "MP"),
    "XK": ("RS",),
}


@cache
def economies_of(stated: str) -> tuple[str, ...]:
    """The economies that a stated code stands for: one, the successors of a former one, or none (any).

    >>> economies_of("FR"), economies_of("DD"), economies_of("AN"), economies_of("UNKNOWN")
    (('FR',), ('DE',), ('CW', 'SX', 'BQ', 'AW'), ())
    """
    if stated in FORMER:
        return FORMER[stated]
    return () if stated == UNKNOWN else (stated,)


@cache
def economy_of_code(code: str) -> str | None:
    """The economy of an ISO 3166-1 alpha-3 code in capitals; None for what is none.

    >>> economy_of_code("IDN"), economy_of_code("IDA")
    ('ID', None)
    """
    return _codes().get(code)


@cache
def _codes() -> dict[str, str]:
    known = {row["code"]: row["economy"] for row in packaged_rows("economies.csv")}
    return {code: economy for code, economy in known.items() if len(code) == 3 and economy != UNKNOWN}
