"""The only reads and writes of tables."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql import types as T

from stclusters.commits import changes_since, note_of
from stclusters.errors import AnotherRun, BadInput, SchemaMismatch
from stclusters.run import Run
from stclusters.stored import Stored
from stclusters.tables import LOGS, WRITTEN_BY, Table

KEPT_FOR_EVER = "interval 36500 days"  # a release is read at its versions, however old
FORGETS_NOTHING = ("delta.logRetentionDuration", "delta.deletedFileRetentionDuration")
LOOKED_BACK = 100  # commits: more do not come between a write and the look at its own
ROW_TRACKING = "delta.enableRowTracking"


def read(run: Run, table: Table) -> DataFrame:
    """The rows of a table for the run's edition, without `edition`; the version read stands in the run's record.

    Within a run a table is read at one version, until the run itself writes it. Raises `BadInput` if the table is not
    there, `SchemaMismatch` if its columns are not as declared.
    """
    rows = stored(run, table)
    entry = {"table": table.name, "edition": run.edition, "version": run.versions[table.name]}
    if entry not in run.record.inputs:
        run.record.inputs.append(entry)
    return rows


def stored(run: Run, table: Table, version: int | None = None) -> DataFrame:
    """As `read`, without a note in the record; or at another version."""
    rows = _at(run, table, pin(run, table) if version is None else version)
    return rows.where(F.col("edition") == F.lit(run.edition)).drop("edition")


def logged(run: Run, table: Table) -> DataFrame:
    """The rows of a log for the run's edition, as it is now, with `commit`: the table's version that added the row."""
    stored = location(run, table)
    _as_declared(stored, table)
    return stored.read_log().where(F.col("edition") == F.lit(run.edition)).drop("edition")


def replace(run: Run, table: Table, frame: DataFrame) -> DataFrame:
    """Replaces the table's rows of the run's edition by the frame, which has no `edition`; gives what is stored now.

    Delta enforces NOT NULL and the declared checks: a broken one stops the run and nothing of the table changes.
    """
    _write(run, table, frame, "overwrite")
    return stored(run, table)


def append(run: Run, table: Table, frame: DataFrame) -> None:
    """Adds the frame's rows to a table that is a log."""
    _write(run, table, frame, "append")


def location(run: Run, table: Table) -> Stored:
    """Where the table is."""
    return Stored.of(run.spark, run.place.tables, table.name)


def pin(run: Run, table: Table) -> int:
    """The version at which the run reads the table: that of its first read, or of its last write."""
    if table.name not in run.versions:
        stored = location(run, table)
        if not stored.exists():
            raise BadInput(f"The table {table.name} is not at {stored.where}: run the step that writes it first.")
        run.versions[table.name] = stored.newest_version()
    return run.versions[table.name]


def was_written_since(run: Run, table: Table, version: int) -> bool:
    """Has a commit after a version, up to the one that the run reads, changed the table's rows of the run's edition?"""
    read = pin(run, table)
    return read != version and any(
        commit["version"] <= read for commit in changes_since(location(run, table), run.edition, version)
    )


def ask_unchanged(run: Run, tables: Iterable[Table]) -> None:
    """Raises `AnotherRun` if rows of the run's edition have changed since the version that the run wrote or read.

    Where no lock can be had, this is how two runs on one output see each other. The sentence names the other run, by
    the note that `io` leaves with every write.
    """
    for table in tables:
        changes = changes_since(location(run, table), run.edition, pin(run, table))
        if changes:
            note = note_of(changes[0])
            other = f"The run {note['run_id']}" if "run_id" in note else f"Another program ({changes[0]['operation']})"
            raise AnotherRun(
                f"{other} changed {table.name} of edition {run.edition} (its version {changes[0]['version']}) while "
                f"this run worked from version {pin(run, table)}: let one run at a time write to {run.place.tables}, "
                f"and run the step {WRITTEN_BY[table.name]} again, and the steps after it."
            )


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


def ask_declared(run: Run, table: Table) -> None:
    """Raises `SchemaMismatch` where the table is there with other columns than declared: of another version of this."""
    stored = location(run, table)
    if stored.exists():
        _as_declared(stored, table)


