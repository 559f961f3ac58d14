"""The ids of an OpenAlex entity that are gone: merged into others, or deleted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from stclusters.errors import BadInput
from stclusters.ingest.sources.csv_files import has_line_breaks_in_quotes, read_csv
from stclusters.ingest.sources.files import check_files
from stclusters.ingest.sources.headers import Header, read_header
from stclusters.ingest.sources.records import short_id
from stclusters.ingest.sources.snapshot import EntityFiles

DELETED, MERGED_AWAY = "deleted", "merged_away"


def read_gone(spark: SparkSession, found: EntityFiles) -> DataFrame | None:
    """One row an id that is gone: `id` (short) and `gone`, `deleted` or `merged_away`; None where no file tells any.

    Deleted ids are those of `deleted_ids.csv` (or `.csv.gz`) in the entity's folder: column `work_id` for works,
    `institution_id` for institutions. Merged ids, of snapshots up to 2025, are those of the files in
    `merged_ids/ENTITY` beside the entity's folder: column `id`; they come first where an id is in both. Columns are
    found by name in each file. Raises `BadInput` for a file that cannot be read or lacks its column.
    """
    folder = found.folder.parent / "merged_ids" / found.entity
    merged = sorted(file for file in folder.glob("*.csv*") if file.name.endswith((".csv", ".csv.gz")))
    id_column = f"{found.entity.removesuffix('s')}_id"
    lists = [(found.deleted, (id_column, "id"), DELETED), (merged, ("id", id_column), MERGED_AWAY)]
    read = [_ids(spark, files, names).withColumn("gone", F.lit(why)) for files, names, why in lists if files]
    return reduce(DataFrame.unionByName, read).groupBy("id").agg(F.max("gone").alias("gone")) if read else None


def _ids(spark: SparkSession, files: Sequence[Path], names: tuple[str, ...]) -> DataFrame:
    """The ids in the first of the named columns that a file has; an id may be an address, or short."""
    groups: dict[tuple[Header, str], list[Path]] = {}
    for file in files:
        check_files([file], "csv", file.parent)
        header = read_header(file, names)
        name = next((name for name in names if name in header.names), None)
        if name is None:
            found = ", ".join(header.names)[:300]
            raise BadInput(f"{file}: lacks the column {names[0]} (it has {found}): download it again.")
        groups.setdefault((header, name), []).append(file)
    over_lines = has_line_breaks_in_quotes(spark, files)
    rows = [
        read_csv(spark, group, header, over_lines).select(F.upper(short_id(F.trim(f"`{name}`"))).alias("id"))
        for (header, name), group in groups.items()
    ]
    return reduce(DataFrame.unionByName, rows).where("id <> ''")
