"""Bulk files as they are published, small and invented: what tests of sources read."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, Any]
OPENALEX = "https://openalex.org/"


def work(name: str, *authorships: Row, field: int | None = 22, **changes: Any) -> Row:
    """A work as in the snapshot, with more fields than are read; it is an article of 2020 in a field of science."""
    topic = None if field is None else {"id": f"{OPENALEX}T1", "field": {"id": f"{OPENALEX}fields/{field}"}}
    record = {
        "id": OPENALEX + name,
        "doi": None,
        "title": 'A "title"\nof two lines',
        "publication_year": 2020,
        "type": "article",
        "is_retracted": False,
        "primary_topic": topic,
        "authorships": list(authorships),
        "updated_date": "2024-05-01T00:00:00.000000",
    }
    return record | changes


def author(name: str | None, *institutions: Row, texts: dict[str, list[str]] | None = None) -> Row:
    """An authorship; `texts` are affiliation texts with the institutions that they name."""
    affiliations = [
        {"raw_affiliation_string": text, "institution_ids": [OPENALEX + one for one in ids]}
        for text, ids in (texts or {}).items()
    ]
    return {
        "author_position": "first",
        "author": {"id": name and OPENALEX + name, "display_name": "CANARY Name", "orcid": None},
        "institutions": list(institutions),
        "countries": sorted({one["country_code"] for one in institutions}),
        "raw_author_name": "CANARY Name",
        "raw_affiliation_strings": list(texts or {}),
        "affiliations": affiliations,
    }


def institution(name: str, country: str, ror: str | None = None) -> Row:
    """An institution as an authorship names it."""
    return {"id": OPENALEX + name, "display_name": f"University {name}", "ror": ror, "country_code": country}


def located(name: str, lon: float | None, lat: float | None, city: str | None, country: str) -> Row:
    """An institution as the snapshot's own `institutions` have it."""
    geo = {"city": city, "region": None, "country_code": country, "latitude": lat, "longitude": lon}
    return {"id": OPENALEX + name, "ror": None, "geo": geo, "updated_date": "2024-01-01"}


I1, I2, I3 = institution("I1", "FR", "https://ror.org/01"), institution("I2", "GB"), institution("I3", "US")
SHARED = author("A5", I1, I2, texts={"I1 and University I2, London NW1, UK": ["I1", "I2"], "Department of Physics": []})
INSTITUTIONS = [
    located("I1", 2.35, 48.86, "Paris", "FR"),
    located("I2", None, None, "London", "GB"),
]
WORKS = [
    work("W1", author("A1", I1, I2), author("A2", texts={"Laboratoire X, Université, 69007 Lyon Cedex, France": []})),
    work("W2", author("A1", I1), is_retracted=True),
    work("W3", author("A1", I1), type="review"),
    work("W4", author("A1", I1), field=33),
    work("W5", author("A1", I1), field=None),
    work("W6", author("A1", I1), publication_year=1999),
    work("W7", author("A1", I1), updated_date="2023-01-01T00:00:00.000000", publication_year=2021),
    work("W7", author("A3", I2)),
    work("W8", author("A4")),
    work("W9", author(None, I3, texts={"Dept, University I3, Cambridge, MA 02139, USA": ["I3"]}), SHARED, field=31),
    work("W10", author("A1", I1), publication_year=None),
]


def write_openalex(root: Path, works: list[Row] = WORKS, layout: str = "data", files: int = 2) -> Path:
    """A snapshot folder of the layout ("data", "data/jsonl", "data/parquet"), with a manifest; its root."""
    for entity, records in (("works", works), ("institutions", INSTITUTIONS)):
        entries = []
        table = pa.Table.from_pylist(records)  # one schema for all parts
        for number in range(files):
            part = records[number::files]
            ending = "parquet" if layout.endswith("parquet") else "gz"
            path = root / layout / entity / f"updated_date=2024-05-0{number + 1}" / f"part_000.{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            if ending == "parquet":
                pq.write_table(table.take(list(range(number, len(records), files))), path)
            else:
                path.write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in part).encode()))
            url = f"s3://openalex/{path.relative_to(root)}"
            entries.append({"url": url, "meta": {"content_length": path.stat().st_size, "record_count": len(part)}})
        manifest = root / layout / entity / "manifest"
        manifest.write_text(json.dumps({"entries": entries, "meta": {"content_length": 0}}))
    return root


