"""Plain tables in canonical form: CSV, Parquet or Delta in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from stclusters.errors import BadInput
from stclusters.ingest.sources import columns
from stclusters.ingest.sources.columns import USABLE, Canonical, Family, arrow_family, spark_family
from stclusters.ingest.sources.csv_files import has_line_breaks_in_quotes, read_csv, with_decimal_point
from stclusters.ingest.sources.faults import local_path, naming
from stclusters.ingest.sources.files import ENDINGS, TableFiles, check_files, find_table, literal, unread_files
from stclusters.ingest.sources.headers import Header, read_header
from stclusters.ingest.sources.raw_tables import RawTables
from stclusters.paths import spark_path

TABLES = (columns.ADDRESSES, columns.DOCUMENTS, columns.DOCUMENT_FIELDS, columns.DOCUMENT_ORGANISATIONS)


def read_tables(spark: SparkSession, folder: Path) -> RawTables:
    """The tables `addresses`, `documents` and, where they are there, `document_fields` and `document_organisations`.

    Each is one file (`.csv`, `.tsv`, either plain or `.gz`, or `.parquet`), a folder of such files, or a Delta table,
    which is read at its version of now. Ids, names and the rest are text, cells of CSV all; `lon`, `lat` and `year` are
    text or numbers. The cells of CSV are separated by commas; or by semicolons, tabs or vertical bars, and then numbers
    may have a decimal comma. CSV files are read once here, to see that they are whole and UTF-8; rows are read when a
    frame is used, and fail then (`read_error`) where a row is not of its header. `unread` names other files with data.
    Raises `BadInput` naming the file and the column.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: is not a folder: name the folder of the tables in the place file.")
    inputs: list[dict[str, Any]] = []
    unread = unread_files(folder, [table.name for table in TABLES])
    addresses = _read(spark, folder, columns.ADDRESSES, inputs)
    documents = _read(spark, folder, columns.DOCUMENTS, inputs)
    document_fields = _read(spark, folder, columns.DOCUMENT_FIELDS, inputs)
    document_organisations = _read(spark, folder, columns.DOCUMENT_ORGANISATIONS, inputs)
    if addresses is None or documents is None:
        missing = "addresses" if addresses is None else "documents"
        names = ", ".join(missing + ending for ending in ENDINGS)
        others = f" (it has {', '.join(unread)[:300]})" if unread else ""
        raise BadInput(
            f"{folder}: lacks the table {missing}{others}: put {names}, "
            f"or a folder {missing} of such files or of a Delta table there."
        )
    return RawTables(addresses, documents, document_fields, document_organisations, inputs, unread=tuple(unread))


def _read(spark: SparkSession, folder: Path, table: Canonical, inputs: list[dict[str, Any]]) -> DataFrame | None:
    found = find_table(folder, table.name)
    if found is None:
        return None
    readers = {"csv": _read_csv, "parquet": _read_parquet, "delta": _read_delta}
    frame, entry = naming(found.path, lambda: readers[found.format](spark, folder, found, table))
    inputs.append({"table": table.name, "format": found.format, **entry})
    return frame


def _entry(files: int, size: int, names: set[str], table: Canonical, version: int | None = None) -> dict[str, Any]:
    ignored = sorted(names - set(table.columns))
    return {"files": files, "bytes": size, "version": version, "ignored": ignored}


def _read_csv(
    spark: SparkSession, folder: Path, found: TableFiles, table: Canonical
) -> tuple[DataFrame, dict[str, Any]]:
    groups: dict[Header, list[Path]] = {}
    for file in found.files:
        header = read_header(file, table.columns)
        columns.check_names(str(file), header.names, table)
        groups.setdefault(header, []).append(file)
    over_lines = has_line_breaks_in_quotes(spark, found.files)
    frames = [_canonical_csv(spark, files, header, over_lines, table) for header, files in groups.items()]
    names = {name for header in groups for name in header.names}
    return _union(frames), _entry(len(found.files), found.bytes, names, table)


