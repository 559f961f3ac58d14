"""What a reader of releases is told, and what the records and the release of a run say of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipeline import stored
from stclusters.errors import BadInput
from stclusters.releases import read_release


def test_an_edition_that_is_not_released_is_said_to_be(spark: SparkSession, small_run: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"has no release of edition 2023: run all steps for it"):
        read_release(spark, small_run / "tables", 2023)
    with pytest.raises(BadInput, match=r"has no release of edition 2024: run all steps for it"):
        read_release(spark, tmp_path, 2024)


def test_the_record_says_what_a_step_read_wrote_and_took(spark: SparkSession, small_run: Path) -> None:
    release = stored(spark, small_run, "releases").collect()[0]
    runs = stored(spark, small_run, "runs").where(F.col("run_id") == release["run_id"])
    records = {row["step"]: row for row in runs.collect()}
    for record in records.values():
        assert record["outcome"] == "done"
        assert record["cost"]["task_ms"] > 0
        assert record["cost"]["output_bytes"] > 0
        assert record["cost"]["peak_heap_bytes"] > 10_000_000
        assert record["cost"]["input_bytes"] > 0
        assert record["versions"].items() <= (release["versions"] | {"releases": 1}).items()
    assert records["cluster"]["cost"]["shuffle_write_bytes"] > 0
    read = {entry["table"]: entry["version"] for entry in json.loads(records["place"]["inputs"])}
    assert read == {name: release["versions"][name] for name in ("addresses", "point_labels")}
