"""One Spark session for the whole test run, scratch folders, and an empty catalogue after each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from stclusters.session import open_session

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    os.chdir(ROOT)
    session = open_session("stclusters tests", ROOT / "conf" / "spark.conf")
    session.conf.set("spark.sql.shuffle.partitions", "2")
    yield session
    session.stop()


@pytest.fixture(autouse=True)
def _clean_catalogue(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "spark" in request.fixturenames:
        session: SparkSession = request.getfixturevalue("spark")
        for view in session.catalog.listTables():
            if view.isTemporary:
                session.catalog.dropTempView(view.name)
        session.catalog.clearCache()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference tables and real data; a test that needs it is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the reference data beside the project (../shared) are not on this machine")
    return SHARED


def rows_of(frame: DataFrame, *columns: str) -> list[tuple[object, ...]]:
    """The rows of the named columns as sorted tuples (null before everything)."""
    rows = [tuple(row) for row in frame.select(*columns).collect()]
    return sorted(rows, key=lambda row: [(value is not None, value) for value in row])
