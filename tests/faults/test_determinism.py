"""The same rows with the same ids, however Spark divides the work and in whatever order the input comes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import SparkSession

from pipeline import Prints, fingerprint, method_file, place_file, run_job
from stclusters.tables import ALL, PUBLISHED

SEED = 20240601
MADE = [table for table in ALL if table not in PUBLISHED]


def write_tables(folder: Path, tables: dict[str, list[str]], files: int, seed: int) -> Path:
    """The tables, their rows shuffled, each in so many files; the folder."""
    for name, (head, *rows) in tables.items():
        random.Random(seed).shuffle(rows)
        (folder / name).mkdir(parents=True)
        for number in range(files):
            (folder / name / f"{number}.csv").write_text("\n".join([head, *rows[number::files]]) + "\n")
    return folder


def run_steps(folder: Path, source: Path, **settings: str) -> None:
    """Runs steps 1 to 5; the sixth publishes what they stored."""
    command = ("--method", method_file(folder, **settings), "--place", str(place_file(folder, source)))
    assert run_job("run_all", *command, "--edition", "2024", "--to", "collaborate") == 0


@contextmanager
def planned(spark: SparkSession, partitions: int, adaptive: str) -> Iterator[None]:
    """Within it, Spark divides the work in so many partitions, and changes plans while they run or not."""
    wanted = {"spark.sql.shuffle.partitions": str(partitions), "spark.sql.adaptive.enabled": adaptive}
    before = {key: str(spark.conf.get(key)) for key in wanted}
    try:
        for key, value in wanted.items():
            spark.conf.set(key, value)
        yield
    finally:
        for key, value in before.items():
            spark.conf.set(key, value)


def test_a_shuffled_input_in_three_partitions_without_adaptive_plans_gives_the_same_rows(
    spark: SparkSession, small: Path, small_print: Prints, tmp_path: Path
) -> None:
    tables = {path.stem: path.read_text().splitlines() for path in small.glob("*.csv")}
    with planned(spark, 3, "false"):
        run_steps(tmp_path, write_tables(tmp_path / "input", tables, 2, SEED), min_weight="5.0")
    assert fingerprint(spark, tmp_path, MADE) == {table.name: small_print[table.name] for table in MADE}
