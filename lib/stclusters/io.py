"""The only reads and writes of tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.errors import BadInput, SchemaMismatch
from stclusters.run import Run
from stclusters.tables import RUNS, WRITTEN_BY, Table


def read(run: Run, table: Table) -> DataFrame:
    """The rows of a table for the run's edition, without `edition`; the version read stands in the run's record.

    Raises `BadInput` where the table is not there or the step that writes it has not run for the edition,
    `SchemaMismatch` where its columns are not as declared.
    """
    path = location(run, table)
    if not DeltaTable.isDeltaTable(run.spark, path):
        raise BadInput(f"The table {table.name} is not at {path}: run the step that writes it first.")
    version = last_commit(run.spark, path)["version"]
    stored = run.spark.read.format("delta").option("versionAsOf", version).load(path)
    run.record.inputs.append({"table": table.name, "version": version})
    rows = conform(stored, table).where(F.col("edition") == run.edition).drop("edition")
    if table.name in WRITTEN_BY and rows.isEmpty() and not _has_run(run, WRITTEN_BY[table.name]):
        step = WRITTEN_BY[table.name]
        raise BadInput(f"The table {table.name} has no edition {run.edition}: run the step {step} for it first.")
    return rows


def read_before(run: Run, table: Table) -> tuple[int, DataFrame] | None:
    """The newest edition before the run's that a table holds, and its rows; None where there is none."""
    path = location(run, table)
    if not DeltaTable.isDeltaTable(run.spark, path):
        return None
    stored = conform(run.spark.read.format("delta").load(path), table)
    newest = stored.where(F.col("edition") < run.edition).agg(F.max("edition").alias("edition")).collect()[0]["edition"]
    return None if newest is None else (newest, stored.where(F.col("edition") == newest).drop("edition"))


def _has_run(run: Run, step: str) -> bool:
    path = location(run, RUNS)
    if not DeltaTable.isDeltaTable(run.spark, path):
        return False
    records = run.spark.read.format("delta").load(path)
    return not records.where((F.col("edition") == run.edition) & (F.col("step") == step)).isEmpty()


def replace(run: Run, table: Table, frame: DataFrame) -> DataFrame:
    """Replaces the table's rows of the run's edition by the frame, which has no `edition`; gives what is stored now.

    Delta enforces NOT NULL and the declared checks: a broken one stops the run and nothing of the table changes.
    """
    return _write(run, table, frame, "overwrite")


def append(run: Run, table: Table, frame: DataFrame) -> None:
    """Adds the frame's rows to a table that is a log."""
    _write(run, table, frame, "append")


def location(run: Run, table: Table) -> str:
    """Where the table's files are."""
    return str(Path(run.place.tables).absolute() / table.name)


def last_commit(spark: SparkSession, path: str) -> dict[str, Any]:
    """The newest entry of a Delta table's history: `version`, `operationMetrics` and more."""
    row = DeltaTable.forPath(spark, path).history(1).first()
    return row.asDict() if row else {}


def conform(frame: DataFrame, table: Table) -> DataFrame:
    """The frame with exactly the declared columns, in their order; `SchemaMismatch` names all that is wrong."""
    found = {field.name: field.dataType for field in frame.schema}
    declared = {field.name: field.dataType for field in table.schema}
    wrong = [
        f"{name}: declared {_word(declared.get(name))}, found {_word(found.get(name))}"
        for name in [*declared, *(name for name in found if name not in declared)]
        if _word(declared.get(name)) != _word(found.get(name))
    ]
    if wrong:
        raise SchemaMismatch(f"{table.name}: {'; '.join(wrong)}")
    return frame.select(*declared)


def _word(kind: T.DataType | None) -> str:
    return "nothing" if kind is None else kind.simpleString()


def _write(run: Run, table: Table, frame: DataFrame, mode: str) -> DataFrame:
    path = location(run, table)
    run.progress.doing(f"writing {table.name}")
    _make(run.spark, table, path)
    rows = conform(frame.withColumn("edition", F.lit(run.edition)), table)
    note = json.dumps({"run_id": run.run_id, "step": run.record.step, "version": run.version})
    writer = rows.write.format("delta").mode(mode).option("userMetadata", note)
    if mode == "overwrite":
        writer = writer.option("replaceWhere", f"edition = {run.edition}")
    writer.save(path)
    commit = last_commit(run.spark, path)
    written = int(commit["operationMetrics"].get("numOutputRows", 0))
    run.record.rows_out[table.name] = written
    run.progress.done(table.name, written)
    stored = run.spark.read.format("delta").option("versionAsOf", commit["version"]).load(path)
    return stored.where(F.col("edition") == run.edition).drop("edition")


def _make(spark: SparkSession, table: Table, path: str) -> None:
    """Makes the table with NOT NULL, comments and checks, if it is not there."""
    if DeltaTable.isDeltaTable(spark, path):
        return
    builder = DeltaTable.createIfNotExists(spark).location(path).comment(table.row).partitionedBy("edition")
    for column in table.schema:
        comment = column.metadata["comment"]
        builder = builder.addColumn(column.name, column.dataType, nullable=column.nullable, comment=comment)
    for name, predicate in table.checks.items():
        builder = builder.property(f"delta.constraints.{name}", predicate)
    builder.execute()
