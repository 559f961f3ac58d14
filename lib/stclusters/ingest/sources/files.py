"""The files of a table in a folder: found by name, and checked before Spark reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stclusters.errors import BadInput
from stclusters.paths import spark_path

Format = Literal["csv", "jsonl", "parquet", "delta"]
TEXTS: tuple[Format, ...] = ("csv", "jsonl")
ENDINGS: dict[str, Format] = {".csv": "csv", ".csv.gz": "csv", ".parquet": "parquet"}
GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
PARQUET_LEAST_BYTES = 12  # magic, length of the footer, magic


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

    A table is `NAME.csv`, `NAME.csv.gz`, `NAME.parquet`, or a folder `NAME` of such files or of a Delta table. Raises
    `BadInput` for two of them, for a file that leads out of the folder, and as `check_files`.
    """
    names = [table, *(table + ending for ending in ENDINGS)]
    found = [folder / name for name in names if (folder / name).is_symlink() or (folder / name).exists()]
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


def check_files(files: Iterable[Path], format: Format, folder: Path) -> int:
    """The bytes of the files.

    Raises `BadInput` for one that is not there, leads out of the folder, has no bytes, or is not of the format that its
    ending says: gzip begins with its magic bytes, Parquet begins and ends with them.
    """
    return sum(_check(file, format, folder) for file in files)


def format_of(file: Path, endings: Mapping[str, Format]) -> Format:
    """The format that the ending of a file's name stands for; `BadInput` where it is none of `endings`."""
    for ending, format in endings.items():
        if file.name.endswith(ending):
            return format
    raise BadInput(f"{file}: is of no known format: remove it, or name it by its format, {', '.join(endings)}.")


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
            opened.seek(max(0, size - len(PARQUET_MAGIC)))
            tail = opened.read()
    except OSError as error:
        raise BadInput(f"{file}: cannot be read ({error.strerror}): put it there, and let it be read.") from error
    if size == 0:
        raise BadInput(f"{file}: is empty (0 bytes): copy it again.")
    if file.name.endswith(".gz") and not head.startswith(GZIP_MAGIC):
        raise BadInput(f"{file}: is named .gz and is not gzip: remove .gz from its name, or compress it.")
    if format in TEXTS and not file.name.endswith(".gz") and head.startswith(GZIP_MAGIC):
        raise BadInput(f"{file}: is gzip and is not named .gz: add .gz to its name.")
    if format not in TEXTS and (head != PARQUET_MAGIC or tail != PARQUET_MAGIC or size < PARQUET_LEAST_BYTES):
        raise BadInput(f"{file}: is not a whole Parquet file: copy it again.")
    return size
