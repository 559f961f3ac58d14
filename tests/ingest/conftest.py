"""Samples that several modules read."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from bulk import write_patstat
from read_samples import Rows, read_rows, source_of


@pytest.fixture(scope="session")
def patstat(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What the sample of PATSTAT gives, read once."""
    folder = tmp_path_factory.mktemp("patstat")
    return read_rows(spark, source_of(folder, write_patstat(folder / "input"), 'kind = "geocoded_patstat"'))
