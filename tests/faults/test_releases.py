"""A release says which versions of the tables hold together; a reader sees one release, whatever runs meanwhile."""

from __future__ import annotations

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipeline import Prints, fingerprint, fingerprint_of, method_file, place_file, run_job, stored
from stclusters.errors import BadInput, SettingsError
from stclusters.releases import newest_of, read_release, year_of
from stclusters.stored import Stored
from stclusters.tables import ALL


@pytest.mark.cluster
def test_readers_see_the_old_release_until_the_new_one_is_whole_and_keep_what_they_have(
    spark: SparkSession, small: Path, small_run: Path, tmp_path: Path
) -> None:
    shutil.copytree(small_run / "tables", tmp_path / "tables")

    def read() -> tuple[dict[str, DataFrame], Prints]:
        tables = read_release(spark, tmp_path / "tables", 2024)
        return tables, fingerprint_of(tables)

    reader, first = read()
    assert set(reader) == {table.name for table in ALL}
    method = method_file(tmp_path, min_weight="5.0", sensitivity_radii_m="[20_000.0]")
    place = str(place_file(tmp_path, small))
    seen: list[Prints] = []
    ends = threading.Event()

    def watch() -> None:
        while not ends.is_set():
            seen.append(read()[1])

    with ThreadPoolExecutor(1) as others:
        reading = others.submit(watch)
        try:
            command = ("--method", method, "--place", place, "--edition", "2024")
            assert run_job("run_all", *command, "--from", "rank") == 0
        finally:
            ends.set()
        reading.result()
    second = read()[1]
    assert second == fingerprint(spark, tmp_path)
    assert second["sensitivity"] != first["sensitivity"]
    assert seen.count(first) >= 3
    assert seen == [first] * seen.count(first) + [second] * seen.count(second)
    assert stored(spark, tmp_path, "releases").count() == 2
    assert fingerprint_of(reader) == first
    print(f"\nreleases read while another was made: {len(seen)}")


@pytest.mark.parametrize(
    "edition",
    [True, 2024.5, 2024.0, None, "", "2024.5", "2024; DROP", "2024 OR true", "٢٠٢٤", " 2024", -1, 10**12, "24"],
)
def test_an_edition_that_is_no_year_is_refused(spark: SparkSession, small_run: Path, edition: Any) -> None:
    with pytest.raises(
        SettingsError, match=r"^edition = .*: is not a year of a ranking, give a whole number like 2024.$"
    ):
        read_release(spark, small_run / "tables", edition)


def test_an_edition_may_be_a_number_of_another_library_or_the_text_of_a_widget(
    spark: SparkSession, small_run: Path
) -> None:
    (rows,) = {read_release(spark, small_run / "tables", year)["clusters"].count() for year in (2024, "2024")}
    assert rows == 2
    assert year_of(np.int32(2024)) == 2024


def test_the_newest_release_is_that_of_the_latest_commit(spark: SparkSession, small_run: Path, tmp_path: Path) -> None:
    """The second release was made by a driver whose clock was an hour behind."""
    shutil.copytree(small_run / "tables/releases", tmp_path / "tables/releases")
    again = stored(spark, tmp_path, "releases").withColumn("run_id", F.lit("later"))
    late = again.withColumn("published", F.expr("published - INTERVAL 1 HOUR"))
    late.write.format("delta").mode("append").save(str(tmp_path / "tables/releases"))
    newest = newest_of(Stored.of(spark, str(tmp_path / "tables"), "releases"), 2024)
    assert newest is not None
    assert newest["run_id"] == "later"


def test_an_edition_that_is_not_released_is_said_to_be(spark: SparkSession, small_run: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"has no release of edition 2023: run all steps for it"):
        read_release(spark, small_run / "tables", 2023)
    with pytest.raises(BadInput, match=r"has no release of edition 2024: run all steps for it"):
        read_release(spark, tmp_path, 2024)


def test_the_record_says_what_a_step_read_wrote_and_took(spark: SparkSession, small_run: Path) -> None:
    release = stored(spark, small_run, "releases").collect()[0]
    records = {row["step"]: row for row in stored(spark, small_run, "runs").collect()}
    assert records["publish"]["run_id"] == release["run_id"]
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
