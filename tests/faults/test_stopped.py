"""SIGTERM and Ctrl-C end a job cleanly: its exit code tells, its record says so, and the same command goes on."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from faults.processes import start_job
from pipeline import fingerprint, method_file, place_file, run_job, stored
from stclusters.tables import INGESTED


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGTERM, id="SIGTERM"),
        pytest.param(signal.SIGINT, id="Ctrl-C", marks=pytest.mark.cluster),
    ],
)
def test_a_stopped_job_says_so_records_that_it_was_cancelled_and_runs_again(
    spark: SparkSession,
    small: Path,
    small_run: Path,
    tmp_path: Path,
    number: signal.Signals,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place, method = str(place_file(tmp_path, small)), method_file(tmp_path, min_weight="5.0")
    command = ("--method", method, "--place", place, "--edition", "2024")
    job = start_job(tmp_path / "said", "run_all", *command)
    job.wait_for("addresses read")
    job.signal(number)
    assert job.end() == 128 + number
    assert f"stclusters: stopped by {number.name}: run the same command again to go on." in job.said()
    assert "Traceback" not in job.said()
    records = stored(spark, tmp_path, "runs").collect()
    assert [(row["step"], row["outcome"]) for row in records] == [("ingest", "cancelled")]
    if number == signal.SIGTERM:
        assert run_job("step2_cluster", *command) == 2  # from a step that did not end nothing goes on
        assert "The step ingest of edition 2024 was stopped: run it again" in capsys.readouterr().err
        assert run_job("step1_ingest", *command) == 0
        assert fingerprint(spark, tmp_path, INGESTED) == fingerprint(spark, small_run, INGESTED)


@pytest.mark.cluster
def test_a_job_whose_spark_is_killed_ends_with_4_and_says_what_to_do(small: Path, tmp_path: Path) -> None:
    job = start_job(tmp_path / "said", "run_all", "--place", str(place_file(tmp_path, small)), "--edition", "2024")
    job.wait_for("documents read")
    job.kill_spark()
    assert job.end() == 4
    assert "stclusters: Spark's process ended while the job ran" in job.said().splitlines()[-1]
    assert "a fault of ours" not in job.said()
