"""Where a table is stored: a folder of its own, or a name in a catalog; the same for whoever reads and writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delta.tables import DeltaTable, DeltaTableBuilder
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from stclusters.errors import SettingsError
from stclusters.paths import spark_path

SPARKS_OWN = "spark_catalog"
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


def schema_name(tables: str) -> str | None:
    """The quoted name of a schema that `tables` of a place file says; None where it says a folder.

    `catalog.schema` is a name, and anything with another character is a folder: `./catalog.schema` is one. Spark's own
    catalogue is left out of the name: outside of Databricks Delta takes no names of three parts.

    >>> schema_name("main.clusters"), schema_name("spark_catalog.clusters"), schema_name("build/tables")
    ('`main`.`clusters`', '`clusters`', None)
    """
    parts = tables.split(".")
    if len(parts) != 2 or not all(IDENTIFIER.fullmatch(part) for part in parts):
        return None
    return ".".join(f"`{part}`" for part in parts if part != SPARKS_OWN)


def ask_schema(spark: SparkSession, tables: str) -> None:
    """Raises `SettingsError` where the `tables` of a place file are in a schema that is not there."""
    schema = schema_name(tables)
    if schema is not None and not spark.catalog.databaseExists(schema):
        raise SettingsError(f"tables = {tables}: there is no such schema: create it, or mend its name.")


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

    def last_commit(self) -> dict[str, Any]:
        """The newest entry of the table's history: `version`, `operationMetrics` and more."""
        row = self.delta().history(1).first()
        return row.asDict() if row else {}

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
            writer.option("replaceWhere", f"edition = {edition}").save(self.address)
