"""How well the gazetteer places real rows that have both a city and a coordinate."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest
from pyspark.sql import SparkSession

from held import until_the_test_ends
from pipeline import ROOT


def report() -> ModuleType:
    if str(ROOT / "scripts") not in sys.path:
        sys.path.insert(0, str(ROOT / "scripts"))
    return importlib.import_module("geocoding_report")


def test_the_cities_of_ror_are_placed_as_well_as_measured(spark: SparkSession, shared: Path) -> None:
    script, ror = report(), shared / "data/ror/ror_records_latest.csv"
    cities = script.figures(until_the_test_ends(script.organisations(spark, ror)))
    assert cities["rows"] == 51_370
    assert cities["matched"] >= 0.95
    assert cities["within_15_km"] >= 0.975
    assert cities["median_km"] < 1


@pytest.mark.cluster
def test_affiliation_texts_are_placed_as_well_as_measured(spark: SparkSession, shared: Path) -> None:
    script, ror = report(), shared / "data/ror/ror_records_latest.csv"
    works = shared / "data/openalex/works_raw_subset.jsonl.gz"
    texts = until_the_test_ends(script.affiliations(spark, works, ror))
    every, naming = script.figures(texts), script.figures(texts.where("names_city"))
    assert (every["rows"], naming["rows"]) == (5_814, 4_313)
    assert naming["matched"] >= 0.98
    assert naming["within_15_km"] >= 0.985
    assert every["matched"] >= 0.85
