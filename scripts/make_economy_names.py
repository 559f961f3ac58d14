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
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "lib"))

from stclusters.ingest.texts.names import name_words  # noqa: E402 (path set above)

TARGET = ROOT / "lib" / "stclusters" / "data" / "economy_names.csv"
LANGUAGES = (
    *("en", "fr", "de", "es", "pt", "it", "nl", "pl", "cs", "sk", "hu", "ro", "tr", "sv"),
    *("da", "nb", "fi", "et", "lv", "lt", "sl", "hr", "id", "ms", "vi", "sq", "ca", "eu", "gl", "bs", "sr_Latn"),
    *("ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "mn", "el", "ka", "hy", "he", "ar", "fa", "ur", "hi", "bn"),
    *("ta", "te", "th", "zh", "zh_Hant", "ja", "ko"),
)
CITIES = ("columbia",)  # names of some language that are in English a city's or a region's
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
        *("P R of China", "PR of China", "Peoples Rep China", "中华人民共和国", "中華人民共和國", "КНР"),
        *("People’s Republic of China", "Mainland China", "China Mainland", "The People's Republic of China", "PRC"),
    ],
    "CZ": ["Czech Rep", "Czech Republic", "The Czech Republic", "Czechia"],
    "DE": ["Federal Republic of Germany", "West Germany", "FRG"],
    "ES": ["Spain"],
    "GB": [
        *("UK", "U K", "England", "Scotland", "Wales", "Northern Ireland", "Great Britain", "The United Kingdom"),
        *(
            "N Ireland",
            "Großbritannien",
            "Grossbritannien",
            "Grande-Bretagne",
            "Gran Bretaña",
            "Inglaterra",
            "Angleterre",
        ),
        *("North Ireland", "England UK", "Scotland UK", "Wales UK"),
    ],
    "HK": ["Hong Kong", "Hong Kong SAR", "Hong Kong China", "Hong Kong SAR China"],
    "IE": ["Republic of Ireland", "Eire"],
    "IR": ["Islamic Republic of Iran", "IR Iran", "Iran Islamic Republic of"],
    "KR": [
        "Korea Republic of",
        "Rep of Korea",
        "대한민국",
        "Korea",
        "Republic of Korea",
        "South Korea",
        "Korea South",
        "S Korea",
        "The Republic of Korea",
        "ROK",
    ],
    "JP": ["日本国"],
    "LA": ["Lao PDR"],
    "MD": ["Republic of Moldova"],
    "MK": ["Macedonia", "Republic of Macedonia"],
    "MM": ["Burma"],
    "MO": ["Macau", "Macao", "Macau SAR", "Macao SAR", "Macau China"],
    "NL": ["The Netherlands", "Holland", "Netherlands"],
    "PS": ["Palestine", "State of Palestine"],
    "RU": ["РФ", "Russian Federation", "The Russian Federation", "USSR"],
    "SA": ["KSA", "Kingdom of Saudi Arabia", "The Kingdom of Saudi Arabia", "Saudi"],
    "SD": ["Republic of Sudan"],
    "SG": ["Republic of Singapore"],
    "SK": ["Slovak Republic"],
    "SY": ["Syrian Arab Republic", "Syria"],
    "TR": ["Turkey", "Türkiye", "Turkiye"],
    "TW": [
        "Taiwan R O C",
        "ROC",
        "中華民國",
        "Taiwan ROC",
        "Taiwan Republic of China",
        "Republic of China",
        "Chinese Taipei",
    ],
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
    english = {name_words(Locale("en").territories[code]): code for code in codes if code in Locale("en").territories}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if code in codes:
                found[name_words(name)].add(code)
    for code, names in SPELLINGS.items():
        for name in names:
            english[name_words(name)] = code
    for name in CITIES:
        found.pop(name, None)
    chosen = {name: code for name, (code, *more) in found.items() if not more} | english
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("name", "economy"))
    writer.writerows(sorted((name, code) for name, code in chosen.items() if len(name) > 1))
    TARGET.write_text(text.getvalue(), encoding="utf-8")
    print(f"{TARGET}: {len(chosen)} names")


if __name__ == "__main__":
    main(sys.argv[1])
