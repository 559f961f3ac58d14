"""PatentsView's bulk tables: who is where, and which place wins."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from bulk import small_gazetteer, write_patentsview
from conftest import rows_of
from pipeline import ROOT
from stclusters.ingest.sources.patentsview import IN_CONFLICT, LOCATED, OF_GAZETTEER, read_patentsview
from stclusters.ingest.sources.raw_tables import RawTables

SAMPLE = ROOT / "lib/stclusters/data/sample"
ROWS = 10_000
ADDRESS = ("document_id", "person_id", "lon", "lat", "economy", "city", "region", "accuracy")


def read(spark: SparkSession, folder: Path, conflict: str = "file", year_of: str = "grant") -> RawTables:
    return read_patentsview(spark, folder, small_gazetteer(spark), (2019, 2023), (), year_of, conflict)  # type: ignore[arg-type]


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


def test_the_year_is_that_of_grant_or_of_filing(spark: SparkSession, small_folder: Path) -> None:
    raw = read_patentsview(spark, small_folder, small_gazetteer(spark), (2018, 2018), (), "filing", "file")
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
