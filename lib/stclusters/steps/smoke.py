"""Before the six steps, smoke: whether this platform has what they need, tried on six places within a minute."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from stclusters.errors import SessionNotReady
from stclusters.ingest.economies import locate_economies, read_borders
from stclusters.jars import sha256_of
from stclusters.job import run_job
from stclusters.run import Run

PLACES = {
    "FR": (2.35, 48.86),
    "JP": (139.69, 35.68),
    "BR": (-46.63, -23.55),
    "US": (-122.4, 37.77),
    "KE": (36.82, -1.29),
}
OPEN_SEA = (-30.0, 0.0)
SLOW_JOINS = ("NestedLoop", "CartesianProduct")
INDEXED_JOINS = ("BroadcastIndexJoin", "RangeJoin")
CURE = "use classic compute in Dedicated access mode with Photon off, and the Sedona jar of conf/jars.lock as a library"


def smoke(run: Run, sedona_sha256: str | None = None) -> None:
    """Prints the versions, checks Sedona's jar, and runs one spatial join, its plan and its answer asserted.

    That the run can write its tables is shown by its record in `runs`. Raises `SessionNotReady`, which names the cure.
    """
    for name, found in versions(run.spark).items():
        print(f"smoke: {name} {found}", file=sys.stderr)
    if sedona_sha256:
        check_sedona(run.spark, sedona_sha256)
    points = [(number, lon, lat) for number, (lon, lat) in enumerate([*PLACES.values(), OPEN_SEA])]
    frame = run.spark.createDataFrame(points, "point_id bigint, lon double, lat double")
    located = locate_economies(frame, read_borders(run.spark), 0.0)
    check_plan(located)
    check_answer(located)


def versions(spark: SparkSession) -> dict[str, str]:
    """What runs here: Python, Java, Spark, the platform's runtime, and the Python packages that work with Spark."""
    java = spark._jvm.java.lang.System.getProperty("java.version")  # type: ignore[union-attr]
    runtime = str(spark.conf.get("spark.databricks.clusterUsageTags.sparkVersion", "none"))
    found = {"Python": platform.python_version(), "Java": str(java), "Spark": spark.version, "Databricks": runtime}
    for package in ("stclusters", "apache-sedona", "pyarrow", "pandas", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed as a package"
    return found


def check_sedona(spark: SparkSession, sha256: str) -> None:
    """Raises `SessionNotReady` where the jar that Sedona was loaded from has another SHA-256."""
    sedona = spark._jvm.java.lang.Class.forName(  # type: ignore[union-attr]
        "org.apache.sedona.spark.SedonaContext",
        False,
        spark._jvm.java.lang.Thread.currentThread().getContextClassLoader(),  # type: ignore[union-attr]
    )
    jar = Path(sedona.getProtectionDomain().getCodeSource().getLocation().getPath())
    found = sha256_of(jar)
    if found != sha256:
        raise SessionNotReady(
            f"Sedona was loaded from {jar}, whose SHA-256 is {found} and not {sha256}: "
            "put the locked jar in the volume, or set sedona_version and sedona_sha256 to those of yours."
        )


def check_plan(joined: DataFrame) -> None:
    """Raises `SessionNotReady` where the join of the frame is not by Sedona's index."""
    plan = str(joined._jdf.queryExecution().executedPlan().toString())
    slow = [join for join in SLOW_JOINS if join in plan]
    if slow or not any(join in plan for join in INDEXED_JOINS):
        raise SessionNotReady(f"A spatial join is planned as {slow[0] if slow else 'no indexed join'}: {CURE}.")


def check_answer(located: DataFrame) -> None:
    """Raises `SessionNotReady` where the places are not in their economies."""
    found = {row["point_id"]: row["border_economy"] for row in located.collect()}
    wanted = dict(enumerate([*PLACES, None]))
    if found != wanted:
        raise SessionNotReady(f"A spatial join gave {found} and should give {wanted}: {CURE}.")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the smoke test with the arguments of a step, and `--sedona-sha256`; the exit code."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--sedona-sha256")
    own, others = parser.parse_known_args(argv)
    return run_job(others, {"smoke": partial(smoke, sedona_sha256=own.sedona_sha256)})