def ask_remembering(run: Run, table: Table) -> None:
    """Raises `SchemaMismatch` where the table was made without what keeps Delta's log from forgetting (`_make`).

    To set it now would not bring back what the log has forgotten already.
    """
    stored = location(run, table)
    properties: dict[str, str] = stored.delta().detail().collect()[0]["properties"]
    missing = [name for name in FORGETS_NOTHING if properties.get(name) != KEPT_FOR_EVER]
    if missing:
        raise SchemaMismatch(
            f"{stored.where} was made by another version of stclusters (without {', '.join(missing)}), and to remove "
            "its old files could break a release: name another folder as tables in the place file, and run from step 1."
        )


def _as_declared(stored: Stored, table: Table, version: int | None = None) -> DataFrame:
    try:
        return conform(stored.read(version), table)
    except SchemaMismatch as other:
        raise SchemaMismatch(
            f"{stored.where} was made by another version of stclusters ({other}): name another folder as tables in the "
            "place file, or remove this one, and run from step 1."
        ) from None


def _word(kind: T.DataType | None) -> str:
    return "nothing" if kind is None else kind.simpleString()


def _at(run: Run, table: Table, version: int) -> DataFrame:
    return _as_declared(location(run, table), table, version)


def _write(run: Run, table: Table, frame: DataFrame, mode: str) -> None:
    stored = location(run, table)
    run.progress.doing(f"writing {table.name}")
    _make(stored, table)
    rows = conform(frame.withColumn("edition", F.lit(run.edition)), table)
    note = {"run_id": run.run_id, "step": run.record.step, "edition": run.edition, "version": run.version}
    note["write_id"] = uuid.uuid4().hex
    if mode == "overwrite":
        stored.replace(rows, run.edition, userMetadata=json.dumps(note))
    else:
        stored.append(rows, userMetadata=json.dumps(note))
    commit = _commit_of(stored, note)
    metrics = commit["operationMetrics"] if commit else {}
    written = int(metrics.get("numOutputRows", 0))
    version = int(commit["version"]) if commit else _version_without_rows(run, table)
    run.versions[table.name] = run.record.versions[table.name] = version
    run.record.bytes_out += int(metrics.get("numOutputBytes", 0))
    run.record.rows_out[table.name] = written
    run.progress.done(table.name, written)


def _commit_of(stored: Stored, note: Mapping[str, Any]) -> Row | None:
    """The commit that a write has made; others may have made commits since. None if it made none."""
    return next((commit for commit in islice(stored.commits(), LOOKED_BACK) if note_of(commit) == note), None)


def _version_without_rows(run: Run, table: Table) -> int:
    """The newest version, after a write without a commit: Delta makes none where there were no rows and come none."""
    stored = location(run, table)
    version = stored.newest_version()
    if not stored.read(version).where(F.col("edition") == F.lit(run.edition)).isEmpty():
        raise AnotherRun(
            f"Another run wrote {table.name} of edition {run.edition} while this run wrote it: let one run at a time "
            f"write to {run.place.tables}, and run the step {run.record.step} again, and the steps after it."
        )
    return version


def _make(stored: Stored, table: Table) -> None:
    """Makes the table with NOT NULL, comments and checks, if it is not there.

    Its history never forgets a version nor a removed file: VACUUM removes a file that the history has forgotten, though
    a release may need it. A table that is a log keeps the version that each row came with (row tracking).
    """
    if stored.exists():
        return
    builder = stored.builder().comment(table.row).partitionedBy("edition")
    for column in table.schema:
        comment = column.metadata["comment"]
        builder = builder.addColumn(column.name, column.dataType, nullable=column.nullable, comment=comment)
    for name, predicate in table.checks.items():
        builder = builder.property(f"delta.constraints.{name}", predicate)
    for name in FORGETS_NOTHING:
        builder = builder.property(name, KEPT_FOR_EVER)
    if table in LOGS:
        builder = builder.property(ROW_TRACKING, "true")
    builder = builder.property("delta.dataSkippingNumIndexedCols", "0")  # an edition is read whole: no step skips files
    builder.execute()
