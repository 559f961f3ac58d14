"""Files in an input folder that look like data and would not be read: each is named, with the cure."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import SequenceMatcher
from pathlib import Path

WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers")
PACKED = (".zip", ".7z", ".rar", ".bz2", ".xz", ".zst", ".tar", ".tgz", ".lz4", ".z")
TEXTS = (".csv", ".tsv", ".txt", ".tab", ".dat", ".psv", ".csv.gz", ".tsv.gz", ".txt.gz")
OTHERS = (
    *(".gz", ".json", ".jsonl", ".ndjson", ".parquet", ".pq", ".orc", ".avro", ".feather", ".arrow", ".delta"),
    *(".dta", ".sav", ".sas7bdat", ".rds", ".rdata", ".db", ".sqlite", ".duckdb", ".mdb", ".accdb", ".xml", ".html"),
)
DATA = (*WORKBOOKS, *PACKED, *TEXTS, *OTHERS)
LIKE = 0.85  # of SequenceMatcher.ratio: one letter in a name, or two in a long one


def data_files(folder: Path) -> list[Path]:
    """The files of a folder whose ending, in any case, is that of data; names that begin with _ or . are passed over.

    A link that leads nowhere is among them.
    """
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith(("_", ".")))
    return [entry for entry in entries if entry.name.casefold().endswith(DATA) and not entry.is_dir()]


def is_like(name: str, table: str) -> bool:
    """Whether the name of a file looks like that of a table, or of a part or copy of it.

    >>> is_like("Addresses (1).CSV", "addresses"), is_like("adresses.csv", "addresses"), is_like("a.csv", "addresses")
    (True, True, False)
    """
    stem, wanted = (re.sub(r"[\W_]+", "", text.casefold()) for text in (name.partition(".")[0], table))
    rest = stem.removeprefix(wanted)
    is_part = stem.startswith(wanted) and not (rest and name.casefold()[len(table) :][:1].isalpha())
    return is_part or SequenceMatcher(None, stem, wanted).ratio() >= LIKE


def cure_of(name: str, table: str, endings: Collection[str]) -> str:
    """What to do with a file of another name so that it is read as the table, whose files have one of the endings.

    >>> cure_of("Addresses.CSV", "addresses", [".csv"])
    'rename it to addresses.csv'
    """
    lower = name.casefold()
    ending = next((ending for ending in sorted(endings, key=len, reverse=True) if lower.endswith(ending)), None)
    if lower.endswith(WORKBOOKS):
        return f"save its sheet as CSV UTF-8, with the name {table}.csv"
    if lower.endswith(PACKED):
        return f"unpack it, or pack it by gzip, with the name {table}.csv.gz"
    if ending and re.search(r"\d", name):
        return f"put the parts of the table in a folder {table}"
    if ending:
        return f"rename it to {table}{ending}"
    if lower.endswith((*TEXTS, ".gz")):
        return f"rename it to {table}.csv{'.gz' * lower.endswith('.gz')} if it is CSV"
    return f"save it as CSV or Parquet, with the name {table}.csv or {table}.parquet"
