"""How well the gazetteer places real rows that have both a city and a coordinate."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from pipeline import ROOT


def test_the_cities_of_ror_are_placed_as_well_as_measured(spark: SparkSession, shared: Path) -> None:
    if str(ROOT / "scripts") not in sys.path:
        sys.path.insert(0, str(ROOT / "scripts"))
    report = importlib.import_module("geocoding_report")
    ror = shared / "data/ror/ror_records_latest.csv"
    cities = report.figures(report.organisations(spark, ror))
    assert cities["rows"] == 51_370
    assert cities["matched"] >= 0.95
    assert cities["within_15_km"] >= 0.975
    assert cities["median_km"] < 1
