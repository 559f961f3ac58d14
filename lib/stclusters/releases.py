"""Releases: which versions of the tables hold together as an edition, for readers and for the next run."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from stclusters import io
from stclusters.errors import BadInput
from stclusters.fingerprint import fingerprint
from stclusters.run import Run
from stclusters.stored import Stored
from stclusters.tables import ALL, RELEASES, VERSIONS, Table


def release(run: Run) -> bool:
    """Adds the row of the run's edition to `releases`, as the last write of a publication; was there need of one?

    There is none where the newest release of the edition has the same rows in every table, by the same method.
    """
    versions = {table.name: io.pin(run, table) for table in ALL}
    method_hash = hashlib.sha256(run.method.model_dump_json().encode()).hexdigest()
    before = newest_release(io.stored(run, RELEASES)) if io.location(run, RELEASES).exists() else None
    if before is not None and before["method_hash"] == method_hash and _same_rows(run, before["versions"]):
        return False
    row = (run.edition, run.run_id, datetime.now(UTC), versions, run.version, method_hash)
    io.append(run, RELEASES, run.spark.createDataFrame([row], RELEASES.schema).drop("edition"))
    return True


def keep_up(run: Run) -> bool:
    """Lets the newest release of the run's edition read the tables at their newest versions; could it?

    It cannot where a table has other rows now, or is not there. For a reader of the release nothing changes.
    """
    newest = newest_release(io.stored(run, RELEASES))
    if newest is None or not _same_rows(run, newest["versions"]):
        return False
    versions = F.create_map(*(F.lit(part) for table in ALL for part in (table.name, io.pin(run, table))))
    this_one = (F.col("edition") == run.edition) & (F.col("run_id") == newest["run_id"])
    io.location(run, RELEASES).delta().update(this_one, {"versions": versions.cast(VERSIONS)})
    return True


def newest_releases(run: Run) -> dict[int, Row]:
    """The newest release of every edition."""
    if not io.location(run, RELEASES).exists():
        return {}
    rows = io.location(run, RELEASES).read()
    editions = sorted(row["edition"] for row in rows.select("edition").distinct().collect())
    newest = {edition: newest_release(rows.where(f"edition = {edition}")) for edition in editions}
    return {edition: row for edition, row in newest.items() if row is not None}


def newest_release(rows: DataFrame) -> Row | None:
    """The newest row of `releases`; None where there is none."""
    return rows.orderBy(F.col("published").desc()).first()


def read_release(spark: SparkSession, tables: str | Path, edition: int) -> dict[str, DataFrame]:
    """The tables of the newest release of an edition, by name, each with the rows of the edition.

    `tables` is that of the place file. All frames are of one making, whatever runs meanwhile, and stay so. Raises
    `BadInput` where the edition has not been released.
    """
    stored = Stored.of(spark, str(tables), RELEASES.name)
    found = newest_release(stored.read().where(f"edition = {edition}")) if stored.exists() else None
    if found is None:
        raise BadInput(f"{tables}: has no release of edition {edition}: run all steps for it, publish the last.")
    at = {name: Stored.of(spark, str(tables), name).read(version) for name, version in found["versions"].items()}
    return {name: rows.where(f"edition = {edition}") for name, rows in at.items()}


def _same_rows(run: Run, versions: dict[str, int]) -> bool:
    """Do these versions of the tables have the rows of the edition that the run reads now?"""

    def same(table: Table) -> bool:
        then, now = versions[table.name], io.pin(run, table)
        return then == now or fingerprint(io.stored(run, table, then)) == fingerprint(io.stored(run, table, now))

    # the last ones are small, and differ where any differs
    return set(versions) == {table.name for table in ALL} and all(same(table) for table in reversed(ALL))
