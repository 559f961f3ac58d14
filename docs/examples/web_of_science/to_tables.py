"""Turns a tab-delimited export of the Web of Science into the canonical tables.

    python docs/examples/web_of_science/to_tables.py EXPORT FOLDER

Read of the export: UT (id), PY (year), DT (type), WE (indexes), WC (categories), AU and C1 (who works where). Only
records of the Science Citation Index Expanded go on; the others are counted. Persons are numbers by their place in AU:
no name is written. An address that names no authors belongs to all of them.
"""

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from stclusters.ingest.affiliations import economy_names

ECONOMIES = dict(economy_names())
SCIENCE = "Science Citation Index Expanded"
US_ENDING = re.compile(r"^([A-Z]{2})?\s*[\d-]*\s*USA$")  # "MA 02139 USA"
Row = dict[str, str]


def main(export: Path, folder: Path) -> None:
    """Writes addresses, documents and document_fields, and says what was left out."""
    with export.open(encoding="utf-8-sig", newline="") as stored:
        records = list(csv.DictReader(stored, delimiter="\t", quoting=csv.QUOTE_NONE))
    kept = [record for record in records if SCIENCE in record["WE"]]
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "documents.csv", ["document_id", "kind", "year", "type"], map(document, kept))
    names = ["document_id", "kind", "person_id", "lon", "lat", "economy", "city", "region"]
    write(folder / "addresses.csv", names, (row for record in kept for row in addresses(record)))
    fields = ((r["UT"], "article", field.strip()) for r in kept for field in r["WC"].split(";") if field.strip())
    write(folder / "document_fields.csv", ["document_id", "kind", "field"], fields)
    print(f"{len(records)} records, {len(kept)} written, {len(records) - len(kept)} of other indexes")


def document(record: Row) -> tuple[str, ...]:
    """A row of `documents`; the type as the method file writes it."""
    return record["UT"], "article", record["PY"], record["DT"].split(";")[0].strip().lower()


def addresses(record: Row) -> Iterator[tuple[str | None, ...]]:
    """A row for each author of each address; an author of none has a row without a place."""
    authors = [name.strip() for name in record["AU"].split(";") if name.strip()]
    numbers = {name: str(number) for number, name in enumerate(authors, start=1)}
    placed = set()
    for named, text in re.findall(r"(?:\[([^\]]*)\]\s*)?([^;\[]+)(?:;|$)", record["C1"]):
        who = [numbers[name.strip()] for name in named.split(";") if name.strip() in numbers] or list(numbers.values())
        for person in who:
            placed.add(person)
            yield record["UT"], "article", person, None, None, *place(text)
    for person in numbers.values():
        if person not in placed:
            yield record["UT"], "article", person, None, None, None, None, None


def place(text: str) -> tuple[str | None, str | None, str | None]:
    """Economy, city and region of an address: "Dept, Univ, City 12345, Country" or "Univ, City, ST 12345 USA"."""
    *before, last = [part.strip() for part in text.strip(" .").split(",")]
    region = None
    if state := US_ENDING.match(last):
        economy, region = "US", state.group(1)
    else:
        economy = ECONOMIES.get(last.lower())
    city = re.sub(r"\b[\w-]*\d[\w-]*\b", "", before[-1]).strip() if before else None
    return economy, city, region


def write(path: Path, names: list[str], rows: Iterator[tuple[str | None, ...]]) -> None:
    """Writes a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as stored:
        writer = csv.writer(stored)
        writer.writerow(names)
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
