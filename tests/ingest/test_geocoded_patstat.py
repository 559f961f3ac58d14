"""PATSTAT with the open geocodes: which applications count, and where their inventors are."""

from __future__ import annotations

from read_samples import Rows, values_of
from stclusters.ingest.sources.geocoded_patstat import OF_FIRST_FILING

ADDRESS = ("document_id", "person_id", "lon", "lat", "economy", "city", "accuracy")


def test_geocodes_of_the_first_filing_place_an_application_and_else_the_city_of_the_address(
    patstat: Rows,
) -> None:
    nowhere = (None, None)
    assert values_of(patstat["addresses"], *ADDRESS) == [
        ("1", None, *nowhere, "FR", None, None),  # two inventors in FR, one geocode of the first filing
        ("1", None, *nowhere, "US", None, None),
        ("1", None, "2.35", "48.85", "FR", "Paris", OF_FIRST_FILING),
        ("2", None, *nowhere, "FR", None, None),
        ("2", None, "-71.11", "42.37", "US", "Cambridge", OF_FIRST_FILING),  # its own geocode
        ("3", "102", *nowhere, "FR", "Lyon", None),
        ("3", "103", *nowhere, "US", "Cambridge", None),  # applicant and inventor
        ("3", "105", *nowhere, "JP", None, None),
    ]
    assert values_of(patstat["documents"], "document_id", "kind", "year") == [
        ("1", "patent", 2020),
        ("2", "patent", 2021),
        ("3", "patent", 2020),
    ]
    assert values_of(patstat["records"], "table", "reason", "rows") == [
        ("tls201_appln", None, 3),
        ("tls201_appln", "not_pct", 1),
        ("tls201_appln", "outside_window", 1),
    ]
    assert values_of(patstat["document_fields"], "document_id", "field") == [
        ("1", "Computer technology"),
        ("2", "Pharmaceuticals"),
    ]
    assert values_of(patstat["document_organisations"], "document_id", "organisation_id", "type") == [
        ("1", "504", "organisation"),
        ("3", "503", "person"),
    ]


def test_a_region_is_looked_for_in_the_address_too(patstat: Rows) -> None:
    rows = [row for row in patstat["addresses"] if row["person_id"] == "103"]
    assert values_of(rows, "city", "region") == [("Cambridge", "MA")]
