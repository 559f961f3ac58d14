"""Frames of few rows, made by Arrow: of Python's own objects Spark starts a Python worker whenever they are read."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T
from pyspark.sql.pandas.types import to_arrow_schema


def local_frame(spark: SparkSession, rows: Sequence[Sequence[object]], schema: T.StructType | str) -> DataFrame:
    """The rows as a frame that a query has at hand."""
    declared = T._parse_datatype_string(schema) if isinstance(schema, str) else schema
    assert isinstance(declared, T.StructType)
    arrow = to_arrow_schema(declared)
    columns = [
        pa.array([list(value.items()) if isinstance(value, dict) else value for value in column], field.type)
        for column, field in zip(zip(*rows, strict=True) if rows else [()] * len(arrow), arrow, strict=True)
    ]
    return spark.createDataFrame(pa.Table.from_arrays(columns, schema=arrow), declared)
