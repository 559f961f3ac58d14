"""The files of a table in a folder: found by name, and checked before Spark reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stclusters.errors import BadInput
from stclusters.ingest.sources.strays import PACKED, WORKBOOKS, cure_of, data_files, is_like
from stclusters.ingest.sources.text_files import check_begin, cut_off
from stclusters.paths import spark_path

Format = Literal["csv", "jsonl", "parquet", "delta"]
TEXTS: tuple[Format, ...] = ("csv", "jsonl")
ENDINGS: dict[str, Format] = {".csv": "csv", ".csv.gz": "csv", ".tsv": "csv", ".tsv.gz": "csv", ".parquet": "parquet"}
GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
PARQUET_LEAST_BYTES = 12  # magic, length of the footer, magic
TAIL_BYTES = 16  # that are looked at: packed nothing ends in nine zero bytes, and no gzip file in so many


@dataclass(frozen=True)
class TableFiles:
    """Where a table is: its format, its files (none are listed for a Delta table) and their bytes."""

    table: str
    format: Format
    path: Path
    files: tuple[Path, ...]
    bytes: int


def find_table(folder: Path, table: str) -> TableFiles | None:
    """The checked files of a table of a folder; None where the folder has none.

    A table is a file `NAME.csv`, `NAME.tsv` (either may be gzip, `.gz`) or `NAME.parquet`, or a folder `NAME` of such
    files or of a Delta table. Raises `BadInput` for two of them, for a file that leads out of the folder, and as
    `check_files`.
    """
    found = [entry for entry in (folder / name for name in names_of(table)) if entry.is_symlink() or entry.exists()]
    if not found:
        return None
    if len(found) > 1:
        raise BadInput(f"{folder}: holds the table {table} as {' and '.join(p.name for p in found)}: keep one of them.")
    path = found[0]
    _check_inside(path, folder)
    if not path.is_dir():
        if path.name == table:
            raise BadInput(f"{path}: has no ending: name it by its format, {', '.join(ENDINGS)}.")
        return _checked(table, format_of(path, ENDINGS), path, (path,), folder)
    if (path / "_delta_log").is_dir():
        for link in path.rglob("*"):
            _check_inside(link, folder)
        return TableFiles(table, "delta", path, (), 0)
    files = _files_of(path)
    formats = {format_of(file, ENDINGS) for file in files}
    if len(formats) > 1:
        raise BadInput(f"{path}: holds both CSV and Parquet files: keep the files of one format.")
    return _checked(table, formats.pop(), path, files, folder)


def names_of(table: str) -> list[str]:
    """The names that a table may have in an input folder."""
    return [table, *(table + ending for ending in ENDINGS)]


def unread_files(folder: Path, tables: Sequence[str]) -> list[str]:
    """The names of the files with data that are no table's.

    Raises `BadInput` for one that looks like a table: it would be missing without a word.
    """
    read = {name for table in tables for name in names_of(table)}
    others = [file.name for file in data_files(folder) if file.name not in read]
    for name in others:
        table = next((table for table in tables if is_like(name, table)), None)
        if table is not None:
            cure = cure_of(name, table, ENDINGS)
            raise BadInput(
                f"{folder / name}: looks like the table {table} and would not be read: {cure}, or move it elsewhere."
            )
    for entry in folder.iterdir():
        if entry.name not in tables and entry.name.casefold() in tables:
            raise BadInput(f"{entry}: would not be read as the table: write its name in small letters.")
    return others


def check_files(files: Iterable[Path], format: Format, folder: Path) -> int:
    """The bytes of the files.

    Raises `BadInput` for one that is not there, leads out of the folder, has no bytes, ends in zero bytes where its
    format does not, or is not of the format that its ending says: gzip begins with its magic bytes, Parquet begins and
    ends with them, a text begins with neither, nor as UTF-16.
    """
    return sum(_check(file, format, folder) for file in files)


def format_of(file: Path, endings: Mapping[str, Format]) -> Format:
    """The format that the ending of a file's name stands for; `BadInput` where it is none of `endings`."""
    for ending, format in endings.items():
        if file.name.endswith(ending):
            return format
    known = ", ".join(endings)
    if file.name.casefold().endswith(tuple(endings)):
        raise BadInput(f"{file}: is of no known format: write the ending of its name in small letters, {known}.")
    if file.name.casefold().endswith((*WORKBOOKS, *PACKED)):
        raise BadInput(f"{file}: is of no known format: save or unpack it as one of {known}.")
    raise BadInput(f"{file}: is of no known format: remove it, or name it by its format, {known}.")


def literal(path: Path) -> str:
    r"""The path as Spark takes it for itself, not for a pattern.

    >>> print(literal(Path("/data/a*b [1]")))
    file:/data/a\*b \[1\]
    """
    return re.sub(r"([\\*?\[\]{}])", r"\\\1", spark_path(path))


def _checked(table: str, format: Format, path: Path, files: tuple[Path, ...], folder: Path) -> TableFiles:
    return TableFiles(table, format, path, files, check_files(files, format, folder))


def _files_of(path: Path) -> tuple[Path, ...]:
    """The folder's files in the order of their names; names that begin with _ or . are passed over, as Spark does."""
    files = tuple(sorted(entry for entry in path.iterdir() if not entry.name.startswith(("_", "."))))
    if not files:
        raise BadInput(f"{path}: holds no files: put the table's files in it, or remove the folder.")
    for entry in files:
        if entry.is_dir():
            raise BadInput(f"{entry}: is a folder in the folder of a table: put the files directly in {path}.")
    return files


def _check_inside(path: Path, folder: Path) -> None:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BadInput(f"{path}: leads out of the input folder, to {path.resolve()}: put the file itself in it.")


def _check(file: Path, format: Format, folder: Path) -> int:
    _check_inside(file, folder)
    try:
        size = file.stat().st_size
        if not file.is_file():
            raise BadInput(f"{file}: is not a file: put the table's file in its place.")
        with file.open("rb") as opened:
            head = opened.read(len(PARQUET_MAGIC))
            opened.seek(max(0, size - TAIL_BYTES))
            tail = opened.read()
    except OSError as error:
        raise BadInput(f"{file}: cannot be read ({error.strerror}): put it there, and let it be read.") from error
    if size == 0:
        raise BadInput(f"{file}: is empty (0 bytes): copy it again.")
    _check_format(file, format, size, head, tail)
    return size


def _check_format(file: Path, format: Format, size: int, head: bytes, tail: bytes) -> None:
    """Raises `BadInput` where the first or the last bytes are not those of the format."""
    if format not in TEXTS:
        if head != PARQUET_MAGIC or not tail.endswith(PARQUET_MAGIC) or size < PARQUET_LEAST_BYTES:
            raise BadInput(f"{file}: is not a whole Parquet file: copy it again.")
    elif file.name.endswith(".gz"):
        if not head.startswith(GZIP_MAGIC):
            raise BadInput(f"{file}: is named .gz and is not gzip: remove .gz from its name, or compress it.")
        if not any(tail):
            raise cut_off(file)
    elif head.startswith(GZIP_MAGIC):
        raise BadInput(f"{file}: is gzip and is not named .gz: add .gz to its name.")
    elif not file.name.endswith(".zip"):
        check_begin(file, head)
        if tail.endswith(b"\0"):
            raise cut_off(file)
