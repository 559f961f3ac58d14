"""Delimited text files as offices publish them: TSV or CSV, plain, gzip or zip; a task reads a file as a stream."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from stclusters.errors import BadInput
from stclusters.ingest.sources.files import check_files

BLOCK_BYTES = 1 << 22  # of text in memory at once; no row may be longer
PACKED = ("", ".gz", ".zip")
DAMAGED = (OSError, EOFError, zlib.error, zipfile.BadZipFile)


@dataclass(frozen=True)
class Layout:
    """A published table: `pattern` of its files' names without packing, the columns that it must have and may have."""

    table: str
    pattern: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    delimiter: str = "\t"


def read_delimited(spark: SparkSession, folder: Path, layout: Layout) -> tuple[DataFrame, dict[str, Any]] | None:
    """The rows of a table, its wanted columns as text (a column that no file has is null), and its input manifest.

    None where the folder has no file of it. An empty cell is null. One task reads a file from its beginning to its end,
    a block of 4 MB at a time, and parses the wanted columns alone; a zip holds one file. Raises `BadInput` naming the
    file for what can be seen at once; the rest (a cut file, bytes that are not UTF-8, a row of more or fewer cells)
    fails when the frame is used.
    """
    files = _find(folder, layout)
    if not files:
        return None
    size = check_files(files, "csv", folder)
    names: set[str] = set()
    held = []
    for file in files:
        header = _header(file, layout)
        names |= set(header)
        held.append(tuple(name for name in (*layout.required, *layout.optional) if name in header))
    columns = (*layout.required, *layout.optional)
    schema = T.StructType([T.StructField(name, T.StringType()) for name in columns])

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield from _rows(files[number], held[number], columns, layout.delimiter)

    frame = spark.range(0, len(files), 1, len(files)).mapInArrow(read, schema)
    entry = {"table": layout.table, "format": "text", "files": len(files), "bytes": size, "version": None}
    return frame, entry | {"ignored": sorted(names - set(columns))}


def need(found: tuple[DataFrame, dict[str, Any]] | None, folder: Path, layout: Layout, inputs: list[Any]) -> DataFrame:
    """The frame of a table that must be there; its manifest goes to `inputs`."""
    if found is None:
        raise BadInput(f"{folder}: lacks the table {layout.table}: download it into the folder.")
    inputs.append(found[1])
    return found[0]


def _find(folder: Path, layout: Layout) -> list[Path]:
    if not folder.is_dir():
        raise BadInput(f"{folder}: is not a folder: name the folder of the downloaded files in the place file.")
    found: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        packing = file.suffix if file.suffix in PACKED else ""
        name = file.name.removesuffix(packing)
        if re.fullmatch(layout.pattern, name):
            if name in found:
                raise BadInput(f"{folder}: holds {name} as {found[name].name} and {file.name}: keep one of them.")
            found[name] = file
    return list(found.values())


def _header(file: Path, layout: Layout) -> tuple[str, ...]:
    try:
        with _opened(file) as raw:
            text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
            header = next((tuple(cells) for cells in csv.reader(text, delimiter=layout.delimiter) if cells), ())
    except UnicodeDecodeError as error:
        raise _not_utf8(file) from error
    except DAMAGED as error:
        raise _damaged(file) from error
    missing = [name for name in layout.required if name not in header]
    if missing:
        has = f"it has {', '.join(header) or 'none'}"
        raise BadInput(f"{file}: lacks the column {', '.join(missing)} ({has[:300]}): download it again.")
    return header


def _rows(file: Path, held: Sequence[str], columns: Sequence[str], delimiter: str) -> Iterator[pa.RecordBatch]:
    """The rows of a file, a batch a block."""
    options = {
        "read_options": pa.csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False),
        "parse_options": pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        "convert_options": pa.csv.ConvertOptions(
            include_columns=list(held),
            column_types=dict.fromkeys(held, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    }
    try:
        with _opened(file) as raw:
            counted = _Counted(raw)
            with pa.csv.open_csv(counted, **options) as batches:
                for batch in batches:
                    texts = [
                        batch.column(held.index(name)) if name in held else pa.nulls(batch.num_rows, pa.string())
                        for name in columns
                    ]
                    yield pa.RecordBatch.from_arrays(texts, names=list(columns))
            if counted.quotes % 2:  # Arrow takes all that follows for one text
                raise BadInput(f"{file}: has a quote that is never closed: download it again.")
    except DAMAGED as error:
        raise _damaged(file) from error
    except pa.ArrowInvalid as error:
        raise _not_of_its_form(file, str(error)) from None  # Arrow shows the row, which may hold names


class _Counted(io.RawIOBase):
    """A stream that counts the quotes that pass."""

    def __init__(self, raw: Any) -> None:
        self._raw, self.quotes = raw, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._raw.read(size)
        self.quotes += data.count(b'"')
        return data


def _not_of_its_form(file: Path, said: str) -> BadInput:
    if "UTF8" in said or "UTF-8" in said:
        return _not_utf8(file)
    cells = re.search(r"Expected \d+ columns, got \d+", said)
    row = re.search(r"Row #(\d+)", said)
    where = f" ({cells.group(0)}{f', row {row.group(1)}' if row else ''})" if cells else ""
    return BadInput(f"{file}: has a row of more or fewer cells than its header{where}: download it again.")


def _not_utf8(file: Path) -> BadInput:
    return BadInput(f"{file}: has bytes that are not UTF-8: download it again.")


def _damaged(file: Path) -> BadInput:
    return BadInput(f"{file}: is cut off or damaged: download it again.")


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    """The text of a file as a stream of bytes."""
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as packed:
            members = [name for name in packed.namelist() if not name.endswith("/") and "__MACOSX" not in name]
            if len(members) != 1:
                raise BadInput(f"{file}: holds {len(members)} files: keep one in it.")
            with packed.open(members[0]) as raw:
                yield raw
    else:
        with file.open("rb") as raw:
            yield gzip.GzipFile(fileobj=raw) if file.suffix == ".gz" else raw
