"""Tables that the package ships, read where they are needed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from importlib import resources

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T
from pyspark.sql.pandas.types import to_arrow_schema

ROWS_AT_ONCE = 10_000


def packaged_rows(name: str) -> list[dict[str, str]]:
    """The rows of `data/NAME` in the package, a CSV file, each a text by column."""
    stored = resources.files("stclusters").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(stored)))


def packaged_table(spark: SparkSession, name: str, schema: T.StructType) -> DataFrame:
    """The rows of `data/NAME` in the package, a Parquet file, with the columns of `schema`.

    A task reads them through the package, so that a wheel that Spark imports as a zip serves; the driver holds none of
    them: a frame made from rows in the driver is copied by the optimiser at every query.
    """
    columns = to_arrow_schema(schema)

    def read(_: Iterable[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
        packed = resources.files("stclusters").joinpath("data", name).read_bytes()
        rows = pq.read_table(io.BytesIO(packed), columns=columns.names)
        yield from rows.select(columns.names).cast(columns).to_batches(ROWS_AT_ONCE)

    return spark.range(0, 1, 1, 1).mapInArrow(read, schema)
