"""Runs of the pipeline for tests: jobs by their main, a place in a scratch folder, fingerprints of the tables."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from stclusters.lock import NAME
from stclusters.tables import ALL, Table

Prints = dict[str, tuple[int, int, int]]
ROOT = Path(__file__).parents[1]
PLACE = """
tables = "{folder}/tables"
published = "{folder}/published"
spark_conf = "conf/spark.conf"
[source]
folder = "{source}"
name = "Test"
licence = "CC0 1.0"
attribution = "nobody"
redistribute = true
"""


def outside_environment() -> dict[str, str]:
    """The variables of this process without what its own Spark has put there: for a process that starts another."""
    own = ("PYSPARK_", "SPARK_", "_PYSPARK")
    return {key: value for key, value in os.environ.items() if not key.startswith(own)}


def run_as_a_user(command: list[str], timeout: int = 900, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a command from the project's folder without what this process' own Spark has put in the environment."""
    kept = {**outside_environment(), **variables}
    return subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, text=True, timeout=timeout, check=False)


def run_job(name: str, *arguments: str) -> int:
    """Runs a job of jobs/ by its main, as the command does; its exit code."""
    if str(ROOT / "jobs") not in sys.path:
        sys.path.insert(0, str(ROOT / "jobs"))
    code = importlib.import_module(name).main(list(arguments))
    assert isinstance(code, int)
    return code


def place_file(folder: Path, source: Path) -> Path:
    path = folder / "place.toml"
    path.write_text(PLACE.format(folder=folder, source=source))
    return path


def stored(spark: SparkSession, folder: Path, name: str) -> DataFrame:
    return spark.read.format("delta").load(str(folder / "tables" / name))


def bytes_of(folder: Path) -> dict[str, tuple[bytes, int]]:
    """The bytes and the time of the last write of every file in a folder, but for locks, which every run writes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def fingerprint(spark: SparkSession, folder: Path, tables: Iterable[Table] = ALL) -> Prints:
    """The number of rows of every table and two sums of hashes of the rows, with every column in them."""
    return fingerprint_of({table.name: stored(spark, folder, table.name) for table in tables})


def fingerprint_of(frames: Mapping[str, DataFrame]) -> Prints:
    """As `fingerprint`, of the frames with their names; all in one query.

    By the SHA-256 of the rows as JSON with their nulls, not by the hashes of `stclusters.fingerprint`: an error in
    those cannot hide here.
    """
    prints = []
    for name, frame in frames.items():
        text = F.to_json(F.struct(*(F.col(f"`{column}`") for column in frame.columns)), {"ignoreNullFields": "false"})
        digits = [F.substring(F.sha2(text, 256), first, 15) for first in (1, 16)]
        totals = [F.coalesce(F.sum(F.conv(part, 16, 10).cast("decimal(38,0)")), F.lit(0)) for part in digits]
        prints.append(
            frame.agg(F.lit(name).alias("name"), F.count("*").alias("rows"), F.array(*totals).alias("totals"))
        )
    return {
        row["name"]: (row["rows"], *map(int, row["totals"])) for row in reduce(DataFrame.unionAll, prints).collect()
    }


def method_file(folder: Path, **settings: str) -> str:
    """Writes a method file that is the shipped one with some settings changed; its path.

    Unless asked for, there is no grid, and a release asks for little: the small folder has a third of dirt.
    """
    settings = {"sensitivity_radii_m": "[]", "least_located": "0.6", **settings}
    lines = (ROOT / "conf/method.toml").read_text().splitlines()
    for key, value in settings.items():
        lines = [f"{key} = {value}" if line.startswith(f"{key} = ") else line for line in lines]
    path = folder / "method.toml"
    path.write_text("\n".join(lines))
    return str(path)


def run_all(folder: Path, source: Path, **settings: str) -> Path:
    """Runs the six steps of edition 2024 on a source, with some settings of the method changed; gives the folder."""
    folder.mkdir(exist_ok=True)
    place, method = str(place_file(folder, source)), method_file(folder, **settings)
    assert run_job("run_all", "--method", method, "--place", place, "--edition", "2024") == 0
    return folder
