"""A signal ends a job with one sentence and its exit code, its record says so, and the same command continues."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from faults.processes import start_job
from pipeline import fingerprint, method_file, place_file, run_job, stored
from stclusters.tables import INGESTED


@pytest.mark.parametrize(
    ("number", "whole_group"),
    [
        pytest.param(signal.SIGTERM, True, id="SIGTERM to the group"),
        pytest.param(signal.SIGTERM, False, id="SIGTERM", marks=pytest.mark.cluster),
        pytest.param(signal.SIGINT, True, id="Ctrl-C", marks=pytest.mark.cluster),
        pytest.param(signal.SIGHUP, True, id="SIGHUP", marks=pytest.mark.cluster),
    ],
)
def test_a_stopped_job_says_so_records_that_it_was_cancelled_and_runs_again(
    spark: SparkSession,
    small: Path,
    small_run: Path,
    tmp_path: Path,
    number: signal.Signals,
    whole_group: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place, method = str(place_file(tmp_path, small)), method_file(tmp_path, min_weight="5.0")
    command = ("--method", method, "--place", place, "--edition", "2024")
    job = start_job(tmp_path / "said", "run_all", *command)
    job.wait_for("addresses read")
    said = job.said()
    if whole_group:
        job.signal_group(number)
    else:
        job.signal(number)
    assert job.end() == 128 + number
    more = [line for line in job.said().removeprefix(said).splitlines() if not line.endswith((" s", "rows"))]
    assert more == [f"stclusters: stopped by {number.name}: run the same command again to continue."]
    records = stored(spark, tmp_path, "runs").collect()
    assert [(row["step"], row["outcome"]) for row in records] == [("ingest", "cancelled")]
    if number == signal.SIGTERM and whole_group:
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


ENDED = """
import os, signal, sys, time
from stclusters.ending import ended, final, stoppable

def sleep():
    print("begun", flush=True)
    time.sleep(60)

class Finalized:
    def __del__(self):
        sleep()

def in_finalizer():
    Finalized()
    time.sleep(60)

def after_second_signal():
    try:
        sleep()
    finally:
        time.sleep(60)

def into_another_error():
    try:
        sleep()
    except BaseException:
        raise ValueError("an error during an answer")

WORK = {
    "into another error": into_another_error,
    "plainly": sleep,
    "in a finalizer": in_finalizer,
    "and hangs": after_second_signal,
}
with stoppable(at_once=True):
    code = ended(False, WORK[sys.argv[1]])
sys.exit(final(code))
"""
SECOND_S = 1.2  # longer than two signals of one request are apart


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ("plainly", [signal.SIGTERM]),
        ("plainly", [signal.SIGINT]),
        ("plainly", [signal.SIGHUP]),
        ("plainly", [signal.SIGTERM, signal.SIGTERM]),  # as `timeout` sends it: to the process, and to its group
        ("in a finalizer", [signal.SIGTERM]),
        ("into another error", [signal.SIGINT]),
        ("and hangs", [signal.SIGINT, signal.SIGTERM]),
    ],
)
def test_a_signal_is_one_sentence_and_its_exit_code(where: str, numbers: list[signal.Signals]) -> None:
    heeded = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"  # though the tests run under `nohup`
    process = subprocess.Popen(
        [sys.executable, "-c", heeded + ENDED, where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(numbers[0])
    for number in numbers[1:]:
        time.sleep(SECOND_S if where == "and hangs" else 0.01)
        process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + numbers[-1]
    assert said == f"stclusters: stopped by {numbers[-1].name}: run the same command again to continue.\n"


def test_a_job_under_nohup_lives_on_when_its_terminal_is_closed() -> None:
    ignored = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    process = subprocess.Popen(
        [sys.executable, "-c", ignored + ENDED, "plainly"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert "SIGTERM" in process.communicate(timeout=30)[1]
