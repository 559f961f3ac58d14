"""CSV files as RFC 4180 has them: UTF-8, a header, quotes; a row of other cells than the header fails.

Cells may be separated by semicolons, tabs or vertical bars instead of commas: programs save CSV so where the comma is
the decimal sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.errors import BadInput
from stclusters.ingest.sources.csv_lines import line_of_open_quote
from stclusters.ingest.sources.faults import local_path
from stclusters.ingest.sources.files import literal
from stclusters.ingest.sources.headers import Header, not_utf8
from stclusters.ingest.sources.text_files import ZEROS, cut_off, ends_in_zero

OPTIONS = {
    "header": "true",
    "enforceSchema": "false",  # true would take the cells by their place, whatever the header says
    "columnPruning": "false",  # true would not count the cells of a row
    "mode": "FAILFAST",
    "encoding": "UTF-8",
    "quote": '"',
    "escape": '"',
    "unescapedQuoteHandling": "RAISE_ERROR",
}
WITH_DECIMAL_COMMA = r"\A[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]{1,3})?\z"


def has_line_breaks_in_quotes(spark: SparkSession, files: Sequence[Path]) -> bool:
    """Whether a quoted text of the files may go over several lines.

    Raises `BadInput` for what Spark's CSV reader would pass over without a word: bytes that are not UTF-8 (it puts
    U+FFFD in their place), a quote that is never closed (it takes all that follows for one text), and the zero bytes
    of a copy that was cut off (it takes a line of them for a blank one).
    """
    lines = spark.read.text([literal(file) for file in files])
    quotes = F.octet_length("value") - F.octet_length(F.replace("value", F.lit('"'), F.lit("")))
    counted = lines.groupBy(F.col("_metadata.file_path").alias("file")).agg(
        F.bool_and(F.expr("is_valid_utf8(value)")).alias("is_utf8"),
        (F.sum(quotes) % 2 == 1).alias("is_open"),
        F.bool_or(quotes % 2 == 1).alias("over_lines"),
        F.bool_or(F.contains("value", F.lit(ZEROS.decode()))).alias("has_zeros"),
        F.last(F.endswith("value", F.lit("\0"))).alias("may_end_in_zero"),  # gzip, which one task reads in order
    )
    found = sorted(counted.collect())  # one row a file
    for row in found:
        file = Path(local_path(row["file"]))
        if not row["is_utf8"]:
            raise not_utf8(file)
        if row["has_zeros"] or (row["may_end_in_zero"] and ends_in_zero(file)):
            raise cut_off(file)
        if row["is_open"]:
            line = line_of_open_quote(file)
            raise BadInput(
                f"{file}: has a quote that is never closed{line}: write a quote in a text twice, and in quotes."
            )
    return any(row["over_lines"] for row in found)


def read_csv(spark: SparkSession, files: Sequence[Path], header: Header, over_lines: bool) -> DataFrame:
    """The rows of files of one header, every column as text; an empty cell is null.

    `over_lines` lets quoted texts hold line breaks; a file is then read in one piece.
    """
    schema = T.StructType([T.StructField(name, T.StringType()) for name in header.names])
    reader = spark.read.schema(schema).options(**OPTIONS).option("sep", header.separator)
    return reader.option("multiLine", over_lines).csv([literal(file) for file in files])


def with_decimal_point(cell: Column) -> Column:
    """The text, with a point for the comma of a decimal number; any other text as it is."""
    return F.when(cell.rlike(WITH_DECIMAL_COMMA), F.replace(cell, F.lit(","), F.lit("."))).otherwise(cell)