def _canonical_csv(
    spark: SparkSession, files: Sequence[Path], header: Header, over_lines: bool, table: Canonical
) -> DataFrame:
    """The canonical columns of files of one header; a decimal comma is read where no comma separates cells."""
    read = read_csv(spark, files, header, over_lines)
    rows = _canonical(read, table, dict.fromkeys(header.names, "text"))
    if header.separator == ",":
        return rows
    numbers = [name for name in table.columns if "number" in USABLE[name]]
    return rows.withColumns({name: with_decimal_point(rows[name]) for name in numbers})


def _read_parquet(
    spark: SparkSession, folder: Path, found: TableFiles, table: Canonical
) -> tuple[DataFrame, dict[str, Any]]:
    groups: dict[tuple[tuple[str, str], ...], list[Path]] = {}
    families: dict[tuple[tuple[str, str], ...], dict[str, Family]] = {}
    seen: dict[str, tuple[Family, Path]] = {}
    names: set[str] = set()
    for file in found.files:
        schema = naming(file, lambda file=file: pq.read_schema(file))  # type: ignore[misc]
        names |= set(schema.names)
        columns.check_names(str(file), schema.names, table)
        wanted = [name for name in table.columns if name in schema.names]
        held = {name: _usable(str(file), name, arrow_family(schema.field(name).type), schema) for name in wanted}
        _check_same(file, held, seen)
        key = tuple((name, str(schema.field(name).type)) for name in wanted)
        groups.setdefault(key, []).append(file)
        families[key] = held
    frames = [
        _canonical(spark.read.parquet(*(literal(file) for file in files)), table, families[key])
        for key, files in groups.items()
    ]
    return _union(frames), _entry(len(found.files), found.bytes, names, table)


def _usable(where: str, name: str, family: Family | None, schema: pa.Schema) -> Family:
    columns.check_type(where, name, family, str(schema.field(name).type))
    assert family is not None  # else check_type has raised
    return family


def _check_same(file: Path, held: dict[str, Family], seen: dict[str, tuple[Family, Path]]) -> None:
    """Raises `BadInput` where a column is text in one file and a number in another."""
    for name, family in held.items():
        if family == "nothing":
            continue
        before, where = seen.setdefault(name, (family, file))
        if (before == "text") != (family == "text"):
            words = f"{_word(family)}, and {_word(before)} in {where.name}"
            raise BadInput(f"{file}: the column {name} is {words}: write it as one type in every file.")


def _word(family: Family) -> str:
    return "text" if family == "text" else "a number"


def _read_delta(
    spark: SparkSession, folder: Path, found: TableFiles, table: Canonical
) -> tuple[DataFrame, dict[str, Any]]:
    path, address = str(found.path.absolute()), spark_path(found.path)
    newest = DeltaTable.forPath(spark, address).history(1).select("version").first()
    assert newest is not None  # a Delta table has a first version
    version = int(newest["version"])
    stored = spark.read.format("delta").option("versionAsOf", version).load(address)
    columns.check_names(path, stored.columns, table)
    wanted = {field.name: field.dataType for field in stored.schema if field.name in table.columns}
    for name, kind in wanted.items():
        columns.check_type(path, name, spark_family(kind), kind.simpleString())
    files = [_stored(address) for address in stored.inputFiles()]
    size = check_files(files, "delta", folder)
    families = {name: spark_family(kind) or "text" for name, kind in wanted.items()}
    return _canonical(stored, table, families), _entry(len(files), size, set(stored.columns), table, version)


def _stored(address: str) -> Path:
    """The file of an address that Delta gives, which may or may not be encoded."""
    plain = Path(address.removeprefix("file:").replace("///", "/", 1))
    return plain if plain.exists() else Path(local_path(address))


def _canonical(frame: DataFrame, table: Canonical, families: dict[str, Family]) -> DataFrame:
    """The canonical columns; ids and names as text, numbers of 32 bits by the shortest decimal that names them."""
    kinds = {field.name: field.dataType.simpleString() for field in frame.schema}

    def column(name: str) -> Column:
        if families.get(name, "nothing") == "nothing":
            return F.lit(None)
        held = frame[f"`{name}`"]
        if kinds[name] == "float":
            return held.cast("string").cast("double")
        return held if "number" in USABLE[name] else held.cast("string")

    return frame.select(*(column(name).alias(name) for name in table.columns))


def _union(frames: Sequence[DataFrame]) -> DataFrame:
    return reduce(DataFrame.unionByName, frames)
