"""Drawn input files: no traceback, and no row lost without a word. `scripts/fuzz_input.py` draws more of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from pyspark.sql import SparkSession

from dirty.drawn import BROKEN, DRAWN, Broken, Drawn, check_broken, check_ingest

ROWS = 1_000  # in each of two tables of a drawn input: each row is a case
QUIET = settings(
    deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drawn")


@settings(QUIET, max_examples=2)
@given(drawn=DRAWN)
def test_every_row_of_a_drawn_file_is_kept_rejected_or_counted(spark: SparkSession, folder: Path, drawn: Drawn) -> None:
    check_ingest(spark, folder / str(len(list(folder.iterdir()))), drawn, ROWS)


def test_a_broken_file_is_refused_in_one_sentence_or_read_whole(spark: SparkSession, folder: Path) -> None:
    ends: Counter[str] = Counter()

    @settings(QUIET, max_examples=60)
    @given(broken=BROKEN)
    def check(broken: Broken) -> None:
        ends[check_broken(spark, folder / f"broken {ends.total()}", broken)] += 1

    check()
    assert min(ends["refused"], ends["read"]) >= 10
    print(f"\ndrawn files: {ends['refused']} refused, {ends['read']} read whole; rows of drawn tables: {4 * ROWS:,}")
