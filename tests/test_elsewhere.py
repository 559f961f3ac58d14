"""The same rows elsewhere: in a process of its own on one core, where Spark's default file system is another one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipeline import ROOT, Prints, fingerprint, method_file, place_file, run_as_a_user

ARGUMENTS = ("--edition", "2024")


@pytest.mark.cluster
def test_one_core_and_another_default_file_system_give_the_rows_of_two(
    spark: SparkSession, small: Path, small_print: Prints, tmp_path: Path
) -> None:
    settings = (ROOT / "conf/spark.conf").read_text()
    assert "local[2]" in settings
    settings = settings.replace("local[2]", "local[1]").replace("build/checkpoints", f"file://{tmp_path}/checkpoints")
    (tmp_path / "spark.conf").write_text(f"{settings}\nspark.hadoop.fs.defaultFS hdfs://nobody.invalid:8020\n")
    place = place_file(tmp_path, small)
    place.write_text(place.read_text().replace("conf/spark.conf", str(tmp_path / "spark.conf")))
    method = method_file(tmp_path, min_weight="5.0")
    done = run_as_a_user([sys.executable, "jobs/run_all.py", "--method", method, "--place", str(place), *ARGUMENTS])
    assert done.returncode == 0, done.stderr
    assert fingerprint(spark, tmp_path) == small_print
