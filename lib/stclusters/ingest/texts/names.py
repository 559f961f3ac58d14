"""Names of places as they are compared: words without case, accents and marks, in any script."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

LETTERS = {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "ħ": "h", "ŧ": "t", "ə": "e", "ɓ": "b", "ɗ": "d", "ƙ": "k"}
LIGATURES = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
SPELT = str.maketrans(LETTERS | LIGATURES | {"ς": "σ"})
NO_SIGNS = str.maketrans("", "", "'`´‘’.ʻʼʽʹʺ′·・\u200b\u200c\u200d\u200e\u200f\u0640")
MARKS = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u064b-\u065f\u0670]")  # accents; vowel points
INDIC = "\u0900-\u109f\u1780-\u17ff"  # their marks are letters
APART = re.compile(rf"[^\w{INDIC}]+|_")
SHORT = (
    (re.compile(r"\b(?:saint|sainte|sankt|ste|sint)\b"), "st"),
    (re.compile(r"\bmount\b"), "mt"),
    (re.compile(r"\bfort\b"), "ft"),
)
LONG_WORD = re.compile(r"\b(?:saint|sankt|sint|ste|mount|fort)")

EAST_ASIA = ("CN", "JP", "KR", "TW")
SUFFIXES = {  # administrative words after a name: of cities, wards and towns; in CN, KR and TW of counties too
    "CN": "city|shi|qu|xian|district|county|town|new area",
    "JP": "city|shi|ku|ward|cho|machi|town|mura|son|village|to|fu",
    "KR": "metropolitan city|special city|metropolitan|city|si|shi|gu|ku|gun|eup|myeon|dong",
    "TW": "city|shih?|hsieng?|shien|xian|county|township|town|(?:hs|sh|x)iang|chen|zhen|district|dist|qu|village",
    "": "city|town|township|twp|borough|village|municipality",
}
CENTRE = "|center"  # GeoNames calls the settlement of a township so: "Plainsboro Center"
OF_A_CITY = re.compile("^(?:city|town|village|municipality) of ")
ON_RIVER = re.compile(r"(?<=\w{4}) (?:a|am|an|i|im|in|b|o|ob|s|v|d)(?: \w{1,3})*$")  # Frankfurt a. M., Freiburg i. Br.
GERMAN = ("DE", "AT", "CH")
CODE_AFTER = re.compile("(?: cedex)?(?: [0-9]+)*$")
SUFFIX = {code: re.compile(f" (?:{words})$") for code, words in SUFFIXES.items()}
SUFFIX_OF_NAME = {code: re.compile(f" (?:{words}{CENTRE})$") for code, words in SUFFIXES.items()}
NATIVE_SUFFIX = re.compile("(?<=..)(?:특별자치시|특별시|광역시|特別市|特别市|直辖市|直轄市|市|시|県|县|縣|區|区|城市)$")
NATIVE_PREFIX = re.compile(r"^(?:г|гор|город|місто|м|гр|град|πολη|مدينة|شهر)\s+(?=\w{3})")
ALPHABETS = re.compile("[\u0370-\u058f\u10a0-\u10ff\u1c80-\u1cbf\u3040-\u30ff\uac00-\ud7af]")  # Greek to Armenian, …
NO_ALPHABET = re.compile("[\u0590-\u08ff\u3400-\u9fff\uf900-\ufaff]")  # sounds are not written: Hebrew, Arabic, Han


@lru_cache(maxsize=200_000)
def name_words(text: str) -> str:
    """The words of a name in small letters without accents, one space between: what both sides compare.

    Apostrophes and points go, other punctuation parts words, "Saint" and its like are "st", "Mount" "mt", "Fort" "ft".
    Scripts other than Latin stay what they are.

    >>> name_words("Xi’an"), name_words("Sainte-Foy"), name_words("Łódź"), name_words("Washington, D.C.")
    ('xian', 'st foy', 'lodz', 'washington dc')
    >>> name_words("Αθήνα"), name_words("深圳 市")
    ('αθηνα', '深圳 市')
    """
    if text.isascii():
        folded = text.lower()
    else:
        plain = MARKS.sub("", unicodedata.normalize("NFKD", text))
        folded = unicodedata.normalize("NFC", MARKS.sub("", plain.lower().translate(SPELT)))
    words = APART.sub(" ", folded.translate(NO_SIGNS)).strip()
    if LONG_WORD.search(words):
        for long, short in SHORT:
            words = long.sub(short, words)
    return words


def name_key(words: str) -> str:
    """Normalised words without the spaces between them: "Hsin-Chu" is "Hsinchu"."""
    return words.replace(" ", "")


def stripped_name(words: str, economy: str, of_name: bool = False) -> str:
    """Normalised words without the administrative prefix, suffix and postal code of the economy's custom.

    >>> stripped_name("suwon si", "KR"), stripped_name("city of bath", "GB"), stripped_name("深圳市", "CN")
    ('suwon', 'bath', '深圳')
    """
    bare = CODE_AFTER.sub("", OF_A_CITY.sub("", words))
    if economy in GERMAN:
        bare = ON_RIVER.sub("", bare)
    suffixes = SUFFIX_OF_NAME if of_name else SUFFIX
    bare = suffixes[economy if economy in EAST_ASIA else ""].sub("", bare)
    return bare if bare.isascii() else NATIVE_PREFIX.sub("", NATIVE_SUFFIX.sub("", bare).strip())


def transliterated(text: str) -> str | None:
    """The words of a name in Latin letters, of a script that writes the sounds; None for Latin, Han, Arabic and Hebrew.

    >>> transliterated("Тюмень"), transliterated("Patras"), transliterated("深圳")
    ('tyumen', None, None)
    """
    if text.isascii() or NO_ALPHABET.search(text) or not ALPHABETS.search(text):
        return None
    return name_words(anyascii(text))


def search_keys(name: str, economy: str) -> list[str]:
    """The keys of a place's name: of the name itself, and of the name without its suffix if it has one."""
    words = name_words(name)
    keys = [name_key(words), name_key(stripped_name(words, economy, of_name=True))]
    return list(dict.fromkeys(key for key in keys if key))
