"""Drawn input files: no traceback, and no row lost without a word. `scripts/fuzz_input.py` draws more of them."""

from __future__ import annotations

from collections import Counter
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from pyspark.sql import SparkSession

from dirty.drawn import BROKEN, COLUMNS, POOLS, Broken, Drawn, check_broken, check_ingest, write_input
from stclusters.ingest.sources.tables import read_tables

ROWS = 2_000  # in each of two tables of a drawn input: each row is a case
QUIET = settings(
    deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
)


def drawn_cells() -> list[str]:
    """The hostile cells of many drawn pools in one: so that one large table has them all."""
    cells: list[str] = []

    @settings(QUIET, max_examples=20)
    @given(pool=POOLS)
    def draw(pool: list[str]) -> None:
        cells.extend(pool)

    draw()
    return cells


def test_every_row_of_a_drawn_file_is_kept_rejected_or_counted(spark: SparkSession, tmp_path: Path) -> None:
    check_ingest(spark, tmp_path, Drawn(drawn_cells(), 1, ("csv.gz", "numbers")), ROWS)


def test_a_drawn_file_has_the_same_cells_in_every_form(spark: SparkSession, tmp_path: Path) -> None:
    cells, found = drawn_cells(), {}
    for form in ("csv", "csv.gz", "parquet"):
        write_input(tmp_path / form, Drawn(cells, 2, (form, form)), ROWS)
        rows = read_tables(spark, tmp_path / form).addresses.select(*COLUMNS).collect()
        found[form] = sorted(tuple(cell or "" for cell in row) for row in rows)  # an empty cell is null in CSV
    assert len(found["parquet"]) == ROWS
    assert found["csv"] == found["csv.gz"] == found["parquet"]


def test_a_broken_file_is_refused_in_one_sentence_or_read_whole(spark: SparkSession, tmp_path: Path) -> None:
    ends: Counter[str] = Counter()
    number = count()

    @settings(QUIET, max_examples=60)
    @given(broken=BROKEN)
    def check(broken: Broken) -> None:
        ends[check_broken(spark, tmp_path / str(next(number)), broken)] += 1

    check()
    assert ends["refused"] >= 10
    assert ends["read"] >= 10
    print(f"\ndrawn files: {ends['refused']} refused, {ends['read']} read whole; rows of drawn tables: {2 * ROWS:,}")
