"""Delimited text files as offices publish them: TSV or CSV, plain, gzip or zip; a task reads a file as a stream."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from stclusters.errors import BadInput
from stclusters.ingest.sources.csv_lines import line_of_long_row, line_of_open_quote
from stclusters.ingest.sources.files import check_files
from stclusters.ingest.sources.headers import SEPARATORS, read_header
from stclusters.ingest.sources.strays import data_files
from stclusters.ingest.sources.text_files import DAMAGED, ZEROS, cut_off, opened

BLOCK_BYTES = 1 << 22  # of text in memory at once; no row may be longer
PACKED = ("", ".gz", ".zip")
AGAIN = "download it again"


@dataclass(frozen=True)
class Layout:
    """A published table: `pattern` of its files' names without packing, the columns that it must have and may have.

    A file of data whose name begins as `like` says and is not of `pattern` is refused. The group `part` of the pattern,
    if it has one, is the number of a part of the table; a file without is the whole table.
    """

    table: str
    pattern: str
    like: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    delimiter: str = "\t"


def read_delimited(spark: SparkSession, folder: Path, layout: Layout) -> tuple[DataFrame, dict[str, Any]] | None:
    """The rows of a table, its wanted columns as text (a column that no file has is null), and its input manifest.

    None where the folder has no file of it. An empty cell is null. One task reads a file from its beginning to its end,
    a block of 4 MB at a time, and parses the wanted columns alone; a zip holds one file. Raises `BadInput` naming the
    file for what can be seen at once; the rest (a cut file, bytes that are not UTF-8, a row of more or fewer cells, a
    row of more than 4 MB, an open quote) fails when the frame is used.
    """
    files = _find(folder, layout)
    if not files:
        return None
    size = check_files(files, "csv", folder)
    names: set[str] = set()
    held = []
    for file in files:
        header = _check_header(file, layout)
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
    """The files of a table: the one that is whole, or its numbered parts.

    Raises `BadInput` for a table that is whole and in parts, for one part in two files, for a missing part, and for a
    file that looks like the table and would not be read.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: is not a folder: name the folder of the downloaded files in the place file.")
    parts: dict[int, list[Path]] = {}  # 0: the whole table
    for file in sorted(folder.iterdir()):
        match = re.fullmatch(layout.pattern, file.name.removesuffix(file.suffix if file.suffix in PACKED else ""))
        if match:
            parts.setdefault(int(match.groupdict().get("part") or 0), []).append(file)
    files = [file for part in sorted(parts) for file in parts[part]]
    _check_strays(folder, layout, files)
    twice = next((same for same in parts.values() if len(same) > 1), files if 0 in parts and len(parts) > 1 else None)
    if twice:
        names = " and ".join(file.name for file in twice[:2])
        raise BadInput(f"{folder}: holds rows of {layout.table} twice, in {names}: keep one of them.")
    missing = sorted(set(range(1, max(parts, default=0))) - set(parts))
    if missing:
        raise BadInput(f"{folder}: lacks part {missing[0]:02d} of {layout.table}: download it into the folder.")
    return files


def _check_strays(folder: Path, layout: Layout, files: Sequence[Path]) -> None:
    """Raises `BadInput` for a file of data that looks like the table and is none of its files."""
    for file in data_files(folder):
        if file not in files and re.match(layout.like, file.name, flags=re.IGNORECASE):
            raise BadInput(
                f"{file}: looks like the table {layout.table} and would not be read: give it the name that it is "
                "published with, unpacked, or packed by zip or gzip, or move it elsewhere."
            )


def _check_header(file: Path, layout: Layout) -> tuple[str, ...]:
    """The names of a file's columns; `BadInput` where one is missing, or where other characters separate its cells."""
    names, separator = read_header(file, (*layout.required, *layout.optional))
    if separator != layout.delimiter and set(layout.required) & set(names):
        raise BadInput(
            f"{file}: separates its cells by {SEPARATORS[separator]}, and is published with "
            f"{SEPARATORS[layout.delimiter]}, so another program saved it: {AGAIN}."
        )
    missing = [name for name in layout.required if name not in names]
    if missing:
        raise BadInput(
            f"{file}: lacks the column {', '.join(missing)} (it has {', '.join(names)[:300] or 'none'}): {AGAIN}."
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise BadInput(f"{file}: has the column {twice[0]!r} twice: {AGAIN}.")
    return names


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
        with opened(file) as raw:
            seen = _Seen(raw)
            try:
                with pa.csv.open_csv(seen, **options) as batches:
                    for batch in batches:
                        yield _with_columns(batch, held, columns)
            except pa.ArrowInvalid as error:
                raise cut_off(file, AGAIN) if seen.has_zeros else _not_of_its_form(file, str(error)) from None
        if seen.has_zeros or seen.ends_in_zero:
            raise cut_off(file, AGAIN)
        if seen.quotes % 2:  # Arrow takes all that follows for one text
            raise _open_quote(file)
    except DAMAGED as error:
        raise BadInput(f"{file}: is cut off or damaged: {AGAIN}.") from error


def _with_columns(batch: pa.RecordBatch, held: Sequence[str], columns: Sequence[str]) -> pa.RecordBatch:
    """The batch with all the columns, those that the file has not as nulls."""
    texts = [
        batch.column(held.index(name)) if name in held else pa.nulls(batch.num_rows, pa.string()) for name in columns
    ]
    return pa.RecordBatch.from_arrays(texts, names=list(columns))


class _Seen(io.RawIOBase):
    """A stream that counts the quotes that pass, and sees zero bytes where no text has them."""

    def __init__(self, raw: Any) -> None:
        self._raw, self.quotes, self.has_zeros, self.ends_in_zero = raw, 0, False, False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._raw.read(size)
        self.quotes += data.count(b'"')
        self.has_zeros = self.has_zeros or ZEROS in data
        self.ends_in_zero = data.endswith(b"\0") if data else self.ends_in_zero
        return data


def _not_of_its_form(file: Path, said: str) -> BadInput:
    """The error for what Arrow says of a file; of that only numbers are shown, for it has the row, with names."""
    if "UTF8" in said or "UTF-8" in said:
        return BadInput(f"{file}: has bytes that are not UTF-8: {AGAIN}.")
    if "straddl" in said or "cannot infer number of columns" in said:
        return _too_long(file)
    cells = re.search(r"Expected \d+ columns, got \d+", said)
    row = re.search(r"Row #(\d+)", said)
    where = f" ({cells.group(0)}{f', row {row.group(1)}' if row else ''})" if cells else ""
    return BadInput(f"{file}: has a row of more or fewer cells than its header{where}: {AGAIN}.")


def _too_long(file: Path) -> BadInput:
    """The error for a row that is longer than a block, which a quote that is never closed makes of many rows."""
    with opened(file) as raw:
        quotes = sum(data.count(b'"') for data in iter(lambda: raw.read(BLOCK_BYTES), b""))
    if quotes % 2:
        return _open_quote(file)
    limit, line = f"{BLOCK_BYTES >> 20} MB", line_of_long_row(file, BLOCK_BYTES)
    return BadInput(f"{file}: has a row of more than {limit}, the longest that is read{line}: shorten it, or {AGAIN}.")


def _open_quote(file: Path) -> BadInput:
    return BadInput(f"{file}: has a quote that is never closed{line_of_open_quote(file)}: {AGAIN}.")
