"""An executor killed in the midst of a shuffle, in each of the six steps: the same rows."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from faults.processes import Job
from pipeline import ROOT, Prints, fingerprint, method_file, place_file, stored
from stclusters.tables import STEPS

CLUSTER = str(ROOT / "build/cluster/processes")


def executors() -> dict[int, list[Path]]:
    """The processes of the executors of this project's cluster, and the folders of their blocks."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"CoarseGrainedExecutorBackend" in (process / "cmdline").read_bytes():
                variables = dict(
                    part.split("=", 1) for part in (process / "environ").read_text().split("\0") if "=" in part
                )
                if str((process / "cwd").readlink()).startswith(CLUSTER):
                    folders = variables.get("SPARK_EXECUTOR_DIRS", "").split(os.pathsep)
                    found[int(process.name)] = [Path(folder) for folder in folders if folder]
        except OSError:  # it has ended meanwhile
            continue
    return found


def kill_one(since: float) -> int | None:
    """Kills an executor that has written to a shuffle since a time; its process, or None where there is none yet."""
    for process, folders in executors().items():
        for folder in folders:
            for data in folder.rglob("shuffle_*.data"):
                try:
                    if data.stat().st_mtime > since:
                        os.kill(process, signal.SIGKILL)
                        return process
                except OSError:
                    continue
    return None


@pytest.mark.cluster
@pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="executors are found by /proc, which this platform lacks"
)
def test_an_executor_killed_in_every_step_changes_no_row(
    spark: SparkSession, small: Path, small_print: Prints, tmp_path: Path
) -> None:
    place, method = str(place_file(tmp_path, small)), method_file(tmp_path, min_weight="5.0")
    job = Job(tmp_path / "said", "scripts/run_on_cluster", "--method", method, "--place", place, "--edition", "2024")
    killed: dict[str, int] = {}
    try:
        for step, before in zip(STEPS, ("", *STEPS), strict=False):
            if before:
                job.wait_for(f"{before:<12}done")
            since = time.time()

            def hit(step: str = step, since: float = since) -> bool:
                process = kill_one(since)
                if process is not None:
                    killed[step] = process
                return process is not None or f"{step:<12}done" in job.said()

            assert job.wait_until(hit), job.said()
            assert f"{step:<12}done" not in job.said()
        assert job.end() == 0, job.said()
    finally:
        job.signal(signal.SIGTERM)
        job.end()
    assert set(killed) == set(STEPS)
    assert len(set(killed.values())) == len(STEPS)
    assert fingerprint(spark, tmp_path) == small_print
    assert stored(spark, tmp_path, "releases").count() == 1


def test_no_state_is_kept_only_on_an_executor() -> None:
    sources = [*(ROOT / "lib").rglob("*.py"), *(ROOT / "jobs").glob("*.py")]
    assert sources
    assert [path.name for path in sources if "localCheckpoint" in path.read_text(encoding="utf-8")] == []
