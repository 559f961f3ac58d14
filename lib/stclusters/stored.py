"""Where a table is stored: a folder of its own, or a name in a catalog; the same for whoever reads and writes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from delta.tables import DeltaTable, DeltaTableBuilder
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from stclusters.errors import SettingsError
from stclusters.paths import spark_path

SPARKS_OWN = "spark_catalog"
LONGEST = 255  # characters of a name in Unity Catalog
NOT_IN_A_NAME = frozenset("` ./\\")  # what ends a quoted name, what separates names, what separates folders


def schema_name(tables: str) -> str | None:
    """The quoted name of the schema that `tables` of a place file names; None where it names a folder.

    A schema is `catalog.schema`: two names with one dot between them. A name may have any printable character but a
    backquote, a blank, a dot and a slash: hyphens are common in Unity Catalog. What has a slash is a folder, so that
    `./catalog.schema` is one. Spark's own catalog is left out of the name: outside of Databricks Delta takes no names
    of three parts.

    >>> schema_name("dev-analytics.clusters"), schema_name("spark_catalog.clusters"), schema_name("build/tables")
    ('`dev-analytics`.`clusters`', '`clusters`', None)
    """
    parts = tables.split(".")
    if len(parts) != 2 or not all(_is_name(part) for part in parts):
        return None
    catalog, schema = parts
    return f"`{schema}`" if catalog.lower() == SPARKS_OWN else f"`{catalog}`.`{schema}`"


def _is_name(part: str) -> bool:
    return 0 < len(part) <= LONGEST and part.isprintable() and NOT_IN_A_NAME.isdisjoint(part)


def ask_schema(spark: SparkSession, tables: str) -> None:
    """Raises `SettingsError` if the `tables` of a place file are in a schema that is not there."""
    schema = schema_name(tables)
    if schema is not None and not spark.catalog.databaseExists(schema):
        raise SettingsError(
            f"tables = {tables}: there is no such schema: create it, or correct its name (a folder is ./{tables})."
        )


@dataclass(frozen=True)
class Stored:
    """One Delta table: `where` is its folder, or its quoted name; `address` is what Spark is told."""

    spark: SparkSession
    where: str
    is_named: bool

    @classmethod
    def of(cls, spark: SparkSession, tables: str, name: str) -> Stored:
        """The table of a name among the `tables` of a place file."""
        schema = schema_name(tables)
        return cls(spark, f"{schema}.`{name}`" if schema else str(Path(tables).absolute() / name), schema is not None)

    @property
    def address(self) -> str:
        """The quoted name, or the folder as Spark takes it."""
        return self.where if self.is_named else spark_path(self.where)

    def exists(self) -> bool:
        """Whether there is such a table."""
        if self.is_named:
            return self.spark.catalog.tableExists(self.address)
        return DeltaTable.isDeltaTable(self.spark, self.address)

    def read(self, version: int | None = None) -> DataFrame:
        """The rows, at a version or as they are now."""
        reader = self.spark.read.format("delta")
        if version is not None:
            reader = reader.option("versionAsOf", version)
        return reader.table(self.address) if self.is_named else reader.load(self.address)

    def read_log(self, version: int | None = None) -> DataFrame:
        """As `read`, of a table that is a log, with the column `commit`: the version of the table that added the row.

        It is null in a log that was made without row tracking.
        """
        rows = self.read(version)
        of_files = rows.select("_metadata").schema.fields[0].dataType
        tracked = "row_commit_version" in of_files.fieldNames()  # type: ignore[attr-defined]
        commit = F.col("_metadata.row_commit_version") if tracked else F.lit(None).cast("long")
        return rows.withColumn("commit", commit)

    def commits(self) -> Iterator[Row]:
        """The commits of the table's history, the newest first; earlier ones are read only as they are needed."""
        before: int | None = None
        for limit in (1, 10, 100, None):
            rows = self.delta().history(limit).collect()
            for row in rows:
                if before is None or row["version"] < before:
                    before = row["version"]
                    yield row
            if limit is None or len(rows) < limit:
                return

    def newest_version(self) -> int:
        """The version of the table's newest commit."""
        return int(next(self.commits())["version"])

    def delta(self) -> DeltaTable:
        """The table for what only Delta can do: its history, OPTIMIZE, VACUUM."""
        return (DeltaTable.forName if self.is_named else DeltaTable.forPath)(self.spark, self.address)

    def builder(self) -> DeltaTableBuilder:
        """What makes the table if it is not there."""
        builder = DeltaTable.createIfNotExists(self.spark)
        return builder.tableName(self.address) if self.is_named else builder.location(self.address)

    def append(self, rows: DataFrame, **options: str) -> None:
        """Adds the rows, with Delta's options of a write."""
        if self.is_named:
            rows.writeTo(self.address).options(**options).append()
        else:
            rows.write.format("delta").mode("append").options(**options).save(self.address)

    def replace(self, rows: DataFrame, edition: int, **options: str) -> None:
        """Puts the rows, all of the edition, in place of those of the edition, with Delta's options of a write."""
        if self.is_named:
            rows.writeTo(self.address).options(**options).overwrite(F.col("edition") == F.lit(edition))
        else:
            writer = rows.write.format("delta").mode("overwrite").options(**options)
            writer.option("replaceWhere", f"edition = {edition:d}").save(self.address)
