"""Releases: which versions of the tables hold together as an edition, for readers and for the next run."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from operator import index
from pathlib import Path

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from stclusters import io
from stclusters.errors import BadInput, SettingsError
from stclusters.fingerprint import fingerprint
from stclusters.run import Run
from stclusters.stored import Stored
from stclusters.tables import ALL, RELEASES, VERSIONS, Table


def unchanged_release(run: Run) -> Row | None:
    """The newest release of the run's edition, if there is nothing new to release; else None.

    There is nothing if it has the same rows in every table, by the same method and version of stclusters. Raises
    `AnotherRun` if another run has changed a table of the edition since this run wrote or read it.
    """
    io.ask_unchanged(run, ALL)
    before = newest_release(run)
    if before is None or before["method_hash"] != _method_hash(run) or before["version"] != run.version:
        return None
    return before if _same_rows(run, before["versions"]) else None


def add_release(run: Run) -> None:
    """Adds the row of the run's edition to `releases`, with the versions of all tables that the run reads now.

    Raises `AnotherRun` if another run has changed a table of the edition since this run wrote or read it.
    """
    io.ask_unchanged(run, ALL)
    versions = {table.name: io.pin(run, table) for table in ALL}
    row = (run.edition, run.run_id, datetime.now(UTC), versions, run.version, _method_hash(run))
    io.append(run, RELEASES, run.spark.createDataFrame([row], RELEASES.schema).drop("edition"))


def is_released(run: Run, run_id: str) -> bool:
    """Whether a run has published a release of the run's edition in these tables."""
    if not io.location(run, RELEASES).exists():
        return False
    return not io.stored(run, RELEASES).where(F.col("run_id") == run_id).isEmpty()


def read_released_before(run: Run, table: Table) -> tuple[int, DataFrame] | None:
    """The newest earlier edition that was released, and the rows of a table in its release; None where none was."""
    released = {
        edition: row["versions"][table.name]
        for edition, row in newest_releases(run).items()
        if edition < run.edition and table.name in row["versions"]
    }
    if not released:
        return None
    edition = max(released)
    return edition, io.stored(replace(run, edition=edition), table, released[edition])


def _method_hash(run: Run) -> str:
    return hashlib.sha256(run.given_method.model_dump_json().encode()).hexdigest()


def keep_up(run: Run) -> bool:
    """Lets the newest release of the run's edition read the tables at their newest versions; whether it could.

    It cannot if a table has other rows now, or is not there. For a reader of the release nothing changes.
    """
    newest = newest_release(run)
    if newest is None or not _same_rows(run, newest["versions"]):
        return False
    versions = F.create_map(*(F.lit(part) for table in ALL for part in (table.name, io.pin(run, table))))
    this_one = (F.col("edition") == run.edition) & (F.col("run_id") == newest["run_id"])
    io.location(run, RELEASES).delta().update(this_one, {"versions": versions.cast(VERSIONS)})
    return True


def newest_releases(run: Run) -> dict[int, Row]:
    """The newest release of every edition, by edition."""
    stored = io.location(run, RELEASES)
    if not stored.exists():
        return {}
    editions = sorted(row["edition"] for row in stored.read().select("edition").distinct().collect())
    return {edition: row for edition in editions if (row := newest_of(stored, edition)) is not None}


def newest_release(run: Run) -> Row | None:
    """The newest release of the run's edition, as the table is now; None if there is none."""
    return newest_of(io.location(run, RELEASES), run.edition)


def read_release(spark: SparkSession, tables: str | Path, edition: int | str) -> dict[str, DataFrame]:
    """The tables of the newest release of an edition, by name, each with the rows of the edition.

    `tables` is that of the place file; `edition` is a whole number, or its digits as text, as a notebook's widget has
    them. All frames hold together, whatever runs meanwhile, and stay so. Raises `SettingsError` if `edition` is
    anything else, and `BadInput` if the edition has not been released.
    """
    year = year_of(edition)
    found = newest_of(Stored.of(spark, str(tables), RELEASES.name), year)
    if found is None:
        raise BadInput(f"{tables}: has no release of edition {year}: run all steps for it, publish the last.")
    at = {name: Stored.of(spark, str(tables), name).read(version) for name, version in found["versions"].items()}
    return {name: rows.where(F.col("edition") == F.lit(year)) for name, rows in at.items()}


def year_of(edition: object) -> int:
    """The year of an edition that is a whole number or text of four digits; `SettingsError` for anything else.

    >>> year_of(2024), year_of("2024")
    (2024, 2024)
    """
    try:
        year = int(edition) if isinstance(edition, str) and re.fullmatch("[0-9]{4}", edition) else index(edition)  # type: ignore[arg-type]
    except TypeError:
        year = -1
    if isinstance(edition, bool) or not 0 <= year <= 9999:
        raise SettingsError(f"edition = {edition!r}: is not a year of a ranking, give a whole number like 2024.")
    return year


def newest_of(stored: Stored, edition: int) -> Row | None:
    """The row of `releases` of the latest commit; by its time where the table does not keep its rows' commits."""
    if not stored.exists():
        return None
    rows = stored.read_log().where(F.col("edition") == F.lit(edition))
    return rows.orderBy(F.col("commit").desc_nulls_last(), F.col("published").desc()).first()


def _same_rows(run: Run, versions: dict[str, int]) -> bool:
    """Whether these versions of the tables have the rows of the edition that the run reads now."""

    def same(table: Table) -> bool:
        then, now = versions[table.name], io.pin(run, table)
        return then == now or fingerprint(io.stored(run, table, then)) == fingerprint(io.stored(run, table, now))

    # the last ones are small, and differ where any differs
    return set(versions) == {table.name for table in ALL} and all(same(table) for table in reversed(ALL))
