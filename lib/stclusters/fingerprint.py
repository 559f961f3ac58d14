"""A fingerprint of the rows of a frame: two frames have the same rows exactly if their fingerprints are equal."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

TOTAL = "decimal(38,0)"  # holds the sum of the 64-bit hashes of 1e19 rows


def fingerprint(frame: DataFrame) -> tuple[int, int, int]:
    """The number of rows, and the sums of two independent 64-bit hashes of each row: 128 bits, in one pass.

    The order of the rows does not count, how often a row occurs does. Columns count by position, not by name. A null
    differs from every value, in nested columns too; the entries of a map have no order. As everywhere in Spark, NaN
    equals NaN and -0.0 equals 0.0. Equal types are assumed: `1` as int and as bigint have different fingerprints.
    """
    parts = [part for field in frame.schema for part in _parts(F.col(f"`{field.name}`"), field.dataType)]
    hashes = (F.xxhash64(F.lit(seed), *parts).cast(TOTAL) for seed in (1, 2))
    totals = [F.coalesce(F.sum(hashed), F.lit(0).cast(TOTAL)) for hashed in hashes]
    rows, first, second = frame.agg(F.count("*"), *totals).collect()[0]
    return rows, int(first), int(second)


def _parts(value: Column, kind: T.DataType) -> list[Column]:
    """What a hash must be made of to see all of a value: Spark's hash skips nulls, and the bounds of nested values.

    Whether the value is null comes first, so no value is the beginning of another; elements come with their number.
    """
    is_null = value.isNull()
    if isinstance(kind, T.StructType):
        fields = ((value.getField(field.name), field.dataType) for field in kind)
        return [is_null, *(part for field in fields for part in _parts(*field))]
    if isinstance(kind, T.ArrayType):
        hashes = F.transform(value, lambda element: F.xxhash64(*_parts(element, kind.elementType)))
        return [is_null, F.array_size(value), hashes]
    if isinstance(kind, T.MapType):
        entry = (("key", kind.keyType), ("value", kind.valueType))
        hashes = F.transform(
            F.map_entries(value),
            lambda pair: F.xxhash64(*(part for name, of in entry for part in _parts(pair.getField(name), of))),
        )
        return [is_null, F.array_size(hashes), F.array_sort(hashes)]
    return [is_null, value]
