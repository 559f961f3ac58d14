"""Bulk files of any size for the bench of sources: copies of real works, and made tables in the published layouts."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from _bench import ROOT

LOCATIONS = 90_000  # about as many as PatentsView has
Cells = Iterable[Sequence[Any]]
Tables = Mapping[str, tuple[str, Cells]]  # columns and rows by the name of the file


def copy_works(works: Path, copies: int, to: Path) -> None:
    """A gzip file of JSON lines a copy: the works under ids of their own, with affiliation texts of their own."""
    with gzip.open(works, "rt", encoding="utf-8") as stored:
        lines = [(json.loads(line)["id"], line) for line in stored]
    to.mkdir(parents=True)
    text = '"raw_affiliation_string": "'
    for copy in range(copies):
        with gzip.open(to / f"part_{copy:03d}.gz", "wt", encoding="utf-8", compresslevel=6) as out:
            for name, line in lines:
                out.write(line.replace(f'"{name}"', f'"{name}{copy:03d}"').replace(text, f"{text}Group {copy}, "))


def write_packed(root: Path, tables: Tables) -> tuple[Path, ...]:
    """The files of the tables, packed by zip, or by gzip where the name says so; those that are there stay."""
    root.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, (columns, rows) in tables.items():
        path = root / (name if name.endswith(".gz") else f"{name}.zip")
        paths.append(path)
        if path.is_file():
            continue
        if path.suffix == ".gz":
            with gzip.open(path, "wt", encoding="utf-8", compresslevel=6) as out:
                out.writelines(_lines(name, columns, rows))
        else:
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed, packed.open(name, "w") as raw:
                raw.writelines(line.encode() for line in _lines(name, columns, rows))
    return tuple(paths)


def _lines(name: str, columns: str, rows: Cells) -> Iterator[str]:
    """Every cell in quotes and a tab between them in .tsv files; a comma, and quotes for texts alone, in others."""
    if name.endswith(".tsv"):
        yield "\t".join(f'"{column}"' for column in columns.split()) + "\n"
        yield from ('"' + '"\t"'.join(map(str, row)) + '"\n' for row in rows)
    else:
        yield ",".join(columns.split()) + "\n"
        yield from (
            ",".join(f'"{cell}"' if isinstance(cell, str) else str(cell) for cell in row) + "\n" for row in rows
        )


def patentsview(inventors: int) -> Tables:
    """Three inventors a patent, granted from 1976 to 2024; one in 25 locations lies far from its city."""
    patents = range(inventors // 3)
    grants = ((n, "utility", f"{1976 + n % 49}-06-19", f"Example {n}", "B2", 20, 0, "ipg.xml") for n in patents)
    persons = (
        (n // 3, n % 3, f"fl:ca_ln:example-{n % 4_000_000}", "Example", "Name", "", _id(n)) for n in range(inventors)
    )
    places = (
        (_id(n), one["name"], one["region"] or "", one["economy"], one["lat"] - (n % 25 == 0), one["lon"], "", "", "")
        for n, one in enumerate(_cities())
    )
    fields = ((n, 0, 1 + n % 35, "Chemistry", "Organic fine chemistry") for n in patents)
    assignees = ((n, 0, f"org-{n % 400_000}", "", "", f"Example {n % 400_000} Inc.", 2, _id(n)) for n in patents)
    return {
        "g_patent.tsv": (
            "patent_id patent_type patent_date patent_title wipo_kind num_claims withdrawn filename",
            grants,
        ),
        "g_inventor_disambiguated.tsv": (
            "patent_id inventor_sequence inventor_id disambig_inventor_name_first disambig_inventor_name_last "
            "gender_code location_id",
            persons,
        ),
        "g_location_disambiguated.tsv": (
            "location_id disambig_city disambig_state disambig_country latitude longitude county state_fips "
            "county_fips",
            places,
        ),
        "g_wipo_technology.tsv": (
            "patent_id wipo_field_sequence wipo_field_id wipo_sector_title wipo_field_title",
            fields,
        ),
        "g_assignee_disambiguated.tsv": (
            "patent_id assignee_sequence assignee_id disambig_assignee_individual_name_first "
            "disambig_assignee_individual_name_last disambig_assignee_organization assignee_type location_id",
            assignees,
        ),
    }


def _id(number: int) -> str:
    return f"{number * 7919 % LOCATIONS:08x}-16c8-11ed-9b5f-1234bf3cd657"


def _cities() -> list[dict[str, Any]]:
    columns = ["name", "region", "economy", "lon", "lat", "population"]
    places = pq.read_table(ROOT / "lib/stclusters/data/gazetteer.parquet", columns=columns)
    found: list[dict[str, Any]] = places.sort_by([("population", "descending")]).slice(0, LOCATIONS).to_pylist()
    return found


def patstat(parties: int) -> Tables:
    """PATSTAT's own proportions: three parties an application, a person for four; one in 28 is PCT, half geocoded."""
    applications, persons = range(1, parties // 3), parties // 4
    cities = _cities()

    def lived(n: int) -> dict[str, Any]:
        return cities[n * 7919 % LOCATIONS]

    kinds = (
        (n, "WO", f"{n:09d}", "A" if n % 28 else "W", "2018-01-01", "EP", 2000 + n % 25, n - 1, "N", n)
        for n in applications
    )
    people = (
        (
            n,
            "Example, Name",
            f"{n} Example St., {lived(n)['name']}",
            lived(n)["economy"],
            n,
            "EXAMPLE",
            "COMPANY" if n % 3 else "INDIVIDUAL",
        )
        for n in range(persons)
    )
    of_applications = ((n * 7919 % persons, n // 3, int(n % 3 == 0), int(n % 3 > 0) * (n % 3)) for n in range(parties))
    fields = ((n, 1 + n % 35, 1.0) for n in applications)
    geocodes = (
        (n - 1, "FR", "2017-01-01", one["lat"], one["lon"], "", "", one["name"], one["economy"], "GN", 1, "priority")
        for n in range(56, parties // 3, 56)
        for one in (lived(n), lived(n + 1))
    )
    return {
        "tls201_part01.csv": (
            "appln_id appln_auth appln_nr appln_kind appln_filing_date receiving_office earliest_publn_year "
            "earliest_filing_id granted docdb_family_id",
            kinds,
        ),
        "tls206_part01.csv": (
            "person_id person_name person_address person_ctry_code psn_id psn_name psn_sector",
            people,
        ),
        "tls207_part01.csv": ("person_id appln_id applt_seq_nr invt_seq_nr", of_applications),
        "tls230_part01.csv": ("appln_id techn_field_nr weight", fields),
        "geoc_inv.txt": (
            "appln_id patent_office filing_date lat lng name_0 name_1 city ctry_code coord_source source type",
            geocodes,
        ),
    }


def canonical(addresses: int) -> Tables:
    """Three addresses a document, one in ten by its city without coordinates."""
    documents, cities = range(addresses // 3), _cities()
    places = (
        (
            f"P{n // 3}",
            "patent",
            f"p{n % 3}",
            *((one["lon"], one["lat"]) if n % 10 else ("", "")),
            one["economy"],
            one["name"],
        )
        for n in range(addresses)
        for one in (cities[n * 7919 % LOCATIONS],)
    )
    return {
        "addresses.csv.gz": ("document_id kind person_id lon lat economy city", places),
        "documents.csv.gz": ("document_id kind year", ((f"P{n}", "patent", 2020) for n in documents)),
        "document_fields.csv.gz": ("document_id kind ipc", ((f"P{n}", "patent", "G06F 17/30") for n in documents)),
    }
