"""PatentsView's bulk tables: who is where, and which place wins."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from bulk import PATENTSVIEW, Row, write_patentsview
from conftest import rows_of
from pipeline import ROOT
from stclusters.ingest.sources.patentsview import IN_CONFLICT, LOCATED, OF_GAZETTEER, read_patentsview
from stclusters.ingest.sources.raw_tables import RawTables

DATA = ROOT / "lib/stclusters/data"
ROWS = 10_000
ADDRESS = ("document_id", "person_id", "lon", "lat", "economy", "city", "region", "accuracy")


def read(spark: SparkSession, folder: Path, conflict: str = "file", year_of: str = "grant") -> RawTables:
    return read_patentsview(spark, folder, (2019, 2023), (), year_of, conflict)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_patentsview(tmp_path_factory.mktemp("patentsview"))


def test_an_inventor_is_at_the_location_and_one_far_from_its_city_is_told(
    spark: SparkSession, small_folder: Path
) -> None:
    raw = read(spark, small_folder)
    paris = ("2.3522", "48.8566", "FR", "Paris", None, LOCATED)
    assert rows_of(raw.addresses, *ADDRESS) == [
        ("US10000001", "fl:ca_ln:name-1", *paris),
        ("US10000001", "fl:ca_ln:name-2", "141.5", "34.1", "JP", "Tokyo", None, IN_CONFLICT),
        ("US10000002", "#0", None, None, "US", "Cambridge", "MA", LOCATED),
        ("US10000002", "fl:ca_ln:name-3", None, None, None, None, None, None),
        ("USD900000", "fl:ca_ln:name-4", *paris),
    ]
    records = rows_of(raw.records, "table", "reason", "rows")  # type: ignore[arg-type]
    assert records == [
        ("g_inventor_disambiguated", None, 5),
        ("g_inventor_disambiguated", "no_document", 1),
        ("g_patent", None, 3),
        ("g_patent", "outside_window", 1),
        ("g_patent", "withdrawn", 1),
    ]
    organisations = rows_of(raw.document_organisations, "organisation_id", "organisation_name", "type")  # type: ignore[arg-type]
    assert organisations == [("org-1", "Example Corp.", "organisation"), ("person-1", None, "person")]
    raw.release()


def test_the_gazetteer_wins_where_the_setting_says_so(spark: SparkSession, small_folder: Path) -> None:
    raw = read(spark, small_folder, conflict="gazetteer")
    tokyo = rows_of(raw.addresses.where("city = 'Tokyo'"), "lon", "lat", "accuracy")
    assert tokyo == [("139.69171", "35.6895", OF_GAZETTEER)]
    raw.release()


def test_a_coordinate_that_is_no_number_is_not_far_from_its_city(spark: SparkSession, tmp_path: Path) -> None:
    columns, rows = PATENTSVIEW["g_location_disambiguated"]
    values = ["NaN", "Infinity", "1e400", "-inf", "48,85"]
    changed = [("loc-paris", "Paris", None, "FR", value, value, None, None, None) for value in values[:1]]
    changed += [(f"loc-{value}", "Paris", None, "FR", value, "2.35", None, None, None) for value in values]
    inventors = [("D900000", at, f"fl:x-{at}", None, None, "F", row[0]) for at, row in enumerate(changed)]
    folder = write_patentsview(
        tmp_path,
        g_location_disambiguated=(columns, [*rows[1:], *changed]),
        g_inventor_disambiguated=(PATENTSVIEW["g_inventor_disambiguated"][0], inventors),
    )
    raw = read(spark, folder, conflict="gazetteer")
    found = rows_of(raw.addresses, "person_id", "lon", "lat", "accuracy")
    assert found == sorted((f"fl:x-{at}", row[5], row[4], LOCATED) for at, row in enumerate(changed))
    raw.release()


def test_the_year_is_that_of_grant_or_of_filing(spark: SparkSession, small_folder: Path) -> None:
    raw = read_patentsview(spark, small_folder, (2018, 2018), (), "filing", "file")
    assert rows_of(raw.documents, "document_id", "year", "type") == [("US10000001", 2018, "utility")]
    raw.release()


def test_fields_come_from_wipo_else_from_ipc_else_from_cpc(spark: SparkSession, tmp_path: Path) -> None:
    folder = write_patentsview(tmp_path)
    expected = {
        "g_wipo_technology": [
            ("US10000001", None, "Computer technology"),
            ("US10000002", None, "Pharmaceuticals"),
        ],
        "g_ipc_at_issue": [("US10000001", "G06F 17/00", None)],
        "g_cpc_current": [("US10000001", "A61K31/00", None)],
    }
    for name, rows in expected.items():
        raw = read(spark, folder)
        assert raw.document_fields is not None
        assert rows_of(raw.document_fields, "document_id", "ipc", "field") == rows
        raw.release()
        (folder / f"{name}.tsv.zip").unlink()
    raw = read(spark, folder)
    assert raw.document_fields is None
    raw.release()


def shipped(name: str) -> list[Row]:
    rows: list[Row] = pq.read_table(DATA / f"{name}.parquet").to_pylist()
    return rows


def place_of(row: Row) -> tuple[str, str | None, str]:
    return row["city"], row["region"], row["economy"]


def table(name: str, rows: list[Row]) -> tuple[str, list[tuple[object, ...]]]:
    """A table with the published columns, those that a row has not empty."""
    columns = PATENTSVIEW[name][0]
    return columns, [tuple(row.get(column) for column in columns.split()) for row in rows]


def coordinates(gazetteer: list[Row]) -> dict[tuple[str, str], tuple[float, float]]:
    """The coordinate of each city by name and economy, where only one place and no region has that name."""
    keys = shipped("place_keys")
    named = Counter((row["key"], gazetteer[row["place"]]["economy"]) for row in keys)
    regions = {str(row["region_name"]).lower() for row in gazetteer}
    return {
        (row["name"], row["economy"]): (row["lat"], row["lon"])
        for row in gazetteer
        if named[row["name"].lower(), row["economy"]] == 1 and row["name"].lower() not in regions
    }


@pytest.mark.cluster
def test_ten_thousand_real_inventors_in_the_published_layout_are_counted_as_by_hand(
    spark: SparkSession, tmp_path: Path
) -> None:
    """Real inventors of the shipped sample; every fifth coordinate is five degrees north of its city."""
    mentions = [row for row in shipped("sample/addresses") if row["kind"] == "patent"][::13][:ROWS]
    known = coordinates(shipped("gazetteer"))
    places = sorted({place_of(row) for row in mentions}, key=str)
    ids = {place: f"loc-{number}" for number, place in enumerate(places)}
    located = [(place, known[place[0], place[2]]) for place in places if (place[0], place[2]) in known]
    moved = {place for place, _ in located[::5]}
    at = {place: (lat + 5 * (place in moved), lon) for place, (lat, lon) in located}
    used = {row["document_id"] for row in mentions}
    patents = [row for row in shipped("sample/documents") if row["document_id"] in used]
    withdrawn = {row["document_id"] for row in patents[::50]}

    def reason(row: Row) -> str | None:
        if row["document_id"] in withdrawn:
            return "withdrawn"
        if row["type"] != "utility":
            return "type_excluded"
        return None if 2013 <= row["year"] <= 2022 else "outside_window"

    kept = {row["document_id"] for row in patents if reason(row) is None}
    counting = [row for row in mentions if row["document_id"] in kept]
    stated = [place_of(row) for row in counting]
    symbols = [row for row in shipped("sample/document_fields") if row["document_id"] in used]
    folder = write_patentsview(
        tmp_path,
        g_patent=table(
            "g_patent",
            [
                {
                    "patent_id": row["document_id"][2:],
                    "patent_type": row["type"],
                    "patent_date": f"{row['year']}-06-30",
                    "patent_title": 'A "title"\tof two\nlines',
                    "withdrawn": int(row["document_id"] in withdrawn),
                }
                for row in patents
            ],
        ),
        g_inventor_disambiguated=table(
            "g_inventor_disambiguated",
            [
                {
                    "patent_id": row["document_id"][2:],
                    "inventor_sequence": int(row["person_id"]) - 1,
                    "inventor_id": f"fl:ca_ln:name-{row['person_id']}",
                    "disambig_inventor_name_last": "CANARY",
                    "location_id": ids[place_of(row)],
                }
                for row in mentions
            ],
        ),
        g_location_disambiguated=table(
            "g_location_disambiguated",
            [
                {
                    "location_id": ids[place],
                    **dict(zip(("disambig_city", "disambig_state", "disambig_country"), place, strict=True)),
                    **dict(zip(("latitude", "longitude"), at.get(place, (None, None)), strict=True)),
                }
                for number, place in enumerate(places)
            ],
        ),
        g_cpc_current=table(
            "g_cpc_current",
            [
                {"patent_id": row["document_id"][2:], "cpc_group": row["ipc"], "cpc_type": "inventional"}
                for row in symbols
            ],
        ),
    )
    for other in ("g_wipo_technology", "g_ipc_at_issue"):
        (folder / f"{other}.tsv.zip").unlink()
    raw = read_patentsview(spark, folder, (2013, 2022), ("utility",), "grant", "file")
    records = {(row["table"], row["reason"]): row["rows"] for row in raw.records.collect()}  # type: ignore[union-attr]
    assert records == {
        **{("g_patent", why): rows for why, rows in Counter(map(reason, patents)).items()},
        ("g_inventor_disambiguated", None): len(counting),
        ("g_inventor_disambiguated", "no_document"): ROWS - len(counting),
    }
    assert len(kept) > 5_000
    assert {row[0] for row in rows_of(raw.documents, "document_id")} == kept
    found = Counter(rows_of(raw.addresses, "city", "region", "economy", "lat", "accuracy"))
    assert found == Counter(
        (*place, str(at[place][0]) if place in at else None, IN_CONFLICT if place in moved else LOCATED)
        for place in stated
    )
    assert sum(place in moved for place in stated) > 100
    assert raw.document_fields is not None
    assert rows_of(raw.document_fields, "document_id", "ipc") == sorted(
        (row["document_id"], row["ipc"]) for row in symbols if row["document_id"] in kept
    )
    raw.release()
