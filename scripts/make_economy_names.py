"""Makes the shipped names of economies from the registry package that carries the Unicode CLDR.

    pip download --no-deps babel==2.18.0                                   # then unzip it into a folder
    python scripts/make_economy_names.py BABEL

It writes `lib/stclusters/data/economy_names.csv`: what an affiliation text calls an economy at its end, with the ISO
code. Names in the languages that authors write addresses in, as in the CLDR, and `SPELLINGS` that it has not. A name
that stands for two economies is left out, unless it is the English name of one of them.
"""

import csv
import io
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "lib" / "stclusters" / "data" / "economy_names.csv"
LANGUAGES = (
    *("en", "fr", "de", "es", "pt", "it", "nl", "pl", "cs", "sk", "hu", "ro", "tr", "sv"),
    *("da", "nb", "fi", "et", "lv", "lt", "sl", "hr", "id", "ms", "vi", "sq", "ca"),
)
SPELLINGS = {
    "AE": ["UAE"],
    "BA": ["Bosnia and Herzegovina", "Bosnia"],
    "BO": ["Plurinational State of Bolivia"],
    "BR": ["Brasil"],
    "CD": ["Democratic Republic of the Congo", "DR Congo", "DRC"],
    "CG": ["Republic of the Congo"],
    "CI": ["Ivory Coast"],
    "CN": [
        *("PR China", "P R China", "People's Republic of China", "Peoples Republic of China", "Peoples R China"),
        *("People’s Republic of China", "Mainland China", "China Mainland", "The People's Republic of China", "PRC"),
    ],
    "CZ": ["Czech Republic", "The Czech Republic", "Czechia"],
    "DE": ["Federal Republic of Germany", "West Germany", "FRG"],
    "ES": ["Spain"],
    "GB": [
        *("UK", "U K", "England", "Scotland", "Wales", "Northern Ireland", "Great Britain", "The United Kingdom"),
        *("North Ireland", "England UK", "Scotland UK", "Wales UK"),
    ],
    "HK": ["Hong Kong", "Hong Kong SAR", "Hong Kong China", "Hong Kong SAR China"],
    "IE": ["Republic of Ireland", "Eire"],
    "IR": ["Islamic Republic of Iran", "IR Iran", "Iran Islamic Republic of"],
    "KR": ["Korea", "Republic of Korea", "South Korea", "Korea South", "S Korea", "The Republic of Korea", "ROK"],
    "LA": ["Lao PDR"],
    "MD": ["Republic of Moldova"],
    "MK": ["Macedonia", "Republic of Macedonia"],
    "MM": ["Burma"],
    "MO": ["Macau", "Macao", "Macau SAR", "Macao SAR", "Macau China"],
    "NL": ["The Netherlands", "Holland", "Netherlands"],
    "PS": ["Palestine", "State of Palestine"],
    "RU": ["Russian Federation", "The Russian Federation", "USSR"],
    "SA": ["KSA", "Kingdom of Saudi Arabia", "The Kingdom of Saudi Arabia", "Saudi"],
    "SD": ["Republic of Sudan"],
    "SG": ["Republic of Singapore"],
    "SK": ["Slovak Republic"],
    "SY": ["Syrian Arab Republic", "Syria"],
    "TR": ["Turkey", "Türkiye", "Turkiye"],
    "TW": ["Taiwan ROC", "Taiwan R O C", "Taiwan Republic of China", "Republic of China", "Chinese Taipei"],
    "TZ": ["United Republic of Tanzania"],
    "US": ["USA", "US", "U S A", "United States of America", "The United States", "United States", "EEUU", "EUA"],
    "VE": ["Bolivarian Republic of Venezuela"],
    "VN": ["Viet Nam", "Vietnam", "S R Vietnam"],
    "ZA": ["Republic of South Africa", "RSA"],
}


def main(babel: str) -> None:
    """Reads the unpacked package and writes the names, sorted."""
    sys.path.insert(0, babel)
    from babel import Locale  # the package is in the folder that the argument names

    with (ROOT / "lib" / "stclusters" / "data" / "economies.csv").open(encoding="utf-8") as stored:
        codes = {row["economy"] for row in csv.DictReader(stored)} - {"UNKNOWN"}
    english = {plain(Locale("en").territories[code]): code for code in codes if code in Locale("en").territories}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in codes:
                found[plain(name)].add(code)
    for code, names in SPELLINGS.items():
        for name in names:
            english[plain(name)] = code
    chosen = {name: code for name, (code, *more) in found.items() if not more} | english
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("name", "economy"))
    writer.writerows(sorted((name, code) for name, code in chosen.items() if len(name) > 1))
    TARGET.write_text(text.getvalue(), encoding="utf-8")
    print(f"{TARGET}: {len(chosen)} names")


def plain(name: str) -> str:
    """The name as it is compared: small letters without accents, without points and brackets."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else "" if c in ".'’" else " " for c in folded).split())


if __name__ == "__main__":
    main(sys.argv[1])
