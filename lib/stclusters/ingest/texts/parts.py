"""An affiliation text cut into its parts: what stands between commas, brackets and postal codes."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAIL = re.compile(r"[^\s@]+@\S+")
NOTES = re.compile(  # what announces e-mail addresses, notes, post boxes, marks that stand for line ends
    r"\be-?mail(?: address)?:?|\belectronic address:?|\bcorresponding author\b:?|&amp;|#(?:n|r|tab)#"
    r"|\b(?:p\.? ?o\.? ?)?box\b|\bpmb\b|\bhttps?://\S+|\bwww\.\S+|\borcid\b:?|\b(?:tel|fax|phone)\s?[.:]",
    re.IGNORECASE,
)
WORDS_OF_NOTES = (
    "mail",
    "electronic",
    "corresp",
    "&amp",
    "#",
    "box",
    "pmb",
    "http",
    "www.",
    "orcid",
    "tel",
    "fax",
    "phone",
)
OF_CHINA = re.compile(  # economies of their own in the ranking, whatever stands after them
    r"\b(hong ?kong|maca[ou]|taiwan)\b[\s,(]*(?:s\.?a\.?r\.?)?[\s,)\d]*"
    r"(?:p\.? ?r\.? ?(?:of )?|people[’']?s republic of |r\.? ?o\.? ?|republic of |\()*china[\s.)]*$",
    re.IGNORECASE,
)
OF_TAIWAN = re.compile(r"\b(taiwan)\b[\s,(]*(?:r\.? ?o\.? ?c\.?|republic of china)[\s.)]*$", re.IGNORECASE)
RIVER = re.compile(r"\((Oder|Saale|Main|Lahn|Neckar|Rhein|Ruhr|Spree|Havel|Breisgau|Westf\w*)\)")  # of a city's name
DISTRICT = re.compile(r"-(?<=[^\W\d_]{3}-)\d{1,2}(?!\w)")  # Liège-1
GLUED = re.compile(r"\d{4}-?(?=[^\W\d_]{4})|[^\W\d_]{4}-?(?=\d{4})")  # 210093Nanjing, Chengdu-610059
DIGIT = re.compile(r"\d")
POSTAL = re.compile(r"(?<![\w-])[\w-]*\d[\w-]*")
PUNCTUATION = re.compile(r"[,;|()\[\]\r\n，；、（）]+|\s[-–—]\s|\s\s+")
WITHIN = (
    re.compile(  # a sentence's end, a postal word, an ending of Chinese and Japanese regions, a region after a hyphen
        r"(?<=[a-zà-ž]{3})\.\s+(?=[A-Z])|(?<!\w)(?:cedex|CEDEX|Cedex)(?!\w)|(?<!\w)[A-Z]{1,2}-(?=\s|$)"
        r"|(?<=[省市県縣])(?=\w)|(?<=東京都|北海道|大阪府|京都府)(?=\w)|(?<=[^\W\d_A-Z]{3})[-/](?=[A-Z]{2}(?:\s|$))"
    )
)
OUTER = ' \t.-:/*–—\u00a0\u3000"“”&'
LETTER = re.compile(r"(?<=[^\W\d_]{3}) [A-Z]$")  # Copenhagen K
MOST_PARTS = 12  # of a text, from its end: what stands before them is no address
LONGEST_PART = 120  # of a longer one its end is read
HAN = 0x2E80  # from here on a single character may be a name


def split_parts(text: str) -> list[str]:
    """The last parts of a text, in its order; a postal code ends a part, too, and e-mail addresses are no part.

    >>> split_parts("Hôpital Nord, 69007 Lyon Cedex 07, France. Electronic address: x@example.org.")
    ['Hôpital Nord', 'Lyon', 'France']
    >>> split_parts("University of Hong Kong, Hong Kong SAR, China")
    ['University of Hong Kong', 'Hong Kong']
    """
    found: list[str] = []
    for piece in reversed(PUNCTUATION.split(_without_notes(text))):
        found += [part for part in reversed(list(_parts_of(piece))) if len(part) > 1 or ord(part or " ") > HAN]
        if len(found) >= MOST_PARTS:
            break
    return found[MOST_PARTS - 1 :: -1] if len(found) > MOST_PARTS else found[::-1]


def _without_notes(text: str) -> str:
    plain = MAIL.sub(",", text) if "@" in text else text
    small = plain.lower()
    if any(word in small for word in WORDS_OF_NOTES):
        plain = NOTES.sub(",", plain)
    if "china" in small or "taiwan" in small:
        plain = OF_TAIWAN.sub(r"\1", OF_CHINA.sub(r"\1", plain.rstrip(" .,;")))
    return RIVER.sub(r"\1", plain) if "(" in plain else plain


def _parts_of(piece: str) -> Iterator[str]:
    has_digit = DIGIT.search(piece) is not None
    for one in POSTAL.split(GLUED.sub(r"\g<0> ", DISTRICT.sub("", piece))) if has_digit else [piece]:
        for part in WITHIN.split(one):
            bare = " ".join(part.split()).strip(OUTER)
            yield (LETTER.sub("", bare) if bare[-2:-1] == " " else bare)[-LONGEST_PART:]
