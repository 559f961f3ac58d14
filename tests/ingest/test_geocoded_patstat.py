"""PATSTAT with the open geocodes: which applications count, and where their inventors are."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession

from bulk import small_gazetteer, write_patstat
from conftest import rows_of
from stclusters.ingest.sources.geocoded_patstat import OF_FIRST_FILING, read_geocoded_patstat

ADDRESS = ("document_id", "person_id", "lon", "lat", "economy", "city", "accuracy")


def test_geocodes_of_the_first_filing_place_an_application_and_else_the_city_of_the_address(
    spark: SparkSession, tmp_path: Path
) -> None:
    raw = read_geocoded_patstat(spark, write_patstat(tmp_path), small_gazetteer(spark), (2019, 2023), ())
    nowhere = (None, None)
    assert rows_of(raw.addresses, *ADDRESS) == [
        ("1", None, *nowhere, "FR", None, None),  # two inventors in FR, one geocode of the first filing
        ("1", None, *nowhere, "US", None, None),
        ("1", None, "2.35", "48.85", "FR", "Paris", OF_FIRST_FILING),
        ("2", None, *nowhere, "FR", None, None),
        ("2", None, "-71.11", "42.37", "US", "Cambridge", OF_FIRST_FILING),  # its own geocode
        ("3", "102", *nowhere, "FR", "Lyon", None),
        ("3", "103", *nowhere, "US", "Cambridge", None),  # applicant and inventor
        ("3", "105", *nowhere, "JP", None, None),
    ]
    assert rows_of(raw.documents, "document_id", "kind", "year") == [
        ("1", "patent", 2020),
        ("2", "patent", 2021),
        ("3", "patent", 2020),
    ]
    assert rows_of(raw.records, "table", "reason", "rows") == [  # type: ignore[arg-type]
        ("tls201_appln", None, 3),
        ("tls201_appln", "not_pct", 1),
        ("tls201_appln", "outside_window", 1),
    ]
    assert rows_of(raw.document_fields, "document_id", "field") == [  # type: ignore[arg-type]
        ("1", "Computer technology"),
        ("2", "Pharmaceuticals"),
    ]
    assert rows_of(raw.document_organisations, "document_id", "organisation_id", "type") == [  # type: ignore[arg-type]
        ("1", "504", "organisation"),
        ("3", "503", "person"),
    ]
    raw.release()


def test_a_region_is_looked_for_in_the_address_too(spark: SparkSession, tmp_path: Path) -> None:
    raw = read_geocoded_patstat(spark, write_patstat(tmp_path), small_gazetteer(spark), (2019, 2023), ())
    assert rows_of(raw.addresses.where("person_id = '103'"), "city", "region") == [("Cambridge", "MA")]
    raw.release()
