"""The only reads and writes of tables."""

from __future__ import annotations

import json

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.errors import BadInput, SchemaMismatch
from stclusters.run import Run
from stclusters.stored import Stored
from stclusters.tables import RUNS, WRITTEN_BY, Table


def read(run: Run, table: Table) -> DataFrame:
    """The rows of a table for the run's edition, without `edition`; the version read stands in the run's record.

    Raises `BadInput` where the table is not there or the step that writes it has not run for the edition,
    `SchemaMismatch` where its columns are not as declared.
    """
    stored = location(run, table)
    if not stored.exists():
        raise BadInput(f"The table {table.name} is not at {stored.where}: run the step that writes it first.")
    version = stored.last_commit()["version"]
    run.record.inputs.append({"table": table.name, "version": version})
    rows = conform(stored.read(version), table).where(F.col("edition") == run.edition).drop("edition")
    if table.name in WRITTEN_BY and rows.isEmpty() and not _has_run(run, WRITTEN_BY[table.name]):
        step = WRITTEN_BY[table.name]
        raise BadInput(f"The table {table.name} has no edition {run.edition}: run the step {step} for it first.")
    return rows


def read_before(run: Run, table: Table) -> tuple[int, DataFrame] | None:
    """The newest edition before the run's that a table holds, and its rows; None where there is none."""
    stored = location(run, table)
    if not stored.exists():
        return None
    rows = conform(stored.read(), table)
    newest = rows.where(F.col("edition") < run.edition).agg(F.max("edition").alias("edition")).collect()[0]["edition"]
    return None if newest is None else (newest, rows.where(F.col("edition") == newest).drop("edition"))


def _has_run(run: Run, step: str) -> bool:
    records = location(run, RUNS)
    if not records.exists():
        return False
    return not records.read().where((F.col("edition") == run.edition) & (F.col("step") == step)).isEmpty()


def replace(run: Run, table: Table, frame: DataFrame) -> DataFrame:
    """Replaces the table's rows of the run's edition by the frame, which has no `edition`; gives what is stored now.

    Delta enforces NOT NULL and the declared checks: a broken one stops the run and nothing of the table changes.
    """
    return _write(run, table, frame, "overwrite")


def append(run: Run, table: Table, frame: DataFrame) -> None:
    """Adds the frame's rows to a table that is a log."""
    _write(run, table, frame, "append")


def location(run: Run, table: Table) -> Stored:
    """Where the table is."""
    return Stored.of(run.spark, run.place.tables, table.name)


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
    stored = location(run, table)
    run.progress.doing(f"writing {table.name}")
    _make(stored, table)
    rows = conform(frame.withColumn("edition", F.lit(run.edition)), table)
    note = json.dumps({"run_id": run.run_id, "step": run.record.step, "version": run.version})
    if mode == "overwrite":
        stored.replace(rows, run.edition, userMetadata=note)
    else:
        stored.append(rows, userMetadata=note)
    commit = stored.last_commit()
    written = int(commit["operationMetrics"].get("numOutputRows", 0))
    run.record.rows_out[table.name] = written
    run.progress.done(table.name, written)
    return stored.read(commit["version"]).where(F.col("edition") == run.edition).drop("edition")


def _make(stored: Stored, table: Table) -> None:
    """Makes the table with NOT NULL, comments and checks, if it is not there."""
    if stored.exists():
        return
    builder = stored.builder().comment(table.row).partitionedBy("edition")
    for column in table.schema:
        comment = column.metadata["comment"]
        builder = builder.addColumn(column.name, column.dataType, nullable=column.nullable, comment=comment)
    for name, predicate in table.checks.items():
        builder = builder.property(f"delta.constraints.{name}", predicate)
    builder.execute()
