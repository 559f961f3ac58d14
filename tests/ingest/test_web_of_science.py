"""The worked example of another holding: an export of the Web of Science becomes canonical tables and is ingested."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from pipeline import ROOT, method_file, place_file, run_job, stored

EXAMPLE = ROOT / "docs" / "examples" / "web_of_science"


def test_the_example_runs_as_the_document_says(spark: SparkSession, tmp_path: Path) -> None:
    source = tmp_path / "input"
    script = [sys.executable, str(EXAMPLE / "to_tables.py"), str(EXAMPLE / "savedrecs.txt"), str(source)]
    told = subprocess.run(
        script, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT / "lib")}, cwd=ROOT
    )
    assert told.stdout == "20 records, 18 written, 2 of other indexes\n"
    place, method = str(place_file(tmp_path, source)), method_file(tmp_path)
    assert run_job("step1_ingest", "--method", method, "--place", place, "--edition", "2024") == 0
    record = stored(spark, tmp_path, "runs").collect()[0]
    assert record["rows_out"]["documents"] == 16
    assert dict(record["rejects"])["documents: outside_window"] == 1
    assert dict(record["rejects"])["documents: type_excluded"] == 1
    assert not (source / "addresses.csv").read_text().count("Author")
