"""What Spark's errors about an input file mean, in one sentence each."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

import pyarrow as pa
from pyspark.errors import PySparkException

from stclusters.errors import BadInput
from stclusters.ingest.sources.csv_lines import line_of_wrong_row

R = TypeVar("R")

READING = re.compile(r"\[FAILED_READ_FILE[^\]]*\] Encountered error while reading file (\S+)")
CAUSE = re.compile(r"Caused by: [\w.$]*?(\w+(?:Exception|Error))\b")
DECODING = re.compile(
    r"\bat org\.apache\.[\w.]*parquet\.(?:ParquetDictionary|io\.api\.Binary)\b"
)  # a line of the stack
TOLD = re.compile(r"stclusters\.errors\.BadInput: (.+)")  # raised in a task
WRONG_ROW = "has a row of more or fewer cells than its header, or a stray quote"
DAMAGE = r"EOFException|ZipException|Corrupt|not a Parquet|ParquetDecodingException|invalid|incorrect"
MEANINGS = (  # a mark in Spark's message, what it means, and the cure
    (r"MALFORMED_CSV_RECORD|TextParsingException", WRONG_ROW, "mend that row"),
    (r"MALFORMED_RECORD_IN_PARSING", "has a record that is not JSON, or a value of another type", "copy it again"),
    (r"CSV header does not conform", "has another header than a moment ago", "let nothing write there, and run again"),
    (r"FILE_NOT_EXIST|FileNotFoundException", "is no longer there", "put it back, and run again"),
    (DAMAGE, "is cut off or damaged", "copy it again"),
)


def read_error(error: Exception) -> BadInput | None:
    """The sentence for an error of Spark or of a task that a file has caused; None for any other error."""
    text = str(error)
    if told := TOLD.search(text):
        return BadInput(told.group(1))
    named = READING.search(text)
    if named is None:
        return _unnamed(text)
    file = local_path(named.group(1).rstrip("."))
    for marks, meaning, cure in MEANINGS:
        if re.search(marks, text):
            line = line_of_wrong_row(Path(file)) if meaning is WRONG_ROW else ""
            return BadInput(f"{file}: {meaning}{line}: {cure}.")
    causes = CAUSE.findall(text)
    return BadInput(f"{file}: cannot be read ({causes[-1] if causes else 'unknown cause'}): copy it again.")


def _unnamed(text: str) -> BadInput | None:
    """The sentence for an error of Parquet's reader without a file: texts are decoded after the file has been read."""
    if not DECODING.search(text):
        return None
    causes = CAUSE.findall(text)
    return BadInput(
        f"A Parquet file of the input is damaged, and Spark does not name it ({causes[-1] if causes else 'no cause'}): "
        "copy the Parquet files again."
    )


def naming(path: Path, read: Callable[[], R]) -> R:
    """The result of `read`, with an error of Spark or Arrow as a sentence that names the file."""
    try:
        return read()
    except BadInput:
        raise
    except (PySparkException, pa.ArrowException, OSError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise read_error(error) or BadInput(f"{path}: cannot be read ({first}): copy it again.") from error
    except Exception as error:
        known = read_error(error)
        if known is None:
            raise
        raise known from error


def local_path(address: str) -> str:
    """The path in a file address of Spark.

    >>> local_path("file:///data/a%20b.csv")
    '/data/a b.csv'
    """
    return re.sub(r"^file:/+", "/", unquote(address))