def write_text(path: Path, columns: str, rows: list[tuple[object, ...]], quote: str = '"') -> None:
    """A delimited file as offices publish them: every cell in quotes, quotes doubled; packed as the name ends.

    The delimiter is a tab in .tsv files and a comma in others.
    """
    delimiter = "\t" if ".tsv" in path.name else ","

    def line(cells: Iterable[object]) -> str:
        texts = ("" if cell is None else str(cell).replace('"', '""') for cell in cells)
        return delimiter.join(f"{quote}{text}{quote}" for text in texts) + "\n"

    text = (line(columns.split()) + "".join(line(row) for row in rows)).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(path.stem, text)
    else:
        path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


PATENTSVIEW: dict[str, tuple[str, list[tuple[object, ...]]]] = {  # columns as in the data dictionary of 2024
    "g_patent": (
        "patent_id patent_type patent_date patent_title wipo_kind num_claims withdrawn filename",
        [
            ("10000001", "utility", "2020-06-19", 'A "quoted"\ttitle', "B2", 20, 0, "ipg.xml"),
            ("10000002", "utility", "2021-01-05", "Two", "B2", 1, 0, "ipg.xml"),
            ("D900000", "design", "2020-02-04", "Three", "S1", 1, 0, "ipg.xml"),
            ("4000000", "utility", "1976-12-28", "Four", "A", 1, 0, "ipg.xml"),
            ("10000005", "utility", "2020-03-03", "Five", "B2", 1, 1, "ipg.xml"),
        ],
    ),
    "g_application": (
        "application_id patent_id patent_application_type filing_date series_code rule_47_flag",
        [("15/1", "10000001", 15, "2018-06-19", 15, 0), ("15/2", "10000002", 15, "2012-01-05", 15, 0)],
    ),
    "g_inventor_disambiguated": (
        "patent_id inventor_sequence inventor_id disambig_inventor_name_first disambig_inventor_name_last "
        "gender_code location_id",
        [
            ("10000001", 0, "fl:ca_ln:name-1", "CANARY", "Name", "F", "loc-paris"),
            ("10000001", 1, "fl:ca_ln:name-2", "CANARY", "Name", "M", "loc-tokyo"),
            ("10000002", 0, None, "CANARY", "Name", "M", "loc-cambridge"),
            ("10000002", 1, "fl:ca_ln:name-3", "CANARY", "Name", "M", None),
            ("D900000", 0, "fl:ca_ln:name-4", "CANARY", "Name", "M", "loc-paris"),
            ("4000000", 0, "fl:ca_ln:name-5", "CANARY", "Name", "M", "loc-paris"),
        ],
    ),
    "g_location_disambiguated": (
        "location_id disambig_city disambig_state disambig_country latitude longitude county state_fips county_fips",
        [
            ("loc-paris", "Paris", None, "FR", 48.8566, 2.3522, None, None, None),
            ("loc-tokyo", "Tokyo", None, "JP", 34.1, 141.5, None, None, None),  # in the sea
            ("loc-cambridge", "Cambridge", "MA", "US", None, None, "Middlesex", 25, 17),
        ],
    ),
    "g_wipo_technology": (
        "patent_id wipo_field_sequence wipo_field_id wipo_sector_title wipo_field_title",
        [("10000001", 0, 6, "Electrical engineering", "Computer technology"), ("10000002", 0, 16, "Chemistry", "Ph")],
    ),
    "g_ipc_at_issue": (
        "patent_id ipc_sequence classification_level section ipc_class subclass main_group subgroup "
        "classification_value classification_status classification_data_source action_date ipc_version_indicator",
        [("10000001", 0, "A", "G", "06", "F", "17", "30", "I", "B", "H", "2020-06-19", "2006-01-01")],
    ),
    "g_cpc_current": (
        "patent_id cpc_sequence cpc_section cpc_class cpc_subclass cpc_group cpc_type cpc_symbol_position",
        [
            ("10000001", 0, "A", "A61", "A61K", "A61K31/00", "inventional", "F"),
            ("10000001", 1, "Y", "Y02", "Y02E", "Y02E10/50", "additional", "L"),
        ],
    ),
    "g_assignee_disambiguated": (
        "patent_id assignee_sequence assignee_id disambig_assignee_individual_name_first "
        "disambig_assignee_individual_name_last disambig_assignee_organization assignee_type location_id",
        [
            ("10000001", 0, "org-1", None, None, "Example Corp.", 2, "loc-paris"),
            ("10000002", 0, "person-1", "CANARY", "Name", None, 4, "loc-paris"),
        ],
    ),
}

