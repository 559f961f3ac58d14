"""Nested records of JSON lines or Parquet: only the declared fields are read, and they must be there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.errors import BadInput
from stclusters.ingest.sources.faults import local_path, naming
from stclusters.ingest.sources.files import literal
from stclusters.ingest.sources.snapshot import EntityFiles

FILE = "file_hash"  # of the file that a record is from: a number, for a path is long


def struct(*required: tuple[str, T.DataType], **optional: T.DataType) -> T.StructType:
    """A declaration of fields: those that a Parquet file must have, and those that may be absent."""
    fields = [T.StructField(name, kind, False) for name, kind in required]
    return T.StructType(fields + [T.StructField(name, kind) for name, kind in optional.items()])


def short_id(name: str | Column) -> Column:
    """The last part of an id: W1 of https://openalex.org/W1."""
    return F.substring_index(name, "/", -1)


def read_records(spark: SparkSession, found: EntityFiles, schema: T.StructType) -> DataFrame:
    """The records with the fields of `schema` and `file_hash`; a field that a record has not is null.

    All other fields are skipped by the parser, those of nested structs too. A record that is not JSON, or a value of
    another type, fails when the frame is used. Of Parquet the types may be others that can be cast. Raises `BadInput`
    where a Parquet file lacks a field that is not nullable in `schema`.
    """
    if found.format == "jsonl":
        reader = spark.read.schema(_nullable(schema)).option("mode", "FAILFAST").option("allowNonNumericNumbers", False)
        read = reader.json([literal(file) for file in found.files])
        frames = [read.select("*", F.col("_metadata.file_path").alias("file_path"))]
    else:
        frames = [_parquet(spark, files, schema) for files in _by_schema(found.files)]
    hashed = [frame.withColumn(FILE, F.xxhash64("file_path")) for frame in frames]
    return reduce(DataFrame.unionByName, [frame.select(*schema.names, FILE) for frame in hashed])


def hold_rows(spark: SparkSession, found: EntityFiles, counted: Mapping[int, int]) -> None:
    """Raises `BadInput` where a file has not the rows that the manifest tells; `counted` is rows by `file_hash`."""
    if not found.rows:
        return
    stats = spark.read.format("binaryFile").load([literal(file) for file in found.files])
    paths = stats.select("_metadata.file_path", F.xxhash64("_metadata.file_path").alias(FILE))
    hashes = {local_path(row["file_path"]): row[FILE] for row in paths.collect()}  # a row a file
    for file, rows in found.rows.items():
        read = counted.get(hashes[str(file.absolute())], 0)
        if read != rows:
            raise BadInput(f"{file}: has {read} records, and {rows} in the manifest: download it again.")


def _by_schema(files: Sequence[Path]) -> list[list[Path]]:
    groups: dict[str, list[Path]] = {}
    for file in files:
        groups.setdefault(str(naming(file, lambda file=file: pq.read_schema(file))), []).append(file)  # type: ignore[misc]
    return list(groups.values())


def _parquet(spark: SparkSession, files: Sequence[Path], schema: T.StructType) -> DataFrame:
    own = spark.read.parquet(literal(files[0])).schema
    pruned = _pruned(own, schema, str(files[0]), frozenset(_empty_paths(pq.read_schema(files[0]))))
    frame = spark.read.schema(pruned).parquet(*(literal(file) for file in files))
    fields = zip(pruned.names, schema, strict=True)
    file = F.col("_metadata.file_path").alias("file_path")
    return frame.select(*(F.col(name).cast(_all_nullable(f.dataType)).alias(f.name) for name, f in fields), file)


def _empty_paths(fields: Iterable[pa.Field], path: str = "") -> Iterator[str]:
    """The paths of the fields that the file has no type for: in all that it was made of they were null or empty."""
    for field in fields:
        at, kind = f"{path}.{field.name}".lstrip("."), field.type
        while pa.types.is_list(kind) or pa.types.is_large_list(kind):
            kind = kind.value_type
        if pa.types.is_null(kind):
            yield at
        elif pa.types.is_struct(kind):
            yield from _empty_paths(kind.fields, at)


def _pruned(own: T.StructType, wanted: T.StructType, where: str, empty: frozenset[str], path: str = "") -> T.StructType:
    """The wanted fields in the file's own types; `BadInput` for one that must be there and is not.

    A field that is `empty` has a name that the file has not, so that it is read as null: Spark takes it for a number.
    """
    fields = []
    for field in wanted:
        at, name = f"{path}.{field.name}".lstrip("."), field.name
        if at in empty:
            kind, name = _all_nullable(field.dataType), f"no {name}"
        elif name in own.names:
            kind = _pruned_type(own[name].dataType, field.dataType, where, empty, at)
        elif field.nullable:
            kind = _all_nullable(field.dataType)
        else:
            raise BadInput(f"{where}: lacks the field {at}: download the file again.")
        fields.append(T.StructField(name, kind))
    return T.StructType(fields)


def _pruned_type(own: T.DataType, wanted: T.DataType, where: str, empty: frozenset[str], path: str) -> T.DataType:
    if isinstance(wanted, T.ArrayType) and isinstance(own, T.ArrayType):
        return T.ArrayType(_pruned_type(own.elementType, wanted.elementType, where, empty, path))
    if isinstance(wanted, T.StructType) and isinstance(own, T.StructType):
        return _pruned(own, wanted, where, empty, path)
    if isinstance(wanted, T.ArrayType | T.StructType) or isinstance(own, T.ArrayType | T.StructType):
        raise BadInput(f"{where}: the field {path} is of type {own.simpleString()[:60]}: download the file again.")
    return own


def _nullable(schema: T.StructType) -> T.StructType:
    return T.StructType([T.StructField(field.name, _all_nullable(field.dataType)) for field in schema])


def _all_nullable(kind: T.DataType) -> T.DataType:
    if isinstance(kind, T.StructType):
        return _nullable(kind)
    return T.ArrayType(_all_nullable(kind.elementType)) if isinstance(kind, T.ArrayType) else kind
