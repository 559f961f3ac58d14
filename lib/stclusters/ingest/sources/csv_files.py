"""CSV files as RFC 4180 has them: UTF-8, a header, quotes; a row of other cells than the header fails."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.errors import BadInput
from stclusters.ingest.sources.faults import local_path
from stclusters.ingest.sources.files import literal

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


def read_header(file: Path) -> tuple[str, ...]:
    """The names of the first line that is not blank; `BadInput` where it is not there, not UTF-8 or not CSV."""
    try:
        with _opened(file) as text:
            names = next((tuple(cells) for cells in csv.reader(text, strict=True) if cells), None)
    except UnicodeDecodeError as error:
        raise not_utf8(file) from error
    except csv.Error as error:
        raise BadInput(f"{file}: its first line is no header of a CSV file ({error}): mend that line.") from error
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{file}: is cut off or damaged: copy it again.") from error
    if names is None:
        raise BadInput(f"{file}: has no header: write the names of the columns in its first line.")
    return names


def has_line_breaks_in_quotes(spark: SparkSession, files: Sequence[Path]) -> bool:
    """Whether a quoted text of the files may go over several lines.

    Raises `BadInput` for what Spark's CSV reader would pass over without a word: bytes that are not UTF-8 (it puts
    U+FFFD in their place), and a quote that is never closed (it takes all that follows for one text).
    """
    lines = spark.read.text([literal(file) for file in files])
    quotes = F.octet_length("value") - F.octet_length(F.replace("value", F.lit('"'), F.lit("")))
    counted = lines.groupBy(F.col("_metadata.file_path").alias("file")).agg(
        F.bool_and(F.expr("is_valid_utf8(value)")).alias("is_utf8"),
        (F.sum(quotes) % 2 == 1).alias("is_open"),
        F.bool_or(quotes % 2 == 1).alias("over_lines"),
    )
    found = sorted(counted.collect())  # one row a file
    for row in found:
        if not row["is_utf8"]:
            raise not_utf8(local_path(row["file"]))
        if row["is_open"]:
            file = local_path(row["file"])
            raise BadInput(f"{file}: has a quote that is never closed: write a quote in a text twice, and in quotes.")
    return any(row["over_lines"] for row in found)


def read_csv(spark: SparkSession, files: Sequence[Path], names: Sequence[str], over_lines: bool) -> DataFrame:
    """The rows of files of one header, every column as text; an empty cell is null.

    `over_lines` lets quoted texts hold line breaks; a file is then read in one piece.
    """
    schema = T.StructType([T.StructField(name, T.StringType()) for name in names])
    reader = spark.read.schema(schema).options(**OPTIONS).option("multiLine", over_lines)
    return reader.csv([literal(file) for file in files])


def not_utf8(file: Path | str) -> BadInput:
    """The error for a file of another encoding."""
    return BadInput(f"{file}: has bytes that are not UTF-8: save it as UTF-8.")


@contextmanager
def _opened(file: Path) -> Iterator[io.TextIOWrapper]:
    with gzip.open(file) if file.name.endswith(".gz") else file.open("rb") as raw:
        yield io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