PATSTAT: dict[str, tuple[str, list[tuple[object, ...]]]] = {  # the columns that are read, and some that are not
    "tls201_appln": (
        "appln_id appln_auth appln_nr appln_kind appln_filing_date receiving_office earliest_publn_year "
        "earliest_filing_id granted docdb_family_id",
        [
            (1, "WO", "001", "W", "2018-01-01", "EP", 2020, 11, "N", 900),
            (2, "WO", "002", "W", "2018-01-01", "US", 2021, 2, "N", 901),
            (3, "WO", "003", "W", "2018-01-01", "IB", 2020, 13, "N", 902),
            (4, "EP", "004", "A", "2018-01-01", "", 2020, 11, "N", 900),
            (5, "WO", "005", "W", "2018-01-01", "EP", 9999, 15, "N", 903),
        ],
    ),
    "tls206_person": (
        "person_id person_name person_address person_ctry_code psn_id psn_name psn_sector",
        [
            (101, "CANARY, Name", "1 rue X, 75005 Paris", "FR", 501, "CANARY NAME", "INDIVIDUAL"),
            (102, "CANARY, Name", "CANARY Road, 69007 Lyon", "FR", 502, "CANARY NAME", "INDIVIDUAL"),
            (103, "CANARY, Name", "2 Main St., Cambridge, MA 02139", "US", 503, "CANARY NAME", "INDIVIDUAL"),
            (104, "Example Corp.", "1 Plaza, Paris", "FR", 504, "EXAMPLE CORP", "COMPANY"),
            (105, "CANARY, Name", None, "JP", 505, "CANARY NAME", "INDIVIDUAL"),
        ],
    ),
    "tls207_pers_appln": (
        "person_id appln_id applt_seq_nr invt_seq_nr",
        [
            *((101, 1, 0, 1), (102, 1, 0, 2), (104, 1, 1, 0), (103, 1, 0, 3)),
            *((101, 2, 0, 1),),
            *((102, 3, 0, 1), (103, 3, 1, 2), (105, 3, 0, 3), (101, 4, 0, 1)),
        ],
    ),
    "tls209_appln_ipc": (
        "appln_id ipc_class_symbol ipc_class_level ipc_version ipc_value",
        [(1, "G06F  17/30", "A", "2006-01-01", "I"), (2, "A61K  31/00", "A", "2006-01-01", "I")],
    ),
    "tls230_appln_techn_field": ("appln_id techn_field_nr weight", [(1, 6, 1.0), (2, 16, 1.0), (4, 6, 1.0)]),
    "geoc_inv": (
        "appln_id patent_office filing_date lat lng name_0 name_1 city ctry_code coord_source source type",
        [
            (11, "FR", "2017-01-01", 48.85, 2.35, "France", "Île-de-France", "Paris", "FR", "GN", 1, "priority"),
            (2, "US", "2018-01-01", 42.37, -71.11, "United States", "Mass.", "Cambridge", "US", "GN", 1, "priority"),
            (77, "US", "2018-01-01", 42.37, -71.11, "United States", "Mass.", "Cambridge", "US", "GN", 1, "priority"),
        ],
    ),
}

TABLES: dict[str, tuple[str, list[tuple[object, ...]]]] = {
    "addresses": (
        "document_id kind person_id lon lat economy city",
        [("P1", "patent", "a", 2.35, 48.86, "FR", None), ("W1", "article", "b", None, None, "GB", "London")],
    ),
    "documents": ("document_id kind year", [("P1", "patent", 2020), ("W1", "article", 2020)]),
    "document_fields": ("document_id kind ipc", [("P1", "patent", "G06F 17/30")]),
}


def write_patentsview(root: Path, ending: str = ".tsv.zip", **changed: tuple[str, list[tuple[object, ...]]]) -> Path:
    """A folder of PatentsView's tables, with some in the place of the sample's; its path."""
    for name, (columns, rows) in (PATENTSVIEW | changed).items():
        write_text(root / f"{name}{ending}", columns, rows)
    return root


def write_patstat(root: Path, **changed: tuple[str, list[tuple[object, ...]]]) -> Path:
    """A folder of PATSTAT's tables in numbered parts, zipped as the office does, and the open geocodes; its path."""
    for name, (columns, rows) in (PATSTAT | changed).items():
        if name == "geoc_inv":
            write_text(root / "geoc_inv.txt", columns, rows, quote="")
            continue
        number = name.split("_")[0]
        for part in (1, 2):
            write_text(root / f"{number}_part0{part}.zip", columns, rows[part - 1 :: 2])
    return root


def write_tables(root: Path, **changed: tuple[str, list[tuple[object, ...]]]) -> Path:
    """A folder of canonical tables; its path."""
    for name, (columns, rows) in (TABLES | changed).items():
        write_text(root / f"{name}.csv", columns, rows)
    return root
